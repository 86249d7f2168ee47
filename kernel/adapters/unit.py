"""What the units of work of both databases have in common."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, AsyncTransaction

from kernel.adapters.event_log import append_events, last_sequence
from kernel.adapters.outbox import OutboxRow
from kernel.contracts.codec import pack
from kernel.contracts.log import LogEvent, Logged
from kernel.primitives.ids import TenantId

CommitListener = Callable[[Sequence[OutboxRow]], None]


async def to_the_end(work: "asyncio.Task[None]") -> None:
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


class WriteUnit:
    """A transaction; its session is made only for those who use it. An adapter says how it begins, commits and ends."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._transaction: AsyncTransaction | None = None
        self._session: AsyncSession | None = None
        self._emitted: list[tuple[str, bytes]] = []

    async def __aenter__(self) -> Self:
        await self._take_turn()
        try:
            await self._connection.start()
            self._transaction = await self._connection.begin()
            await self._begin()
        except BaseException:
            await to_the_end(asyncio.ensure_future(self._leave()))
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(asyncio.ensure_future(self._finish(commit=kind is None)))

    async def _take_turn(self) -> None:
        raise NotImplementedError

    async def _begin(self) -> None:
        """What follows the begin of SQLAlchemy's transaction."""

    async def _commit(self, transaction: AsyncTransaction) -> None:
        raise NotImplementedError

    async def _roll_back(self) -> None:
        """What precedes giving the connection back; the transaction may be committed already."""

    def _give_back_turn(self) -> None:
        raise NotImplementedError

    async def _finish(self, *, commit: bool) -> None:
        try:
            if commit:
                await self._flush_and_commit()
        finally:
            await self._leave()

    async def _flush_and_commit(self) -> None:
        if self._session is not None:
            await self._session.flush()
        if self._transaction is None or not self._transaction.is_active:
            raise RuntimeError("this unit of work failed inside: nothing of it was committed")
        await self._commit(self._transaction)

    async def _leave(self) -> None:
        """Roll back what was not committed and let the next one write."""
        try:
            if self._session is not None:
                await self._session.close()
            if self._connection.sync_connection is not None:
                try:
                    await self._roll_back()
                finally:
                    await self._connection.close()
        finally:
            self._give_back_turn()

    @property
    def session(self) -> AsyncSession:
        if self._session is None:
            self._session = AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            )
        return self._session

    async def connection(self) -> AsyncConnection:
        return self._connection

    def emit(self, subject: str, payload: bytes) -> None:
        self._emitted.append((subject, bytes(payload)))

    async def log_end(self, tenant: TenantId) -> int:
        return await last_sequence(self._connection, tenant)

    async def append(self, *events: LogEvent) -> Sequence[Logged]:
        logged = await append_events(self._connection, events)
        for entry in logged:
            self.emit(f"log.{entry.event.tenant}", pack(entry))
        return logged


class ReadUnit:
    """A snapshot of the database that cannot write; an adapter says how it begins and ends."""

    def __init__(self, session: AsyncSession | None = None) -> None:
        self._session: AsyncSession | None = session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> AsyncSession:
        if self._session is None:
            raise RuntimeError("this unit of work is not entered")
        return self._session

    async def connection(self) -> AsyncConnection:
        return await self.session.connection()

    def emit(self, subject: str, payload: bytes) -> None:
        raise RuntimeError("a reading unit of work emits nothing")

    async def log_end(self, tenant: TenantId) -> int:
        return await last_sequence(await self.connection(), tenant)

    async def append(self, *events: LogEvent) -> Sequence[Logged]:
        raise RuntimeError("a reading unit of work appends nothing")
