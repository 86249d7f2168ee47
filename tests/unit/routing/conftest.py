import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from routing_floor import Floor


@pytest.fixture
def floor() -> Floor:
    """Tenant one: queues sales (priority 5) and support; four agents with seats, one without."""
    return Floor(1)


@pytest.fixture
def other_floor() -> Floor:
    return Floor(2)
