"""SQLAlchemy Core statements compiled once and carried out on the driver's own connection.

For statements that are written thousands of times a second: there the way through SQLAlchemy costs ten times what the
database takes for them.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ClauseElement

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
        self._binds: list[tuple[str, Convert]] = [
            (name, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for name, bind in binds
        ]

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

    def run(self, cursor: sqlite3.Cursor, statement: Executable, row: Mapping[str, Any]) -> sqlite3.Cursor:
        compiled = self[statement]
        return cursor.execute(compiled.text, compiled.values(row))
