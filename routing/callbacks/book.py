"""A tenant's open callbacks: a fold over its log, with indexes for the line, the timers, and who asks again."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from kernel.contracts.callbacks import CallbackEvent
from kernel.primitives.ids import CallbackId, CallId, QueueId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.fold import apply
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback
from routing.queues.line import Line

LineKey = tuple[int, datetime, CallbackId]
TimerKey = tuple[datetime, CallbackId]


class Book:
    """`apply` alone changes it; one that has ended is forgotten."""

    def __init__(self) -> None:
        self._callbacks: dict[CallbackId, Callback] = {}
        self._numbers: dict[tuple[QueueId, PhoneNumber], CallbackId] = {}
        self._calls: dict[CallId, CallbackId] = {}
        self._lines: defaultdict[QueueId, Line[LineKey]] = defaultdict(Line)
        self._timers: Line[TimerKey] = Line()
        self._counts: defaultdict[QueueId, int] = defaultdict(int)

    # --- reading ---

    def __iter__(self) -> Iterator[Callback]:
        return iter(tuple(self._callbacks.values()))

    def get(self, callback: CallbackId) -> Callback | None:
        return self._callbacks.get(callback)

    def open_for(self, queue: QueueId, number: PhoneNumber) -> Callback | None:
        name = self._numbers.get((queue, number))
        return None if name is None else self._callbacks[name]

    def of_call(self, call: CallId) -> Callback | None:
        """The one whose present attempt the call is."""
        name = self._calls.get(call)
        return None if name is None else self._callbacks[name]

    def count(self, queue: QueueId) -> int:
        return self._counts[queue]

    def line(self, queue: QueueId) -> Line[LineKey]:
        """Those that wait, in order: to be merged with the line of callers."""
        return self._lines[queue]

    @property
    def next_timer(self) -> datetime | None:
        return None if self._timers.first is None else self._timers.first[0]

    def first_due(self, now: datetime) -> Callback | None:
        """One whose timer has come."""
        first = self._timers.first
        return None if first is None or first[0] > now else self._callbacks[first[1]]

    # --- changing ---

    def apply(self, event: CallbackEvent) -> None:
        former = self._callbacks.get(event.callback)
        present = apply(former, event)
        if former is not None:
            self._leave(former)
        if present is not None:
            self._enter(present)

    def _enter(self, callback: Callback) -> None:
        name = callback.callback
        self._callbacks[name] = callback
        self._numbers[callback.queue, callback.number] = name
        self._counts[callback.queue] += 1
        if callback.call is not None:
            self._calls[callback.call] = name
        if callback.phase is Phase.WAITING:
            self._lines[callback.queue].add(callback.key)
        timer = callback.next_timer
        if timer is not None:
            self._timers.add((timer.at, name))

    def _leave(self, callback: Callback) -> None:
        name = callback.callback
        del self._callbacks[name]
        self._numbers.pop((callback.queue, callback.number), None)
        self._counts[callback.queue] -= 1
        if callback.call is not None:
            self._calls.pop(callback.call, None)
        self._lines[callback.queue].discard(callback.key)
        timer = callback.next_timer
        if timer is not None:
            self._timers.discard((timer.at, name))
