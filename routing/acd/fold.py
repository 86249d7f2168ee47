"""How each event of a floor's logs changes the routing state; the decisions were made before, nothing is decided here.

An agent is told by the log of their home alone, a call by the log of its tenant alone. So logs of several tenants give
the same state however they are read side by side, and each tenant's part can be kept and taken up by itself.
"""

from collections.abc import Callable
from typing import Any, get_args

from msgspec.structs import replace

from kernel.contracts.callbacks import CallbackEvent
from kernel.contracts.calls import AgentState, Direction, OfferOutcome, TransferOutcome
from kernel.contracts.colleagues import ColleagueAsked, ColleagueJoined, ColleagueLeft
from kernel.contracts.flow_events import TRANSFERRED, CallLeftQueue, FlowEntered, FlowLeft
from kernel.contracts.lines import AgentLineChanged
from kernel.contracts.log import (
    AgentDeskTaken,
    AgentReachabilityChanged,
    AgentRequestedState,
    AgentSeatTaken,
    AgentStateChanged,
    AgentTelephoneChanged,
    AgentWrapUpExtended,
    CallAnswered,
    CallConnected,
    CallDisconnected,
    CallEnded,
    CallErased,
    CallerTold,
    CallHeld,
    CallOffered,
    CallOverflowed,
    CallQueued,
    CallRetrieved,
    GuestStateChanged,
    LogEvent,
    OfferEnded,
    OfferMade,
    PartyAnswered,
    PartyJoined,
    PartyLeft,
    TransferBegun,
    TransferEnded,
)
from kernel.contracts.queues import ToQueue
from kernel.contracts.supervision import SupervisionChanged
from kernel.contracts.voicemail import (
    VoicemailAsked,
    VoicemailBegun,
    VoicemailEvent,
    VoicemailLeft,
    VoicemailLinked,
    VoicemailMissed,
)
from kernel.primitives.ids import TenantId, UserId
from routing.acd.state import RoutingState
from routing.agents.tally import counted
from routing.callbacks import fold as callbacks
from routing.calls.model import AGENT, FAR, QUEUE, Asked, Call, CallPhase, Colleague, Invited, Joined, Transfer
from routing.lines.model import Line
from routing.matching.comfort import Heard, Message, said
from routing.supervision.listening import ear_after
from routing.voicemail import fold as voicemail


def apply(state: RoutingState, event: LogEvent) -> None:
    """Events of others, and of calls that are not known, change nothing."""
    fold(state, event)
    state.remember(event)


def fold(state: RoutingState, event: LogEvent) -> None:
    """The state alone, which a trial can take back; the rest of `apply` follows when the decision stands."""
    change = _FOLDS.get(type(event))
    if change is not None:
        change(state, event)


def _call_offered(state: RoutingState, event: CallOffered) -> None:
    if state.call(event.call) is not None or state.has_ended(event.tenant, event.call):
        return
    state.put_call(
        Call(
            call=event.call,
            tenant=event.tenant,
            direction=event.direction,
            phase=CallPhase.DIALING if _dials(event) else CallPhase.ARRIVED,
            called=event.called,
            offered_at=event.at,
            phase_at=event.at,
            queue=event.queue,
            agent=event.agent,
            by_phone=event.by_phone,
            caller=event.caller,
            diverted_by=event.diverted_by,
            flow=event.flow,
            line_of=event.line_of,
            consults=event.consults,
            consultant=event.consultant,
        )
    )


def _dials(event: CallOffered) -> bool:
    """Whether somebody outside is called: by an agent, or because the number leads there."""
    return event.direction is Direction.OUTBOUND or event.forward is not None


def _call_answered(state: RoutingState, event: CallAnswered) -> None:
    call = state.call(event.call)
    if call is None:
        return
    dialled = call.phase is CallPhase.DIALING
    outbound = call.direction is Direction.OUTBOUND and call.consults is None
    alone = dialled and outbound and call.agent is None  # no agent is there yet
    if dialled and call.line_of is not None:
        state.put_call(replace(call, phase=CallPhase.LINE, phase_at=event.at))
    elif call.phase is CallPhase.ARRIVED or alone:
        state.put_call(replace(call, phase=CallPhase.GREETING, phase_at=event.at))
    elif dialled and not outbound:
        state.put_call(replace(call, phase=CallPhase.CONNECTED, phase_at=event.at))


def _call_queued(state: RoutingState, event: CallQueued) -> None:
    call = state.call(event.call)
    if call is not None:
        place = {"queue": event.queue, "priority": event.priority, "since": event.since}
        place |= {"needs": event.needs, "preferred": event.preferred, "asked": event.asked}
        place |= {"visited": event.visited, "heard": Heard(event.at)}
        state.put_call(replace(call, phase=CallPhase.QUEUED, phase_at=event.at, agent=None, offer=None, **place))


