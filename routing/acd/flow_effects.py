"""What a flow asks for, carried out: events, commands, errands; what can be answered at once is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from kernel.contracts import robots
from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.directory import QueueRules
from kernel.contracts.flow_events import CallLeftQueue
from kernel.contracts.log import TransferBegun
from kernel.contracts.queues import AllOf, AtLeast, Needs, Preferred, Step
from kernel.contracts.telephony import ConnectParty, DropParty, PartyAddress, PhoneParty, PlayToCaller, TrunkParty
from kernel.primitives.ids import CallId, QueueId, UserId
from routing.acd.draft import Draft
from routing.acd.flow_outlets import book_callback, finish_message, record_message
from routing.acd.flow_words import Errand, FlowErrand
from routing.acd.handling import end_by_system, offer, play_music, queue_call, recall_offer
from routing.acd.limits import note, require_destination
from routing.calls.machine import CallInput, step
from routing.calls.model import Call, CallPhase
from routing.errors import OverLimit, Suspended
from routing.flows.calendars.opening import open_at
from routing.flows.calendars.status import HoursStatus
from routing.flows.document.speech import Recorded
from routing.flows.run.effects import (
    AgentParty,
    AnyEffect,
    BookCallback,
    ConnectRobot,
    ConnectTo,
    DisconnectRobot,
    EndCall,
    EnterFlow,
    EnterQueue,
    FinishMessage,
    LeaveQueue,
    LookUpHours,
    RecordMessage,
    Speak,
    StartLookup,
    StopConnecting,
    StopSpeaking,
)
from routing.flows.run.words import AnyWord, HoursTold, QueueExit, QueueLeft, TransferFailed
from routing.matching.matcher import Match

TOKEN = "flow-"  # noqa: S105 with the turn behind it, names what CallPlayed reports
FLOW = "flow"  # the leg in whose place somebody is called, as the log names it
GIVEN_UP = EndCause(EndResult.OURS, EndReason.CANCELLED, sip_code=487, q850=16)

Asked = AnyWord | str
"""An answer, or the name of the flow to enter."""


def carry_out(draft: Draft, name: CallId, effect: AnyEffect) -> Asked | None:
    """Nothing for a call that the effects before have ended."""
    call = draft.state.call(name)
    return None if call is None else _HANDLERS[type(effect)](draft, call, effect)


# --- talking ---


def _speak(draft: Draft, call: Call, effect: Speak) -> None:
    """Words are made sounds first."""
    prompts = tuple(said.prompt for said in effect.said if isinstance(said, Recorded))
    if len(prompts) < len(effect.said):
        _owe(draft, call, effect)
        return
    token = f"{TOKEN}{effect.turn}"
    draft.send(PlayToCaller(**draft.stamp(call.tenant), call=call.call, prompts=prompts, music=None, token=token))


def _stop_speaking(draft: Draft, call: Call, effect: StopSpeaking) -> None:
    draft.send(PlayToCaller(**draft.stamp(call.tenant), call=call.call, prompts=(), music=None))


def _owe(draft: Draft, call: Call, effect: Errand) -> None:
    standing = draft.state.flows.of(call.call)
    if standing is not None:
        draft.state.flows.put(replace(standing, owed=(*standing.owed, effect)))
    draft.run(FlowErrand(call.tenant, call.call, effect))


# --- asking ---


def _hours(draft: Draft, call: Call, effect: LookUpHours) -> AnyWord:
    calendar = draft.state.book.of(call.tenant).calendars.get(effect.calendar)
    status = HoursStatus.CLOSED if calendar is None else open_at(calendar, draft.now).status
    return HoursTold(turn=effect.turn, status=status)


def _enter_flow(draft: Draft, call: Call, effect: EnterFlow) -> str:
    return effect.flow


# --- queues ---


def _enter_queue(draft: Draft, call: Call, effect: EnterQueue) -> AnyWord | None:
    """Who comes back to the queue that they waited in has their old place there."""
    rules = draft.state.rules.queue(effect.queue)
    if rules is None or not _own_queue(draft, call, effect.queue):
        if effect.leave_on:
            return QueueLeft(turn=effect.turn, exit=QueueExit.GONE)
        end_by_system(draft, call)
        return None
    if QueueExit.NO_AGENTS in effect.leave_on and not _anybody(draft, effect.queue):
        return QueueLeft(turn=effect.turn, exit=QueueExit.NO_AGENTS)
    returns = call.queue == effect.queue and call.since is not None
    if QueueExit.FULL in effect.leave_on and not returns and _is_full(draft, rules):
        return QueueLeft(turn=effect.turn, exit=QueueExit.FULL)
    step(call.phase, CallInput.QUEUE)
    brought = replace(call, needs=_needs(effect), asked=effect.priority, preferred=_preferred(draft, call, effect))
    queue_call(draft, brought, rules, _since(draft, call, rules.queue))
    _limit(draft, call, effect)
    return None


def _since(draft: Draft, call: Call, queue: QueueId) -> datetime:
    return call.since if call.queue == queue and call.since is not None else draft.now


def _limit(draft: Draft, call: Call, effect: EnterQueue) -> None:
    standing = draft.state.flows.of(call.call)
    if standing is not None and QueueExit.LIMIT in effect.leave_on and effect.limit_seconds is not None:
        limit = draft.now + timedelta(seconds=effect.limit_seconds)
        draft.state.flows.put(replace(standing, limit=limit))
    waiting = draft.state.call(call.call)
    if waiting is not None:
        play_music(draft, waiting)


def _preferred(draft: Draft, call: Call, effect: EnterQueue) -> Preferred | None:
    """Whom the flow names by id or by name, if they are there: nobody waits for somebody who is not."""
    wanted = effect.agent.casefold()
    profiles = draft.state.rules.directory(call.tenant).agents if wanted else ()
    for profile in profiles:
        if wanted in (str(profile.agent), profile.name.casefold()):
            there = draft.state.agent(profile.agent).state is not AgentState.LOGGED_OUT
            return Preferred(profile.agent, effect.agent_seconds) if there else None
    return None


def _needs(effect: EnterQueue) -> Needs:
    """Who has all the skills that the flow asks for; beside them the queue's own needs hold."""
    if not effect.skills:
        return ()
    return (Step(AllOf(tuple(AtLeast(need.skill, need.level) for need in effect.skills))),)


