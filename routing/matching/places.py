"""Places of callers who are not on the line: who was cut off, or gave up, and rings again has the old place.

A caller who asked for a callback waits on as before and needs nothing of this.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber

KEPT_PLACES = 10_000  # all of a bad hour at 2,014 seats; more are forgotten, the oldest first


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`since` is the caller's place, `until` when it is given up."""

    queue: QueueId
    number: PhoneNumber
    since: datetime
    until: datetime


class _Who(NamedTuple):
    queue: QueueId
    number: PhoneNumber


class Places:
    """In order of leaving; who withholds the number has no place to come back to."""

    def __init__(self) -> None:
        self._kept: dict[_Who, Kept] = {}

    def keep(self, queue: QueueId, number: PhoneNumber | None, since: datetime, now: datetime, seconds: float) -> None:
        """For `seconds` from now; somebody who left twice has the better of both places."""
        if number is None or seconds <= 0:
            return
        former = self.take(queue, number, now)
        since = since if former is None else min(since, former)
        until = now + timedelta(seconds=seconds)
        self._kept[_Who(queue, number)] = Kept(queue=queue, number=number, since=since, until=until)
        while len(self._kept) > KEPT_PLACES:
            del self._kept[next(iter(self._kept))]

    def take(self, queue: QueueId, number: PhoneNumber | None, now: datetime) -> datetime | None:
        """The place of a caller who is back, which is theirs again; None: they stand at the end."""
        if number is None:
            return None
        kept = self._kept.pop(_Who(queue, number), None)
        return None if kept is None or kept.until <= now else kept.since

    def forget(self, now: datetime) -> None:
        """What nobody came back to in time."""
        for who in [who for who, kept in self._kept.items() if kept.until <= now]:
            del self._kept[who]

    def __len__(self) -> int:
        return len(self._kept)

    # --- keeping over a restart ---

    def snapshot(self) -> tuple[Kept, ...]:
        return tuple(self._kept.values())

    def restore(self, snapshot: tuple[Kept, ...]) -> None:
        self._kept = {_Who(kept.queue, kept.number): kept for kept in snapshot}