def _in_flow(state: RoutingState, event: FlowEntered | CallLeftQueue) -> None:
    """The queue and the place there are kept: a caller may come back to it."""
    call = state.call(event.call)
    if call is not None:
        state.put_call(replace(call, phase=CallPhase.IN_FLOW, phase_at=event.at))


def _flow_left(state: RoutingState, event: FlowLeft) -> None:
    call = state.call(event.call)
    if call is not None and event.ending == TRANSFERRED:
        state.put_call(replace(call, phase=CallPhase.CONNECTED, phase_at=event.at))


def _call_overflowed(state: RoutingState, event: CallOverflowed) -> None:
    """Who takes the caller is told of by the next event."""
    call = state.call(event.call)
    if call is not None and not isinstance(event.to, ToQueue):
        state.put_call(replace(call, tried=(*call.tried, event.to)))


def _caller_told(state: RoutingState, event: CallerTold) -> None:
    call = state.call(event.call)
    if call is not None and call.heard is not None:
        message = Message(position=event.position, minutes=event.minutes)
        state.put_call(replace(call, heard=said(call.heard, message, event.at)))


def _offer_made(state: RoutingState, event: OfferMade) -> None:
    call = state.call(event.call)
    if call is not None:
        taker = {"agent": event.agent, "offer": event.offer, "guest_of": None}
        state.put_call(replace(call, phase=CallPhase.OFFERED, phase_at=event.at, **taker))


def _offer_ended(state: RoutingState, event: OfferEnded) -> None:
    call = state.call(event.call)
    if call is not None and call.offer == event.offer and event.outcome is not OfferOutcome.ACCEPTED:
        state.put_call(replace(call, phase=CallPhase.QUEUED, phase_at=event.at, agent=None, offer=None))


def _call_connected(state: RoutingState, event: CallConnected) -> None:
    call = state.call(event.call)
    if call is not None:
        taker: dict[str, Any] = {"agent": event.agent, "guest_of": _home_of(call, event.agent)}
        if call.colleague is not None and call.colleague.agent == event.agent:
            taker["colleague"] = None
        state.put_call(replace(call, phase=CallPhase.CONNECTED, phase_at=event.at, offer=None, **taker))


def _home_of(call: Call, agent: UserId) -> TenantId | None:
    """Where a guest sits who has the call, or was asked into it."""
    if call.colleague is not None and call.colleague.agent == agent:
        return None if call.colleague.home == call.tenant else call.colleague.home
    return call.guest_of if call.agent == agent else None


def _call_held(state: RoutingState, event: CallHeld) -> None:
    call = state.call(event.call)
    if call is not None:
        state.put_call(replace(call, phase=CallPhase.HELD, phase_at=event.at))


def _call_retrieved(state: RoutingState, event: CallRetrieved) -> None:
    call = state.call(event.call)
    if call is not None:
        state.put_call(replace(call, phase=CallPhase.CONNECTED, phase_at=event.at))


def _call_disconnected(state: RoutingState, event: CallDisconnected) -> None:
    call = state.call(event.call)
    if call is not None and call.agent == event.agent:
        state.put_call(replace(call, agent=None))


def _transfer_begun(state: RoutingState, event: TransferBegun) -> None:
    call = state.call(event.call)
    if call is not None and event.leg == AGENT:
        invited = (*call.invited, Invited(event.party, event.to, event.aside))
        state.put_call(replace(call, invited=invited, transfers=call.transfers + 1))
    elif call is not None:
        transfer = Transfer(
            leg=event.leg,
            party=event.party,
            to=event.to,
            other=event.other,
            other_leg=event.other_leg,
            came_in=event.came_in,
        )
        sent_on = {"phase": CallPhase.DIVERTED, "phase_at": event.at} if event.leg == QUEUE else {}
        state.put_call(replace(call, transfer=transfer, transfers=call.transfers + 1, **sent_on))


def _party_answered(state: RoutingState, event: PartyAnswered) -> None:
    _change_invited(state, event, since=event.at)


def _party_joined(state: RoutingState, event: PartyJoined) -> None:
    _change_invited(state, event, aside=False)


def _change_invited(state: RoutingState, event: PartyAnswered | PartyJoined, **change: Any) -> None:
    call = state.call(event.call)
    if call is not None:
        invited = tuple(replace(one, **change) if one.party == event.party else one for one in call.invited)
        state.put_call(replace(call, invited=invited))


