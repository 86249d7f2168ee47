"""The chain in a database: appended to by many at once, chained by the migration, and what tampering looks like."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from api.migrations import configuration, upgrade
from kernel.adapters import SqliteDatabase
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import UserId
from tenants.audit import AuditEntry, AuditFilter, AuditRepository, Head, Origin
from tests.fakes import START, FakeClock, SequentialIds, TwoTenants


def entry(ids: SequentialIds, number: int = 0, user: UserId | None = None, action: str = "queue.changed") -> AuditEntry:
    return AuditEntry(
        id=ids.new(),
        at=START + timedelta(seconds=number),
        origin=Origin(user, "192.0.2.1", "test", UUID(int=5), "client"),
        action=action,
        subject_kind=action.partition(".")[0],
        subject_id=UUID(int=number),
        detail={"number": number, "names": ["Ä", "\n"], "share": 0.1},
    )


async def add(database: Database, scope: TenantScope, *entries: AuditEntry) -> None:
    async with database.write(scope) as unit:
        for one in entries:
            await AuditRepository(unit.session, scope).add(one)


async def verified(database: Database, scope: TenantScope, kept: Head | None = None):  # type: ignore[no-untyped-def]
    async with database.read(scope) as unit:
        return await AuditRepository(unit.session, scope).verify(kept)


async def test_entries_of_each_tenant_make_a_chain_of_their_own(
    database: Database, ids: SequentialIds, tenants: TwoTenants
) -> None:
    await add(database, tenants.our_scope, entry(ids), entry(ids))
    await add(database, tenants.their_scope, entry(ids))
    head, broken = await verified(database, tenants.our_scope)
    assert (head.sequence, broken) == (2, None)
    assert (await verified(database, tenants.their_scope))[0].sequence == 1


async def test_what_is_read_is_what_was_added(database: Database, ids: SequentialIds, tenants: TwoTenants) -> None:
    added = entry(ids, 3)
    await add(database, tenants.our_scope, added)
    async with database.read(tenants.our_scope) as unit:
        assert list(await AuditRepository(unit.session, tenants.our_scope).page(None, 10)) == [added]


async def test_a_tenant_without_entries_is_whole(database: Database, tenants: TwoTenants) -> None:
    assert await verified(database, tenants.our_scope) == (Head(), None)


async def test_many_at_once_make_one_chain(database: Database, tenants: TwoTenants) -> None:
    async def one(number: int) -> None:
        ids = SequentialIds(number * 100 + 1)
        await add(database, tenants.our_scope, entry(ids, number), entry(ids, number))

    await asyncio.gather(*(one(number) for number in range(20)))
    head, broken = await verified(database, tenants.our_scope)
    assert (head.sequence, broken) == (40, None)


async def test_what_is_rolled_back_leaves_no_gap(database: Database, ids: SequentialIds, tenants: TwoTenants) -> None:
    async def change_my_mind() -> None:
        async with database.write(tenants.our_scope) as unit:
            await AuditRepository(unit.session, tenants.our_scope).add(entry(ids))
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await change_my_mind()
    await add(database, tenants.our_scope, entry(ids))
    head, broken = await verified(database, tenants.our_scope)
    assert (head.sequence, broken) == (1, None)


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET action = ''", "DELETE FROM audit_entries"])
async def test_the_database_refuses_to_change_an_entry(
    database: Database, ids: SequentialIds, tenants: TwoTenants, statement: str
) -> None:
    await add(database, tenants.our_scope, entry(ids))
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write(tenants.our_scope) as unit:
            await unit.session.execute(text(statement))


async def test_the_filters_choose_entries(database: Database, ids: SequentialIds, tenants: TwoTenants) -> None:
    user = UserId(UUID(int=77))
    await add(
        database,
        tenants.our_scope,
        entry(ids, 0),
        entry(ids, 1, user),
        entry(ids, 2, action="recording.listened"),
    )

    async def found(wanted: AuditFilter) -> list[int]:
        async with database.read(tenants.our_scope) as unit:
            page = await AuditRepository(unit.session, tenants.our_scope).page(None, 10, wanted)
        return [one.detail["number"] for one in page]

    assert await found(AuditFilter(user=user)) == [1]
    assert await found(AuditFilter(action="queue.changed")) == [1, 0]
    assert await found(AuditFilter(subject_kind="recording")) == [2]
    assert await found(AuditFilter(subject=UUID(int=1))) == [1]
    assert await found(AuditFilter(since=START + timedelta(seconds=1), until=START + timedelta(seconds=2))) == [1]


TAMPERING = {
    "changed": ("UPDATE audit_entries SET agent = 'somebody else' WHERE sequence = 3", 3),
    "its detail changed": ("UPDATE audit_entries SET detail = replace(detail, '0.1', '0.2') WHERE sequence = 2", 2),
    "removed": ("DELETE FROM audit_entries WHERE sequence = 2", 2),
    "the last one removed": ("DELETE FROM audit_entries WHERE sequence = 5", 5),
    "moved to another tenant": ("UPDATE audit_entries SET tenant_id = zeroblob(16) WHERE sequence = 4", 4),
    "put in at the end": (
        "INSERT INTO audit_entries SELECT 'x', tenant_id, at, user_id, action, subject_kind, subject_id, address, "
        "agent, detail, grant_id, actor, 6, hash, hash FROM audit_entries WHERE sequence = 5",
        6,
    ),
}


@pytest.mark.parametrize("name", TAMPERING)
async def test_who_writes_to_the_file_itself_is_found_out(
    tmp_path: Path, clock: FakeClock, ids: SequentialIds, tenants: TwoTenants, name: str
) -> None:
    path = tmp_path / "file.db"
    embedded = SqliteDatabase(path, clock)
    await embedded.create_schema()
    await add(embedded, tenants.our_scope, *(entry(ids, number) for number in range(5)))
    statement, sequence = TAMPERING[name]
    raw = sqlite3.connect(path)
    raw.execute("DROP TRIGGER audit_entries_no_update")
    raw.execute("DROP TRIGGER audit_entries_no_delete")
    raw.execute(statement.replace("'x'", f"'{uuid4().hex}'"))
    raw.commit()
    raw.close()
    _, broken = await verified(embedded, tenants.our_scope)
    await embedded.close()
    assert broken is not None
    assert broken.sequence == sequence


def test_entries_of_the_first_release_are_chained(tmp_path: Path, tenants: TwoTenants) -> None:
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        for number in range(5):
            tenant = tenants.ours if number % 2 else tenants.theirs
            connection.execute(
                text(
                    "INSERT INTO audit_entries (id, tenant_id, at, user_id, action, subject_kind, subject_id, address,"
                    " agent, detail) VALUES (:id, :tenant, '2026-03-02 09:00:00.000001', NULL, 'queue.changed',"
                    " 'queue', NULL, '', 'cordboard', '{\"name\": \"Ä\", \"share\": 0.10}')"
                ),
                {"id": UUID(int=number + 1).hex, "tenant": tenant.hex},
            )
    engine.dispose()
    upgrade(path)

    async def heads() -> list[tuple[int, object]]:
        embedded = SqliteDatabase(path, FakeClock())
        try:
            found = [await verified(embedded, scope) for scope in (tenants.our_scope, tenants.their_scope)]
            await add(embedded, tenants.our_scope, entry(SequentialIds(100)))
            found.append(await verified(embedded, tenants.our_scope))
        finally:
            await embedded.close()
        return [(head.sequence, broken) for head, broken in found]

    assert asyncio.run(heads()) == [(2, None), (3, None), (3, None)]
