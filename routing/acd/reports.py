"""What the gateway reports. Every report may come twice or late: what does not fit the call's phase changes nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult, Fault
from kernel.contracts.directory import QueueRules
from kernel.contracts.log import CallAnswered, CallConnected, CallEnded, CallOffered
from kernel.contracts.robots import RobotEnded
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallDigit,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallRinging,
    CallsAnnounced,
    ConnectParty,
    EndCall,
    FarEndHeld,
    MachineAnswered,
    MessageBegun,
    MessageFailed,
    PartyAddress,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    PhoneChanged,
    PhoneDialled,
    PhoneParty,
    PlayToCaller,
    RejectCall,
    SoftphoneChanged,
    TelephonyReport,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId
from routing.acd import flow_steps, leaving
from routing.acd.colleagues import colleague_answered, colleague_gone
from routing.acd.draft import Draft
from routing.acd.flow_parties import flow_party_established, flow_party_released
from routing.acd.handling import (
    BY_SYSTEM,
    accept,
    end_call,
    enqueue,
    leave_lost_agent,
    play_music,
    withdraw_offer,
)
from routing.acd.inviting import invited_established, invited_released
from routing.acd.limits import ANSWERS, note, require_dialable, require_room
from routing.acd.lines import line_pressed
from routing.acd.moves import Wish, move
from routing.acd.overflowing import QUEUE_FULL, refuses
from routing.acd.phones import phone_dialled
from routing.acd.promises import machine_answered
from routing.acd.reaching import note_reach
from routing.acd.seat_transfers import seat_transfers
from routing.acd.supervising import supervisor_answered, supervisor_gone
from routing.acd.telephones import BROKEN, HUNG_UP, fault_of, is_of_agent, note_registered, outcome_of
from routing.acd.transfers import ABSENT, party_established, party_released, transfer_asked
from routing.agents.machine import AgentInput, Reason
from routing.calls.machine import CallInput, permits
from routing.calls.model import TALKING, WAITING, Call, CallPhase
from routing.errors import OverLimit

GREETING_TOKEN = "greeting"  # noqa: S105 names the prompts whose end CallPlayed reports
FORWARD = "forward"  # the party that a number leads to
NOT_DIALABLE = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, sip_code=403, q850=21)
UNAVAILABLE = ("unavailable",)
# RFC 5079 433 would tell; 603 and Q.850 21 "call rejected" say no more than that we do not want it
BLOCKED = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, sip_code=603, q850=21)
UNKNOWN_NUMBER = EndCause(EndResult.OURS, EndReason.UNKNOWN_NUMBER, sip_code=404, q850=1)
LOST_IN_RESTART = EndCause(EndResult.OURS, EndReason.LOST_IN_RESTART)

PartyReport = PartyRinging | PartyEstablished | PartyReleased | TransferAsked
MessageReport = MessageBegun | MessageFailed | RobotEnded
SoundReport = CallPlayed | CallDigit | FarEndHeld | MachineAnswered
CallReport = CallRinging | CallEstablished | SoundReport | CallReleased | PartyReport | MessageReport

_GIVEN_UP = frozenset({EndReason.HANGUP_BY_CALLER, EndReason.CANCELLED})


def on_report(draft: Draft, report: TelephonyReport) -> None:
    _HANDLERS[type(report)](draft, report)


def _moment(draft: Draft, call: Call, at: datetime) -> datetime:
    """When the gateway saw it, so that a report that waited for us measures right; in order within the call."""
    return min(max(at, call.phase_at), draft.now)


# --- calls ---


def _arrived(draft: Draft, report: CallArrived) -> None:
    state = draft.state
    if state.call(report.call) is not None or state.has_ended(report.tenant, report.call):
        return
    at = min(report.at, draft.now)
    route = state.rules.route_of(report.tenant, report.called)
    rules = None if route is None else state.rules.queue(route.queue)
    if route is None or rules is None:
        _turn_away(draft, report, at, UNKNOWN_NUMBER)
        return
    if state.rules.is_blocked(report.tenant, report.caller):
        _turn_away(draft, report, at, BLOCKED)
        return
    directory = state.rules.directory(report.tenant)
    suspended = directory.suspended
    forward = None if suspended else route.forward
    try:
        require_room(draft, report.tenant)
        if isinstance(forward, TrunkParty):
            require_dialable(draft, directory, forward.called)
    except OverLimit as refusal:
        note(draft, report.tenant, refusal, report.call)
        _turn_away(draft, report, at, ANSWERS.get(type(refusal), NOT_DIALABLE))
        return
    if isinstance(forward, PhoneParty) and state.is_absent(report.tenant, forward.user):
        _turn_away(draft, report, at, ABSENT)
        return
    if forward is not None:
        _forward(draft, report, at, (forward, rules))
        return
    flow = "" if suspended else _name_of(draft, report.tenant, route.flow)
    if not flow and not suspended and refuses(draft, _caller(report, at, rules.queue)):
        _turn_away(draft, report, at, QUEUE_FULL, rules.queue)
        return
    draft.record(_offered(draft, report, at, None if suspended or flow else rules.queue, flow=flow))
    draft.send(AnswerCall(**draft.stamp(report.tenant), call=report.call, record=rules.record and not suspended))


def _caller(report: CallArrived, at: datetime, queue: QueueId) -> Call:
    """As the call would be."""
    return Call(
        call=report.call,
        tenant=report.tenant,
        direction=Direction.INBOUND,
        phase=CallPhase.ARRIVED,
        called=report.called,
        caller=report.caller,
        offered_at=at,
        phase_at=at,
        queue=queue,
    )


def _name_of(draft: Draft, tenant: TenantId, flow: UUID | None) -> str:
    """That of the flow if it is live; "": of none."""
    if flow is None:
        return ""
    flows = draft.state.book.of(tenant)
    name = flows.names.get(flow, "")
    return name if name in flows.live else ""


def _forward(draft: Draft, report: CallArrived, at: datetime, leads: tuple[PartyAddress, QueueRules]) -> None:
    """Whoever is called is shown who calls, as far as the trunk's rules allow; the gateway adds who forwards."""
    directory = draft.state.rules.directory(report.tenant)
    to, rules = leads
    if isinstance(to, TrunkParty):
        to = TrunkParty(called=to.called, caller=report.caller, trunk=directory.outbound_trunk)
    else:
        to = PhoneParty(user=to.user, caller=report.caller)
    draft.record(_offered(draft, report, at, None, to))
    draft.send(
        ConnectParty(
            **draft.stamp(report.tenant),
            call=report.call,
            party=FORWARD,
            to=to,
            record=rules.record,
        )
    )


