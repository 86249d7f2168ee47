"""Carries committed outbox rows to the bus: in order per subject, subjects beside each other, at least once."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from itertools import chain, repeat
from time import monotonic

import structlog

from kernel.adapters.bus import BusClosed
from kernel.adapters.outbox import Outbox, OutboxRow
from kernel.ports.bus import Bus

IN_FLIGHT = 512  # per subject: one slow call's command must not hold up those of others
IN_MEMORY = 10_000  # rows handed over without reading them again; beyond that they wait in the table
READ_BATCH = 500  # rows of one read after a start or a burst
GATHER_SECONDS = 0.05  # published rows are deleted together, some twenty times a second at most
STOP_SECONDS = 5.0  # what is not published by then stays in the table for the next start
RETRY_DELAYS = (
    0.05,
    0.1,
    0.2,
    0.4,
    0.8,
    1.6,
    3.2,
)  # for a message that the bus refuses: six seconds, then a dead letter
RECONNECT_SECONDS = 5.0  # for a bus that cannot be reached: tried for ever, its messages wait

log = structlog.get_logger(__name__)


class _Lane:
    """The rows of one subject: those that wait, how many are on their way, and whether some are just being posted.

    It exists from the first of them, `since` then, to the last.
    """

    __slots__ = ("flying", "posting", "rows", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.rows: deque[OutboxRow] = deque()
        self.flying = 0
        self.posting = False


class Relay:
    """Woken by each commit; on start it also publishes what a crash left behind.

    Only what the bus refuses needs a task. `in_flight` must be 1 for a bus whose `publish` may fail and later succeed,
    else a retried message is overtaken.
    """

    def __init__(
        self, outbox: Outbox, bus: Bus, *, in_flight: int = IN_FLIGHT, retry_delays: Sequence[float] = RETRY_DELAYS
    ) -> None:
        self._outbox = outbox
        self._bus = bus
        self._in_flight = in_flight
        self._retry_delays = tuple(retry_delays)
        self._lanes: dict[str, _Lane] = {}
        self._published: list[int] = []
        self._last = 0  # the newest row that is in a lane or was
        self._waiting = 0
        self._flying = 0
        self._behind = False  # rows are in the table that never went into a lane
        self._missed = False
        self._stopped = False
        self._room = asyncio.Event()
        self._landed = asyncio.Event()  # nothing is on its way
        self._landed.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._deleter: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._outbox.on_commit(self._committed)
        self._fall_behind()

    async def stop(self) -> None:
        """Publish what is at hand, for STOP_SECONDS at most; rows that stay in the outbox wait for the next start."""
        self._outbox.on_commit(None)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self.drain()
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._delete_published()

    async def drain(self) -> None:
        """Returns when all that was committed is published and deleted, with what that brought forth."""
        while self._tasks or not self._landed.is_set():
            await self._landed.wait()
            if self._tasks:
                await asyncio.wait(self._tasks)

    @property
    def waiting(self) -> int:
        """Messages that were committed and not handled by all they go to."""
        return self._waiting

    def carries(self, subject: str) -> bool:
        """Whether messages of this subject are on their way, or may be."""
        return self._behind or subject in self._lanes

    def carries_for(self, subject: str) -> float:
        """For how many seconds messages of this subject have been on their way without a pause; 0: none are."""
        if self._behind:
            return float("inf")
        lane = self._lanes.get(subject)
        return 0.0 if lane is None else monotonic() - lane.since

    def _committed(self, rows: Sequence[OutboxRow]) -> None:
        if self._behind:
            self._missed = True
        elif self._waiting + len(rows) > IN_MEMORY:
            self._fall_behind()
        else:
            self._take(rows)

    def _take(self, rows: Sequence[OutboxRow]) -> None:
        subjects: dict[str, None] = {}
        for row in rows:
            if row.id <= self._last:
                continue  # read from the table before its commit was announced
            self._last = row.id
            self._waiting += 1
            lane = self._lanes.get(row.subject)
            if lane is None:
                lane = self._lanes[row.subject] = _Lane(monotonic())
            lane.rows.append(row)
            subjects[row.subject] = None
        for subject in subjects:
            self._fly(subject, self._lanes[subject])

    def _fly(self, subject: str, lane: _Lane) -> None:
        if lane.posting:
            return  # the bus told of a row before it took the next one
        lane.posting = True
        while lane.rows and lane.flying < self._in_flight and not self._stopped:
            count = min(len(lane.rows), self._in_flight - lane.flying)
            self._post(subject, lane, [lane.rows.popleft() for _ in range(count)])
        lane.posting = False
        if not lane.rows and not lane.flying:
            self._lanes.pop(subject, None)

    def _post(self, subject: str, lane: _Lane, batch: Sequence[OutboxRow]) -> None:
        lane.flying += len(batch)
        self._flying += len(batch)
        self._landed.clear()
        try:
            self._bus.post(subject, [row.payload for row in batch], partial(self._told, lane, batch))
        except Exception:  # not even its subject: each is tried, and buried, by itself
            for row in batch:
                self._spawn(self._carry(lane, row))

    def _told(self, lane: _Lane, batch: Sequence[OutboxRow], outcomes: Sequence[Exception | None]) -> None:
        landed = 0
        for row, error in zip(batch, outcomes, strict=True):
            if error is not None and not isinstance(error, BusClosed) and not self._stopped:
                self._spawn(self._carry(lane, row))
                continue
            landed += 1
            if error is None:
                self._published.append(row.id)
        self._delete_soon()
        self._land(lane, batch[0].subject, landed)

    def _land(self, lane: _Lane, subject: str, count: int) -> None:
        lane.flying -= count
        self._flying -= count
        self._waiting -= count
        if not self._flying:
            self._landed.set()
        if self._waiting <= IN_MEMORY // 2:
            self._room.set()
        self._fly(subject, lane)

    async def _carry(self, lane: _Lane, row: OutboxRow) -> None:
        """What the bus did not take at once."""
        try:
            with suppress(BusClosed):
                if await self._publish(row):
                    self._published.append(row.id)
                    self._delete_soon()
        finally:
            self._land(lane, row.subject, 1)

    def _delete_soon(self) -> None:
        if self._published and not self._stopped and (self._deleter is None or self._deleter.done()):
            self._deleter = self._spawn(self._delete_later())

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # In a context of its own: a commit inside a bus handler must not make our publishing a part of that handling.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _fall_behind(self) -> None:
        self._behind = True
        self._spawn(self._catch_up())

    async def _catch_up(self) -> None:
        while True:
            self._missed = False
            try:
                rows = await self._outbox.outbox_after(self._last, READ_BATCH)
            except Exception:
                log.exception("relay.read_failed")
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            self._take(rows)
            if len(rows) < READ_BATCH and not self._missed:
                self._behind = False
                return
            while self._waiting > IN_MEMORY // 2:
                self._room.clear()
                await self._room.wait()

    async def _publish(self, row: OutboxRow) -> bool:
        """True when the row is published or buried; False leaves it in the table for the next start."""
        for delay in chain(self._retry_delays, repeat(None)):
            try:
                await self._bus.publish(row.subject, row.payload)
            except BusClosed:
                raise
            except OSError as error:  # the bus is away (TimeoutError and ConnectionError are OSErrors)
                log.warning("relay.bus_unreachable", subject=row.subject, error=repr(error))
                await asyncio.sleep(RECONNECT_SECONDS if delay is None else delay)
            except Exception as error:  # this message cannot be published, others can
                if delay is None:
                    return await self._bury(row, error)
                log.warning("relay.retry", subject=row.subject, error=repr(error))
                await asyncio.sleep(delay)
            else:
                return True
        return False

    async def _bury(self, row: OutboxRow, error: Exception) -> bool:
        log.error("relay.dead_letter", subject=row.subject, exc_info=error)
        try:
            await self._outbox.bury(row.subject, row.payload, "relay", f"{type(error).__name__}: {error}")
        except Exception:
            log.exception("relay.dead_letter_lost", subject=row.subject)
            return False
        return True

    async def _delete_later(self) -> None:
        while self._published:
            await asyncio.sleep(GATHER_SECONDS)
            await self._delete_published()

    async def _delete_published(self) -> None:
        ids, self._published = self._published, []
        if not ids:
            return
        try:
            await self._outbox.delete_from_outbox(ids)
        except asyncio.CancelledError:
            self._published = ids + self._published
            raise
        except Exception:
            log.exception("relay.delete_failed")  # the next start publishes them again, which every handler bears
