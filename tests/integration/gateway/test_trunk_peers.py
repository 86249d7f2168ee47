"""Peers that prove who they are by digest, and peers that register: over loopback, two tenants."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, THEIR_TRUNK, THEIRS, TRUNK, Rig
from phone_directory import Directory

from gateway.app.trunk_states import TrunkStates
from gateway.sip.calls import Credentials, OutgoingInvite
from gateway.sip.events import InviteFailed, InviteReceived, ResponseReceived
from gateway.sip.flow import HostPort, Target
from gateway.sip.name_addr import NameAddr
from kernel.contracts.carriers import TrunkStateChanged
from kernel.contracts.directory import PhoneConfig
from kernel.contracts.telephony import CallArrived, CallReleased, CallRinging, PlaceCall
from kernel.contracts.trunks import InboundAccount, TrunkOptions
from kernel.primitives.ids import CallId, PhoneId, TenantId, TrunkId
from kernel.primitives.secret import Secret

pytestmark = pytest.mark.usefixtures("directory")  # before the gateway is made

PASSWORD = "a password for two machines"
RIGHT = Credentials("headquarters", PASSWORD)
REALMS = {OURS: "ours.example", THEIRS: "theirs.example"}


def account(tenant: TenantId, trunk: TrunkId, algorithm: Any = "SHA-256") -> PhoneConfig:
    """As the directory makes it of a trunk; both tenants name their peer alike."""
    return PhoneConfig(
        phone=PhoneId(trunk),
        tenant=tenant,
        agent=None,
        name="headquarters",
        domain=REALMS[tenant],
        secret=Secret(PASSWORD if tenant == OURS else "the other tenant's own"),
        algorithm=algorithm,
        trunk=trunk,
    )


def options(tenant: TenantId, *, registers: bool = False) -> TrunkOptions:
    inbound = InboundAccount(domain=REALMS[tenant], username="headquarters", algorithm="SHA-256", registers=registers)
    return TrunkOptions(inbound=inbound)


@pytest.fixture
async def pbx(directory: Directory, rig: Rig) -> AsyncIterator[FarEnd]:
    """No source of any trunk."""
    directory.all = [account(OURS, TRUNK), account(THEIRS, THEIR_TRUNK)]
    async with FarEnd() as pbx:
        nowhere: dict[str, Any] = {"sources": (), "host": ""}
        await rig.know(OURS, TRUNK, pbx.port, options=options(OURS, registers=True), **nowhere)
        await rig.know(THEIRS, THEIR_TRUNK, pbx.port, options=options(THEIRS, registers=True), **nowhere)
        yield pbx


def call(pbx: FarEnd, rig: Rig, credentials: Credentials | None, host: str = "ours.example") -> None:
    pbx.negotiation.roll_back()
    pbx.do(
        "invite",
        OutgoingInvite(
            target=f"sip:{NUMBER.e164}@{host}",
            from_=NameAddr.of(f"sip:{CALLER.e164}@pbx.example"),
            to=NameAddr.of(f"sip:{NUMBER.e164}@{host}"),
            destination=Target("UDP", HostPort("127.0.0.1", rig.port)),
            credentials=credentials,
            body=pbx.negotiation.make_offer(),
        ),
    )


def register(pbx: FarEnd, rig: Rig, expires: int = 600) -> None:
    def send(endpoint: Any, now: float) -> None:
        address = NameAddr.of("sip:headquarters@ours.example")
        lines = (
            ("To", str(address)),
            ("Contact", f"<sip:headquarters@127.0.0.1:{pbx.port}>;expires={expires}"),
        )
        request = endpoint.make_request("REGISTER", "sip:ours.example", address, lines)
        endpoint.send_request(request, Target("UDP", HostPort("127.0.0.1", rig.port)), now, RIGHT)

    pbx.driver.do(send)


async def states(rig: Rig, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(100):
        found = [event.state for event in await rig.log() if isinstance(event, TrunkStateChanged)]
        if len(found) >= count:
            break
        await asyncio.sleep(0.05)
    return found


async def test_a_call_from_anywhere_comes_in_by_the_peers_password(rig: Rig, pbx: FarEnd) -> None:
    call(pbx, rig, RIGHT)
    arrived = await rig.until(CallArrived)
    assert (arrived.tenant, arrived.trunk, arrived.called, arrived.caller) == (OURS, TRUNK, NUMBER, CALLER)


@pytest.mark.parametrize(
    "credentials",
    [None, Credentials("headquarters", "guessed"), Credentials("nobody", PASSWORD)],
    ids=["none", "wrong password", "unknown user"],
)
async def test_nobody_else_gets_in(rig: Rig, pbx: FarEnd, credentials: Credentials | None) -> None:
    call(pbx, rig, credentials)
    assert (await pbx.until(InviteFailed)).status == 407
    assert rig.told(CallArrived) == []
    await rig.know(OURS, TrunkId(UUID(int=77)), pbx.port, options=options(OURS))
    call(pbx, rig, credentials, "127.0.0.1")
    assert (await pbx.until(InviteFailed, 2)).status == 407
    assert rig.told(CallArrived) == []


async def test_a_peer_that_registers_is_called_there_and_calls_from_there(rig: Rig, pbx: FarEnd) -> None:
    await rig.order(PlaceCall, call=CallId(UUID(int=90)), agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    assert (await rig.until(CallReleased)).cause.sip_code != 200
    register(pbx, rig)
    assert await states(rig, 1) == ["registered"]
    assert [one for one in await rig.log(THEIRS) if isinstance(one, TrunkStateChanged)] == []
    (state,) = (await TrunkStates(rig.database).of(OURS, [TRUNK]))[TRUNK]
    assert state.registration == "registered"
    await rig.stop()
    await rig.start()
    await rig.order(PlaceCall, call=CallId(UUID(int=91)), agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    invited = await pbx.until(InviteReceived)
    assert str(invited.request.uri) == f"sip:{NUMBER.e164}@127.0.0.1:{pbx.port}"
    pbx.ring()
    await rig.until(CallRinging)
    call(pbx, rig, RIGHT, "127.0.0.1")
    assert (await rig.until(CallArrived)).trunk == TRUNK
    register(pbx, rig, expires=0)
    await pbx.until(ResponseReceived, 2)
    assert await states(rig, 2) == ["registered", "unregistered"]
