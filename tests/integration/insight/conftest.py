"""A stage for each test."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from insight_stage import Stage

from kernel.adapters import InProcessBus, Relay
from tests.databases import StoringDatabase
from tests.fakes import FakeClock


@pytest.fixture
async def stage(database: StoringDatabase, bus: InProcessBus, relay: Relay, clock: FakeClock) -> AsyncIterator[Stage]:
    stage = Stage(database, bus, relay, clock)
    yield stage
    for service in stage.services:
        await service.close()
