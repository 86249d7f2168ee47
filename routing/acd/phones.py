"""Calls that agents begin at their telephones: what a desk's dialling does, over another device."""

from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.directory import TenantDirectory
from kernel.contracts.log import CallOffered
from kernel.contracts.telephony import ConnectParty, PartyAddress, PhoneDialled, PhoneParty, RejectCall, TrunkParty
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import NO_TRUNK
from routing.acd.draft import Draft
from routing.acd.handling import end_by_system
from routing.acd.limits import ANSWERS, note, require_dialable, require_in_service, require_room, require_trunk
from routing.acd.moves import Stand, engage
from routing.agents.machine import AgentInput, Reason
from routing.agents.machine import step as agent_step
from routing.calls.model import TALKING, Call
from routing.errors import NoTrunk, OverLimit

CALLEE = "callee"  # the party's name in the call
NOT_ALLOWED = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, sip_code=403, q850=21)
NOT_FREE = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, sip_code=480, q850=31)  # logged out, or in another call


def phone_dialled(draft: Draft, report: PhoneDialled) -> None:
    """Dial for an agent who may and is free; a telephone is told why not by the status of the refusal alone."""
    if draft.state.call(report.call) is not None or draft.state.has_ended(report.tenant, report.call):
        return
    directory = draft.state.rules.directory(report.tenant)
    try:
        _require_may(draft, report, directory)
    except OverLimit as refusal:
        note(draft, report.tenant, refusal, report.call)
        _refuse(draft, report, ANSWERS.get(type(refusal), NOT_ALLOWED))
    except NoTrunk:
        _refuse(draft, report, NOT_ALLOWED)
    except CordboardError:
        _refuse(draft, report, NOT_FREE)
    else:
        _dial(draft, report, directory)


def _require_may(draft: Draft, report: PhoneDialled, directory: TenantDirectory) -> None:
    if _talks_on(draft, report) is None:
        agent_step(draft.state.agent(report.agent, report.tenant).state, AgentInput.DIAL)
    if report.party is not None:
        require_in_service(directory)
        require_room(draft, directory.tenant)
        return
    require_dialable(draft, directory, report.called)
    require_trunk(directory, report.called)


def _talks_on(draft: Draft, report: PhoneDialled) -> Call | None:
    """The call that the agent has at this telephone, beside which another may be made, one at a time: to ask first."""
    agent = draft.state.agent(report.agent, report.tenant)
    call = None if agent.call is None else draft.state.call(agent.call)
    if call is None or call.agent != agent.agent or call.phase not in TALKING or call.by_phone:
        return None
    here = agent.telephone and draft.state.rules.telephone_of(agent.agent) == PhoneParty(user=report.phone)
    return call if here and call.call not in draft.state.beside.values() else None


def _refuse(draft: Draft, report: PhoneDialled, cause: EndCause) -> None:
    draft.send(RejectCall(**draft.stamp(report.tenant), call=report.call, cause=cause))


def _callee(report: PhoneDialled, directory: TenantDirectory) -> PartyAddress:
    if report.party is not None:
        return PhoneParty(user=report.party, by=report.phone)
    return TrunkParty(called=report.called, caller=directory.outbound_caller, trunk=directory.outbound_trunk)


def _dial(draft: Draft, report: PhoneDialled, directory: TenantDirectory) -> None:
    to, present = _callee(report, directory), _talks_on(draft, report)
    offered = CallOffered(
        **draft.stamp(report.tenant),
        call=report.call,
        direction=Direction.OUTBOUND,
        trunk=(to.trunk if isinstance(to, TrunkParty) else None) or NO_TRUNK,
        called=report.called,
        caller=to.caller,
        agent=report.agent if present is None else None,
        by_phone=True,
        forward=to if isinstance(to, PhoneParty) else None,
        consults=None if present is None else present.call,
        consultant=None if present is None else report.agent,
    )
    draft.record(offered)
    stamp = draft.stamp(report.tenant)
    draft.send(ConnectParty(**stamp, call=report.call, party=CALLEE, to=to, record=present is None))
    if present is not None:
        return
    agent = draft.state.agent(report.agent, report.tenant)
    stand = Stand(AgentState.CONNECTED, call=report.call, client=report.tenant)
    if agent.state is AgentState.NOT_READY and agent.reason != Reason.RECOVERY:
        stand = stand._replace(requested=agent.state, requested_reason=agent.reason)
    engage(draft, report.agent, AgentInput.DIAL, stand)


def follow_asides(draft: Draft) -> None:
    """After each decision: who was called to be asked about a call goes with the call, or with the agent's part."""
    for name, about in tuple(draft.state.beside.items()):
        call, aside = draft.state.call(about), draft.state.call(name)
        if aside is not None and (call is None or call.agent != aside.consultant):
            end_by_system(draft, aside)
