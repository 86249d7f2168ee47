"""Signed callers beside another implementation: Kamailio with libsecsipid verifies ours, and we verify its."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig

from gateway.app.caller_proof import CallerProof
from gateway.app.ports import GatewayPorts
from gateway.io.certificates import TlsFiles
from gateway.sip.events import InviteReceived
from kernel.adapters import SystemClock
from kernel.contracts.telephony import CallArrived, PlaceCall
from kernel.contracts.trunks import Signing, TrunkOptions
from kernel.primitives.ids import CallId
from kernel.primitives.secret import Secret
from tests.certificates import Authority
from tests.conftest import want
from tests.databases import Shelf, SqliteShelf
from tests.kamailio import Kamailio, kamailio

pytestmark = pytest.mark.peers("kamailio")

MODULE = "kamailio-secsipid-modules"
HOST = "certificates.carrier.example"
PLACE = f"https://{HOST}/shaken.pem"
RIGHT = 1


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What is shown here is the same on every database."""
    return SqliteShelf(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def files(authority: Authority) -> TlsFiles:
    return authority.issue(HOST)


@pytest.fixture(autouse=True)
def module(request: pytest.FixtureRequest) -> None:
    if not any(Path("/usr/lib").glob("*/kamailio/modules/secsipid.so")):
        want(request.config, {MODULE})


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch, authority: Authority, files: TlsFiles) -> None:
    """The gateway of the rig verifies callers; the carrier's certificate lies where it says."""

    class Web:
        async def fetch(self, url: str) -> bytes:
            assert url == PLACE
            return Path(files.certificate).read_bytes()

    made = GatewayPorts.__init__
    proof = CallerProof(Path(authority.file), frozenset({HOST}), Web(), SystemClock())

    def make(self: GatewayPorts, **fields: Any) -> None:
        made(self, **fields, callers=proof)

    monkeypatch.setattr(GatewayPorts, "__init__", make)


def carrier(rig: Rig, callee: FarEnd, folder: Path, certificate: str, key: str) -> Any:
    words = {"GATEWAY_URI": f"sip:127.0.0.1:{rig.port}", "CALLEE_URI": f"sip:127.0.0.1:{callee.port}"}
    words |= {"CERTIFICATE": certificate, "KEY": key, "PLACE": PLACE}
    defined = (f'{name}="{word}"' for name, word in words.items())
    return kamailio("kamailio_signing.cfg", folder, "CARRIER_PORT", f"GATEWAY_PORT={rig.port}", *defined)


async def verdict(rig: Rig, far: FarEnd, proxy: Kamailio, files: TlsFiles) -> bool:
    """What it says of a call of ours."""
    options = TrunkOptions(signing=Signing(certificate_url=PLACE))
    await rig.know(OURS, TRUNK, proxy.port, options=options, signing_key=Secret(Path(files.key).read_text()))
    call = CallId(UUID(int=99))
    await rig.order(PlaceCall, call=call, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    await far.until(InviteReceived)
    far.do("reject", far.session, 486)
    return bool(proxy.noted(f"identity: {RIGHT}"))


async def test_it_finds_our_signature_right(rig: Rig, far: FarEnd, files: TlsFiles, tmp_path: Path) -> None:
    rig.trunks.all.clear()
    async with carrier(rig, far, tmp_path / "carrier", files.certificate, files.key) as proxy:
        assert await verdict(rig, far, proxy, files), proxy.log()


async def test_it_finds_a_signature_by_another_key_wrong(
    rig: Rig, far: FarEnd, authority: Authority, files: TlsFiles, tmp_path: Path
) -> None:
    rig.trunks.all.clear()
    other = authority.issue("another.example")
    async with carrier(rig, far, tmp_path / "carrier", other.certificate, files.key) as proxy:
        assert not await verdict(rig, far, proxy, files), proxy.log()


@pytest.mark.usefixtures("trusting")
async def test_we_find_its_signature_right(rig: Rig, far: FarEnd, files: TlsFiles, tmp_path: Path) -> None:
    rig.trunks.all.clear()
    async with carrier(rig, far, tmp_path / "carrier", files.certificate, files.key) as proxy:
        await rig.know(OURS, TRUNK, proxy.port)
        far.call(proxy.port)
        assert (await rig.until(CallArrived)).attestation == "B", proxy.log()


@pytest.mark.usefixtures("trusting")
async def test_we_find_its_signature_by_a_key_that_nobody_certified_wrong(
    rig: Rig, far: FarEnd, authority: Authority, files: TlsFiles, tmp_path: Path
) -> None:
    rig.trunks.all.clear()
    other = authority.issue("another.example")
    async with carrier(rig, far, tmp_path / "carrier", files.certificate, other.key) as proxy:
        await rig.know(OURS, TRUNK, proxy.port)
        far.call(proxy.port)
        assert (await rig.until(CallArrived)).attestation == "failed", proxy.log()
