"""Agents who work by a telephone: one that registers with us, or a number outside, called for each call.

The telephone rings with the offer, its answer accepts it. What ends an offer takes the ringing away; who does not
answer, or refuses, becomes not ready as at a desk. Hanging up is the end of the call, as by the desk's button.
"""

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, Fault, OfferOutcome
from kernel.contracts.lines import LineState
from kernel.contracts.log import AgentTelephoneChanged, PartyLeft
from kernel.contracts.telephony import (
    DisconnectAgent,
    PartyAddress,
    PartyEstablished,
    PartyReleased,
    PhoneChanged,
    PhoneParty,
    TrunkParty,
)
from kernel.primitives.ids import UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.draft import Draft
from routing.acd.limits import note, require_destination, require_trunk
from routing.agents.model import Agent
from routing.calls.model import Call
from routing.errors import NoTelephone, NoTrunk, OverLimit, SoftphoneUnreachable

SEAT = "seat."
HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)

# The telephone was not told to stop by a person: the caller is kept for another agent.
BROKEN = frozenset(
    {EndReason.MEDIA_FAILED, EndReason.SIGNALLING_TIMEOUT, EndReason.UNREACHABLE, EndReason.LOST_IN_RESTART}
)
REFUSED = frozenset({EndReason.BUSY, EndReason.DECLINED})


def party_of(agent: UserId) -> str:
    """What the agent's telephone is called in a call: another word for every agent, as each is offered it in turn."""
    return f"{SEAT}{agent}"


def is_seat(party: str) -> bool:
    """Whether it is the telephone of an agent or a supervisor, whosever."""
    return party.startswith(SEAT)


def telephone_of(draft: Draft, agent: Agent) -> PartyAddress | None:
    """Where to call the agent, who works by a telephone; None at a browser."""
    return draft.state.rules.telephone_of(agent.agent) if agent.telephone else None


def address_for(draft: Draft, agent: Agent, other: PhoneNumber | None) -> PartyAddress | None:
    """With the number that the telephone is to show: one of ours shows that of the other side, any else our own.

    None also of one whose line is kept up: calls are joined to it.
    """
    if agent.kept:
        return None
    telephone = telephone_of(draft, agent)
    if isinstance(telephone, PhoneParty):
        return PhoneParty(user=telephone.user, caller=other)
    if isinstance(telephone, TrunkParty):
        directory = draft.state.rules.directory(agent.home)
        return TrunkParty(called=telephone.called, caller=directory.outbound_caller, trunk=directory.outbound_trunk)
    return None


def require_telephone(draft: Draft, agent: Agent) -> None:
    """NoTelephone, NoTrunk, OverLimit; for who wants to work by it from now on."""
    telephone = draft.state.rules.telephone_of(agent.agent)
    if telephone is None:
        raise NoTelephone("Ask your administrator for a telephone, or work in the browser.")
    if isinstance(telephone, TrunkParty):
        _require_dialable(draft, agent, telephone)


def _require_dialable(draft: Draft, agent: Agent, telephone: TrunkParty) -> None:
    directory = draft.state.rules.directory(agent.home)
    require_destination(draft, directory, telephone.called)
    require_trunk(directory, telephone.called)


def fault_of(draft: Draft, agent: Agent) -> Fault | None:
    """Why the telephone cannot be called now, as far as is known without calling it."""
    telephone = draft.state.rules.telephone_of(agent.agent)
    if agent.kept:
        return None if agent.line.state is LineState.UP else Fault.TELEPHONE
    if isinstance(telephone, PhoneParty):
        return None if telephone.user in agent.registered else Fault.TELEPHONE
    return Fault.TELEPHONE if telephone is None else None


def may_be_called(draft: Draft, agent: Agent) -> bool:
    """Within the limits of the agent's tenant, at this moment; a refusal is told to its admins."""
    telephone = telephone_of(draft, agent)
    if agent.kept or not isinstance(telephone, TrunkParty):
        return True
    try:
        _require_dialable(draft, agent, telephone)
    except OverLimit as refusal:
        note(draft, agent.home, refusal)
        return False
    except NoTrunk:
        return False
    return True


def rings_for_each(agent: Agent) -> bool:
    """Whether a telephone of theirs is called for each call; else a browser or a kept line has its sound."""
    return agent.telephone and not agent.kept


def require_callable(draft: Draft, agent: Agent) -> None:
    """As `may_be_called`. SoftphoneUnreachable."""
    if not may_be_called(draft, agent):
        raise SoftphoneUnreachable("Your telephone may not be called now: ask an administrator.", fault=Fault.TELEPHONE)


def note_registered(draft: Draft, report: PhoneChanged) -> bool:
    """Whether anything about the agent's telephones changed; in the log, so that it is known after a start too."""
    agent = draft.state.agent(report.agent, report.tenant)
    if agent.home != report.tenant or (report.phone in agent.registered) is report.registered:
        return False
    told = AgentTelephoneChanged(
        **draft.stamp(agent.home), agent=agent.agent, phone=report.phone, registered=report.registered
    )
    draft.record(told)
    return True


def stop_ringing(draft: Draft, call: Call, agent: UserId) -> None:
    """The agent has no part in the call, whose caller hears on."""
    if draft.state.agent(agent).telephone:
        draft.send(DisconnectAgent(**draft.stamp(call.tenant), call=call.call, agent=agent))


def seat_left(draft: Draft, call: Call, name: UserId) -> None:
    """What calling a number outside costs is billed by the leg, from its answer on; a line that is kept, by its own."""
    agent = draft.state.agent(name)
    telephone = telephone_of(draft, agent)
    if (
        agent.kept
        or agent.state is not AgentState.CONNECTED
        or agent.since is None
        or not isinstance(telephone, TrunkParty)
    ):
        return
    stamp = draft.stamp(call.tenant)
    draft.record(PartyLeft(**stamp, call=call.call, party=party_of(name), to=telephone, since=agent.since))


def is_of_agent(draft: Draft, call: Call, report: PartyEstablished | PartyReleased) -> bool:
    """Whether it is about the telephone of the agent whom the call has now."""
    return call.agent is not None and report.party == party_of(call.agent) and draft.state.agent(call.agent).telephone


def outcome_of(cause: EndCause) -> OfferOutcome:
    return OfferOutcome.REJECTED if cause.reason in REFUSED else OfferOutcome.NO_ANSWER
