"""Groups of changes on SQLite: one transaction, one visit, in the thread of the loop.

A visit to another thread costs more than a small group itself, and a thread that has to ask for the interpreter after
every statement waits for it up to five milliseconds each time while the loop is busy. What could block is elsewhere:
nothing here is synced to the disk (WAL with synchronous=NORMAL, and `sqlite_journal.py` for what is), and where another
process holds the file the group waits in a thread.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as insert_unless

from kernel.adapters.event_log import log_row
from kernel.adapters.grouping import Outcome
from kernel.adapters.outbox import OutboxRow
from kernel.adapters.sqlite_journal import LOCKED_SECONDS
from kernel.adapters.statements import Statements
from kernel.adapters.tables import event_log, outbox
from kernel.contracts.codec import pack
from kernel.contracts.log import LogEvent, Logged
from kernel.ports.unit_of_work import Change, Overtaken
from kernel.primitives.ids import EventId, TenantId

_HEAD = select(func.coalesce(func.max(event_log.c.sequence), 0)).where(event_log.c.tenant_id == bindparam("tenant"))
_APPEND = insert_unless(event_log).on_conflict_do_nothing(index_elements=["tenant_id", "id"])
_KNOWN = select(event_log.c.sequence).where(
    event_log.c.tenant_id == bindparam("tenant"), event_log.c.id == bindparam("id")
)
_EMIT = f"INSERT INTO {outbox.name} (id, subject, payload) VALUES (?, ?, ?)"  # noqa: S608 (a name of ours)
_LAST_EMITTED = f"SELECT seq FROM sqlite_sequence WHERE name = '{outbox.name}'"  # noqa: S608

Written = tuple[list[Outcome], list[OutboxRow]]
"""What became of each change, and what the commit emits."""


class _Told(msgspec.Struct, frozen=True):
    """The bytes of a `Logged` whose event is packed already."""

    sequence: int
    event: msgspec.Raw


class _Repeated(Exception):
    """Some of the events are in the log already."""


class SqliteGroup:
    """The caller holds the turn to write."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        self._path = path
        self._pragmas = (*pragmas, "busy_timeout=0")
        self._connection: sqlite3.Connection | None = None
        self._statements = Statements()

    def write_now(self, changes: Sequence[Change]) -> Written | None:
        """None where another process holds the file: `write` waits for it."""
        cursor = self._opened().cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            cursor.close()
            return None
        return self._write_begun(cursor, changes)

    async def write(self, changes: Sequence[Change]) -> Written:
        cursor = self._opened().cursor()
        await asyncio.to_thread(self._begin_waiting, cursor)
        return self._write_begun(cursor, changes)

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

    def _write_begun(self, cursor: sqlite3.Cursor, changes: Sequence[Change]) -> Written:
        try:
            written = self._write_all(cursor, changes)
            cursor.execute("COMMIT")
        finally:
            if self._opened().in_transaction:
                with suppress(sqlite3.OperationalError):  # some errors, a full disk for one, have rolled back already
                    cursor.execute("ROLLBACK")
            cursor.close()
        return written

    def _write_all(self, cursor: sqlite3.Cursor, changes: Sequence[Change]) -> Written:
        """Together, as nearly always works; else one after the other, to find who fails or repeats what is there."""
        try:
            return self._write_together(cursor, changes)
        except Exception:
            if not self._opened().in_transaction:
                raise  # it took the transaction with it
            cursor.execute("ROLLBACK")  # a savepoint would have each page copied, though it is hardly ever needed
            cursor.execute("BEGIN IMMEDIATE")
        outcomes: list[Outcome] = []
        emitted: list[OutboxRow] = []
        for change in changes:
            cursor.execute("SAVEPOINT one")
            try:
                (logged,), rows = self._write_together(cursor, [self._unknown(cursor, change)])
            except Exception as error:
                self._take_back(cursor, error)
                outcomes.append(error)
            else:
                cursor.execute("RELEASE one")
                outcomes.append(logged)
                emitted += rows
        return outcomes, emitted

    def _take_back(self, cursor: sqlite3.Cursor, error: Exception) -> None:
        """Raises the error where it took the whole transaction with it."""
        if not self._opened().in_transaction:
            raise error
        cursor.execute("ROLLBACK TO one")
        cursor.execute("RELEASE one")

    def _unknown(self, cursor: sqlite3.Cursor, change: Change) -> Change:
        """Without events that the log has, or that come twice in it."""
        fresh: dict[tuple[TenantId, EventId], LogEvent] = {}
        for event in change.events:
            if self._statements.fetch(cursor, _KNOWN, {"tenant": event.tenant, "id": event.id}) is None:
                fresh.setdefault((event.tenant, event.id), event)
        return change._replace(events=tuple(fresh.values()))

    def _write_together(self, cursor: sqlite3.Cursor, changes: Sequence[Change]) -> Written:
        """Overtaken; _Repeated where the log has one of the events already."""
        for change in changes:
            if change.only_if is not None:
                statement, row = change.only_if
                if self._statements.run(cursor, statement, [row]) != 1:
                    raise Overtaken
            for statement, rows in change.rows:
                self._statements.run(cursor, statement, rows)
        heads: dict[TenantId, int] = {}
        outcomes: list[Outcome] = []
        entries: list[dict[str, Any]] = []
        messages: list[tuple[str, bytes]] = []
        for change in changes:
            logged: list[Logged] = []
            for event in change.events:
                sequence = heads[event.tenant] = (heads.get(event.tenant) or self._head(cursor, event.tenant)) + 1
                body = pack(event)
                logged.append(Logged(sequence=sequence, event=event))
                entries.append(log_row(event, sequence, body))
                messages.append((f"log.{event.tenant}", pack(_Told(sequence, msgspec.Raw(body)))))
            messages += change.emitted
            outcomes.append(logged)
        if entries and self._statements.run(cursor, _APPEND, entries) != len(entries):
            raise _Repeated
        return outcomes, self._emit(cursor, messages)

    def _head(self, cursor: sqlite3.Cursor, tenant: TenantId) -> int:
        return self._statements.fetch(cursor, _HEAD, {"tenant": tenant})[0]

    def _emit(self, cursor: sqlite3.Cursor, messages: Sequence[tuple[str, bytes]]) -> list[OutboxRow]:
        """The ids are given here as SQLite would: asking for each would cost a statement a row."""
        if not messages:
            return []
        last = (cursor.execute(_LAST_EMITTED).fetchone() or (0,))[0]
        rows = [OutboxRow(number, *message) for number, message in enumerate(messages, start=last + 1)]
        cursor.executemany(_EMIT, rows)
        return rows

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