def _offered(
    draft: Draft,
    report: CallArrived,
    at: datetime,
    queue: QueueId | None,
    forward: PartyAddress | None = None,
    flow: str = "",
) -> CallOffered:
    return CallOffered(
        **draft.stamp(report.tenant, at),
        call=report.call,
        direction=Direction.INBOUND,
        trunk=report.trunk,
        called=report.called,
        caller=report.caller,
        queue=queue,
        forward=forward,
        diverted_by=report.diverted_by,
        attestation=report.attestation,
        flow=flow,
    )


def _turn_away(draft: Draft, report: CallArrived, at: datetime, cause: EndCause, queue: QueueId | None = None) -> None:
    """Before the answer: it costs the caller nothing, and their carrier is told why."""
    draft.record(_offered(draft, report, at, queue))
    draft.send(RejectCall(**draft.stamp(report.tenant), call=report.call, cause=cause))
    draft.record(CallEnded(**draft.stamp(report.tenant, at), call=report.call, cause=cause, queue=queue))


def _established(draft: Draft, report: CallEstablished) -> None:
    call = _held_by_us(draft, report)
    if call is None or not permits(call.phase, CallInput.ESTABLISHED):
        return
    at = _moment(draft, call, report.at)
    draft.record(CallAnswered(**draft.stamp(call.tenant, at), call=call.call, line_of=call.line_of))
    greeted = draft.state.call(call.call)
    if call.agent is None and call.phase is CallPhase.ARRIVED and greeted is not None:
        _greet(draft, greeted, at)
    if call.agent is None:
        return
    draft.record(CallConnected(**draft.stamp(call.tenant, at), call=call.call, agent=call.agent, queue=None))
    if not call.by_phone and draft.state.agent(call.agent).cut_off:
        play_music(draft, call)


