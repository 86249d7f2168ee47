"""Statements carried out without SQLAlchemy write what it would write."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Uuid, insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from kernel.adapters.statements import Statement
from kernel.ports.rows import UtcDateTime

AT = datetime(2026, 3, 29, 1, 30, 0, 250, tzinfo=UTC)
TABLE = Table("things", MetaData(), Column("id", Uuid), Column("owner", Uuid, nullable=True), Column("at", UtcDateTime))
SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    "row",
    [
        {"id": UUID(int=0), "owner": None, "at": AT},
        {
            "id": UUID(int=2**128 - 1),
            "owner": UUID("0193e5a4-0000-7000-8000-00000000000a"),
            "at": AT.astimezone(SUMMER),
        },
    ],
)
def test_values_are_those_of_sqlalchemy(row: dict[str, Any]) -> None:
    dialect = SQLiteDialect_pysqlite()
    compiled: Any = insert(TABLE).compile(dialect=dialect)
    processors = compiled._bind_processors
    theirs = [processors[name](row[name]) if name in processors else row[name] for name in compiled.positiontup]
    assert Statement(insert(TABLE)).values(row) == theirs
