"""What several of these tests want of a system: a centre, and agents at telephones."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from load_tests.peers.seats import Seats, new_seats
from load_tests.peers.system import Centre, System, make_centre


@pytest.fixture
async def centre(system: System) -> Centre:
    """One queue that does not speak before its music."""
    return await make_centre(system, greeting=[])


@pytest.fixture
async def seats(tmp_path: Path) -> AsyncIterator[Seats]:
    """Agents at telephones, with a queue that leaves nothing to write up."""
    async with new_seats(tmp_path) as seats:
        yield seats
