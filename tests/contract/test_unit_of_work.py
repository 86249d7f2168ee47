"""What every Database does."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Table, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Field

from kernel.adapters import InProcessBus, Relay
from kernel.adapters.relay import GATHER_SECONDS
from kernel.adapters.tables import dead_letters, outbox
from kernel.contracts.codec import unpack
from kernel.contracts.log import CallAnswered, Logged
from kernel.ports.rows import Row, UtcDateTime
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.ids import CallId, EventId, TenantId
from tests.databases import Place, StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants


class Note(Row, table=True):
    __tablename__ = "contract_notes"

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    text: str


Opened = AbstractAsyncContextManager[StoringDatabase]


@pytest.fixture
def reopen(place: Place, clock: FakeClock) -> Callable[[], Opened]:
    """Opens the same database, as a process does after the last one died."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[StoringDatabase]:
        database = place.open(clock)
        yield database
        await database.close()

    return opened


@pytest.fixture
def answered(ids: SequentialIds, clock: FakeClock) -> Callable[[TenantId], CallAnswered]:
    return lambda tenant: CallAnswered(id=EventId(ids.new()), tenant=tenant, at=clock.now(), call=CallId(ids.new()))


async def add_note(unit: UnitOfWork, ids: SequentialIds, clock: FakeClock, text: str) -> None:
    await unit.session.execute(insert(Note.table()).values(id=ids.new(), at=clock.now(), text=text))


async def notes(database: Database) -> list[str]:
    async with database.read() as unit:
        return list(await unit.session.scalars(select(Note.table().c.text).order_by(Note.table().c.id)))


async def rows_of(database: Database, table: Table) -> int:
    async with database.read() as unit:
        return await unit.session.scalar(select(func.count()).select_from(table)) or 0


async def fail_after(database: Database, work: Callable[[UnitOfWork], Awaitable[object]]) -> None:
    """A unit of work that did something and then goes wrong."""
    async with database.write() as unit:
        await work(unit)
        raise LookupError


class Ears:
    """A bus with one subscriber to everything, and the relay that feeds it."""

    def __init__(self, database: StoringDatabase) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.bus = InProcessBus(database.bury, retry_delays=(0.001,))
        self.relay = Relay(database, self.bus, retry_delays=(0.001,))

    async def __aenter__(self) -> "Ears":
        await self.bus.subscribe(">", self.hear)
        await self.relay.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.relay.stop()
        await self.bus.close()

    async def hear(self, subject: str, payload: bytes) -> None:
        self.heard.append((subject, payload))


class TestTransaction:
    async def test_a_clean_exit_commits(self, database: Database, ids: SequentialIds, clock: FakeClock) -> None:
        async with database.write() as unit:
            await add_note(unit, ids, clock, "kept")
        assert await notes(database) == ["kept"]

    async def test_an_exception_rolls_back_and_is_seen(
        self, database: Database, ids: SequentialIds, clock: FakeClock
    ) -> None:
        with pytest.raises(LookupError):
            await fail_after(database, lambda unit: add_note(unit, ids, clock, "lost"))
        assert await notes(database) == []

    async def test_a_cancelled_unit_rolls_back_and_the_next_one_works(
        self, database: Database, ids: SequentialIds, clock: FakeClock
    ) -> None:
        inside = asyncio.Event()

        async def work() -> None:
            async with database.write() as unit:
                await add_note(unit, ids, clock, "lost")
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.write() as unit:
            await add_note(unit, ids, clock, "kept")
        assert await notes(database) == ["kept"]

    async def test_units_cancelled_at_any_moment_are_whole_and_leave_the_database_usable(
        self, database: StoringDatabase, ids: SequentialIds, clock: FakeClock
    ) -> None:
        async def work(number: int) -> None:
            async with database.write() as unit:
                await add_note(unit, ids, clock, f"{number} one")
                await add_note(unit, ids, clock, f"{number} two")
                unit.emit("notes", str(number).encode())

        async with Ears(database) as ears:
            for number in range(30):
                task = asyncio.ensure_future(work(number))
                for _ in range(number):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait({task})
            await work(99)
            await ears.relay.drain()
        kept = await notes(database)
        numbers = [text.split()[0] for text in kept if text.endswith("one")]
        assert kept == [f"{number} {half}" for number in numbers for half in ("one", "two")]
        assert [payload.decode() for _, payload in ears.heard] == numbers
        assert numbers[-1] == "99"

    async def test_a_unit_whose_flush_failed_commits_nothing_even_when_the_failure_was_caught(
        self, database: StoringDatabase, ids: SequentialIds, clock: FakeClock
    ) -> None:
        async def swallow(unit: UnitOfWork) -> None:
            note = Note(id=ids.new(), at=clock.now(), text="twice")
            await unit.session.execute(insert(Note.table()).values(note.model_dump()))
            unit.emit("notes", b"never")
            unit.session.add(note)
            with contextlib.suppress(IntegrityError):
                await unit.session.flush()

        async with Ears(database) as ears:
            with pytest.raises(RuntimeError, match="nothing of it"):
                async with database.write() as unit:
                    await swallow(unit)
            await ears.relay.drain()
        assert await notes(database) == []
        assert ears.heard == []

    async def test_objects_are_written_on_a_clean_exit(
        self, database: Database, ids: SequentialIds, clock: FakeClock
    ) -> None:
        async with database.write() as unit:
            unit.session.add(Note(id=ids.new(), at=clock.now(), text="kept"))
        assert await notes(database) == ["kept"]

    async def test_writers_take_turns(self, database: Database, ids: SequentialIds, clock: FakeClock) -> None:
        async def work(number: int) -> None:
            async with database.write() as unit:
                before = len((await unit.session.execute(select(Note.table()))).all())
                await asyncio.sleep(0)
                await add_note(unit, ids, clock, f"{before}")

        await asyncio.gather(*(work(number) for number in range(10)))
        assert sorted(map(int, await notes(database))) == list(range(10))

    async def test_a_second_writing_unit_inside_the_first_is_refused_at_once(self, database: Database) -> None:
        with pytest.raises(RuntimeError, match="one unit of work"):
            async with database.write(), database.write():
                pass
        async with database.write():
            pass

    async def test_readers_see_the_last_commit_while_a_writer_writes(
        self, database: Database, ids: SequentialIds, clock: FakeClock
    ) -> None:
        async with database.write() as unit:
            await add_note(unit, ids, clock, "one")
            async with asyncio.timeout(2):
                assert await notes(database) == []
        assert await notes(database) == ["one"]

    async def test_times_come_back_aware_and_naive_ones_are_refused(
        self, database: Database, ids: SequentialIds, clock: FakeClock
    ) -> None:
        async with database.write() as unit:
            await add_note(unit, ids, clock, "one")
        async with database.read() as unit:
            assert await unit.session.scalar(select(Note.table().c.at)) == clock.now()
        clock_without_zone = FakeClock(clock.now().replace(tzinfo=None))
        with pytest.raises(StatementError, match="aware"):
            await fail_after(database, lambda unit: add_note(unit, ids, clock_without_zone, "lost"))


