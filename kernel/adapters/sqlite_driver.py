"""aiosqlite with one visit to the connection's thread per statement.

SQLAlchemy's adapter opens a cursor, executes, fetches and closes: four visits, each dearer than the statement itself.
Here the cursor does all of it in `execute`. It comes in through the engine's `async_creator`.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

FETCH_CHUNK = 64  # rows; asked for by aiosqlite's constructor and not used here

Row = tuple[Any, ...]


class OneVisitCursor:
    """What SQLAlchemy's adapter uses of an aiosqlite cursor; all rows are at hand after `execute`."""

    def __init__(self, visit: Callable[..., Any], connection: sqlite3.Connection) -> None:
        self._visit = visit
        self._connection = connection
        self._rows: list[Row] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "OneVisitCursor":
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "OneVisitCursor":
        await self._visit(self._carry_out, "execute", sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "OneVisitCursor":
        await self._visit(self._carry_out, "executemany", sql, parameters)
        return self

    def _carry_out(self, method: str, sql: str, parameters: Iterable[Any]) -> None:
        """In the connection's thread."""
        cursor = self._connection.cursor()
        try:
            getattr(cursor, method)(sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount = cursor.rowcount
            self.lastrowid = cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Row]:
        return await self.fetchmany(len(self._rows))

    async def fetchmany(self, size: int | None = None) -> list[Row]:
        count = self.arraysize if size is None else size
        taken, self._rows = self._rows[:count], self._rows[count:]
        return taken

    async def fetchone(self) -> Row | None:
        return next(iter(await self.fetchmany(1)), None)

    async def __aiter__(self) -> AsyncIterator[Row]:
        for row in await self.fetchall():
            yield row

    async def close(self) -> None:
        self._rows = []


class OneVisitConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors need one visit per statement."""

    def cursor(self) -> Any:
        return OneVisitCursor(self._execute, self._conn)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]

    async def opened(self) -> Self:
        self._thread.daemon = True  # as SQLAlchemy does: a forgotten connection must not keep the process alive
        await self
        return self


async def connect(path: Path, pragmas: Sequence[str]) -> OneVisitConnection:
    """A connection in SQLite's own autocommit mode (a transaction is what somebody begins), with `pragmas` in force."""

    def open_file() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    return await OneVisitConnection(open_file, FETCH_CHUNK).opened()
