"""Fixtures for all tests: two tenants, fake clock and ids, the embedded kernel; and what a missing real peer means."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from kernel.adapters import InProcessBus, Relay, SqliteDatabase
from kernel.primitives.ids import TenantId
from tests.fakes import FakeClock, SequentialIds, TwoTenants

QUICK_RETRIES = (0.001, 0.001)  # a test of redelivery does not wait six seconds for it
MISSING_PEERS = pytest.StashKey[set[str]]()


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
async def database(tmp_path: Path, clock: FakeClock) -> AsyncIterator[SqliteDatabase]:
    """An embedded database with all tables that the test's imports brought in."""
    database = SqliteDatabase(tmp_path / "cordboard.db", clock)
    await database.create_schema()
    yield database
    await database.close()


@pytest.fixture
async def bus(database: SqliteDatabase) -> AsyncIterator[InProcessBus]:
    bus = InProcessBus(database.bury, retry_delays=QUICK_RETRIES)
    yield bus
    await bus.close()


@pytest.fixture
async def relay(database: SqliteDatabase, bus: InProcessBus) -> AsyncIterator[Relay]:
    """Publishes what the test commits; `await relay.drain()` waits until everyone has handled it."""
    relay = Relay(database, bus, retry_delays=QUICK_RETRIES)
    await relay.start()
    yield relay
    await relay.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.peers("sipp", "baresip")` names the programs a test needs."""
    needed = {str(name) for mark in item.iter_markers("peers") for name in mark.args}
    missing = sorted(name for name in needed if shutil.which(name) is None)
    if not missing:
        return
    item.config.stash.setdefault(MISSING_PEERS, set()).update(missing)
    message = f"needs real peers that are not installed: {', '.join(missing)}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    missing = config.stash.get(MISSING_PEERS, set[str]())
    if missing:
        terminalreporter.section("missing peers")
        terminalreporter.line(f"Tests were skipped or failed for want of: {', '.join(sorted(missing))}", yellow=True)
