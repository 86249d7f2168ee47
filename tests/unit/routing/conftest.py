import pytest

from tests.unit.routing.floor import Floor


@pytest.fixture
def floor() -> Floor:
    """Tenant one: queues sales (priority 5) and support; four agents with seats, one without."""
    return Floor(1)


@pytest.fixture
def other_floor() -> Floor:
    return Floor(2)
