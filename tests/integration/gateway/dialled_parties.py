"""A call that arrives, and a second party dialled into it."""

from typing import Any
from uuid import UUID

from far_end import FarEnd
from gateway_rig import CALLER, NUMBER, SECOND_TRUNK, Rig

from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import Acknowledged, DialogChanged, InviteAccepted, InviteReceived
from gateway.sip.flow import HostPort, Target
from gateway.sip.name_addr import NameAddr
from gateway.sip.replacement import replaces_of
from kernel.contracts.telephony import CallArrived, CallEstablished, ConnectParty, TrunkParty
from kernel.primitives.ids import CallId, TrunkId
from kernel.primitives.phone import PhoneNumber

FAR_HZ, PARTY_HZ, THIRD_HZ = 700.0, 1100.0, 1500.0
PARTYS_TRUNK, THIRDS_TRUNK = SECOND_TRUNK, TrunkId(UUID(int=24))
OUTSIDE = PhoneNumber("+442071838760")
TO_PARTY = TrunkParty(called=OUTSIDE, caller=CALLER, trunk=PARTYS_TRUNK)


async def arrived(rig: Rig, far: FarEnd) -> CallId:
    far.call(rig.port)
    return (await rig.until(CallArrived)).call


async def forwarding(rig: Rig, far: FarEnd, party: FarEnd, **more: Any) -> CallId:
    call = await arrived(rig, far)
    await rig.order(ConnectParty, call=call, party="out", to=TO_PARTY, **more)
    await party.until(InviteReceived)
    return call


async def bridged(rig: Rig, far: FarEnd, party: FarEnd, **more: Any) -> CallId:
    call = await forwarding(rig, far, party, **more)
    party.accept()
    await far.until(InviteAccepted)
    await rig.until(CallEstablished)
    await party.until(Acknowledged)
    return call


def take_place(third: FarEnd, far: FarEnd, port: int) -> None:
    """`third` asks for the place of `far` in its call (RFC 3891)."""
    replaces = replaces_of(far.saw(DialogChanged)[-1].state)
    third.session = third.do(
        "invite",
        OutgoingInvite(
            target=f"sip:{NUMBER.e164}@127.0.0.1:{port}",
            from_=NameAddr.of(f"sip:{CALLER.e164}@127.0.0.1"),
            destination=Target("UDP", HostPort("127.0.0.1", port)),
            body=third.negotiation.make_offer(),
            replaces=replaces,
        ),
    )
