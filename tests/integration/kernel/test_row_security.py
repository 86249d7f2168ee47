"""The walls between tenants on PostgreSQL: they hold even when a query forgets whose rows it is about."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from api.migrations.metadata import all_tables
from kernel.adapters import DatabaseUnusable, PostgresDatabase
from kernel.adapters.row_security import POLICY, setting_of
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from load_tests.peers.postgres import PostgresServer
from tests.databases import Place, Shelf, StoringDatabase
from tests.fakes import FakeClock
from tests.filling import fill, on, schema_of, tenant_id
from tests.migrated import migrate

pytestmark = pytest.mark.parametrize("shelf", ["postgresql"], indirect=True)

OURS, THEIRS = TenantId(tenant_id(2)), TenantId(tenant_id(3))
WALLED = [table for table in all_tables().sorted_tables if "tenant_id" in table.columns]


async def migrate_and_fill(place: Place) -> None:
    await migrate(place)

    def work(connection: Connection) -> None:
        connection.execute(text(f"SELECT {setting_of(None)}"))
        fill(connection, 1, schema_of(connection).sorted_tables)

    await on(place, work)


@pytest.fixture
async def place(shelf: Shelf) -> AsyncIterator[Place]:
    """The product's tables with a row of each of two tenants in every one."""
    place = await shelf.prepared(migrate_and_fill.__name__, migrate_and_fill)
    yield place
    await shelf.remove(place)


async def owners(unit: UnitOfWork, table: Table) -> list[TenantId]:
    """Whose rows a query without any WHERE shows."""
    return sorted(await unit.session.scalars(select(table.c.tenant_id)))


async def test_every_table_with_a_tenant_has_the_policy_and_binds_its_owner_to_it(place: Place) -> None:
    def walls(connection: Connection) -> set[str]:
        query = text(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid WHERE relrowsecurity "
            "AND relforcerowsecurity AND polname = :policy AND polcmd = '*' AND polwithcheck IS NOT NULL"
        )
        return set(connection.scalars(query, {"policy": POLICY}))

    assert len(WALLED) > 20
    assert await on(place, walls) == {table.name for table in WALLED}


async def test_a_repository_that_forgets_its_tenant_shows_only_its_own_rows(database: StoringDatabase) -> None:
    found: dict[str, list[TenantId]] = {}
    async with database.read(TenantScope(OURS)) as unit:
        for table in WALLED:
            found[table.name] = await owners(unit, table)
    assert found == {table.name: [OURS] for table in WALLED}
    async with database.write(TenantScope(THEIRS)) as unit:
        for table in WALLED:
            assert await owners(unit, table) == [THEIRS], table.name


async def test_a_query_for_the_other_tenants_rows_finds_none(database: StoringDatabase) -> None:
    async with database.read(TenantScope(OURS)) as unit:
        for table in WALLED:
            theirs = select(func.count()).select_from(table).where(table.c.tenant_id == THEIRS)
            assert await unit.session.scalar(theirs) == 0, table.name


async def test_a_repository_that_forgets_its_tenant_removes_only_its_own_rows(database: StoringDatabase) -> None:
    async with database.write(TenantScope(OURS)) as unit:
        for table in reversed(WALLED):
            with suppress(DBAPIError):  # what only grows refuses by a rule of its own
                async with unit.session.begin_nested():
                    await unit.session.execute(delete(table))
        emptied = [table for table in WALLED if not await owners(unit, table)]
    assert len(emptied) > len(WALLED) / 2
    async with database.read() as unit:
        for table in WALLED:
            assert THEIRS in await owners(unit, table), table.name


async def test_a_row_of_the_other_tenant_cannot_be_put_in(database: StoringDatabase) -> None:
    async with database.read(TenantScope(THEIRS)) as unit:
        rows = {table: (await unit.session.execute(select(table))).mappings().one() for table in WALLED}
    for table, row in rows.items():
        with pytest.raises(DBAPIError, match="row-level security"):
            async with database.write(TenantScope(OURS)) as unit:
                await unit.session.execute(insert(table).values(dict(row)))


async def test_a_row_cannot_be_given_to_the_other_tenant(database: StoringDatabase) -> None:
    users = next(table for table in WALLED if table.name == "users")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.write(TenantScope(OURS)) as unit:
            await unit.session.execute(update(users).values(tenant_id=THEIRS))


async def test_operator_wide_work_sees_every_tenant(database: StoringDatabase) -> None:
    async with database.read() as unit:
        for table in WALLED:
            assert await owners(unit, table) == [OURS, THEIRS], table.name


async def test_who_says_nothing_sees_nothing(place: Place, database: StoringDatabase) -> None:
    def rows(connection: Connection) -> dict[str, int]:
        counts = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in WALLED}
        return {name: count for name, count in counts.items() if count}

    assert await on(place, rows) == {}


async def test_whose_rows_a_connection_showed_is_forgotten_with_the_unit_of_work(database: StoringDatabase) -> None:
    users = next(table for table in WALLED if table.name == "users")
    for scope, expected in ((OURS, [OURS]), (THEIRS, [THEIRS]), (None, [OURS, THEIRS]), (OURS, [OURS])):
        async with database.read(None if scope is None else TenantScope(scope)) as unit:
            assert await owners(unit, users) == expected


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS"])
async def test_a_role_that_the_walls_would_not_bind_is_refused(
    place: Place, postgres: PostgresServer, right: str
) -> None:
    role = f"mighty_{right.lower()}"
    await postgres.execute(f"CREATE ROLE {role} LOGIN {right}")
    mighty = PostgresDatabase(Secret(place.url.replace("//cordboard@", f"//{role}@")), FakeClock())
    with pytest.raises(DatabaseUnusable, match="walls between tenants would not hold: use a role of its own"):
        await mighty.create_schema()
    await mighty.close()
