import pytest

from tests.unit.routing.callbacks.desk import CallbackDesk


@pytest.fixture
def desk() -> CallbackDesk:
    """Always open, agents first, three attempts."""
    return CallbackDesk()
