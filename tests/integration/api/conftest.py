"""A whole API over a real database file, with two tenants and a person of every role in each."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_server import Centre, found_both


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated, with both tenants: made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "cordboard.db"
    asyncio.run(found_both(path))
    return path


@pytest.fixture
async def centre(template: Path, tmp_path: Path) -> AsyncIterator[Centre]:
    path = tmp_path / "cordboard.db"
    shutil.copy(template, path)
    async with Centre(path, tmp_path) as centre:
        yield centre