def _is_full(draft: Draft, rules: QueueRules) -> bool:
    capacity = rules.waiting.capacity
    return capacity is not None and draft.state.holding(rules.queue) >= capacity


def _own_queue(draft: Draft, call: Call, queue: QueueId) -> bool:
    """A floor has queues of several tenants, a flow leads to those of its own."""
    return any(rules.queue == queue for rules in draft.state.rules.directory(call.tenant).queues)


def _anybody(draft: Draft, queue: QueueId) -> bool:
    """Whether somebody is logged in who serves the queue."""
    rules = draft.state.rules
    return any(
        agent.state is not AgentState.LOGGED_OUT and queue in rules.queues_of(agent.agent)
        for agent in draft.state.agents
    )


def leave_queue(draft: Draft, call: Call) -> None:
    """Back into the flow; whom an agent's desk rings for goes on ringing for nobody."""
    if call.phase is CallPhase.OFFERED and call.agent is not None:
        recall_offer(draft, call, call.agent)
    waiting = draft.state.call(call.call)
    if waiting is not None and waiting.phase is CallPhase.QUEUED and waiting.queue is not None:
        draft.record(CallLeftQueue(**draft.stamp(call.tenant), call=call.call, queue=waiting.queue))


def _leave_queue(draft: Draft, call: Call, effect: LeaveQueue) -> None:
    leave_queue(draft, call)


# --- transfers ---


