"""What a call adds to the counters once it is decided whether somebody answered it."""

from insight.kpi.counters import Counters, whole_seconds
from insight.kpi.records import CallRecord, Outcome


def answered(record: CallRecord) -> Counters:
    wait = record.wait_ms
    queued = int(record.had_to_wait)
    return Counters(
        answered=1,
        answer_wait_ms=wait,
        answered_queued=queued,
        answered_queued_wait_ms=wait * queued,
        queued=queued,
        answer_waits={whole_seconds(wait): 1},
    )


def unanswered(record: CallRecord) -> Counters:
    """A message or a promised callback is counted apart, and is neither abandoned nor blocked.

    Nothing of who was let go by a call flow, or gave up in one before any queue.
    """
    if record.outcome is Outcome.MESSAGE_LEFT:
        return Counters(messages=1)
    if record.outcome is Outcome.CALLBACK_PROMISED:
        return Counters(callbacks=1)
    if record.let_go or record.left_in_flow:
        return Counters()
    if record.outcome is not Outcome.ABANDONED:
        return Counters(blocked=1, queued=int(record.had_to_wait))
    wait = record.wait_ms
    return Counters(
        abandoned=1,
        abandon_wait_ms=wait,
        queued=int(record.had_to_wait),
        abandon_waits={whole_seconds(wait): 1},
    )
