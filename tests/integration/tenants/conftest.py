import sys
from pathlib import Path

import pytest

from kernel.ports.unit_of_work import Database
from tests.fakes import FakeClock, SequentialIds, TwoTenants
from tests.integration.tenants.metering_world import World

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def world(database: Database, clock: FakeClock, ids: SequentialIds, tenants: TwoTenants) -> World:
    world = World(database, clock, ids, tenants)
    await world.found()
    return world
