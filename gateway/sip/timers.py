"""Timer values (RFC 3261 table 4, RFC 6026) and the heap that all timers of an endpoint wait in."""

import heapq
from collections.abc import Callable

T1 = 0.5  # seconds; estimate of the round trip (17.1.1.1)
T2 = 4.0  # longest gap between retransmissions
T4 = 5.0  # how long a message may stay in the network
GIVE_UP = 64 * T1  # timers B, F, H, J, L, M and the wait for an ACK
TIMER_D = 32.0  # how long ACKs of a non-2xx are repeated over UDP: at least 32 s (17.1.1.2)
FEW_CANCELLED = 1000  # so many may lie about however few live ones there are

Action = Callable[[float], None]


class Timer:
    """What to do at a time; `cancel` may be called at any moment."""

    __slots__ = ("_heap", "action")

    def __init__(self, heap: "TimerHeap", action: Action) -> None:
        self._heap = heap
        self.action: Action | None = action

    def cancel(self) -> None:
        """Forget the action; the heap drops the entry some time."""
        if self.action is not None:
            self.action = None
            self._heap.cancelled += 1


class TimerHeap:
    """Timers by time, then by age.

    Cancelled ones are dropped when their time comes, or all at once where they are the most: a session timer would lie
    about for half an hour after its call.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0
        self.cancelled = 0  # of those in the heap

    def __len__(self) -> int:
        """How many entries there are, with those that are cancelled."""
        return len(self._heap)

    def start(self, when: float, action: Action) -> Timer:
        """Have `action(now)` called at `when`."""
        if self.cancelled > FEW_CANCELLED and self.cancelled * 2 > len(self._heap):
            self._sweep()
        timer = Timer(self, action)
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, timer))
        return timer

    def next(self) -> float | None:
        """When the first live timer is due."""
        heap = self._heap
        while heap and heap[0][2].action is None:
            heapq.heappop(heap)
            self.cancelled -= 1
        return heap[0][0] if heap else None

    def fire(self, now: float) -> None:
        """Run what is due at `now`, also what that starts for `now`."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            timer = heapq.heappop(heap)[2]
            if timer.action is None:
                self.cancelled -= 1
            else:
                action, timer.action = timer.action, None
                action(now)

    def _sweep(self) -> None:
        self._heap[:] = [entry for entry in self._heap if entry[2].action is not None]  # `fire` goes on with this list
        heapq.heapify(self._heap)
        self.cancelled = 0
