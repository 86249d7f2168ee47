"""When to stop listening to wrong passwords: pure arithmetic over the failures of one key."""

from datetime import datetime, timedelta

import msgspec

WINDOW = timedelta(minutes=15)  # failures farther apart are slips of the finger
LOCKED = timedelta(minutes=15)  # 5 guesses a quarter hour find no password; a person can wait or call an admin
FAILURES_FROM_ONE_PLACE = 5
FAILURES_FROM_ANYWHERE = 50  # higher, so that a stranger elsewhere cannot lock an agent out with a handful of guesses


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    count: int
    first_at: datetime
    last_at: datetime


def after_failure(known: Failures | None, now: datetime) -> Failures:
    """The failures with one more; those before the window, or before a lock that has passed, are forgotten."""
    if known is None or now - known.first_at >= WINDOW or now - known.last_at >= LOCKED:
        return Failures(count=1, first_at=now, last_at=now)
    return Failures(count=known.count + 1, first_at=known.first_at, last_at=now)


def locked_seconds(known: Failures | None, limit: int, now: datetime) -> int:
    """For how long the key is still locked, rounded up; 0: it is not."""
    if known is None or known.count < limit:
        return 0
    left = known.last_at + LOCKED - now
    return max(0, -(-left // timedelta(seconds=1)))
