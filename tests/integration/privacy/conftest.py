"""Privacy over all modules that keep people's data."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rig import PrivacyRig

from kernel.adapters import InProcessBus, Relay
from tests.databases import StoringDatabase
from tests.fakes import FakeClock, TwoTenants


@pytest.fixture
async def rig(
    database: StoringDatabase,
    bus: InProcessBus,
    relay: Relay,
    clock: FakeClock,
    tmp_path: Path,
    tenants: TwoTenants,
) -> AsyncIterator[PrivacyRig]:
    rig = PrivacyRig(database, (bus, relay), clock, tmp_path)
    rig.tenants = list(tenants)
    await rig.insight.start()
    yield rig
    await relay.drain()
    await rig.insight.close()