def _transfer_ended(state: RoutingState, event: TransferEnded) -> None:
    call = state.call(event.call)
    if call is None or call.transfer is None or call.transfer.party != event.party:
        return
    joined = call.joined
    if event.outcome is TransferOutcome.COMPLETED:
        party = FAR if event.leg == FAR else event.party
        joined = (*joined, Joined(party, call.transfer.to, event.at, call.transfer.came_in))
    state.put_call(replace(call, transfer=None, joined=joined))


def _party_left(state: RoutingState, event: PartyLeft) -> None:
    call = state.call(event.call)
    if call is None:
        return
    transfer = call.transfer
    if transfer is not None and transfer.leg == event.party:
        transfer = replace(transfer, left=True)
    joined = tuple(one for one in call.joined if one.party != event.party)
    invited = tuple(one for one in call.invited if one.party != event.party)
    state.put_call(replace(call, transfer=transfer, joined=joined, invited=invited))


def _colleague_asked(state: RoutingState, event: ColleagueAsked) -> None:
    call = state.call(event.call)
    if call is not None:
        state.put_call(replace(call, colleague=Colleague(event.agent, event.home, event.by)))


def _colleague_joined(state: RoutingState, event: ColleagueJoined) -> None:
    call = state.call(event.call)
    if call is not None and call.colleague is not None and call.colleague.agent == event.agent:
        since = call.colleague.since or event.at
        state.put_call(replace(call, colleague=replace(call.colleague, aside=event.aside, since=since)))


def _colleague_left(state: RoutingState, event: ColleagueLeft) -> None:
    call = state.call(event.call)
    if call is not None and call.colleague is not None and call.colleague.agent == event.agent:
        state.put_call(replace(call, colleague=None))


def _call_ended(state: RoutingState, event: CallEnded) -> None:
    call = state.call(event.call)
    if call is not None:
        state.end_call(call)


def _agent_state_changed(state: RoutingState, event: AgentStateChanged) -> None:
    """An agent whose caller hung up while it rang did no work: their place among the idle ones stays."""
    agent = state.agent(event.agent)
    available = event.state is AgentState.AVAILABLE
    kept = available and agent.state in {AgentState.OFFERED, AgentState.AVAILABLE}
    call = None if event.call is None else state.call(event.call)
    same = (agent.state, agent.reason, agent.call) == (event.state, event.reason, event.call)
    state.put_agent(
        replace(
            agent,
            home=event.tenant,
            state=event.state,
            reason=event.reason,
            until=event.until,
            call=event.call,
            queue=event.queue,
            requested=event.requested,
            requested_reason=event.requested_reason,
            idle_since=event.at if available and not kept else agent.idle_since,
            client=event.client,
            by_phone=call is not None and call.by_phone,
            tally=counted(agent.tally, agent.state, event.state, event.queue, event.at),
            since=agent.since if same else event.at,
            desk="" if event.state is AgentState.LOGGED_OUT else agent.desk,
        )
    )


def _guest_state_changed(state: RoutingState, event: GuestStateChanged) -> None:
    """What the guest does is told at home; the call keeps where that is, so that neither is decided on alone."""
    call = None if event.call is None else state.call(event.call)
    asked = call is not None and call.colleague is not None and call.colleague.agent == event.agent
    if call is not None and not asked:
        state.put_call(replace(call, guest_of=event.home))


def _agent_requested_state(state: RoutingState, event: AgentRequestedState) -> None:
    agent = state.agent(event.agent)
    state.put_agent(replace(agent, home=event.tenant, requested=event.requested, requested_reason=event.reason))


def _agent_wrap_up_extended(state: RoutingState, event: AgentWrapUpExtended) -> None:
    """As with all that guests do, what is told at home counts."""
    agent = state.agent(event.agent)
    if event.home is None and agent.state is AgentState.WRAP_UP and agent.call == event.call:
        state.put_agent(replace(agent, until=event.until))


def _agent_desk_taken(state: RoutingState, event: AgentDeskTaken) -> None:
    state.put_agent(replace(state.agent(event.agent), home=event.tenant, desk=event.desk))


def _agent_reachability_changed(state: RoutingState, event: AgentReachabilityChanged) -> None:
    agent = state.agent(event.agent)
    state.put_agent(
        replace(agent, home=event.tenant, reachable=event.reachable, reachable_at=event.at, fault=event.fault)
    )


def _agent_seat_taken(state: RoutingState, event: AgentSeatTaken) -> None:
    state.put_agent(replace(state.agent(event.agent), home=event.tenant, telephone=event.telephone, kept=event.kept))


