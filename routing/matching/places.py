"""Places of callers who are not on the line: who was cut off, or gave up, and rings again has the old place.

A caller who asked for a callback waits on as before and needs nothing of this.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber

KEPT_PLACES = 10_000  # all of a bad hour at 2,014 seats; more are forgotten, the oldest first
LONGEST_KEPT = timedelta(days=1)  # what a tenant may set at most


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`since` is the caller's place; they left it at `left`."""

    queue: QueueId
    number: PhoneNumber
    since: datetime
    left: datetime


class _Who(NamedTuple):
    queue: QueueId
    number: PhoneNumber


class Places:
    """In order of leaving; who withholds the number has no place to come back to."""

    def __init__(self) -> None:
        self._kept: dict[_Who, Kept] = {}

    def keep(self, queue: QueueId, number: PhoneNumber | None, since: datetime, now: datetime) -> None:
        """Who came back and left again has left at the later time, and has the place that they came back to."""
        if number is None:
            return
        self._forget(now)
        self._kept.pop(_Who(queue, number), None)
        self._kept[_Who(queue, number)] = Kept(queue=queue, number=number, since=since, left=now)

    def place(self, queue: QueueId, number: PhoneNumber | None, now: datetime, seconds: float) -> datetime | None:
        """Of a caller who is back within `seconds`; None: they stand at the end."""
        kept = None if number is None else self._kept.get(_Who(queue, number))
        back_in_time = kept is not None and now - kept.left < timedelta(seconds=seconds)
        return kept.since if kept is not None and back_in_time else None

    def drop(self, queue: QueueId, number: PhoneNumber | None) -> None:
        """The caller is there again: a place is given back once."""
        if number is not None:
            self._kept.pop(_Who(queue, number), None)

    def _forget(self, now: datetime) -> None:
        """What nobody came back to in time, and room for one more."""
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if len(self._kept) < KEPT_PLACES and now - oldest.left < LONGEST_KEPT:
                return
            del self._kept[_Who(oldest.queue, oldest.number)]

    def __len__(self) -> int:
        return len(self._kept)

    # --- keeping over a restart ---

    def snapshot(self) -> tuple[Kept, ...]:
        return tuple(self._kept.values())

    def restore(self, snapshot: tuple[Kept, ...]) -> None:
        self._kept = {_Who(kept.queue, kept.number): kept for kept in snapshot}
