"""The scaled database: PostgreSQL, with a turn to write per tenant and row-level security behind every unit of work.

Writers of one tenant take turns, as all writers do on SQLite: what a unit of work has read stays true until it commits,
and the tenant's log has no gaps. Tenants do not wait for each other. Operator-wide work takes the turn of everybody.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import Connection, Delete, Insert, Update, insert, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, AsyncTransaction

from kernel.adapters.event_log import read_events
from kernel.adapters.grouping import Grouping, Outcome
from kernel.adapters.outbox import OutboxRow, read_rows
from kernel.adapters.postgres_driver import LOCK_SECONDS, DatabaseUnusable, Driver, driver_of, postgres_engine
from kernel.adapters.row_security import restate, setting_of
from kernel.adapters.tables import dead_letters, metadata
from kernel.adapters.unit import CommitListener, ReadUnit, WriteUnit, to_the_end
from kernel.contracts.base import TenantScope
from kernel.contracts.log import Logged
from kernel.ports.unit_of_work import Change, Overtaken, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret

WRITERS = 16  # connections; writers that wait for their tenant's turn hold one each
READERS = 16
OUR_LOCKS = 0x636F7264  # "cord": the first half of our advisory locks, so that other programs' are not ours
_SCHEMA, _EVERYBODY, _OUTBOX = 1, 2, 3  # the second half
RECONNECT_SECONDS = 0.5
RECONNECT_TRIES = 10  # five seconds: a server that restarts is back by then

LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the driver raises when the connection is gone, by what it was doing at that moment."""

# The lock makes ids grow in the order of commits: without it the relay could read 8, remember it, and never look at 7,
# which committed later. It is taken last, so it is held for as long as one insert and one commit take.
_INSERT_OUTBOX = """
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($3, $4))
    INSERT INTO outbox (subject, payload)
    SELECT subject, payload FROM turn, unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS row(subject, payload, place)
    ORDER BY place RETURNING id
"""
_LOG_END = "SELECT coalesce(max(sequence), 0) FROM event_log WHERE tenant_id = $1"
_FAILED_INSIDE = "a statement of this unit of work failed: nothing of it was committed"

Result = TypeVar("Result")


def _turn(scope: TenantScope | None) -> str:
    """The locks of a writer, held to the end of its transaction."""
    if scope is None:
        return f"pg_advisory_xact_lock({OUR_LOCKS}, {_EVERYBODY})"
    key = int.from_bytes(scope.tenant.bytes[8:], signed=True)  # a UUID's second half is random
    return f"pg_advisory_xact_lock_shared({OUR_LOCKS}, {_EVERYBODY}), pg_advisory_xact_lock({key})"


