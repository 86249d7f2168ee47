"""The centre that most of these tests want: one queue that does not speak before its music."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from load_tests.peers.seats import Seats, new_seats
from load_tests.peers.system import System, make_centre, new_system


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path)
    await make_centre(running, greeting=[])
    yield running
    await running.stop()


@pytest.fixture
async def seats(tmp_path: Path) -> AsyncIterator[Seats]:
    """Agents at telephones, with a queue that leaves nothing to write up."""
    async with new_seats(tmp_path) as seats:
        yield seats
