"""Callers whom their queue cannot keep go on: to another queue, or by one of `WAYS` to what is no queue."""

from collections.abc import Iterable
from typing import Protocol

from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.log import CallOverflowed
from kernel.contracts.queues import (
    Elsewhere,
    OverflowCause,
    ToCallback,
    ToFlow,
    ToNumber,
    ToQueue,
    ToVoicemail,
    WaitingRules,
)
from kernel.primitives.ids import CallId, QueueId
from routing.acd.diverting import NumberWay
from routing.acd.draft import Draft
from routing.acd.flow_steps import offer_callback, overflow_into
from routing.acd.handling import end_by_system, play_music, queue_call
from routing.acd.leaving import VoicemailWay
from routing.acd.promising import may_promise_instead
from routing.calls.model import Call, CallPhase
from routing.matching.overflow import Leave, Load, Refused, Visit, Wait, Ways, enter, reconsider

# RFC 3261 486, Q.850 17 "user busy": the tone that everybody knows
_COMING = frozenset({CallPhase.ARRIVED, CallPhase.GREETING})
QUEUE_FULL = EndCause(EndResult.OURS, EndReason.OVERLOADED, sip_code=486, q850=17)


class Way(Protocol):
    """How callers leave their queue for one kind of target."""

    def is_open(self, draft: Draft, call: Call, to: Elsewhere) -> bool:
        """Whether this caller can go there now; nothing is changed."""
        ...

    def take(self, draft: Draft, call: Call, queue: QueueId, to: Elsewhere) -> None:
        """Out of the queue, into a phase of the way's own; why is told already. `queue` is who sent the call."""
        ...


class FlowWay:
    """Into the live version of a call flow."""

    def is_open(self, draft: Draft, call: Call, to: Elsewhere) -> bool:
        return isinstance(to, ToFlow) and draft.state.book.live(call.tenant, to.flow) is not None

    def take(self, draft: Draft, call: Call, queue: QueueId, to: Elsewhere) -> None:
        if isinstance(to, ToFlow):
            overflow_into(draft, call, to.flow)


class CallbackWay:
    """Asked whether to be rung back in their turn, and let go if so."""

    def is_open(self, draft: Draft, call: Call, to: Elsewhere) -> bool:
        return call.direction is Direction.INBOUND and call.caller is not None and may_promise_instead(draft, call)

    def take(self, draft: Draft, call: Call, queue: QueueId, to: Elsewhere) -> None:
        offer_callback(draft, call, queue)


def refuses(draft: Draft, call: Call) -> bool:
    """Whether this caller, not answered yet, would come to a queue that is full and leads nowhere.

    Who hears the greeting now waits before them; who can be served at once needs no room.
    """
    state, queue = draft.state, call.queue
    capacity = state.rules.waiting(queue).capacity
    if queue is None or capacity is None:
        return False
    if not state.waiting.count(queue) and state.available.everybody & state.rules.matching.people.serving(queue):
        return False
    coming = sum(1 for one in state.calls if one.queue == queue and one.phase in _COMING)
    if state.holding(queue) + coming < capacity:
        return False
    return isinstance(enter(_ways(draft, call, coming), Visit(queue, draft.now), draft.now), Refused)


WAYS: dict[type, Way] = {
    ToNumber: NumberWay(),
    ToFlow: FlowWay(),
    ToCallback: CallbackWay(),
    ToVoicemail: VoicemailWay(),
}
"""What is not in it leads nowhere: the queue's next setting is tried."""


def send_on(draft: Draft, everywhere: bool = False) -> bool:
    """After calls were given out: whoever still waits and whose queue cannot keep them. Whether any came to a queue.

    Who came last goes first, so that those in front keep their places in a queue that is full.
    """
    moved = False
    for call in _restless(draft, everywhere):
        rules = draft.state.rules.waiting(call.queue)
        if call.queue is not None and (rules.capacity is not None or rules.overflows):
            moved |= _consider(draft, call, call.queue, rules)
    return moved


def _restless(draft: Draft, everywhere: bool) -> list[Call]:
    state = draft.state
    names = {call.call for call in state.calls} if everywhere else state.restless(draft.now)
    for queue in state.deserted():
        if any(each.when is OverflowCause.NO_AGENTS for each in state.rules.waiting(queue).overflows):
            names.update(state.waiting.calls(queue))
    return sorted(_who_came(draft, names), key=lambda call: (call.since or call.offered_at, call.call), reverse=True)


def _who_came(draft: Draft, names: Iterable[CallId]) -> list[Call]:
    """Who waits and called us: whom we called back is not sent elsewhere."""
    found = map(draft.state.call, names)
    waiting = (call for call in found if call is not None and call.phase is CallPhase.QUEUED)
    return [call for call in waiting if call.direction is Direction.INBOUND]


def _consider(draft: Draft, call: Call, queue: QueueId, rules: WaitingRules) -> bool:
    entered = draft.now if call.heard is None else call.heard.entered
    visit = Visit(queue, entered, frozenset(call.visited))
    ways = _ways(draft, call)
    if draft.state.has_come(call):
        outcome = enter(ways, visit, draft.now)
        if outcome == Wait(visit):
            outcome = reconsider(ways, visit, draft.now)
    else:
        outcome = reconsider(ways, visit, draft.now)
    if isinstance(outcome, Refused):
        if draft.state.is_new(call):  # nobody hangs up on who was sent here by an agent or a supervisor
            end_by_system(draft, call, QUEUE_FULL)
    elif isinstance(outcome, Leave):
        return _leave(draft, call, outcome)
    elif outcome.cause is not None:
        _move(draft, call, outcome.visit, outcome.cause)
        return True
    return False


def _ways(draft: Draft, call: Call, coming: int = 0) -> Ways:
    """Of each queue those count who wait in it beside this caller; of the call's own also who is `coming`."""
    state = draft.state

    def load_of(queue: QueueId) -> Load:
        own = queue == call.queue
        here = own and call.phase is CallPhase.QUEUED
        return Load(state.holding(queue) + (coming if own else 0) - here, state.logged_in(queue))

    def is_open(to: Elsewhere) -> bool:
        way = WAYS.get(type(to))
        return way is not None and to not in call.tried and way.is_open(draft, call, to)

    return Ways(state.rules.waiting_of(call.tenant), load_of, is_open)


def _move(draft: Draft, call: Call, visit: Visit, cause: OverflowCause) -> None:
    _tell(draft, call, call.queue, cause, ToQueue(visit.queue))
    rules = draft.state.rules.queue(visit.queue)
    if rules is None:
        raise AssertionError("a caller moves to a queue of the directory only")
    queue_call(draft, call, rules, call.since or draft.now, visited=tuple(sorted(visit.visited)))
    if draft.state.rules.music(call.queue) != rules.music:
        moved = draft.state.call(call.call)
        if moved is not None:
            play_music(draft, moved)


def _leave(draft: Draft, call: Call, outcome: Leave) -> bool:
    """Whether the way led to a queue at once, as a flow may."""
    _tell(draft, call, outcome.queue, outcome.cause, outcome.to)
    WAYS[type(outcome.to)].take(draft, call, outcome.queue, outcome.to)
    gone = draft.state.call(call.call)
    return gone is not None and gone.phase is CallPhase.QUEUED


def _tell(draft: Draft, call: Call, queue: QueueId | None, cause: OverflowCause, to: ToQueue | Elsewhere) -> None:
    if queue is not None:
        draft.record(CallOverflowed(**draft.stamp(call.tenant), call=call.call, queue=queue, cause=cause, to=to))