class _Writers:
    """What the write units of one process share."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any] | None] = set()
        self.announcing = asyncio.Lock()  # two commits' answers may arrive in the wrong order
        self.listener: CommitListener | None = None


class PostgresWriteUnit(WriteUnit):
    """READ COMMITTED under the tenant's turn; statements after the first see what the last writer committed."""

    def __init__(self, engine: AsyncEngine, writers: _Writers, scope: TenantScope | None) -> None:
        super().__init__(engine.connect())
        self._engine = engine
        self._writers = writers
        self._scope = scope
        self._task: asyncio.Task[Any] | None = None
        self._driver: Driver | None = None

    async def _take_turn(self) -> None:
        task = asyncio.current_task()
        if task in self._writers.tasks:
            raise RuntimeError("this task already writes: one request, event or timer is one unit of work")
        self._task = task
        self._writers.tasks.add(task)

    def _give_back_turn(self) -> None:
        self._writers.tasks.discard(self._task)

    async def _begin(self) -> None:
        self._driver = await driver_of(self._connection)
        try:
            await self._driver.execute(f"BEGIN; SELECT {setting_of(self._scope)}, {_turn(self._scope)}")
        except asyncpg.LockNotAvailableError:
            whose = "everybody" if self._scope is None else str(self._scope.tenant)
            raise TimeoutError(f"the turn to write of {whose} was held for {LOCK_SECONDS} s") from None

    async def _commit(self, transaction: AsyncTransaction) -> None:
        assert self._driver is not None
        if not self._emitted:
            await self._end(self._driver, None)
            return
        async with self._writers.announcing:
            subjects, payloads = zip(*self._emitted, strict=True)
            try:
                ids = await self._driver.fetch(_INSERT_OUTBOX, subjects, payloads, OUR_LOCKS, _OUTBOX)
            except asyncpg.InFailedSQLTransactionError:
                raise RuntimeError(_FAILED_INSIDE) from None
            rows = [OutboxRow(found[0], *emitted) for found, emitted in zip(ids, self._emitted, strict=True)]
            await self._end(self._driver, rows[-1].id)
            if self._writers.listener is not None:
                self._writers.listener(rows)

    async def _end(self, driver: Driver, last: int | None) -> None:
        """Commit, and know whether it did."""
        try:
            status = await driver.execute("COMMIT")
        except LOST:
            if last is None or not await self._is_committed(last):
                raise
            return
        if status != "COMMIT":  # PostgreSQL answers ROLLBACK when a statement had failed
            raise RuntimeError(_FAILED_INSIDE)

    async def _is_committed(self, outbox_id: int) -> bool:
        """The connection broke before it told: an outbox row of the transaction is there, or is not."""
        for _ in range(RECONNECT_TRIES):
            await asyncio.sleep(
                RECONNECT_SECONDS
            )  # the old server process, if it lives, ends the transaction meanwhile
            with suppress(DatabaseUnusable, *LOST):
                async with self._engine.connect() as connection:
                    driver = await driver_of(connection)
                    return bool(await driver.fetch("SELECT 1 FROM outbox WHERE id = $1", outbox_id))
        return False

    async def _roll_back(self) -> None:
        await _end_transaction(self._driver)


class PostgresReadUnit(ReadUnit):
    """A snapshot: everything read in it is of one moment."""

    def __init__(self, engine: AsyncEngine, scope: TenantScope | None) -> None:
        super().__init__()
        self._connection = engine.connect()
        self._scope = scope
        self._driver: Driver | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._connection.start()
            self._driver = await driver_of(self._connection)
            await self._driver.execute(
                f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT {setting_of(self._scope)}"
            )
        except BaseException:
            await to_the_end(asyncio.ensure_future(self._leave()))
            raise
        return self

    @property
    def session(self) -> AsyncSession:
        """Made only for those who use it."""
        if self._driver is None:
            raise RuntimeError("this unit of work is not entered")
        if self._session is None:
            self._session = AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            )
        return self._session

    async def connection(self) -> AsyncConnection:
        return self._connection

    async def log_end(self, tenant: TenantId) -> int:
        """By the driver: each page of a list asks for it."""
        assert self._driver is not None
        return (await self._driver.fetch(_LOG_END, tenant))[0][0]

    async def _leave(self) -> None:
        await super()._leave()
        if self._connection.sync_connection is None:
            return
        try:
            await _end_transaction(self._driver)
        finally:
            await self._connection.close()


async def _end_transaction(driver: Driver | None) -> None:
    if driver is not None and not driver.is_closed() and driver.is_in_transaction():
        await driver.execute("ROLLBACK")


