"""Timer values (RFC 3261 table 4, RFC 6026) and the heap that all timers of an endpoint wait in."""

import heapq
from collections.abc import Callable

T1 = 0.5  # seconds; estimate of the round trip (17.1.1.1)
T2 = 4.0  # longest gap between retransmissions
T4 = 5.0  # how long a message may stay in the network
GIVE_UP = 64 * T1  # timers B, F, H, J, L, M and the wait for an ACK
TIMER_D = 32.0  # how long ACKs of a non-2xx are repeated over UDP: at least 32 s (17.1.1.2)

Action = Callable[[float], None]


class Timer:
    """A time and what to do then; `cancel` may be called at any moment."""

    __slots__ = ("action", "when")

    def __init__(self, when: float, action: Action) -> None:
        self.when = when
        self.action: Action | None = action

    def cancel(self) -> None:
        """Forget the action; the heap drops the entry when its time comes."""
        self.action = None


class TimerHeap:
    """Timers by time, then by age. Cancelled ones are dropped lazily, so that every operation costs log n at most."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0

    def start(self, when: float, action: Action) -> Timer:
        """Have `action(now)` called at `when`."""
        timer = Timer(when, action)
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, timer))
        return timer

    def next(self) -> float | None:
        """When the first live timer is due."""
        heap = self._heap
        while heap and heap[0][2].action is None:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def fire(self, now: float) -> None:
        """Run what is due at `now`, also what that starts for `now`."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            timer = heapq.heappop(heap)[2]
            if timer.action is not None:
                action, timer.action = timer.action, None
                action(now)
