import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from far_end import FarEnd
from gateway_rig import OURS, TRUNK, Rig
from phone_directory import Directory

from gateway.app.ports import GatewayPorts
from tests.databases import Place

FAR_HZ = 700.0


@pytest.fixture
async def rig(tmp_path: Path, place: Place) -> AsyncIterator[Rig]:
    async with Rig(tmp_path, place) as rig:
        yield rig


@pytest.fixture
async def far(rig: Rig) -> AsyncIterator[FarEnd]:
    """A telephone behind our trunk, saying a tone of FAR_HZ."""
    async with FarEnd(FAR_HZ) as far:
        await rig.know(OURS, TRUNK, far.port)
        yield far


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Directory:
    """The gateway of every rig gets it."""
    directory = Directory()
    made = GatewayPorts.__init__

    def make(self: GatewayPorts, **fields: Any) -> None:
        made(self, **fields, telephones=directory)

    monkeypatch.setattr(GatewayPorts, "__init__", make)
    return directory
