"""The embedded database: SQLite in WAL mode with one serialised writer and readers on other connections."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import insert
from sqlalchemy.engine import Connection
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, AsyncTransaction, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from kernel.adapters.event_log import append_events, read_events
from kernel.adapters.outbox import OutboxRow, delete_rows, insert_rows, read_rows
from kernel.adapters.sqlite_driver import connect
from kernel.adapters.tables import dead_letters, metadata
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.log import LogEvent, Logged
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import TenantId

READERS = 8  # each is a thread; reads take well under a millisecond, so eight keep two cores busy
BUSY_MILLISECONDS = 5_000  # another process (a back-up, a migration) may hold the file this long
WRITER_WAIT_SECONDS = 30.0  # longer means a unit of work that waits for itself through another task: fail loudly
WAL_LIMIT_BYTES = 64 << 20  # the journal shrinks back to this after a burst
DELETE_BATCH = 500  # below SQLite's limit of bound variables of old builds (999)

CommitListener = Callable[[Sequence[OutboxRow]], None]


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _engine(path: Path, begin: str, connections: int, *pragmas: str) -> AsyncEngine:
    common = (f"busy_timeout={BUSY_MILLISECONDS}", "foreign_keys=ON", "synchronous=NORMAL")
    engine = create_async_engine(
        sqlite_url(path),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        async_creator=lambda: connect(path, (*common, *pragmas)),
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
        task = asyncio.current_task()
        if self._owner is not None and self._owner is task:
            raise RuntimeError("this task already writes: one request, event or timer is one unit of work")
        try:
            async with asyncio.timeout(WRITER_WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            raise TimeoutError(f"the writer was held for {WRITER_WAIT_SECONDS:.0f} s by {self._owner!r}") from None
        self._owner = task

    def give_back(self) -> None:
        self._owner = None
        self._lock.release()


async def _to_the_end(work: "asyncio.Task[None]") -> None:
    """Wait for `work` even while being cancelled: a commit is either known to have happened or known not to."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # raised by the result below
            break
    work.result()
    if cancelled is not None:
        raise cancelled


class SqliteWriteUnit:
    """A transaction begun with BEGIN IMMEDIATE; its session is made only for those who use it."""

    def __init__(self, engine: AsyncEngine, writer: _Writer, committed: CommitListener) -> None:
        self._connection = engine.connect()
        self._writer = writer
        self._committed = committed
        self._transaction: AsyncTransaction | None = None
        self._session: AsyncSession | None = None
        self._emitted: list[tuple[str, bytes]] = []

    async def __aenter__(self) -> Self:
        await self._writer.take()
        try:
            await self._connection.start()
            self._transaction = await self._connection.begin()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _to_the_end(asyncio.ensure_future(self._finish(commit=kind is None)))

    async def _finish(self, *, commit: bool) -> None:
        try:
            if commit:
                await self._commit()
        finally:
            await self._leave()

    async def _commit(self) -> None:
        if self._session is not None:
            await self._session.flush()
        if self._transaction is None or not self._transaction.is_active:
            raise RuntimeError("this unit of work failed inside: nothing of it was committed")
        rows = await insert_rows(self._connection, self._emitted)
        await self._transaction.commit()
        if rows:
            self._committed(rows)

    async def _leave(self) -> None:
        """Roll back what was not committed and let the next one write."""
        try:
            if self._session is not None:
                await self._session.close()
            if self._connection.sync_connection is not None:
                await self._connection.close()
        finally:
            self._writer.give_back()

    @property
    def session(self) -> AsyncSession:
        if self._session is None:
            self._session = AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            )
        return self._session

    def emit(self, subject: str, payload: bytes) -> None:
        self._emitted.append((subject, bytes(payload)))

    async def append(self, *events: LogEvent) -> Sequence[Logged]:
        logged = await append_events(self._connection, events)
        for entry in logged:
            self.emit(f"log.{entry.event.tenant}", pack(entry))
        return logged


class SqliteReadUnit:
    """A snapshot of the database that cannot write."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _to_the_end(asyncio.ensure_future(self._session.close()))

    @property
    def session(self) -> AsyncSession:
        return self._session

    def emit(self, subject: str, payload: bytes) -> None:
        raise RuntimeError("a reading unit of work emits nothing")

    async def append(self, *events: LogEvent) -> Sequence[Logged]:
        raise RuntimeError("a reading unit of work appends nothing")


class SqliteDatabase:
    """kernel.ports.unit_of_work.Database on one file; also the relay's outbox and the bus's dead-letter box."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._writing = _engine(path, "BEGIN IMMEDIATE", 1, "journal_mode=WAL", f"journal_size_limit={WAL_LIMIT_BYTES}")
        self._reading = _engine(path, "BEGIN", READERS, "query_only=ON")
        self._writer = _Writer()
        self._listener: CommitListener | None = None

    def write(self, scope: TenantScope | None = None) -> UnitOfWork:
        return SqliteWriteUnit(self._writing, self._writer, self._committed)

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        return SqliteReadUnit(AsyncSession(self._reading, expire_on_commit=False))

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
        async with self.write() as unit:
            for start in range(0, len(ids), DELETE_BATCH):
                await delete_rows(unit.session, ids[start : start + DELETE_BATCH])

    async def bury(self, subject: str, payload: bytes, consumer: str, reason: str) -> None:
        async with self.write() as unit:
            values = {"subject": subject, "payload": payload, "consumer": consumer, "reason": reason}
            await unit.session.execute(insert(dead_letters).values(at=self._clock.now(), **values))

    async def create_schema(self) -> None:
        """All tables that are imported by now; for tests (`api/migrations` does it for the product)."""
        async with self._writing.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def close(self) -> None:
        await self._reading.dispose()
        await self._writing.dispose()
