"""What callers can expect, as routing tells it to whoever shows it."""

from datetime import datetime

import msgspec

from kernel.primitives.ids import CallId, QueueId


class WaitingCaller(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is 1 for who is next; `expected_seconds` from now on, None: nobody is at work for the queue."""

    call: CallId
    queue: QueueId
    since: datetime
    priority: int
    position: int
    expected_seconds: float | None


class QueueOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """`expected_seconds` of a caller who came now."""

    queue: QueueId
    waiting: int
    agents: int  # at work: available, offered, connected or in wrap-up
    expected_seconds: float | None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """Of one tenant at one moment."""

    queues: tuple[QueueOutlook, ...]
    callers: tuple[WaitingCaller, ...]
