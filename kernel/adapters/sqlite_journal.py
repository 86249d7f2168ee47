"""SQLite's journal (WAL) put into the database by a thread, and begun anew by it.

Three things wait for the disk: a checkpoint syncs the journal and the database, and whoever writes first after one
syncs the header of the journal that begins anew. A transaction of a call that met one would stop every other call for
as long as the disk takes; so no connection checkpoints by itself, and that first write is made here too.

To begin anew needs the turn to write, and all who have something to save wait meanwhile: 10 to 25 ms. So a journal that
is written to goes on, put in as far as it was, until it is long.
"""

import asyncio
import sqlite3
from contextvars import Context
from pathlib import Path
from typing import Protocol

import structlog

CHECKPOINT_CHANGES = 1_000  # some nine pages each: the journal is put into the database every forty megabytes
JOURNAL_BYTES = 128 << 20  # then it begins anew whoever writes; a start after a crash reads it in a third of a second
PAGE_BYTES = 4096  # SQLite's own choice
LOCKED_SECONDS = 5.0  # another process (a back-up, a migration) may hold the file this long

log = structlog.get_logger(__name__)


class Turn(Protocol):
    """The one turn to write."""

    async def take(self) -> None: ...

    def give_back(self) -> None: ...


class SqliteJournal:
    """Told of all that is written."""

    def __init__(self, path: Path, turn: Turn) -> None:
        self._path = path
        self._turn = turn
        self._changes = 0  # since the last checkpoint
        self._checkpoint: asyncio.Task[None] | None = None
        self._connection: sqlite3.Connection | None = None  # of the checkpoint's threads, one after the other

    def count(self, changes: int) -> None:
        self._changes += changes
        if self._changes >= CHECKPOINT_CHANGES and (self._checkpoint is None or self._checkpoint.done()):
            self._changes = 0
            self._checkpoint = asyncio.get_running_loop().create_task(self._put_in(), context=Context())

    async def close(self) -> None:
        if self._checkpoint is not None:
            await asyncio.wait({self._checkpoint})
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _put_in(self) -> None:
        """Nearly all beside the writers; where it is long, or nobody writes, also what is left, while they wait."""
        try:
            size = await asyncio.to_thread(self._checkpoint_now)
            if self._changes and size < JOURNAL_BYTES:
                return
            if self._changes:
                await asyncio.to_thread(self._checkpoint_now)  # so that less is left
            await self._turn.take()
            try:
                await asyncio.to_thread(self._begin_anew)
            finally:
                self._turn.give_back()
        except (sqlite3.Error, TimeoutError):
            log.exception("sqlite.checkpoint_failed")

    def _checkpoint_now(self) -> int:
        """What somebody still reads is left to the next one. How many bytes the journal has."""
        _, pages, _ = self._opened().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return pages * PAGE_BYTES

    def _begin_anew(self) -> None:
        """By a write that changes nothing."""
        self._checkpoint_now()
        (version,) = self._opened().execute("PRAGMA user_version").fetchone()
        self._opened().execute(f"PRAGMA user_version={version}")

    def _opened(self) -> sqlite3.Connection:
        """The same one each time: the first sync of each is two."""
        if self._connection is None:
            self._connection = sqlite3.connect(
                self._path, isolation_level=None, timeout=LOCKED_SECONDS, check_same_thread=False
            )
            self._connection.execute("PRAGMA synchronous=NORMAL")
        return self._connection
