"""Kamailio as a carrier's registrar and outbound proxy: it checks our digests and stays in the dialogs' way."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig

from gateway.io.driver import SipDriver
from gateway.io.liveness import PONG_SECONDS
from gateway.sip.calls import Credentials, OutgoingInvite
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ReinviteAccepted,
    ReinviteReceived,
)
from gateway.sip.flow import HostPort, Target
from gateway.sip.name_addr import NameAddr
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.carriers import TrunkStateChanged
from kernel.contracts.telephony import CallArrived, CallReleased, CallRinging, EndCall, PlaceCall
from kernel.contracts.trunks import Registration, TrunkOptions
from kernel.primitives.ids import CallId
from kernel.primitives.secret import Secret
from tests.databases import ON_SQLITE
from tests.kamailio import Kamailio, kamailio

pytestmark = pytest.mark.peers("kamailio")

DOMAIN, USER, PASSWORD = "carrier.example", "trunk", "open sesame"
NONCE_SECONDS = 1  # as its configuration says


def carrier(callee: FarEnd, folder: Path, algorithm: str, *more: str) -> AbstractAsyncContextManager[Kamailio]:
    uri = f'CALLEE_URI="sip:127.0.0.1:{callee.port}"'
    names = (f"CALLEE_PORT={callee.port}", uri, f'ALGORITHM="{algorithm}"')
    return kamailio("kamailio_carrier.cfg", folder / "carrier", "CARRIER_PORT", *names, *more)


def dial(caller: FarEnd, proxy: Kamailio, password: str = PASSWORD) -> None:
    invite = OutgoingInvite(
        target=f"sip:{NUMBER.e164}@{DOMAIN}",
        from_=NameAddr.of(f"sip:{CALLER.e164}@{DOMAIN}"),
        destination=Target("UDP", HostPort("127.0.0.1", proxy.port)),
        body=caller.negotiation.make_offer(),
        credentials=Credentials(USER, password),
    )
    caller.session = caller.do("invite", invite)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_it_takes_our_digest_and_a_dialog_keeps_to_its_route(tmp_path: Path, algorithm: str) -> None:
    async with FarEnd() as caller, FarEnd() as callee, carrier(callee, tmp_path, algorithm) as proxy:
        dial(caller, proxy)
        await callee.until(InviteReceived)
        callee.accept()
        await caller.until(InviteAccepted)
        assert proxy.noted("right: INVITE") == 1
        await asyncio.sleep(NONCE_SECONDS + 1.1)  # it counts in whole seconds
        caller.hold("sendonly")
        await callee.until(ReinviteReceived)
        await caller.until(ReinviteAccepted)
        assert proxy.noted("verdict -4: INVITE") == 1  # stale, and answered anew
        assert proxy.noted("right: INVITE") == 2
        callee.hold("sendrecv")
        await callee.until(ReinviteAccepted)
        caller.hang_up()
        assert (await callee.until(DialogTerminated)).cause == "bye_received"
        assert proxy.noted("in the dialog: INVITE") == 2
        assert proxy.noted("in the dialog: BYE") == 1


async def test_a_wrong_password_is_not_tried_for_ever(tmp_path: Path) -> None:
    async with FarEnd() as caller, FarEnd() as callee, carrier(callee, tmp_path, "SHA-256") as proxy:
        dial(caller, proxy, "guess")
        assert (await caller.until(InviteFailed)).status == 407
        assert proxy.noted("verdict -2: INVITE") == 1
        assert callee.saw(InviteReceived) == []


async def registered(rig: Rig) -> bool:
    states = [event.state for event in await rig.log() if isinstance(event, TrunkStateChanged)]
    return states == ["registered"]


async def registers(rig: Rig, proxy: Kamailio, **fields: Any) -> None:
    """Our trunk is Kamailio's, and registered there."""
    options = TrunkOptions(domain=DOMAIN, registration=Registration(expires_seconds=60))
    account = {"username": USER, "password": Secret(PASSWORD)}
    await rig.know(OURS, TRUNK, proxy.port, options=options, **account, **fields)
    for _ in range(100):
        if await registered(rig):
            break
        await asyncio.sleep(0.05)
    assert proxy.noted("right: REGISTER") == 1


@ON_SQLITE
async def test_a_trunk_registers_calls_and_is_called_through_it(rig: Rig, tmp_path: Path) -> None:
    async with FarEnd() as far, carrier(far, tmp_path, "SHA-256") as proxy:
        await registers(rig, proxy)
        call = CallId(UUID(int=99))
        await rig.order(PlaceCall, call=call, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
        invite = await far.until(InviteReceived)
        assert invite.request.uri.host == DOMAIN
        far.ring()
        await rig.until(CallRinging)
        await rig.order(EndCall, call=call, cause=EndCause(EndResult.CALLER, EndReason.CANCELLED))
        await rig.until(CallReleased)

        far.call(proxy.port)
        arrived = await rig.until(CallArrived)
        assert (arrived.tenant, arrived.trunk, arrived.called) == (OURS, TRUNK, NUMBER)
        far.hang_up()
        await rig.until(CallReleased, 2)


@ON_SQLITE
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_calls_us_by_the_flow_of_our_registration_and_answers_for_its_life(
    gateways: list[SipDriver], rig: Rig, tmp_path: Path, transport: str
) -> None:
    async with FarEnd() as far, carrier(far, tmp_path, "SHA-256", "OUTBOUND=1") as proxy:
        await registers(rig, proxy, transport=transport)
        gateway, later = gateways[0], asyncio.get_running_loop().time() + 26  # it wants to hear of us once in 25 s
        counters = gateway.io_counters
        if transport == "udp":
            gateway.look_after()
        else:
            gateway.pool.sweep(later)
        assert counters.keep_alives_sent == 1
        await asyncio.sleep(0.5)  # for its answer
        gateway.look_after()
        gateway.pool.sweep(later - 26 + PONG_SECONDS + 1)
        assert (counters.keep_alives_sent, counters.connections_dead) == (1, 0)

        connections = counters.connections
        far.call(proxy.port)
        arrived = await rig.until(CallArrived)
        assert (arrived.tenant, arrived.trunk, arrived.called) == (OURS, TRUNK, NUMBER)
        assert counters.connections == connections
        far.hang_up()
        await rig.until(CallReleased)