def _connect(draft: Draft, call: Call, effect: ConnectTo) -> AnyWord | None:
    if isinstance(effect.to, AgentParty):
        why = _ring_for(draft, call, effect.to.agent, effect.ring_seconds)
        return TransferFailed(turn=effect.turn, why=why) if why else None
    to = _address(draft, call, effect.to)
    if isinstance(to, str):
        return TransferFailed(turn=effect.turn, why=to)
    standing = draft.state.flows.of(call.call)
    if standing is None:
        return None
    party = f"flow{call.transfers + 1}"
    draft.state.flows.put(replace(standing, party=party))
    draft.record(TransferBegun(**draft.stamp(call.tenant), call=call.call, leg=FLOW, party=party, to=to))
    draft.send(ConnectParty(**draft.stamp(call.tenant), call=call.call, party=party, to=to))
    return None


def _ring_for(draft: Draft, call: Call, name: UserId, seconds: float) -> str:
    """One agent is offered the call, in the queue that its number leads to; why not, where they cannot be.

    `flow_steps.settle` tells the flow when the offer comes to nothing.
    """
    rules, standing = draft.state.rules.queue_of(call.tenant, call.called), draft.state.flows.of(call.call)
    if rules is None or standing is None:
        return "the number leads to no queue"
    agent = draft.state.agent(name)
    if not draft.state.rules.may_serve(name, call.tenant):
        return "no such agent"
    if agent.state is not AgentState.AVAILABLE or not agent.reachable:
        return agent.state.value
    draft.state.flows.put(replace(standing, agent=name))
    step(call.phase, CallInput.QUEUE)
    queue_call(
        draft, replace(call, needs=(), preferred=Preferred(name, seconds)), rules, _since(draft, call, rules.queue)
    )
    waiting = draft.state.call(call.call)
    if waiting is not None:
        play_music(draft, waiting)
    if offer(draft, Match(call.call, rules.queue, name)):
        return ""
    leave_queue(draft, call)
    return "their telephone may not be called"


def _address(draft: Draft, call: Call, to: TrunkParty | PhoneParty) -> PartyAddress | str:
    """Who is called, or why nobody is."""
    directory = draft.state.rules.directory(call.tenant)
    if isinstance(to, PhoneParty):
        absent = draft.state.is_absent(call.tenant, to.user)
        return "not registered" if absent else PhoneParty(user=to.user, caller=call.caller)
    try:
        require_destination(draft, directory, to.called)
    except Suspended:
        return "suspended"
    except OverLimit as refusal:
        note(draft, call.tenant, refusal, call.call)
        return "not allowed"
    shown = call.caller if call.direction is Direction.INBOUND else directory.outbound_caller
    return TrunkParty(called=to.called, caller=shown, trunk=directory.outbound_trunk)


def _stop_connecting(draft: Draft, call: Call, effect: StopConnecting) -> None:
    """`PartyReleased` tells when its leg is gone; a desk rings no more at once."""
    standing = draft.state.flows.of(call.call)
    if standing is not None and standing.agent is not None:
        draft.state.flows.put(replace(standing, agent=None))
        leave_queue(draft, call)
    if standing is not None and standing.party:
        draft.send(DropParty(**draft.stamp(call.tenant), call=call.call, party=standing.party, cause=GIVEN_UP))
        draft.state.flows.put(replace(standing, party=""))


# --- others ---


def _disconnect_robot(draft: Draft, call: Call, effect: DisconnectRobot) -> None:
    draft.send(robots.DisconnectRobot(**draft.stamp(call.tenant), call=call.call))


def _end(draft: Draft, call: Call, effect: EndCall) -> None:
    end_by_system(draft, call, effect.cause)


_HANDLERS: dict[type, Callable[[Draft, Call, Any], Asked | None]] = {
    Speak: _speak,
    StopSpeaking: _stop_speaking,
    LookUpHours: _hours,
    StartLookup: _owe,
    EnterQueue: _enter_queue,
    LeaveQueue: _leave_queue,
    BookCallback: book_callback,
    RecordMessage: record_message,
    FinishMessage: finish_message,
    ConnectTo: _connect,
    StopConnecting: _stop_connecting,
    ConnectRobot: _owe,
    DisconnectRobot: _disconnect_robot,
    EnterFlow: _enter_flow,
    EndCall: _end,
}