def _agent_line_changed(state: RoutingState, event: AgentLineChanged) -> None:
    line = Line(state=event.line, call=event.call, until=event.until, tries=event.tries)
    state.put_agent(replace(state.agent(event.agent), home=event.tenant, line=line))


def _agent_telephone_changed(state: RoutingState, event: AgentTelephoneChanged) -> None:
    agent = state.agent(event.agent)
    others = tuple(name for name in agent.registered if name != event.phone)
    registered = (*others, event.phone) if event.registered else others
    state.put_agent(replace(agent, home=event.tenant, registered=registered))


def _supervision_changed(state: RoutingState, event: SupervisionChanged) -> None:
    state.put_ear(event.supervisor, ear_after(state.listening.ear(event.supervisor), event))


def _callback(state: RoutingState, event: CallbackEvent) -> None:
    state.put_callback(event.callback, callbacks.apply(state.callbacks.get(event.callback), event))


def _voicemail(state: RoutingState, event: VoicemailEvent) -> None:
    state.put_message(event.voicemail, voicemail.apply(state.messages.get(event.voicemail), event))


def _voicemail_asked(state: RoutingState, event: VoicemailAsked) -> None:
    """In a flow the call stays there."""
    call = state.call(event.call)
    if call is not None:
        asked = Asked(event.voicemail, event.queue, event.longest)
        left = {"phase": CallPhase.MESSAGE, "phase_at": event.at} if call.phase is CallPhase.QUEUED else {}
        state.put_call(replace(call, message=asked, **left))


def _voicemail_begun(state: RoutingState, event: VoicemailBegun) -> None:
    call = state.call(event.call)
    if call is not None and call.message is not None and call.message.voicemail == event.voicemail:
        state.put_call(replace(call, message=replace(call.message, since=event.at)))


def _voicemail_missed(state: RoutingState, event: VoicemailMissed | VoicemailLeft) -> None:
    call = state.call(event.call)
    if call is not None:
        state.put_call(replace(call, message=None))


def _voicemail_left(state: RoutingState, event: VoicemailLeft) -> None:
    _voicemail_missed(state, event)
    _voicemail(state, event)


def _voicemail_linked(state: RoutingState, event: VoicemailLinked) -> None:
    call = None if event.origin is None else state.call(event.origin)
    if call is not None and call.message is not None and call.message.voicemail == event.voicemail:
        state.put_call(replace(call, message=replace(call.message, stored=True)))
    else:
        _voicemail(state, event)


def _call_erased(state: RoutingState, event: CallErased) -> None:
    for message in state.messages.of_call(event.call) if event.number else ():
        state.put_message(message.voicemail, replace(message, caller=None))


_FOLDS: dict[type, Callable[[RoutingState, Any], None]] = {
    CallOffered: _call_offered,
    CallAnswered: _call_answered,
    CallQueued: _call_queued,
    FlowEntered: _in_flow,
    CallLeftQueue: _in_flow,
    FlowLeft: _flow_left,
    CallOverflowed: _call_overflowed,
    CallerTold: _caller_told,
    OfferMade: _offer_made,
    OfferEnded: _offer_ended,
    CallConnected: _call_connected,
    CallHeld: _call_held,
    CallRetrieved: _call_retrieved,
    CallDisconnected: _call_disconnected,
    TransferBegun: _transfer_begun,
    PartyAnswered: _party_answered,
    PartyJoined: _party_joined,
    TransferEnded: _transfer_ended,
    PartyLeft: _party_left,
    ColleagueAsked: _colleague_asked,
    ColleagueJoined: _colleague_joined,
    ColleagueLeft: _colleague_left,
    CallEnded: _call_ended,
    AgentStateChanged: _agent_state_changed,
    GuestStateChanged: _guest_state_changed,
    AgentRequestedState: _agent_requested_state,
    AgentWrapUpExtended: _agent_wrap_up_extended,
    AgentDeskTaken: _agent_desk_taken,
    AgentSeatTaken: _agent_seat_taken,
    AgentTelephoneChanged: _agent_telephone_changed,
    AgentLineChanged: _agent_line_changed,
    AgentReachabilityChanged: _agent_reachability_changed,
    SupervisionChanged: _supervision_changed,
    **dict.fromkeys(get_args(CallbackEvent), _callback),
    **dict.fromkeys(get_args(VoicemailEvent), _voicemail),
    VoicemailAsked: _voicemail_asked,
    VoicemailBegun: _voicemail_begun,
    VoicemailMissed: _voicemail_missed,
    VoicemailLeft: _voicemail_left,
    VoicemailLinked: _voicemail_linked,
    CallErased: _call_erased,
}
