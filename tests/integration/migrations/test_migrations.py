"""The schema's history, on both databases: every step keeps the rows, and the last one leads to the code's tables."""

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, and_, inspect, select, text
from sqlalchemy.exc import DBAPIError

from api.migrations import FOLDER, configuration
from api.migrations.metadata import all_tables
from kernel.adapters.row_security import setting_of
from tests.databases import Place
from tests.filling import Filled, Row, fill, on, schema_of
from tests.migrated import migrate

REVISIONS = [step.revision for step in reversed(list(ScriptDirectory(str(FOLDER)).walk_revisions()))]

STEPS_SECONDS = 120.0  # 20 on a busy machine, with PostgreSQL

FORGOTTEN = {"idempotency_keys"}  # good for a day: a revision may begin them anew


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, all_tables())


def see_all(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT {setting_of(None)}"))


def climb(revision: str, number: int) -> Any:
    """One revision up, then rows of two more tenants in every table that is there."""

    def work(connection: Connection) -> list[Filled]:
        see_all(connection)
        command.upgrade(configuration(connection), revision)
        return fill(connection, number, schema_of(connection).sorted_tables)

    return work


async def lost(place: Place, filled: list[Filled]) -> list[str]:
    """Rows that are gone or have another value in a column that is still there."""
    return await on(place, lambda connection: _lost(connection, filled))


def _lost(connection: Connection, filled: list[Filled]) -> list[str]:
    see_all(connection)
    tables = schema_of(connection).tables
    found: list[str] = []
    for name, rows in filled:
        if name not in tables or name in FORGOTTEN:
            continue
        keys = inspect(connection).get_pk_constraint(name)["constrained_columns"]
        for row in rows:
            mine = and_(*(tables[name].c[key] == row[key] for key in keys if key in row))
            kept = connection.execute(select(tables[name]).where(mine)).mappings().one_or_none()
            found += [f"{name}: {row}"] if kept is None else _changed(name, row, kept)
    return found


def _changed(table: str, row: Row, kept: Any) -> list[str]:
    return [
        f"{table}.{column}: {value!r} became {kept[column]!r}"
        for column, value in row.items()
        if column in kept and kept[column] != value
    ]


@pytest.mark.timeout(STEPS_SECONDS)
async def test_every_step_keeps_the_rows_of_all_tenants_and_the_last_leads_to_the_tables_of_the_code(
    empty: Place,
) -> None:
    filled: list[Filled] = []
    for number, revision in enumerate(REVISIONS):
        filled += await on(empty, climb(revision, number))
    assert len({row.table for row in filled}) >= len(all_tables().tables)
    await migrate(empty)
    assert await lost(empty, filled) == []
    assert await on(empty, differences) == []


async def test_running_them_again_changes_nothing(empty: Place) -> None:
    await migrate(empty)
    await migrate(empty)
    assert await on(empty, differences) == []


async def test_the_audit_can_only_grow(empty: Place) -> None:
    await migrate(empty)

    def attempt(connection: Connection) -> None:
        see_all(connection)
        fill(connection, 1, schema_of(connection).sorted_tables)
        for statement in ("UPDATE audit_entries SET action = ''", "DELETE FROM audit_entries"):
            with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
                connection.execute(text(statement))
        assert connection.scalar(text("SELECT count(*) FROM audit_entries")) == 2

    await on(empty, attempt)
