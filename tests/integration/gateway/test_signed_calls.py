"""Calls out that a trunk's key vouches for, as its carrier gets them; two tenants."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, THEIR_TRUNK, THEIRS, TRUNK, Rig

from gateway.sip.events import InviteReceived
from gateway.trunks.passport import read_identity, read_key, verify
from kernel.contracts.telephony import PlaceCall
from kernel.contracts.trunks import Signing, TrunkOptions
from kernel.primitives.ids import CallId, TrunkId, UserId
from kernel.primitives.secret import Secret

SPARE = TrunkId(UUID(int=31))
SIGNED = TrunkOptions(signing=Signing(certificate_url="https://certificates.ours.example/shaken.pem"))
KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)


@pytest.fixture
async def other() -> AsyncGenerator[FarEnd]:
    async with FarEnd() as end:
        yield end


def word(invite: InviteReceived) -> str:
    found = read_identity(invite.request.headers.get_all("identity"))
    assert found is not None
    return verify(found, read_key(KEY), CALLER, NUMBER, datetime.now(UTC))


async def test_each_invite_by_the_trunk_is_signed_as_it_leaves_and_by_others_none_is(
    rig: Rig, far: FarEnd, other: FarEnd
) -> None:
    rig.trunks.all.clear()
    await rig.know(OURS, TRUNK, far.port, options=SIGNED, signing_key=Secret(KEY))
    await rig.know(OURS, SPARE, other.port, options=TrunkOptions(priority=1))
    await rig.know(THEIRS, THEIR_TRUNK, other.port)
    for place in (1, 2):
        call = CallId(UUID(int=90 + place))
        await rig.order(PlaceCall, call=call, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
        invite = await far.until(InviteReceived, place)
        assert word(invite) == "A"
        far.do("reject", far.session, 503)
        assert "identity" not in (await other.until(InviteReceived, place)).request.headers
        other.do("reject", other.session, 486)
    first, second = (event.request.headers.get("identity") for event in far.saw(InviteReceived))
    assert first != second
    await rig.order(
        PlaceCall,
        call=CallId(UUID(int=95)),
        tenant=THEIRS,
        agent=UserId(UUID(int=8)),
        trunk=THEIR_TRUNK,
        called=NUMBER,
        caller=None,
    )
    assert "identity" not in (await other.until(InviteReceived, 3)).request.headers
