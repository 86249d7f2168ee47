import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from dialled_parties import FAR_HZ, PARTY_HZ, PARTYS_TRUNK
from far_end import FarEnd
from gateway_rig import OURS, TRUNK, Rig
from phone_directory import Directory
from signers import HOST

from gateway.app import service
from gateway.app.ports import GatewayPorts
from gateway.io import driver as drivers
from gateway.io.certificates import TlsFiles
from gateway.io.driver import SipDriver
from tests.certificates import Authority
from tests.databases import Place


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
async def party(rig: Rig) -> AsyncIterator[FarEnd]:
    """Another telephone behind another trunk."""
    async with FarEnd(PARTY_HZ) as party:
        await rig.know(OURS, PARTYS_TRUNK, party.port)
        yield party


@pytest.fixture
def files(authority: Authority) -> TlsFiles:
    """What calls are signed with."""
    return authority.issue(HOST)


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Directory:
    """The gateway of every rig gets it."""
    directory = Directory()
    made = GatewayPorts.__init__

    def make(self: GatewayPorts, **fields: Any) -> None:
        made(self, **fields, telephones=directory)

    monkeypatch.setattr(GatewayPorts, "__init__", make)
    return directory


@pytest.fixture
def gateways(monkeypatch: pytest.MonkeyPatch) -> list[SipDriver]:
    """The drivers of gateways that are started from now on."""
    opened: list[SipDriver] = []

    async def open_driver(*arguments: Any, **more: Any) -> SipDriver:
        opened.append(await drivers.open_driver(*arguments, **more))
        return opened[-1]

    monkeypatch.setattr(service, "open_driver", open_driver)
    return opened