def _greet(draft: Draft, call: Call, at: datetime) -> None:
    """Who reached a suspended tenant hears that nobody can be reached, and no more."""
    if call.flow:
        flow_steps.begin_flow(draft, call, at)
        return
    if call.queue is None:
        sorry = PlayToCaller(
            **draft.stamp(call.tenant), call=call.call, prompts=UNAVAILABLE, music=None, token=GREETING_TOKEN
        )
        draft.send(sorry)
        return
    rules = draft.state.rules.queue(call.queue)
    prompts = () if rules is None else rules.greeting
    music = draft.state.rules.music(call.queue)
    draft.send(
        PlayToCaller(**draft.stamp(call.tenant), call=call.call, prompts=prompts, music=music, token=GREETING_TOKEN),
    )
    if not prompts:
        enqueue(draft, call, at, at)


def _played(draft: Draft, report: CallPlayed) -> None:
    call = _held_by_us(draft, report)
    if call is not None and flow_steps.played(draft, report):
        return
    if call is None or report.token != GREETING_TOKEN or not permits(call.phase, CallInput.GREETED):
        return
    at = _moment(draft, call, report.at)
    enqueue(draft, call, at, at)


def _released(draft: Draft, report: CallReleased) -> None:
    call = _call_of(draft, report)
    if call is None:
        return
    cause = report.cause
    if call.phase in WAITING and call.queue is not None and cause.reason in _GIVEN_UP:
        cause = EndCause(EndResult.CALLER, EndReason.ABANDONED, cause.sip_code, cause.q850)
    flow_steps.hung_up(draft, call, cause.reason)
    end_call(draft, call, cause, _moment(draft, call, report.at))


def _in_passing(draft: Draft, report: CallRinging | FarEndHeld | PartyRinging) -> None:
    _held_by_us(draft, report)


def _digit(draft: Draft, report: CallDigit) -> None:
    """Keys are for the call's flow, end a message, or confirm a line; an agent who talks hears them."""
    call = _held_by_us(draft, report)
    if call is not None:
        line_pressed(draft, call, report.digit)
        leaving.pressed(draft, call, report.digit)
        flow_steps.key_pressed(draft, report)


def _machine_answered(draft: Draft, report: MachineAnswered) -> None:
    call = _held_by_us(draft, report)
    if call is not None:
        machine_answered(draft, call)


def _message_begun(draft: Draft, report: MessageBegun) -> None:
    call = _held_by_us(draft, report)
    if call is not None:
        leaving.begun(draft, call, report.recording, _moment(draft, call, report.at))


def _message_failed(draft: Draft, report: MessageFailed) -> None:
    call = _held_by_us(draft, report)
    if call is None or call.message is None or call.message.voicemail != report.recording:
        return
    leaving.not_recorded(draft, call)
    flow_steps.not_recorded(draft, call)


def _robot_ended(draft: Draft, report: RobotEnded) -> None:
    if _held_by_us(draft, report) is not None:
        flow_steps.robot_ended(draft, report)


# Whose telephone it may be; what belongs to none of them is a party's whom somebody called in.
_ANSWERED = (supervisor_answered, colleague_answered, flow_party_established)
_GONE = (supervisor_gone, colleague_gone, flow_party_released)


def _party_established(draft: Draft, report: PartyEstablished) -> None:
    call = _held_by_us(draft, report)
    if call is not None and is_of_agent(draft, call, report):
        _telephone_answered(draft, call)
    elif call is not None and not any(answered(draft, call, report) for answered in _ANSWERED):
        party_established(draft, call, report)
        invited_established(draft, call, report)


def _party_released(draft: Draft, report: PartyReleased) -> None:
    call = _held_by_us(draft, report)
    if call is not None and is_of_agent(draft, call, report):
        _telephone_gone(draft, call, report.cause)
    elif call is not None and not any(gone(draft, call, report) for gone in _GONE):
        party_released(draft, call, report)
        invited_released(draft, call, report)


def _transfer_asked(draft: Draft, report: TransferAsked) -> None:
    call = _held_by_us(draft, report)
    if call is not None and not seat_transfers(draft, call, report):
        transfer_asked(draft, call, report)


def _phone_changed(draft: Draft, report: PhoneChanged) -> None:
    """A telephone that is not registered is not dialled, and who works by it is not offered calls.

    A report that was on its way when the agent logged in is not late: what is registered now decides.
    """
    draft.state.note_phone(report.tenant, report.phone, registered=report.registered)
    if note_registered(draft, report):
        agent = draft.state.agent(report.agent)
        fault = fault_of(draft, agent)
        if agent.telephone and fault is not (None if agent.reachable else agent.fault):
            note_reach(draft, agent, fault)


