"""The embedded database: SQLite in WAL mode with one serialised writer and readers on other connections."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Connection
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, AsyncTransaction, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from kernel.adapters.event_log import read_events
from kernel.adapters.grouping import Grouping, Outcome
from kernel.adapters.outbox import OutboxRow, delete_ranges, insert_rows, read_rows
from kernel.adapters.sqlite_driver import connect
from kernel.adapters.sqlite_group import SqliteGroup, Written
from kernel.adapters.sqlite_journal import JOURNAL_BYTES, LOCKED_SECONDS, SqliteJournal
from kernel.adapters.tables import dead_letters, metadata
from kernel.adapters.unit import CommitListener, ReadUnit, WriteUnit
from kernel.contracts.base import TenantScope
from kernel.contracts.log import Logged
from kernel.ports.unit_of_work import Change, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import TenantId

READERS = 8  # each is a thread; reads take well under a millisecond, so eight keep two cores busy
WRITER_WAIT_SECONDS = 30.0  # longer means a unit of work that waits for itself through another task: fail loudly
CACHE_KIB = 64 << 10  # of the writers: the ends of all tables and indexes, where new rows go
WRITER_PRAGMAS = (
    "journal_mode=WAL",
    f"journal_size_limit={JOURNAL_BYTES}",  # it shrinks back to this after a burst
    f"cache_size=-{CACHE_KIB}",
    "wal_autocheckpoint=0",  # `SqliteJournal` does it
)
COMMON_PRAGMAS = (f"busy_timeout={LOCKED_SECONDS * 1000:.0f}", "foreign_keys=ON", "synchronous=NORMAL")


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _engine(path: Path, begin: str, connections: int, *pragmas: str) -> AsyncEngine:
    engine = create_async_engine(
        sqlite_url(path),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        async_creator=lambda: connect(path, (*COMMON_PRAGMAS, *pragmas)),
    )

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    listen(engine.sync_engine, "begin", start)
    return engine


class _Writer:
    """The turn to write: one unit of work at a time, with its owner known."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None

    async def take(self) -> None:
        self.refuse_owner()
        try:
            async with asyncio.timeout(WRITER_WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise TimeoutError(f"the writer was held for {WRITER_WAIT_SECONDS:.0f} s by {self._owner!r}") from None
        self._owner = asyncio.current_task()

    @property
    def taken(self) -> bool:
        return self._lock.locked()

    def refuse_owner(self) -> None:
        """RuntimeError where this task has the turn: it would wait for itself."""
        if self._owner is not None and self._owner is asyncio.current_task():
            raise RuntimeError("this task already writes: one request, event or timer is one unit of work")

    def give_back(self) -> None:
        self._owner = None
        self._lock.release()


class SqliteWriteUnit(WriteUnit):
    """A transaction begun with BEGIN IMMEDIATE."""

    def __init__(self, engine: AsyncEngine, writer: _Writer, journal: SqliteJournal, committed: CommitListener) -> None:
        super().__init__(engine.connect())
        self._writer = writer
        self._journal = journal
        self._committed = committed

    async def _take_turn(self) -> None:
        await self._writer.take()

    async def _commit(self, transaction: AsyncTransaction) -> None:
        rows = await insert_rows(self._connection, self._emitted)
        await transaction.commit()
        self._journal.count(1)
        if rows:
            self._committed(rows)

    def _give_back_turn(self) -> None:
        self._writer.give_back()


class SqliteDatabase:
    """kernel.ports.unit_of_work.Database on one file; also the relay's outbox and the bus's dead-letter box."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._writing = _engine(path, "BEGIN IMMEDIATE", 1, *WRITER_PRAGMAS)
        self._reading = _engine(path, "BEGIN", READERS, "query_only=ON")
        self._writer = _Writer()
        self._journal = SqliteJournal(path, self._writer)
        self._group = SqliteGroup(path, (*COMMON_PRAGMAS, *WRITER_PRAGMAS))
        self._grouping = Grouping(self._write_group, self._write_now)
        self._listener: CommitListener | None = None

    def write(self, scope: TenantScope | None = None) -> UnitOfWork:
        return SqliteWriteUnit(self._writing, self._writer, self._journal, self._committed)

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        return ReadUnit(AsyncSession(self._reading, expire_on_commit=False))

    async def record(self, change: Change) -> Sequence[Logged]:
        self._writer.refuse_owner()
        return await self._grouping.record(change)

    async def _write_group(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        await self._writer.take()
        try:
            return self._announced(self._group.write_now(changes) or await self._group.write(changes))
        finally:
            self._writer.give_back()

    def _write_now(self, changes: Sequence[Change]) -> Sequence[Outcome] | None:
        written = None if self._writer.taken else self._group.write_now(changes)
        return None if written is None else self._announced(written)

    def _announced(self, written: Written) -> Sequence[Outcome]:
        outcomes, rows = written
        self._journal.count(len(outcomes))
        if rows:
            self._committed(rows)
        return outcomes

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        async with self._reading.connect() as connection:
            return await read_events(connection, tenant, after, limit)

    def on_commit(self, listener: CommitListener | None) -> None:
        self._listener = listener

    def _committed(self, rows: Sequence[OutboxRow]) -> None:
        if self._listener is not None:
            self._listener(rows)

    async def outbox_after(self, last: int, limit: int) -> Sequence[OutboxRow]:
        async with self._reading.connect() as connection:
            return await read_rows(connection, last, limit)

    async def delete_from_outbox(self, ids: Sequence[int]) -> None:
        await self.record(Change(None, [delete_ranges(ids)], patient=True))

    async def bury(self, subject: str, payload: bytes, consumer: str, reason: str) -> None:
        async with self.write() as unit:
            values = {"subject": subject, "payload": payload, "consumer": consumer, "reason": reason}
            await unit.session.execute(insert(dead_letters).values(at=self._clock.now(), **values))

    async def create_schema(self) -> None:
        """All tables that are imported by now; for tests (`api/migrations` does it for the product)."""
        async with self._writing.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def close(self) -> None:
        await self._grouping.drain()
        await self._journal.close()
        self._group.close()
        await self._reading.dispose()
        await self._writing.dispose()
