"""Fixtures for all tests: two tenants, fake clock and ids, the embedded kernel; and what a missing real peer means."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings

from kernel.adapters import InProcessBus, Relay
from kernel.primitives.ids import TenantId
from load_tests.peers.postgres import PostgresServer, binaries
from load_tests.peers.system import System, new_system
from tests.certificates import Authority
from tests.databases import Place, PostgresShelf, Shelf, SqliteShelf, StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants

QUICK_RETRIES = (0.001, 0.001)  # a test of redelivery does not wait six seconds for it
PACKAGES = Path(__file__).parent.parent / "web" / "node_modules"  # where peers are that come by npm
NOT_INSTALLED = "needs real peers that are not installed: "

# A busy machine is no error of the code: speed is told by the benchmarks.
settings.register_profile("cordboard", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cordboard")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ids() -> SequentialIds:
    return SequentialIds()


@pytest.fixture
def tenants() -> TwoTenants:
    return TwoTenants(
        TenantId(UUID("01950000-0000-7000-8000-00000000aaaa")), TenantId(UUID("01950000-0000-7000-8000-00000000bbbb"))
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    if binaries() is None:
        want({"postgresql"})
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def shelves() -> dict[str, Shelf]:
    """By kind, made when first wanted: what one has prepared is kept while tests go from one kind to the other."""
    return {}


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest, shelves: dict[str, Shelf], tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Where tests get their databases from; each test that uses it, through whatever fixture, runs on both kinds."""
    kind = request.param
    if kind not in shelves and kind == "sqlite":
        shelves[kind] = SqliteShelf(tmp_path_factory.mktemp("databases"))
    elif kind not in shelves:
        shelves[kind] = PostgresShelf(request.getfixturevalue("postgres"))
    return shelves[kind]


@pytest.fixture
async def place(shelf: Shelf) -> AsyncIterator[Place]:
    """A database with all tables that the test's imports brought in."""
    place = await shelf.with_tables()
    yield place
    await shelf.remove(place)


@pytest.fixture
async def database(place: Place, clock: FakeClock) -> AsyncIterator[StoringDatabase]:
    database = place.open(clock)
    yield database
    await database.close()


@pytest.fixture
async def bus(database: StoringDatabase) -> AsyncIterator[InProcessBus]:
    bus = InProcessBus(database.bury, retry_delays=QUICK_RETRIES)
    yield bus
    await bus.close()


@pytest.fixture
async def relay(database: StoringDatabase, bus: InProcessBus) -> AsyncIterator[Relay]:
    """Publishes what the test commits; `await relay.drain()` waits until everyone has handled it."""
    relay = Relay(database, bus, retry_delays=QUICK_RETRIES)
    await relay.start()
    yield relay
    await relay.stop()


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    """A whole Cordboard that runs, as `cordboard init` leaves it."""
    running = await new_system(tmp_path)
    yield running
    await running.stop()


def want(missing: set[str]) -> NoReturn:
    """A missing peer is a visible skip on a laptop and a failure under CI=true."""
    message = NOT_INSTALLED + ", ".join(sorted(missing))
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.peers("sipp", "jssip")` names the programs and npm packages a test needs."""
    needed = {str(name) for mark in item.iter_markers("peers") for name in mark.args}
    missing = {name for name in needed if shutil.which(name) is None and not (PACKAGES / name).exists()}
    if missing:
        want(missing)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was missing stands in the reports, which come from wherever a test ran."""
    ends = (terminalreporter.stats.get(outcome, []) for outcome in ("skipped", "failed", "error"))
    told = " ".join(str(report.longrepr) for reports in ends for report in reports)
    missing = {name for names in re.findall(rf"{NOT_INSTALLED}([\w, .+-]+)", told) for name in names.split(", ")}
    if missing:
        terminalreporter.section("missing peers")
        terminalreporter.line(f"Tests were skipped or failed for want of: {', '.join(sorted(missing))}", yellow=True)
