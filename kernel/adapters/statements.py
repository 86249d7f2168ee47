"""SQLAlchemy Core statements compiled once and carried out on the driver's own connection.

For statements that are written thousands of times a second: there the way through SQLAlchemy costs ten times what the
database takes for them.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine, Uuid

from kernel.ports.rows import UtcDateTime

_DIALECT: Dialect = SQLiteDialect_pysqlite()

Convert = Callable[[Any], Any] | None


class Statement:
    """What differs between rows is a bind parameter; lists (`IN`) and defaults of columns are not known here."""

    def __init__(self, statement: Executable) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.text: str = compiled.string
        binds = [(name, compiled.binds[name]) for name in compiled.positiontup]
        self._constants = {name: bind.value for name, bind in binds if not bind.required}
        self._binds: list[tuple[str, Convert]] = [(name, _conversion(bind.type)) for name, bind in binds]

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        """In the order of the text; KeyError where one is missing."""
        if self._constants:
            row = {**self._constants, **row}
        return [row[name] if convert is None else convert(row[name]) for name, convert in self._binds]


class Statements:
    """By the statements themselves, which are the constants of modules."""

    def __init__(self) -> None:
        self._compiled: dict[Executable, Statement] = {}

    def __getitem__(self, statement: Executable) -> Statement:
        compiled = self._compiled.get(statement)
        if compiled is None:
            compiled = self._compiled[statement] = Statement(statement)
        return compiled

    def run(self, cursor: sqlite3.Cursor, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> int:
        """For every row; how many rows of the table that touched."""
        compiled = self[statement]
        if len(rows) == 1:
            return cursor.execute(compiled.text, compiled.values(rows[0])).rowcount
        return cursor.executemany(compiled.text, map(compiled.values, rows)).rowcount

    def fetch(self, cursor: sqlite3.Cursor, statement: Executable, row: Mapping[str, Any]) -> Any:
        """The first row of the answer; None: there is none."""
        compiled = self[statement]
        return cursor.execute(compiled.text, compiled.values(row)).fetchone()


def _conversion(kind: TypeEngine[Any]) -> Convert:
    if isinstance(kind, UtcDateTime):
        return _moment
    if isinstance(kind, Uuid):
        return _hex
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _moment(at: datetime | None) -> str | None:
    """As SQLAlchemy writes it on SQLite, in a fifth of the time; ValueError for a moment of no zone."""
    if at is None:
        return None
    if at.tzinfo is not UTC:
        at = UtcDateTime.in_utc(at)
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def _hex(value: UUID | None) -> str | None:
    """As SQLAlchemy writes it on SQLite; a third of the values are ids."""
    return None if value is None else f"{value.int:032x}"
