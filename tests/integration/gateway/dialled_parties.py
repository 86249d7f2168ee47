"""A call that arrives, and a second party dialled into it."""

from typing import Any
from uuid import UUID

from far_end import FarEnd
from gateway_rig import CALLER, SECOND_TRUNK, Rig

from gateway.sip.events import Acknowledged, InviteAccepted, InviteReceived
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