class TestRead:
    async def test_a_reading_unit_neither_emits_nor_appends_nor_writes(
        self, database: Database, ids: SequentialIds, clock: FakeClock
    ) -> None:
        async with database.read() as unit:
            with pytest.raises(RuntimeError):
                unit.emit("log.a", b"")
            with pytest.raises(RuntimeError):
                await unit.append()
        async with database.read() as unit:
            with pytest.raises(DBAPIError, match=r"readonly|read-only"):
                await add_note(unit, ids, clock, "sneaked in")
        assert await notes(database) == []


class TestLog:
    async def test_sequences_start_at_one_and_have_no_gaps_for_each_tenant(
        self, database: Database, tenants: TwoTenants, answered: Callable[[TenantId], CallAnswered]
    ) -> None:
        ours = [answered(tenants.ours) for _ in range(5)]
        theirs = [answered(tenants.theirs) for _ in range(2)]
        async with database.write() as unit:
            await unit.append(ours[0], theirs[0], ours[1])
        with pytest.raises(LookupError):
            await fail_after(database, lambda unit: unit.append(answered(tenants.ours)))
        async with database.write() as unit:
            await unit.append(ours[2])
            logged = await unit.append(ours[3], theirs[1], ours[4])
        assert [entry.sequence for entry in logged] == [4, 2, 5]
        assert await database.read_log(tenants.ours) == [
            Logged(sequence=number, event=event) for number, event in enumerate(ours, start=1)
        ]
        assert [entry.event for entry in await database.read_log(tenants.theirs)] == theirs

    async def test_an_event_id_counts_once(
        self, database: StoringDatabase, tenants: TwoTenants, answered: Callable[[TenantId], CallAnswered]
    ) -> None:
        event, later = answered(tenants.ours), answered(tenants.ours)
        async with Ears(database) as ears:
            for _ in range(2):
                async with database.write() as unit:
                    await unit.append(event, event)
            async with database.write() as unit:
                assert [entry.sequence for entry in await unit.append(event, later)] == [2]
            await ears.relay.drain()
        assert [entry.event for entry in await database.read_log(tenants.ours)] == [event, later]
        assert [unpack(payload, Logged).sequence for _, payload in ears.heard] == [1, 2]

    async def test_what_is_appended_is_announced_with_its_sequence(
        self, database: StoringDatabase, tenants: TwoTenants, answered: Callable[[TenantId], CallAnswered]
    ) -> None:
        event = answered(tenants.ours)
        async with Ears(database) as ears:
            async with database.write() as unit:
                await unit.append(event)
            await ears.relay.drain()
        [(subject, payload)] = ears.heard
        assert subject == f"log.{tenants.ours}"
        assert unpack(payload, Logged) == Logged(sequence=1, event=event)

    async def test_reading_goes_on_where_it_stopped(
        self, database: Database, tenants: TwoTenants, answered: Callable[[TenantId], CallAnswered]
    ) -> None:
        async with database.write() as unit:
            await unit.append(*(answered(tenants.ours) for _ in range(5)))
        assert [entry.sequence for entry in await database.read_log(tenants.ours, after=1, limit=3)] == [2, 3, 4]
        assert await database.read_log(tenants.ours, after=5) == []


