"""What every Database does with changes that are known beforehand."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import Field

from kernel.adapters import InProcessBus, Relay
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.log import CallAnswered, Logged
from kernel.ports import sweeping
from kernel.ports.rows import Row, UtcDateTime
from kernel.ports.sweeping import swept
from kernel.ports.unit_of_work import Change, Overtaken
from kernel.primitives.ids import CallId, EventId, TenantId
from tests.databases import StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants


class Entry(Row, table=True):
    __tablename__ = "contract_entries"

    tenant_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True)
    at: datetime | None = Field(sa_type=UtcDateTime)
    body: bytes


PUT = insert(Entry.table())
REMOVE = delete(Entry.table()).where(
    Entry.table().c.tenant_id == bindparam("tenant_id"), Entry.table().c.name == bindparam("name")
)

RENAME = (
    update(Entry.table())
    .where(Entry.table().c.tenant_id == bindparam("tenant"), Entry.table().c.name == bindparam("before"))
    .values(name=bindparam("after"))
)


@pytest.fixture
def answered(ids: SequentialIds, clock: FakeClock) -> Callable[[TenantId], CallAnswered]:
    return lambda tenant: CallAnswered(id=EventId(ids.new()), tenant=tenant, at=clock.now(), call=CallId(ids.new()))


@pytest.fixture
def put(clock: FakeClock) -> Callable[..., Change]:
    def change(tenant: TenantId, *names: str, emitted: Sequence[tuple[str, bytes]] = ()) -> Change:
        rows = [{"tenant_id": tenant, "name": name, "at": clock.now(), "body": name.encode()} for name in names]
        return Change(TenantScope(tenant), rows=[(PUT, rows)], emitted=emitted)

    return change


async def entries(database: StoringDatabase) -> list[tuple[UUID, str]]:
    async with database.read() as unit:
        found = await unit.session.execute(select(Entry.table()).order_by(Entry.table().c.name))
        return [(row.tenant_id, row.name) for row in found]


async def test_rows_come_back_as_through_a_unit_of_work(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change], clock: FakeClock
) -> None:
    await database.record(put(tenants.ours, "one"))
    async with database.read() as unit:
        row = (await unit.session.execute(select(Entry.table()))).one()
    assert (row.tenant_id, row.name, row.at, row.body) == (tenants.ours, "one", clock.now(), b"one")


async def test_a_patient_change_joins_the_next_one_or_is_written_by_itself(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change]
) -> None:
    patient = asyncio.ensure_future(database.record(put(tenants.ours, "patient")._replace(patient=True)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not patient.done()
    await database.record(put(tenants.ours, "soon"))
    await patient
    await database.record(put(tenants.ours, "with nobody")._replace(patient=True))
    assert [name for _, name in await entries(database)] == ["patient", "soon", "with nobody"]


async def test_closing_writes_what_is_patient(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change]
) -> None:
    patient = asyncio.ensure_future(database.record(put(tenants.ours, "patient")._replace(patient=True)))
    await asyncio.sleep(0)
    await database.close()
    assert list(await patient) == []


async def test_of_changes_at_once_one_that_fails_takes_no_other_with_it(
    database: StoringDatabase,
    tenants: TwoTenants,
    put: Callable[..., Change],
    answered: Callable[[TenantId], CallAnswered],
) -> None:
    events = [answered(tenants.ours) for _ in range(5)]
    changes = [put(tenants.ours, f"{place}")._replace(events=[event]) for place, event in enumerate(events)]
    changes[2] = put(tenants.ours, "twice", "twice")._replace(events=[events[2]])
    outcomes = await asyncio.gather(*map(database.record, changes), return_exceptions=True)
    assert isinstance(outcomes[2], DBAPIError | Exception)
    assert [one for one in outcomes if not isinstance(one, BaseException)] == [
        [Logged(sequence=sequence, event=event)]
        for sequence, event in enumerate((events[0], events[1], events[3], events[4]), start=1)
    ]
    assert [name for _, name in await entries(database)] == ["0", "1", "3", "4"]
    assert [entry.sequence for entry in await database.read_log(tenants.ours)] == [1, 2, 3, 4]


async def test_a_change_is_whole_or_not_at_all(
    database: StoringDatabase,
    tenants: TwoTenants,
    put: Callable[..., Change],
    answered: Callable[[TenantId], CallAnswered],
    bus: InProcessBus,
    relay: Relay,
) -> None:
    heard: list[bytes] = []

    async def listen(_subject: str, payload: bytes) -> None:
        heard.append(payload)

    await bus.subscribe("notes", listen)
    change = put(tenants.ours, "kept", "kept", emitted=[("notes", b"never")])
    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.record(change._replace(events=[answered(tenants.ours)]))
    await database.record(put(tenants.ours, "kept", emitted=[("notes", b"1"), ("notes", b"2")]))
    await relay.drain()
    assert heard == [b"1", b"2"]
    assert await database.read_log(tenants.ours) == []


async def test_changes_are_written_in_the_order_in_which_they_were_asked_for(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change]
) -> None:
    gone = Change(TenantScope(tenants.ours), rows=[(REMOVE, [{"tenant_id": tenants.ours, "name": "a"}])])
    await asyncio.gather(*map(database.record, [put(tenants.ours, "a"), gone, put(tenants.ours, "a"), gone]))
    assert await entries(database) == []
    await asyncio.gather(*map(database.record, [put(tenants.ours, "a"), gone, put(tenants.ours, "a")]))
    assert [name for _, name in await entries(database)] == ["a"]


async def test_events_of_two_tenants_and_units_of_work_between_them_leave_no_gap(
    database: StoringDatabase,
    tenants: TwoTenants,
    answered: Callable[[TenantId], CallAnswered],
    bus: InProcessBus,
    relay: Relay,
) -> None:
    heard: list[tuple[str, int]] = []

    async def listen(subject: str, payload: bytes) -> None:
        heard.append((subject, unpack(payload, Logged).sequence))

    await bus.subscribe("log.*", listen)

    async def unit(event: CallAnswered) -> None:
        async with database.write(TenantScope(event.tenant)) as work:
            await work.append(event)

    both = (tenants.ours, tenants.theirs)
    await asyncio.gather(
        *(unit(answered(tenant)) for tenant in both),
        *(
            database.record(Change(TenantScope(tenant), events=[answered(tenant), answered(tenant)]))
            for tenant in both * 2
        ),
    )
    await relay.drain()
    for tenant in (tenants.ours, tenants.theirs):
        assert [entry.sequence for entry in await database.read_log(tenant)] == [1, 2, 3, 4, 5]
        assert [sequence for subject, sequence in heard if subject == f"log.{tenant}"] == [1, 2, 3, 4, 5]


async def test_an_event_that_the_log_has_is_left_out_and_not_announced_again(
    database: StoringDatabase, tenants: TwoTenants, answered: Callable[[TenantId], CallAnswered]
) -> None:
    event, later = answered(tenants.ours), answered(tenants.ours)
    scope = TenantScope(tenants.ours)
    await database.record(Change(scope, events=[event, event]))
    assert await database.record(Change(scope, events=[event, later])) == [Logged(sequence=2, event=later)]
    assert [entry.event for entry in await database.read_log(tenants.ours)] == [event, later]


async def test_inside_a_unit_of_work_it_is_refused_at_once(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change]
) -> None:
    async with database.write():
        with pytest.raises(RuntimeError, match="one unit of work"):
            await database.record(put(tenants.ours, "never"))


async def test_a_change_whose_writer_was_cancelled_is_committed_all_the_same(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change]
) -> None:
    first = asyncio.ensure_future(database.record(put(tenants.ours, "a")))
    second = asyncio.ensure_future(database.record(put(tenants.ours, "b")))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert [name for _, name in await entries(database)] == ["a", "b"]


async def test_an_event_that_comes_again_is_logged_once(
    database: StoringDatabase,
    tenants: TwoTenants,
    put: Callable[..., Change],
    answered: Callable[[TenantId], CallAnswered],
) -> None:
    first, second = answered(tenants.ours), answered(tenants.ours)
    changes = [
        put(tenants.ours, "a")._replace(events=[first, first]),
        put(tenants.ours, "b")._replace(events=[first, second]),
    ]
    outcomes = await asyncio.gather(*map(database.record, changes))
    assert [[entry.event for entry in outcome] for outcome in outcomes] == [[first], [second]]
    assert await database.record(Change(TenantScope(tenants.ours), events=[second])) == []
    assert [entry.event for entry in await database.read_log(tenants.ours)] == [first, second]
    assert [name for _, name in await entries(database)] == ["a", "b"]


async def test_a_moment_of_another_zone_is_kept_and_one_of_none_refused(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change], clock: FakeClock
) -> None:
    change = put(tenants.ours, "one")
    ((statement, rows),) = change.rows
    moments = (clock.now().astimezone(ZoneInfo("Asia/Tokyo")), clock.now().replace(tzinfo=None))
    elsewhere, naive = (change._replace(rows=[(statement, [{**rows[0], "at": at}])]) for at in moments)
    with pytest.raises((ValueError, StatementError)):
        await database.record(naive)
    await database.record(elsewhere)
    async with database.read() as unit:
        assert (await unit.session.scalars(select(Entry.table().c.at))).one() == clock.now()


async def test_of_changes_that_began_at_the_same_place_one_is_written_and_others_are_overtaken(
    database: StoringDatabase,
    tenants: TwoTenants,
    put: Callable[..., Change],
    answered: Callable[[TenantId], CallAnswered],
) -> None:
    await database.record(put(tenants.ours, "place 1"))
    changes = [
        put(tenants.ours, name)._replace(
            only_if=(RENAME, {"tenant": tenants.ours, "before": "place 1", "after": "place 2"}),
            events=[answered(tenants.ours)],
        )
        for name in ("first", "second")
    ]
    one, other, beside = await asyncio.gather(
        *map(database.record, [*changes, put(tenants.ours, "beside")]), return_exceptions=True
    )
    assert isinstance(other, Overtaken)
    assert [entry.sequence for entry in await database.read_log(tenants.ours)] == [1]
    assert not isinstance(one, BaseException)
    assert not isinstance(beside, BaseException)
    assert [name for _, name in await entries(database)] == ["beside", "first", "place 2"]


async def test_what_is_due_is_taken_out_in_pieces_and_nothing_else(
    database: StoringDatabase, tenants: TwoTenants, put: Callable[..., Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "PAGE", 3)
    monkeypatch.setattr(sweeping, "PIECE", 2)
    await database.record(put(tenants.ours, *(f"old {place}" for place in range(6)), "young"))
    table = Entry.table()
    due = select(table.c.name).where(table.c.name.like("old %")).order_by(table.c.name)
    gone = delete(table).where(table.c.name == bindparam("key"))
    pages = [page async for page in swept(database, None, due, gone)]
    assert pages == [["old 0", "old 1", "old 2"], ["old 3", "old 4", "old 5"]]
    assert [name for _, name in await entries(database)] == ["young"]
