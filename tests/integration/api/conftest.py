"""A whole API over a real database, with two tenants and a person of every role in each."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_server import Centre, found_both

from tests.databases import Place, Shelf


@pytest.fixture
async def founded(shelf: Shelf) -> AsyncIterator[Place]:
    """Migrated, with both tenants: made once and copied for each test."""
    place = await shelf.prepared(found_both.__name__, found_both)
    yield place
    await shelf.remove(place)


@pytest.fixture
async def centre(founded: Place, tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(founded, tmp_path) as centre:
        yield centre
