"""What PostgreSQL is asked for beyond the contract: several processes, restarts, and saying what is wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.adapters import DatabaseUnusable, PostgresDatabase, Relay, postgres_driver
from kernel.adapters import postgres as postgres_module
from kernel.adapters.outbox import OutboxRow
from kernel.contracts.base import TenantScope
from kernel.contracts.log import CallAnswered
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.ids import CallId, EventId, TenantId
from kernel.primitives.secret import Secret
from load_tests.peers.postgres import PostgresServer
from tests.databases import Place, StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants
from tests.integration.kernel.troubled_bus import TroubledBus

pytestmark = pytest.mark.parametrize("shelf", ["postgresql"], indirect=True)

EVENTS = 40


@pytest.fixture
async def processes(place: Place, clock: FakeClock) -> AsyncIterator[list[StoringDatabase]]:
    """Three of them on one database: they share nothing in memory."""
    opened = [place.open(clock) for _ in range(3)]
    yield opened
    for database in opened:
        await database.close()


def answered(ids: SequentialIds, clock: FakeClock, tenant: TenantId) -> CallAnswered:
    return CallAnswered(id=EventId(ids.new()), tenant=tenant, at=clock.now(), call=CallId(ids.new()))


class TestSeveralProcesses:
    async def test_logs_have_no_gaps_and_outbox_ids_grow_in_the_order_of_commits(
        self, processes: list[StoringDatabase], tenants: TwoTenants, ids: SequentialIds, clock: FakeClock
    ) -> None:
        seen: list[OutboxRow] = []
        done = False

        async def write(database: StoringDatabase, scope: TenantScope | None) -> None:
            for number in range(EVENTS):
                async with database.write(scope) as unit:
                    tenant = scope.tenant if scope is not None else (tenants.ours, tenants.theirs)[number % 2]
                    await unit.append(answered(ids, clock, tenant))

        async def watch() -> None:
            """As a relay reads: never again what lies before the last row."""
            while True:
                last = seen[-1].id if seen else 0
                finished = done
                seen.extend(await processes[0].outbox_after(last, 1_000))
                if finished:
                    return

        watching = asyncio.create_task(watch())
        scopes = (TenantScope(tenants.ours), TenantScope(tenants.theirs), None)
        await asyncio.gather(*(write(database, scope) for database in processes for scope in scopes))
        done = True
        await watching
        total = 0
        for tenant in (tenants.ours, tenants.theirs):
            log = await processes[0].read_log(tenant)
            assert [entry.sequence for entry in log] == list(range(1, len(log) + 1))
            total += len(log)
        assert total == len(seen) == EVENTS * len(processes) * len(scopes)

    async def test_each_publishes_what_it_committed_and_the_next_start_what_one_left_behind(
        self, processes: list[StoringDatabase]
    ) -> None:
        one, two, dead = processes
        buses = [TroubledBus(), TroubledBus()]
        relays = [Relay(database, bus) for database, bus in zip((one, two), buses, strict=True)]
        for relay in relays:
            await relay.start()
            await relay.drain()
        for number, database in enumerate(processes):
            async with database.write() as unit:
                unit.emit("notes", str(number).encode())
        for relay in relays:
            await relay.drain()
        assert [bus.taken for bus in buses] == [[("notes", b"0")], [("notes", b"1")]]
        again = Relay(dead, buses[0])
        await again.start()
        await again.drain()
        assert buses[0].taken[1:] == [("notes", b"2")]
        for relay in (*relays, again):
            await relay.stop()

    async def test_tenants_do_not_wait_for_each_other_but_operator_wide_work_waits_for_both(
        self, processes: list[StoringDatabase], tenants: TwoTenants
    ) -> None:
        one, two, three = processes
        entered: list[str] = []

        async def enter(database: StoringDatabase, name: str, scope: TenantScope | None) -> None:
            async with database.write(scope):
                entered.append(name)

        async with one.write(TenantScope(tenants.ours)):
            same = asyncio.create_task(enter(two, "ours", TenantScope(tenants.ours)))
            await asyncio.sleep(0.1)
            async with asyncio.timeout(5):
                await enter(three, "theirs", TenantScope(tenants.theirs))
            everybody = asyncio.create_task(enter(three, "everybody", None))
            await asyncio.sleep(0.1)
            assert entered == ["theirs"]
        async with asyncio.timeout(5):
            await asyncio.gather(same, everybody)


class TestConnections:
    async def test_after_the_server_cut_all_connections_the_next_unit_of_work_works(
        self, database: StoringDatabase, place: Place, postgres: PostgresServer
    ) -> None:
        async with database.read() as unit:
            await unit.session.execute(text("SELECT 1"))
        await cut(postgres)
        await asyncio.sleep(0.05)
        async with database.write() as unit:
            unit.emit("notes", b"after")
        assert [row.payload for row in await database.outbox_after(0, 10)] == [b"after"]

    async def test_a_unit_whose_connection_is_cut_rolls_back_and_says_so(
        self, database: StoringDatabase, postgres: PostgresServer
    ) -> None:
        with pytest.raises(postgres_module.LOST):
            await emit_and(database, lambda _: cut(postgres))
        assert await database.outbox_after(0, 10) == []

    async def test_a_commit_whose_answer_is_lost_is_known_to_have_happened(
        self, database: StoringDatabase, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_module, "RECONNECT_SECONDS", 0.01)
        heard: list[bytes] = []
        database.on_commit(lambda rows: heard.extend(row.payload for row in rows))
        async with database.write() as unit:
            unit.emit("notes", b"known")
            driver = vars(unit)["_driver"]
            execute = driver.execute

            class Deaf:
                """The answer to COMMIT never comes."""

                def __getattr__(self, name: str) -> object:
                    return getattr(driver, name)

                async def execute(self, query: str) -> str:
                    status = await execute(query)
                    if query == "COMMIT":
                        raise ConnectionResetError("the answer is lost")
                    return status

            vars(unit)["_driver"] = Deaf()
        assert heard == [b"known"]

    async def test_a_failed_statement_that_was_swallowed_commits_nothing(self, database: StoringDatabase) -> None:
        for emitted in (True, False):
            with pytest.raises(RuntimeError, match="nothing of it"):
                await emit_and(database, swallow, emitted=emitted)
        assert await database.outbox_after(0, 10) == []

    async def test_a_turn_that_never_comes_is_an_error(
        self, processes: list[StoringDatabase], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with processes[0].write():
            monkeypatch.setitem(postgres_driver.SETTINGS, "lock_timeout", "50ms")  # of connections made from now on
            with pytest.raises(TimeoutError, match="the turn to write of everybody"):
                await processes[1].write().__aenter__()
        async with asyncio.timeout(5), processes[1].write():
            pass


async def cut(server: PostgresServer) -> None:
    await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'cordboard'")


async def emit_and(
    database: StoringDatabase, work: Callable[[UnitOfWork], Awaitable[None]], *, emitted: bool = True
) -> None:
    async with database.write() as unit:
        if emitted:
            unit.emit("notes", b"never")
        await work(unit)


async def swallow(unit: UnitOfWork) -> None:
    with suppress(DBAPIError):
        await unit.session.execute(text("SELECT 1 / 0"))


class TestUnusable:
    async def refusal(self, url: str) -> str:
        database = PostgresDatabase(Secret(url), FakeClock())
        with pytest.raises(DatabaseUnusable) as caught:
            await database.create_schema()
        await database.close()
        return caught.value.detail

    async def test_a_server_that_is_not_there(self, place: Place, tmp_path: object) -> None:
        said = await self.refusal(f"postgresql://cordboard:hush@/cordboard?host={tmp_path}")
        assert "does not answer: check that it runs, and the host and port in the setting storage.database" in said
        assert "hush" not in said

    async def test_a_database_that_is_not_there(self, place: Place) -> None:
        said = await self.refusal(place.url.replace("@/cordboard_", "@/nowhere_"))
        assert 'refuses the setting storage.database: database "nowhere_' in said

    async def test_what_is_no_url(self, place: Place) -> None:
        assert "refuses the setting storage.database" in await self.refusal("mysql://cordboard:hush@db/cordboard")

    async def test_a_database_of_somebody_else(self, place: Place, postgres: PostgresServer) -> None:
        await postgres.execute("CREATE ROLE guest LOGIN")
        said = await self.refusal(place.url.replace("//cordboard@", "//guest@"))
        assert "make it the owner of the database" in said