def _telephone_answered(draft: Draft, call: Call) -> None:
    if call.agent is not None and call.phase is CallPhase.OFFERED:
        accept(draft, call, call.agent)


def _telephone_gone(draft: Draft, call: Call, cause: EndCause) -> None:
    """Refused, not answered, hung up by the agent, or broken."""
    if call.agent is None:
        return
    if call.phase is CallPhase.OFFERED:
        withdraw_offer(draft, call, outcome_of(cause))
    elif call.phase in TALKING and cause.reason in BROKEN:
        if draft.state.agent(call.agent).requested is None:
            move(draft, call.agent, AgentInput.REQUEST, Wish(AgentState.NOT_READY, Reason.TELEPHONE_LOST))
        leave_lost_agent(draft, call, call.agent)
    else:
        cause = HUNG_UP if call.phase in TALKING else cause
        draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=cause))
        end_call(draft, call, cause)


def _held_by_us(draft: Draft, report: CallReport) -> Call | None:
    """The call; one that we do not hold has ended here, so it must end there too."""
    call = _call_of(draft, report)
    if call is None:
        _end_there(draft, report.tenant, report.call)
    return call


def _call_of(draft: Draft, report: CallReport) -> Call | None:
    """A tenant's report says nothing of another's call."""
    call = draft.state.call(report.call)
    return None if call is None or call.tenant != report.tenant else call


def _end_there(draft: Draft, tenant: TenantId, call: CallId) -> None:
    draft.send(EndCall(**draft.stamp(tenant), call=call, cause=BY_SYSTEM))


# --- softphones ---


def _softphone_changed(draft: Draft, report: SoftphoneChanged) -> None:
    if not draft.state.agent(report.agent, report.tenant).telephone:
        _reach(draft, report, report.agent, None if report.reachable else report.fault)


ReachReport = SoftphoneChanged | CallsAnnounced


def _reach(draft: Draft, report: ReachReport, name: UserId, fault: Fault | None) -> None:
    agent = draft.state.agent(name, report.tenant)
    late = agent.reachable_at is not None and report.at < agent.reachable_at
    known = None if agent.reachable else agent.fault
    if late or known is fault or agent.home != report.tenant:
        return
    note_reach(draft, agent, fault, min(report.at, draft.now))


# --- a gateway that has started ---


def _announced(draft: Draft, report: CallsAnnounced) -> None:
    """Of its own tenant. Calls younger than the announcement are not meant by it, should it come again."""
    listed = set(report.calls)
    for call in draft.state.calls:
        if call.tenant == report.tenant and call.call not in listed and call.offered_at <= report.at:
            end_call(draft, call, LOST_IN_RESTART)
    for name in report.calls:
        call = draft.state.call(name)
        if call is None or call.tenant != report.tenant:
            _end_there(draft, report.tenant, name)
    reachable = set(report.agents)
    known = {agent.agent for agent in draft.state.agents if agent.home == report.tenant}
    by_telephone = {agent.agent for agent in draft.state.agents if agent.telephone}
    for agent in sorted((known | reachable) - by_telephone):
        _reach(draft, report, agent, None if agent in reachable else _fault_of(draft, agent))


def _fault_of(draft: Draft, name: UserId) -> Fault:
    """Why an agent whom a gateway does not know to be reachable is not: what is known already stands."""
    agent = draft.state.agent(name)
    return Fault.CONNECTION if agent.reachable else agent.fault


_HANDLERS: dict[type, Callable[[Draft, Any], None]] = {
    CallArrived: _arrived,
    PhoneDialled: phone_dialled,
    CallRinging: _in_passing,
    CallEstablished: _established,
    CallPlayed: _played,
    MessageBegun: _message_begun,
    RobotEnded: _robot_ended,
    MessageFailed: _message_failed,
    FarEndHeld: _in_passing,
    CallDigit: _digit,
    MachineAnswered: _machine_answered,
    CallReleased: _released,
    PartyRinging: _in_passing,
    PartyEstablished: _party_established,
    PartyReleased: _party_released,
    TransferAsked: _transfer_asked,
    SoftphoneChanged: _softphone_changed,
    PhoneChanged: _phone_changed,
    CallsAnnounced: _announced,
}
