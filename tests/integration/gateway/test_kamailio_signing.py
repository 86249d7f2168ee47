"""Signed callers beside another implementation: Kamailio with libsecsipid verifies ours, and we verify its."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig
from signers import PLACE, proof, signed_by

from gateway.io.certificates import TlsFiles
from gateway.sip.events import InviteReceived
from kernel.contracts.telephony import CallArrived, PlaceCall
from kernel.primitives.ids import CallId
from tests.certificates import Authority
from tests.conftest import want
from tests.databases import ON_SQLITE
from tests.kamailio import Kamailio, kamailio

pytestmark = [pytest.mark.peers("kamailio"), ON_SQLITE]

MODULE = "kamailio-secsipid-modules"
RIGHT = 1


@pytest.fixture(autouse=True)
def module() -> None:
    if not any(Path("/usr/lib").glob("*/kamailio/modules/secsipid.so")):
        want({MODULE})


@pytest.fixture
def trusting(rig: Rig, authority: Authority, files: TlsFiles) -> None:
    """The gateway verifies callers; the carrier's certificate lies where it says."""
    rig.callers = proof(authority, files)


def carrier(rig: Rig, callee: FarEnd, folder: Path, certificate: str, key: str) -> Any:
    words = {"GATEWAY_URI": f"sip:127.0.0.1:{rig.port}", "CALLEE_URI": f"sip:127.0.0.1:{callee.port}"}
    words |= {"CERTIFICATE": certificate, "KEY": key, "PLACE": PLACE}
    defined = (f'{name}="{word}"' for name, word in words.items())
    return kamailio("kamailio_signing.cfg", folder, "CARRIER_PORT", f"GATEWAY_PORT={rig.port}", *defined)


async def verdict(rig: Rig, far: FarEnd, proxy: Kamailio, files: TlsFiles) -> bool:
    """What it says of a call of ours."""
    await rig.know(OURS, TRUNK, proxy.port, **signed_by(files))
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