class TestOutbox:
    async def test_nothing_is_published_before_the_commit_and_all_of_it_after_in_order(
        self, database: StoringDatabase
    ) -> None:
        async with Ears(database) as ears:
            async with database.write() as unit:
                for number in range(10):
                    unit.emit("notes", str(number).encode())
                await asyncio.sleep(0.01)
                assert ears.heard == []
            await ears.relay.drain()
        assert [payload for _, payload in ears.heard] == [str(number).encode() for number in range(10)]
        assert await rows_of(database, outbox) == 0

    async def test_after_a_rollback_nothing_is_published(self, database: StoringDatabase) -> None:
        async def emit(unit: UnitOfWork) -> None:
            unit.emit("notes", b"never")

        async with Ears(database) as ears:
            with pytest.raises(LookupError):
                await fail_after(database, emit)
            await ears.relay.drain()
        assert ears.heard == []
        assert await rows_of(database, outbox) == 0

    async def test_what_a_crash_left_unpublished_the_next_relay_publishes_first(
        self, reopen: Callable[[], Opened]
    ) -> None:
        async with reopen() as database, database.write() as unit:
            unit.emit("notes", b"before the crash")
        async with reopen() as database, Ears(database) as ears:
            async with database.write() as unit:
                unit.emit("notes", b"after it")
            await ears.relay.drain()
            assert [payload for _, payload in ears.heard] == [b"before the crash", b"after it"]
            assert await rows_of(database, outbox) == 0

    async def test_a_handler_may_commit_more_messages_to_the_subject_it_hears(self, database: StoringDatabase) -> None:
        heard: list[bytes] = []

        async def count_down(subject: str, payload: bytes) -> None:
            heard.append(payload)
            if payload != b"0":
                async with database.write() as unit:
                    unit.emit(subject, str(int(payload) - 1).encode())

        async with Ears(database) as ears:
            await ears.bus.subscribe("countdown", count_down)
            async with asyncio.timeout(5):
                async with database.write() as unit:
                    unit.emit("countdown", b"3")
                await ears.relay.drain()
        assert heard == [b"3", b"2", b"1", b"0"]

    async def test_what_a_handler_committed_stays_in_the_outbox_until_it_is_handled_itself(
        self, database: StoringDatabase
    ) -> None:
        entered, release = asyncio.Event(), asyncio.Event()

        async def outer(_subject: str, _payload: bytes) -> None:
            async with database.write() as unit:
                unit.emit("inner", b"")
            await release.wait()

        async def inner(_subject: str, _payload: bytes) -> None:
            entered.set()
            await release.wait()

        async with Ears(database) as ears:
            await ears.bus.subscribe("outer", outer)
            await ears.bus.subscribe("inner", inner)
            async with database.write() as unit:
                unit.emit("outer", b"")
            await entered.wait()
            await asyncio.sleep(3 * GATHER_SECONDS)
            assert await rows_of(database, outbox) == 2
            release.set()
            await ears.relay.drain()
            assert await rows_of(database, outbox) == 0

    async def test_a_message_is_published_again_when_the_process_died_inside_its_handler(
        self, reopen: Callable[[], Opened]
    ) -> None:
        async with reopen() as database:
            ears = Ears(database)
            entered = asyncio.Event()

            async def die(_subject: str, _payload: bytes) -> None:
                entered.set()
                await asyncio.Event().wait()

            await ears.bus.subscribe("notes", die)
            await ears.relay.start()
            async with database.write() as unit:
                unit.emit("notes", b"again")
            await entered.wait()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
        async with reopen() as database, Ears(database) as ears:
            await ears.relay.drain()
            assert ears.heard == [("notes", b"again")]

    async def test_a_failing_subscriber_delays_only_its_own_subject_and_ends_as_a_dead_letter(
        self, database: StoringDatabase
    ) -> None:
        async def fail(_subject: str, _payload: bytes) -> None:
            raise RuntimeError("never works")

        async with Ears(database) as ears:
            await ears.bus.subscribe("bad", fail)
            async with database.write() as unit:
                unit.emit("bad", b"1")
                unit.emit("good", b"2")
            await ears.relay.drain()
            assert ("good", b"2") in ears.heard
        async with database.read() as unit:
            rows = (await unit.session.execute(select(dead_letters))).mappings().all()
        assert [(row["subject"], row["payload"], row["consumer"]) for row in rows] == [("bad", b"1", "bad")]
        assert "never works" in rows[0]["reason"]
        assert await rows_of(database, outbox) == 0
