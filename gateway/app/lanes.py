"""One ordered queue per call and per agent; different ones run side by side, and no lock is global."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context

import structlog

from kernel.primitives.ids import CallId

PATIENCE_SECONDS = 0.05  # how long patient work stands back at most: no call's end is told later than that
PATIENT_AT_ONCE = 4  # lanes: what is waited for finds a millisecond or two of such work before it

Work = Callable[[], Awaitable[None]]
Settle = Callable[[Hashable], Awaitable[None]]

log = structlog.get_logger(__name__)


class _Lane:
    """What waits, and the task that does it: held here, for the loop holds no task that waits.

    None: it stands back, until the loop's time `until` at most.
    """

    __slots__ = ("key", "task", "until", "waiting")

    def __init__(self, key: Hashable, work: Work, done: asyncio.Future[None] | None) -> None:
        self.key = key
        self.waiting = deque([(work, done)])
        self.task: asyncio.Task[None] | None = None
        self.until = 0.0


class LanesClosed(ConnectionError):
    """The process ends: this was not done."""


class Lanes:
    """A lane exists while it has work; what it raises is logged and does not stop what comes after it.

    `settle(key)` is awaited when a lane has nothing more to do, and before somebody hears that his work is done: what
    several pieces of work leave to be done once is done there.

    Patient work is what nobody waits for. A lane that has nothing else begins when all lanes at work are such ones, or
    once its patience is over.
    """

    def __init__(self) -> None:
        self.settle: Settle | None = None
        self._lanes: dict[Hashable, _Lane] = {}
        self._standing_back: deque[_Lane] = deque()
        self._patience: asyncio.TimerHandle | None = None
        self._at_work = {False: 0, True: 0}  # lanes, by whether they began as patient ones
        self._open = True

    def post(
        self, key: Hashable, work: Work, done: asyncio.Future[None] | None = None, *, patient: bool = False
    ) -> None:
        """Do `work` after everything posted to `key` before it; `done` is told what became of it."""
        if not self._open:
            if done is not None:
                done.set_exception(LanesClosed(str(key)))
            return
        lane = self._lanes.get(key)
        if lane is not None:
            lane.waiting.append((work, done))
        else:
            lane = self._lanes[key] = _Lane(key, work, done)
            if patient:
                self._stand_back(lane)
        if not patient:
            self._begin(lane)

    def _begin(self, lane: _Lane, *, patient: bool = False) -> None:
        """Unless it has begun."""
        if lane.task is not None:
            return
        self._at_work[patient] += 1
        # In a context of its own: the bus takes what happens in its handlers' contexts for a part of their handling.
        lane.task = asyncio.get_running_loop().create_task(self._go(lane, patient), context=Context())

    def _stand_back(self, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        lane.until = loop.time() + PATIENCE_SECONDS
        self._standing_back.append(lane)
        self._let_begin()
        if self._standing_back and self._patience is None:
            self._patience = loop.call_at(lane.until, self._lose_patience, context=Context())

    def _let_begin(self) -> None:
        while self._standing_back and not self._at_work[False] and self._at_work[True] < PATIENT_AT_ONCE:
            self._begin(self._standing_back.popleft(), patient=True)

    def _lose_patience(self) -> None:
        loop, self._patience = asyncio.get_running_loop(), None
        while self._standing_back and self._standing_back[0].until <= loop.time():
            self._begin(self._standing_back.popleft(), patient=True)
        if self._standing_back:
            self._patience = loop.call_at(self._standing_back[0].until, self._lose_patience, context=Context())

    async def run(self, key: Hashable, work: Work) -> None:
        """Post `work` and wait until it is done; raises what it raises, LanesClosed where it is not begun any more.

        Never call it from within the same lane.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.post(key, work, done)
        await done

    async def run_both(self, one: CallId, other: CallId, work: Work) -> None:
        """Do `work` while neither lane does anything else; raises as `run` does.

        Everybody who holds two lanes takes them in the same order, so that no two wait for each other.
        """
        first, second = sorted((one, other))
        await self.run(first, work if first == second else lambda: self.run(second, work))

    def has_work(self, key: Hashable) -> bool:
        return key in self._lanes

    async def close(self) -> None:
        """Take nothing more and finish what waits."""
        self._open = False
        while self._standing_back:
            self._begin(self._standing_back.popleft(), patient=True)
        while self._lanes:
            await asyncio.wait([lane.task for lane in self._lanes.values() if lane.task is not None])

    async def _go(self, lane: _Lane, patient: bool) -> None:
        key, waiting = lane.key, lane.waiting
        try:
            while waiting:
                work, done = waiting.popleft()
                failure: Exception | None = None
                try:
                    await work()
                except Exception as error:
                    failure = error
                if self.settle is not None and (done is not None or not waiting):
                    try:
                        await self.settle(key)
                    except Exception as error:
                        failure = error
                if failure is not None or done is not None:
                    _tell(key, done, failure)
        finally:
            del self._lanes[key]
            self._at_work[patient] -= 1
            self._let_begin()


def _tell(key: Hashable, done: asyncio.Future[None] | None, error: Exception | None) -> None:
    if done is None or done.done():
        if error is not None:
            log.error("gateway.work_failed", lane=str(key), exc_info=error)
    elif error is not None:
        done.set_exception(error)
    else:
        done.set_result(None)
