"""When it may ring again: after an attempt that led to no conversation, and out of hours."""

from datetime import datetime
from typing import assert_never

from kernel.contracts.callbacks import AttemptResult, CallbackAttemptEnded, CallbackChanged, CallbackOutcome
from kernel.contracts.calls import EndCause, EndReason, EndResult
from routing.callbacks.draft import Draft
from routing.callbacks.model import Callback
from routing.callbacks.rules import COUNTED, DIALS_AT_MOST

NOT_CONFIRMED = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)
"""How we end the call of who pressed no key."""

_THEIRS = frozenset({EndResult.COMPLETED, EndResult.CALLER, EndResult.CALLEE})


def result_of(cause: EndCause) -> AttemptResult:
    """Of an attempt that nobody answered."""
    match cause.reason:
        case EndReason.BUSY:
            return AttemptResult.BUSY
        case EndReason.DECLINED:
            return AttemptResult.DECLINED
        case EndReason.NO_ANSWER:
            return AttemptResult.NO_ANSWER
        case EndReason.UNREACHABLE:
            return AttemptResult.UNREACHABLE
        case EndReason.UNKNOWN_NUMBER:
            return AttemptResult.INVALID
        case EndReason.LOST_IN_RESTART:
            return AttemptResult.LOST
        case EndReason.HANGUP_BY_AGENT | EndReason.HANGUP_BY_SYSTEM | EndReason.TRANSFERRED | EndReason.CANCELLED:
            return AttemptResult.AGENT_GONE  # we stopped ringing: the customer missed nothing but us
        case EndReason.HANGUP_BY_CALLER | EndReason.ABANDONED:
            return AttemptResult.NO_ANSWER
        case (
            EndReason.NOT_ALLOWED
            | EndReason.NO_COMMON_CODEC
            | EndReason.AUTHENTICATION_FAILED
            | EndReason.OVERLOADED
            | EndReason.MEDIA_FAILED
            | EndReason.PROTOCOL_ERROR
            | EndReason.SIGNALLING_TIMEOUT
        ):
            return AttemptResult.UNREACHABLE if cause.result is EndResult.CALLEE else AttemptResult.FAILED
        case _:
            assert_never(cause.reason)


def result_after_answer(callback: Callback, cause: EndCause) -> AttemptResult:
    """Of an attempt in which the customer was there, or a machine, and no agent yet."""
    if cause == NOT_CONFIRMED:
        return AttemptResult.MACHINE if callback.machine else AttemptResult.NOT_CONFIRMED
    return AttemptResult.HUNG_UP if cause.result in _THEIRS else AttemptResult.FAILED


def try_again(draft: Draft, callback: Callback, result: AttemptResult) -> None:
    """Another attempt after a pause, within hours; or the end, when none is left or it would come too late."""
    if callback.call is None:
        raise AssertionError("an attempt has a call")
    counted = result in COUNTED
    due = draft.moment.hours.next_opening(draft.now + draft.moment.rules.pause_after(result))
    outcome = _outcome(draft, callback, result, due)
    draft.record(
        CallbackAttemptEnded(
            **draft.stamp(),
            call=callback.call,
            result=result,
            counted=counted,
            due=None if outcome is not None else due,
        )
    )
    if outcome is not None and draft.callback is not None:
        draft.end(draft.callback, outcome)


def _outcome(draft: Draft, callback: Callback, result: AttemptResult, due: datetime | None) -> CallbackOutcome | None:
    """None: it goes on."""
    rules = draft.moment.rules
    if result is AttemptResult.MACHINE and rules.machine_ends:
        return CallbackOutcome.MACHINE
    attempts = callback.attempts + (result in COUNTED)
    if result is AttemptResult.INVALID or attempts >= rules.attempts or callback.dials >= DIALS_AT_MOST:
        return CallbackOutcome.EXHAUSTED
    if due is None or due >= callback.expires:
        return CallbackOutcome.EXPIRED
    return None


def postpone(draft: Draft, callback: Callback) -> bool:
    """Whether nobody may be rung now: then it waits for the next opening, or ends when that comes too late."""
    opening = draft.moment.hours.next_opening(draft.now)
    if opening is not None and opening <= draft.now:
        return False
    if opening is None or opening >= callback.expires:
        draft.end(callback, CallbackOutcome.EXPIRED)
        return True
    draft.record(
        CallbackChanged(**draft.stamp(), since=callback.since, due=opening, expires=callback.expires),
    )
    return True