class PostgresDatabase:
    """kernel.ports.unit_of_work.Database on a PostgreSQL database that our role owns; also outbox and dead letters.

    `url` is postgresql://user:password@host:port/database, with libpq's parameters.
    """

    def __init__(self, url: Secret, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._writing = postgres_engine(url, WRITERS)
        self._reading = postgres_engine(url, READERS)
        self._writers = _Writers()
        self._groupings: dict[TenantScope | None, Grouping] = {}

    def write(self, scope: TenantScope | None = None) -> UnitOfWork:
        return PostgresWriteUnit(self._writing, self._writers, scope)

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        return PostgresReadUnit(self._reading, scope)

    async def record(self, change: Change) -> Sequence[Logged]:
        """Changes of one tenant share commits; tenants do not wait for each other."""
        if asyncio.current_task() in self._writers.tasks:
            raise RuntimeError("this task already writes: one request, event or timer is one unit of work")
        grouping = self._groupings.get(change.scope)
        if grouping is None:
            grouping = self._groupings[change.scope] = Grouping(self._write_group)
        return await grouping.record(change)

    async def _write_group(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        try:
            async with self.write(changes[0].scope) as unit:
                return [await _write_one(unit, change) for change in changes]
        except Exception as error:
            if len(changes) == 1:
                return [error]
        return [outcome for change in changes for outcome in await self._write_group([change])]

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        async with self.read(TenantScope(tenant)) as unit:
            return await read_events(await unit.session.connection(), tenant, after, limit)

    def on_commit(self, listener: CommitListener | None) -> None:
        """Commits of other processes are not told: each process publishes its own, and on start what any has left."""
        self._writers.listener = listener

    async def outbox_after(self, last: int, limit: int) -> Sequence[OutboxRow]:
        async with self._reading.connect() as connection:
            return await read_rows(connection, last, limit)

    async def delete_from_outbox(self, ids: Sequence[int]) -> None:
        async with self._writing.connect() as connection:
            await (await driver_of(connection)).fetch("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)

    async def bury(self, subject: str, payload: bytes, consumer: str, reason: str) -> None:
        values = {"subject": subject, "payload": payload, "consumer": consumer, "reason": reason}
        await self.execute(insert(dead_letters).values(at=self._clock.now(), **values))

    async def execute(self, statement: Insert | Update | Delete) -> int:
        """One statement on the kernel's own tables, which is a transaction of its own; how many rows it touched."""
        async with self._writing.connect() as connection:
            return (await connection.execute(statement)).rowcount

    async def change_schema(self, change: Callable[[Connection], None]) -> None:
        """Carry out `change` in one transaction, one process after another, then put the walls around tenants' rows.

        DatabaseUnusable when the walls would not hold or the role may not make tables.
        """
        engine = postgres_engine(self._url, 1, transactional=True)
        try:
            async with engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({OUR_LOCKS}, {_SCHEMA})"))
                await connection.execute(text(f"SELECT {setting_of(None)}"))  # for what a revision does with rows
                await connection.run_sync(_require_walls)
                await connection.run_sync(change)
                await connection.run_sync(restate)
        except ProgrammingError as error:
            if not isinstance(error.orig and error.orig.__cause__, asyncpg.InsufficientPrivilegeError):
                raise
            raise DatabaseUnusable(
                f"The role may not change the schema ({error.orig}): make it the owner of the database."
            ) from error
        finally:
            await engine.dispose()

    async def create_schema(self) -> None:
        """All tables that are imported by now; for tests (`api/migrations` does it for the product)."""
        await self.change_schema(metadata.create_all)

    async def close(self) -> None:
        for grouping in list(self._groupings.values()):
            await grouping.drain()
        await self._reading.dispose()
        await self._writing.dispose()


async def _write_one(unit: UnitOfWork, change: Change) -> Sequence[Logged]:
    connection = await unit.connection()
    if change.only_if is not None and (await connection.execute(*change.only_if)).rowcount != 1:
        raise Overtaken
    for statement, rows in change.rows:
        if rows:
            await connection.execute(statement, rows)
    logged = await unit.append(*change.events) if change.events else ()
    for subject, payload in change.emitted:
        unit.emit(subject, payload)
    return logged


def _require_walls(connection: Connection) -> None:
    role, unbound, encoding = connection.execute(
        text(
            "SELECT rolname, rolsuper OR rolbypassrls, current_setting('server_encoding') "
            "FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if unbound:
        raise DatabaseUnusable(
            f"The role {role} is a superuser or has BYPASSRLS, so the walls between tenants would not hold: "
            "use a role of its own (CREATE ROLE cordboard LOGIN PASSWORD '…') that owns the database."
        )
    if encoding != "UTF8":
        raise DatabaseUnusable(f"The database's encoding is {encoding}: make one with ENCODING 'UTF8'.")
