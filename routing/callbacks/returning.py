"""Callers who gave up or were cut off and ring again within a time keep their place: a fold over the log.

One place for each number and queue, used once. Callers who hide their number cannot be known again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kernel.contracts.calls import Direction, EndReason
from kernel.contracts.log import CallConnected, CallEnded, CallErased, CallOffered, CallQueued, LogEvent
from kernel.primitives.ids import CallId, QueueId
from kernel.primitives.phone import NO_NUMBER, PhoneNumber
from routing.callbacks.model import Place
from routing.callbacks.rules import RETURN_SECONDS

PLACES_AT_MOST = 10_000  # an hour of a centre that drowns in calls; the oldest go first

KEEPS_PLACE = frozenset({EndReason.ABANDONED, EndReason.MEDIA_FAILED, EndReason.LOST_IN_RESTART})
"""Ends of a waiting call after which the caller may come back: their own impatience, and our faults."""


class Kept(NamedTuple):
    place: Place
    at: datetime  # when they left the line
    call: CallId


class Waiter(NamedTuple):
    caller: PhoneNumber
    queue: QueueId | None = None
    place: Place | None = None


class Returning:
    """`keep_seconds` is the longest of any queue's; each question gives its own."""

    def __init__(self, keep_seconds: float = RETURN_SECONDS) -> None:
        self._keep = timedelta(seconds=keep_seconds)
        self._waiters: dict[CallId, Waiter] = {}
        self._kept: dict[tuple[QueueId, PhoneNumber], Kept] = {}

    def place_of(self, queue: QueueId, caller: PhoneNumber | None, now: datetime, seconds: float) -> Place | None:
        """What this caller left within `seconds`; CallQueued with it uses it up."""
        kept = None if caller is None else self._kept.get((queue, caller))
        return None if kept is None or now - kept.at > timedelta(seconds=seconds) else kept.place

    def __len__(self) -> int:
        """How many places are kept."""
        return len(self._kept)

    def apply(self, event: LogEvent) -> None:
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)

    def offered(self, event: CallOffered) -> None:
        if event.direction is Direction.INBOUND and event.caller is not None and event.caller != NO_NUMBER:
            self._waiters[event.call] = Waiter(event.caller)

    def queued(self, event: CallQueued) -> None:
        waiter = self._waiters.get(event.call)
        if waiter is None:
            return
        place = Place(event.priority, event.since)
        self._waiters[event.call] = Waiter(waiter.caller, event.queue, place)
        self._kept.pop((event.queue, waiter.caller), None)

    def connected(self, event: CallConnected) -> None:
        """Who has been served has no place to come back to."""
        self._waiters.pop(event.call, None)

    def ended(self, event: CallEnded) -> None:
        waiter = self._waiters.pop(event.call, None)
        if waiter is None or waiter.queue is None or waiter.place is None or event.cause.reason not in KEEPS_PLACE:
            return
        self._kept[waiter.queue, waiter.caller] = Kept(waiter.place, event.at, event.call)
        self._forget(event.at)

    def erased(self, event: CallErased) -> None:
        if event.number:
            self._waiters.pop(event.call, None)
            self._drop([key for key, kept in self._kept.items() if kept.call == event.call])

    def _forget(self, now: datetime) -> None:
        """In the order in which they were left, so that the first that is young enough ends the search."""
        too_old: list[tuple[QueueId, PhoneNumber]] = []
        for key, kept in self._kept.items():
            if now - kept.at <= self._keep and len(self._kept) - len(too_old) <= PLACES_AT_MOST:
                break
            too_old.append(key)
        self._drop(too_old)

    def _drop(self, keys: list[tuple[QueueId, PhoneNumber]]) -> None:
        for key in keys:
            del self._kept[key]


_FOLDS: dict[type, Callable[[Returning, Any], None]] = {
    CallOffered: Returning.offered,
    CallQueued: Returning.queued,
    CallConnected: Returning.connected,
    CallEnded: Returning.ended,
    CallErased: Returning.erased,
}
