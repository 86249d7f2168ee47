"""Groups of changes on SQLite: one transaction, one visit, in the thread of the loop.

A visit to another thread costs more than a small group itself, and a thread that has to ask for the interpreter after
every statement waits for it up to five milliseconds each time while the loop is busy. What could block is elsewhere:
nothing here is synced to the disk (WAL with synchronous=NORMAL, and checkpoints have a thread of their own), and where
another process holds the file the group waits in a thread.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_unless

from kernel.adapters.grouping import Outcome
from kernel.adapters.outbox import OutboxRow
from kernel.adapters.statements import Statements
from kernel.adapters.tables import event_log, outbox
from kernel.contracts.codec import pack
from kernel.contracts.log import LogEvent, Logged
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import TenantId

CHECKPOINT_COMMITS = 250  # some ten pages each: the journal is put into the database every ten megabytes
LOCKED_SECONDS = 5.0  # another process (a back-up, a migration) may hold the file this long

_HEAD = select(func.coalesce(func.max(event_log.c.sequence), 0)).where(event_log.c.tenant_id == bindparam("tenant"))
_APPEND = insert_unless(event_log).on_conflict_do_nothing(index_elements=["tenant_id", "id"])
_EMIT = insert(outbox).values(subject=bindparam("subject"), payload=bindparam("payload"))

log = structlog.get_logger(__name__)


class _Told(msgspec.Struct, frozen=True):
    """The bytes of a `Logged` whose event is packed already."""

    sequence: int
    event: msgspec.Raw


class SqliteGroup:
    """The caller holds the turn to write."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        self._path = path
        self._pragmas = (*pragmas, "wal_autocheckpoint=0", "busy_timeout=0")
        self._connection: sqlite3.Connection | None = None
        self._statements = Statements()
        self._heads: dict[TenantId, int] = {}
        self._commits = 0
        self._checkpoint: asyncio.Future[None] | None = None

    async def write(self, changes: Sequence[Change]) -> tuple[list[Outcome], list[OutboxRow]]:
        """What became of each, and what the commit emits."""
        cursor = self._opened().cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            await asyncio.to_thread(self._begin_waiting, cursor)
        try:
            written = self._write_all(cursor, changes)
            cursor.execute("COMMIT")
        finally:
            self._heads.clear()
            if self._opened().in_transaction:
                with suppress(sqlite3.OperationalError):  # some errors, a full disk for one, have rolled back already
                    cursor.execute("ROLLBACK")
            cursor.close()
        self._count_commit()
        return written

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            for pragma in self._pragmas:
                self._connection.execute(f"PRAGMA {pragma}")
        return self._connection

    def _begin_waiting(self, cursor: sqlite3.Cursor) -> None:
        cursor.execute(f"PRAGMA busy_timeout={LOCKED_SECONDS * 1000:.0f}")
        try:
            cursor.execute("BEGIN IMMEDIATE")
        finally:
            cursor.execute("PRAGMA busy_timeout=0")

    def _write_all(self, cursor: sqlite3.Cursor, changes: Sequence[Change]) -> tuple[list[Outcome], list[OutboxRow]]:
        if len(changes) == 1:
            logged, rows = self._write_one(cursor, changes[0])
            return [logged], rows
        outcomes: list[Outcome] = []
        emitted: list[OutboxRow] = []
        for change in changes:
            cursor.execute("SAVEPOINT one")
            try:
                logged, rows = self._write_one(cursor, change)
            except Exception as error:
                if not self._opened().in_transaction:
                    raise  # it took the whole transaction with it
                cursor.execute("ROLLBACK TO one")
                self._heads.clear()
                outcomes.append(error)
            else:
                outcomes.append(logged)
                emitted += rows
            cursor.execute("RELEASE one")
        return outcomes, emitted

    def _write_one(self, cursor: sqlite3.Cursor, change: Change) -> tuple[list[Logged], list[OutboxRow]]:
        run = self._statements.run
        for statement, values in change.rows:
            for row in values:
                run(cursor, statement, row)
        logged: list[Logged] = []
        emitted: list[tuple[str, bytes]] = []
        for event in change.events:
            body = pack(event)
            sequence = self._append(cursor, event, body)
            if sequence is not None:
                logged.append(Logged(sequence=sequence, event=event))
                emitted.append((f"log.{event.tenant}", pack(_Told(sequence, msgspec.Raw(body)))))
        rows: list[OutboxRow] = []
        for subject, payload in (*emitted, *change.emitted):
            run(cursor, _EMIT, {"subject": subject, "payload": payload})
            assert cursor.lastrowid is not None
            rows.append(OutboxRow(cursor.lastrowid, subject, payload))
        return logged, rows

    def _append(self, cursor: sqlite3.Cursor, event: LogEvent, body: bytes) -> int | None:
        """The event's place, None where the log has it already."""
        head = self._heads.get(event.tenant)
        if head is None:
            head = self._statements.run(cursor, _HEAD, {"tenant": event.tenant}).fetchone()[0]
        row = {
            "tenant_id": event.tenant,
            "sequence": head + 1,
            "id": event.id,
            "kind": str(type(event).__struct_config__.tag),
            "at": event.at,
            "body": body,
        }
        fresh = self._statements.run(cursor, _APPEND, row).rowcount == 1
        self._heads[event.tenant] = head + 1 if fresh else head
        return head + 1 if fresh else None

    # --- the journal ---

    def _count_commit(self) -> None:
        self._commits += 1
        if self._commits % CHECKPOINT_COMMITS == 0 and (self._checkpoint is None or self._checkpoint.done()):
            self._checkpoint = asyncio.get_running_loop().run_in_executor(None, self._put_journal_in)

    def _put_journal_in(self) -> None:
        """Beside readers and writers; what somebody still reads is left to the next one."""
        try:
            with sqlite3.connect(self._path, isolation_level=None) as connection:
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            connection.close()
        except sqlite3.Error:
            log.exception("sqlite.checkpoint_failed")

    async def close(self) -> None:
        if self._checkpoint is not None:
            await asyncio.wait({self._checkpoint})
        if self._connection is not None:
            self._connection.close()
            self._connection = None
