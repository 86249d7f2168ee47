"""The open callbacks of a floor: a fold over its logs, with indexes for the timers, who has one, and who asks again."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from kernel.contracts.callbacks import CallbackEvent
from kernel.primitives.ids import CallbackId, CallId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.fold import apply
from routing.callbacks.model import Callback
from routing.queues.line import Line

TimerKey = tuple[datetime, CallbackId]
TurnKey = tuple[int, datetime, CallbackId]


class Book:
    """One that has ended is forgotten."""

    def __init__(self) -> None:
        self._callbacks: dict[CallbackId, Callback] = {}
        self._numbers: dict[tuple[QueueId, PhoneNumber], CallbackId] = {}
        self._calls: dict[CallId, CallbackId] = {}
        self._takers: dict[UserId, CallbackId] = {}
        self._origins: dict[CallId, CallbackId] = {}
        self._turns: defaultdict[QueueId, Line[TurnKey]] = defaultdict(Line)
        self._rung: dict[CallbackId, None] = {}
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

    def of(self, tenant: TenantId) -> list[Callback]:
        """In the order in which they are served."""
        return sorted((one for one in self if one.tenant == tenant), key=lambda one: one.key)

    def of_origin(self, call: CallId) -> Callback | None:
        """The one that was asked for in this call."""
        name = self._origins.get(call)
        return None if name is None else self._callbacks[name]

    def of_taker(self, agent: UserId) -> Callback | None:
        """The one that the agent is asked to take, waits to be answered, or talks for."""
        name = self._takers.get(agent)
        return None if name is None else self._callbacks[name]

    @property
    def taken(self) -> list[Callback]:
        """Those that an agent has."""
        return [self._callbacks[name] for name in self._takers.values()]

    @property
    def queues_to_ring(self) -> list[QueueId]:
        """Those in which customers stand in line to be rung before an agent is there."""
        return [queue for queue, turns in self._turns.items() if turns] if self._turns else []

    def turns(self, queue: QueueId, most: int) -> list[Callback]:
        """Who is to be rung before an agent is there, in order."""
        turns = self._turns[queue]
        return [self._callbacks[turns[place][2]] for place in range(min(most, len(turns)))]

    @property
    def rung(self) -> list[Callback]:
        """Those whose customers ring, or are on the line, and have no agent."""
        return [self._callbacks[name] for name in self._rung]

    def __len__(self) -> int:
        return len(self._callbacks)

    @property
    def next_timer(self) -> datetime | None:
        return self._timers[0][0] if self._timers else None

    def first_due(self, now: datetime) -> Callback | None:
        """One whose timer has come."""
        first = self._timers.first
        return None if first is None or first[0] > now else self._callbacks[first[1]]

    # --- changing ---

    def apply(self, event: CallbackEvent) -> None:
        self.put(event.callback, apply(self.get(event.callback), event))

    def put(self, name: CallbackId, callback: Callback | None) -> None:
        """What it is now; None: it has ended."""
        former = self._callbacks.get(name)
        if former is not None:
            self._leave(former)
        if callback is not None:
            self._enter(callback)

    def _enter(self, callback: Callback) -> None:
        name = callback.callback
        self._callbacks[name] = callback
        self._numbers[callback.queue, callback.number] = name
        self._counts[callback.queue] += 1
        if callback.call is not None:
            self._calls[callback.call] = name
        if callback.taker is not None:
            self._takers[callback.taker] = name
        if callback.origin is not None:
            self._origins[callback.origin] = name
        if callback.is_to_be_rung:
            self._turns[callback.queue].add(callback.key)
        if callback.is_rung:
            self._rung[name] = None
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
        if callback.origin is not None:
            self._origins.pop(callback.origin, None)
        if callback.taker is not None and self._takers.get(callback.taker) == name:
            del self._takers[callback.taker]
        if callback.is_to_be_rung:
            self._turns[callback.queue].discard(callback.key)
        self._rung.pop(name, None)
        timer = callback.next_timer
        if timer is not None:
            self._timers.discard((timer.at, name))
