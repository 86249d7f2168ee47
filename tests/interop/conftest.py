"""The centre that most of these tests want: one queue that does not speak before its music."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from load_tests.peers.system import System, make_centre, new_system


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path)
    await make_centre(running, greeting=[])
    yield running
    await running.stop()
