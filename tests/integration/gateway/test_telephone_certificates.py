"""baresip as a telephone over TLS where telephones are asked for certificates: with one, a false one, and none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from gateway_rig import OURS, Rig, write_tone
from phone_directory import Directory

from gateway.io.driver import SipDriver
from gateway.registrar.provisioning import Line, provisioning
from gateway.sip.flow import Flow
from kernel.contracts.telephony import PhoneChanged
from load_tests.peers.baresip import Baresip
from load_tests.peers.system import free_port
from tests.certificates import Authority
from tests.databases import ON_SQLITE, Place
from tests.fakes import eventually
from tests.programs import HOST

pytestmark = [pytest.mark.peers("baresip"), ON_SQLITE]

TELEPHONE = "alice.phones.example"


@pytest.fixture
def makers(tmp_path: Path) -> Authority:
    """Signs the certificates of telephones."""
    return Authority(tmp_path, "makers")


@pytest.fixture
async def rig(
    directory: Directory, gateways: list[SipDriver], tmp_path: Path, place: Place, makers: Authority
) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, place)
    own = Authority(tmp_path, "public").issue("pbx.example", HOST, client_ca=makers.file)
    rig.listens = {"tls_port": free_port(), "tls": own}
    async with rig:
        yield rig


def telephone(directory: Directory, rig: Rig, shown: Authority | None) -> Baresip:
    ours = directory.all[0]
    secret, port = ours.secret.reveal(), rig.listens["tls_port"]
    line = Line(name=ours.name, domain=ours.domain, secret=secret, label="A", host=HOST, port=port, transport="tls")
    voice = rig.folder / "voice.wav"
    write_tone(voice, 440.0, 1)
    phone = Baresip(rig.folder / "baresip", voice, ours.name, account=provisioning("baresip", line).text.strip() + "\n")
    if shown is not None:
        files, both = shown.issue(TELEPHONE), rig.folder / "telephone.pem"
        both.write_bytes(Path(files.certificate).read_bytes() + Path(files.key).read_bytes())
        phone.configure(f"sip_certificate {both}")
    return phone


async def test_one_with_a_certificate_registers_and_is_known_by_it(
    directory: Directory, gateways: list[SipDriver], rig: Rig, makers: Authority
) -> None:
    async with telephone(directory, rig, makers):
        await rig.until(PhoneChanged, seconds=10)
        (place,) = rig.gateway.telephones.places(OURS, "alice")
        assert isinstance(place.destination, Flow)
        peer = gateways[-1].peer(place.destination)
        assert peer is not None
        assert (peer.names, peer.vouched) == ({TELEPHONE}, "")


async def test_one_with_a_false_certificate_stays_outside(directory: Directory, rig: Rig, tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        async with telephone(directory, rig, Authority(tmp_path, "strangers")):
            await eventually(lambda: "tls.failed" in {one["event"] for one in logs})
    assert rig.told(PhoneChanged) == []
    assert {one["reason"] for one in logs if one["event"] == "tls.failed"} == {"unable to get local issuer certificate"}


async def test_one_without_a_certificate_registers_by_its_password(
    directory: Directory, gateways: list[SipDriver], rig: Rig
) -> None:
    async with telephone(directory, rig, None):
        await rig.until(PhoneChanged, seconds=10)
        (place,) = rig.gateway.telephones.places(OURS, "alice")
        assert isinstance(place.destination, Flow)
        assert gateways[-1].peer(place.destination) is None
