from collections.abc import AsyncIterator

import pytest

from tests.databases import Place, Shelf


@pytest.fixture
async def empty(shelf: Shelf) -> AsyncIterator[Place]:
    """A database without any table."""
    place = await shelf.empty()
    yield place
    await shelf.remove(place)
