"""The one door to a callback: (callback, word, moment) → events and orders. Asking alone changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from kernel.contracts.callbacks import (
    AttemptResult,
    CallbackAnswered,
    CallbackConnected,
    CallbackDialled,
    CallbackDue,
    CallbackFirst,
    CallbackMachineHeard,
    CallbackOutcome,
    CallbackPooled,
    CallbackReleased,
    CallbackReserved,
)
from kernel.contracts.queues import AnsweringMachines
from kernel.primitives.ids import CallId, UserId
from routing.callbacks.attempts import postpone, result_after_answer, result_of, try_again
from routing.callbacks.draft import Draft
from routing.callbacks.errors import CallbackUnderWay
from routing.callbacks.machine import TIMERS, Input, Phase, step
from routing.callbacks.model import Callback
from routing.callbacks.words import (
    Answered,
    Cancelled,
    Decision,
    DialOut,
    Joined,
    Left,
    Lost,
    MachineDetected,
    MachineHeard,
    Matched,
    Moment,
    QueueCustomer,
    RangBack,
    Refused,
    Released,
    Taken,
    TimerDue,
    Turn,
    Word,
)

AFTER = timedelta(milliseconds=1)  # the offer ends first
TALKING = frozenset({Phase.ANSWERED, Phase.CONNECTED})


def decide(callback: Callback, word: Word, moment: Moment) -> Decision:
    """What does not fit the phase, or means another attempt, changes nothing; CallbackUnderWay for a late cancel."""
    draft = Draft(callback, moment)
    _HANDLERS[type(word)](draft, callback, word)
    return draft.decision


# --- time ---


def _timer_due(draft: Draft, callback: Callback, word: TimerDue) -> None:
    if not any(timer.name is word.timer and timer.at <= draft.now for timer in callback.timers):
        return
    if word.ringing is not None and word.ringing >= draft.now:
        _ring_on(draft, callback, word.ringing)
    else:
        _TIMED[TIMERS[callback.phase][word.timer]](draft, callback)


def _expire(draft: Draft, callback: Callback) -> None:
    draft.end(callback, CallbackOutcome.EXPIRED)


def _due(draft: Draft, callback: Callback) -> None:
    if not postpone(draft, callback):
        draft.record(CallbackDue(**draft.stamp()))


def _pool(draft: Draft, callback: Callback) -> None:
    draft.record(CallbackPooled(**draft.stamp()))


def _reservation_over(draft: Draft, callback: Callback) -> None:
    _release(draft, callback)
    draft.let_go(callback)


def _ring_over(draft: Draft, callback: Callback) -> None:
    draft.let_go(callback)
    try_again(draft, callback, AttemptResult.NO_ANSWER)


def _ring_on(draft: Draft, callback: Callback, until: datetime) -> None:
    if callback.call is None or step(callback.phase, Input.DESK_RINGS) is None:
        raise AssertionError("who is being offered is on the line")
    draft.record(CallbackAnswered(**draft.stamp(), call=callback.call, until=until + AFTER))


def _patience_over(draft: Draft, callback: Callback) -> None:
    draft.let_go(callback)
    try_again(draft, callback, AttemptResult.NOBODY_FREE)


_TIMED: dict[Input, Callable[[Draft, Callback], None]] = {
    Input.EXPIRE: _expire,
    Input.DUE: _due,
    Input.POOL: _pool,
    Input.RESERVATION_OVER: _reservation_over,
    Input.RING_OVER: _ring_over,
    Input.PATIENCE_OVER: _patience_over,
}


# --- agents ---


def _matched(draft: Draft, callback: Callback, word: Matched) -> None:
    """Not after hours, and by nobody else while it is promised to one."""
    if step(callback.phase, Input.RESERVE) is None or not callback.may_be_taken_by(word.agent):
        return
    if callback.first is not CallbackFirst.AGENT or postpone(draft, callback):
        return
    until = draft.now + timedelta(seconds=draft.moment.rules.offer_seconds)
    draft.record(CallbackReserved(**draft.stamp(), agent=word.agent, until=until))


def _taken(draft: Draft, callback: Callback, word: Taken) -> None:
    if callback.phase is not Phase.RESERVED or callback.taker != word.agent:
        return
    if postpone(draft, callback):
        draft.let_go(callback)
        return
    _dial(draft, callback, word.agent)


def _left(draft: Draft, callback: Callback, word: Left) -> None:
    if callback.taker != word.agent or step(callback.phase, Input.AGENT_LOST) is None:
        return
    if callback.phase is Phase.RESERVED:
        _release(draft, callback)
        return
    draft.let_go(callback, but=word.agent)
    try_again(draft, callback, AttemptResult.AGENT_GONE)


def _release(draft: Draft, callback: Callback) -> None:
    if callback.taker is None:
        raise AssertionError("who is reserved is known")
    draft.record(CallbackReleased(**draft.stamp(), agent=callback.taker))


# --- the customer's telephone ---


def _turn(draft: Draft, callback: Callback, word: Turn) -> None:
    if callback.phase is not Phase.WAITING or callback.first is not CallbackFirst.CUSTOMER:
        return
    if not postpone(draft, callback):
        _dial(draft, callback, None)


def _dial(draft: Draft, callback: Callback, agent: UserId | None) -> None:
    call = CallId(draft.moment.ids.new())
    ring = draft.moment.rules.ring_seconds
    until = draft.now + timedelta(seconds=ring)
    draft.record(CallbackDialled(**draft.stamp(), call=call, agent=agent, until=until))
    detect = agent is None and draft.moment.rules.answering_machines is not AnsweringMachines.IGNORE
    draft.order(DialOut(call, callback.number, agent, ring, detect=detect))


def _refused(draft: Draft, callback: Callback, word: Refused) -> None:
    if step(callback.phase, Input.REFUSE) is not None:
        draft.let_go(callback)
        draft.end(callback, CallbackOutcome.REFUSED)


def _answered(draft: Draft, callback: Callback, word: Answered) -> None:
    """Whoever has an agent already hears them at once; others wait in line, and not for long."""
    if callback.call != word.call or step(callback.phase, Input.ANSWER) is None:
        return
    if callback.taker is not None:
        draft.record(CallbackConnected(**draft.stamp(), call=word.call, agent=callback.taker))
        return
    until = draft.now + timedelta(seconds=draft.moment.rules.patience_seconds)
    draft.record(CallbackAnswered(**draft.stamp(), call=word.call, until=until))
    draft.order(QueueCustomer(word.call, callback.queue, callback.place))


def _joined(draft: Draft, callback: Callback, word: Joined) -> None:
    if callback.call != word.call or step(callback.phase, Input.JOIN) is None:
        return
    if callback.taker in (None, word.agent):
        draft.record(CallbackConnected(**draft.stamp(), call=word.call, agent=word.agent))


def _machine_heard(draft: Draft, callback: Callback, word: MachineHeard) -> None:
    """The agent who heard it has had a call, and goes on as after one: only who still waited is released."""
    if callback.call != word.call:
        return
    draft.let_go(callback, but=callback.taker if callback.phase is Phase.CONNECTED else None)
    try_again(draft, callback, AttemptResult.MACHINE)


def _machine_detected(draft: Draft, callback: Callback, word: MachineDetected) -> None:
    """A person who was taken for one still presses the key, where we wait for it."""
    if callback.call != word.call or callback.phase is not Phase.ANSWERED or callback.machine:
        return
    if draft.moment.rules.answering_machines is AnsweringMachines.HANG_UP:
        _machine_heard(draft, callback, MachineHeard(word.call))
    else:
        draft.record(CallbackMachineHeard(**draft.stamp(), call=word.call))


def _released(draft: Draft, callback: Callback, word: Released) -> None:
    if callback.call != word.call:
        return
    if callback.phase is Phase.CONNECTED:
        draft.end(callback, CallbackOutcome.COMPLETED, word.call)
    elif callback.phase in {Phase.ANSWERED, Phase.DIALLING}:
        draft.let_go(callback, leg=False)
        answered = callback.phase is Phase.ANSWERED
        try_again(draft, callback, result_after_answer(callback, word.cause) if answered else result_of(word.cause))


def _lost(draft: Draft, callback: Callback, word: Lost) -> None:
    """A conversation that was cut off took place; an attempt of which nothing is known any more did not count."""
    if callback.call != word.call:
        return
    if callback.phase is Phase.CONNECTED:
        draft.end(callback, CallbackOutcome.COMPLETED, word.call)
    else:
        draft.let_go(callback, leg=False)
        try_again(draft, callback, AttemptResult.LOST)


# --- the customer's and the tenant's will ---


def _cancelled(draft: Draft, callback: Callback, word: Cancelled) -> None:
    if callback.phase in TALKING:
        raise CallbackUnderWay("It cannot be cancelled any more: the customer is on the line.")
    draft.let_go(callback)
    draft.end(callback, CallbackOutcome.CANCELLED, by=word.by, reason=word.reason)


def _rang_back(draft: Draft, callback: Callback, word: RangBack) -> None:
    """Ringing them while they ring us would only find them busy."""
    if step(callback.phase, Input.RETURN) is not None:
        draft.let_go(callback)
        draft.end(callback, CallbackOutcome.RETURNED, word.call)


_HANDLERS: dict[type, Callable[[Draft, Callback, Any], None]] = {
    TimerDue: _timer_due,
    Matched: _matched,
    Taken: _taken,
    Left: _left,
    Turn: _turn,
    Refused: _refused,
    Answered: _answered,
    Joined: _joined,
    MachineDetected: _machine_detected,
    MachineHeard: _machine_heard,
    Released: _released,
    Lost: _lost,
    Cancelled: _cancelled,
    RangBack: _rang_back,
}
