"""What carriers do differently: TCP, offers in our answers, two tenants behind one address, holds."""

import asyncio
from typing import cast

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, MUSIC_HZ, NUMBER, OURS, THEIR_NUMBER, THEIR_TRUNK, THEIRS, TRUNK, Rig, share

from gateway.sdp.direction import Direction
from gateway.sip.events import DialogTerminated, InviteAccepted, InviteFailed, InviteReceived, ReinviteAccepted
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallReleased,
    EndCall,
    FarEndHeld,
    PlaceCall,
    PlayToCaller,
)
from kernel.primitives.ids import CallId
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

BY_SYSTEM = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)


async def hears_music(rig: Rig, far: FarEnd, call: CallId) -> float:
    await rig.order(PlayToCaller, call=call, prompts=(), music="music")
    return await listen_for(3, far.rtp, lambda heard: share(heard, MUSIC_HZ))


async def answered(rig: Rig, far: FarEnd, body: bytes | None = None) -> CallId:
    far.call(rig.port, body=body)
    call = (await rig.until(CallArrived)).call
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    return call


async def test_an_invite_without_an_offer_gets_ours(rig: Rig, far: FarEnd) -> None:
    call = await answered(rig, far, body=b"")
    assert await hears_music(rig, far, call) > 0.8


async def test_a_reinvite_without_an_offer_gets_ours_and_the_sound_goes_on(rig: Rig, far: FarEnd) -> None:
    call = await answered(rig, far)
    far.ask_for_an_offer()
    await far.until(ReinviteAccepted)
    assert await hears_music(rig, far, call) > 0.8


@pytest.mark.parametrize(
    ("direction", "address"),
    [("sendonly", b"127.0.0.1"), ("inactive", b"127.0.0.1"), ("sendrecv", b"0.0.0.0"), ("sendonly", b"0.0.0.0")],
)
async def test_who_holds_in_any_dialect_hears_nothing_until_they_are_back(
    rig: Rig, far: FarEnd, direction: str, address: bytes
) -> None:
    call = await answered(rig, far)
    assert await hears_music(rig, far, call) > 0.8
    offer = far.negotiation.make_offer(cast(Direction, direction))
    far.do("reinvite", far.session, offer.replace(b"c=IN IP4 127.0.0.1", b"c=IN IP4 " + address))
    await far.until(ReinviteAccepted)
    assert (await rig.until(FarEndHeld)).held
    heard = len(far.rtp.packets)
    await asyncio.sleep(0.3)
    assert len(far.rtp.packets) - heard <= 1, "of what was under way"
    far.hold("sendrecv")
    await far.until(ReinviteAccepted, 2)
    assert not (await rig.until(FarEndHeld, 2)).held
    assert await hears_music(rig, far, call) > 0.8


async def test_who_only_listens_hears_on(rig: Rig, far: FarEnd) -> None:
    call = await answered(rig, far)
    far.hold("recvonly")
    await far.until(ReinviteAccepted)
    assert await hears_music(rig, far, call) > 0.8
    assert not [report for report in rig.told(FarEndHeld) if report.held]


async def test_over_tcp_in_both_directions(rig: Rig) -> None:
    async with FarEnd(transport="TCP") as far:
        await rig.know(OURS, TRUNK, far.port, transport="tcp", sources=("127.0.0.0/8",))
        far.call(rig.port)
        arrived = await rig.until(CallArrived)
        await rig.order(AnswerCall, call=arrived.call)
        await far.until(InviteAccepted)
        assert await hears_music(rig, far, arrived.call) > 0.8
        await rig.order(EndCall, call=arrived.call, cause=BY_SYSTEM)
        assert (await far.until(DialogTerminated)).cause == "bye_received"

    async with FarEnd(transport="TCP") as callee:
        rig.trunks.all.clear()
        await rig.know(OURS, TRUNK, callee.port, transport="tcp", sources=("127.0.0.0/8",))
        call = CallId(rig.ids.new())
        await rig.order(PlaceCall, call=call, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=None)
        await callee.until(InviteReceived)
        callee.accept()
        await rig.until(CallEstablished, 2)
        callee.hang_up()
        await rig.until(CallReleased, 2)


async def test_the_number_decides_between_tenants_behind_one_carrier(rig: Rig, far: FarEnd) -> None:
    await rig.know(THEIRS, THEIR_TRUNK, far.port)
    far.call(rig.port, called=THEIR_NUMBER.e164)
    arrived = await rig.until(CallArrived)
    assert (arrived.tenant, arrived.trunk) == (THEIRS, THEIR_TRUNK)
    far.hang_up()
    await rig.until(CallReleased)

    async with FarEnd() as other:
        rig.trunks.all.clear()
        await rig.know(OURS, TRUNK, other.port)
        await rig.know(THEIRS, THEIR_TRUNK, other.port)
        other.call(rig.port, called="+442071838799")
        assert (await other.until(InviteFailed)).status == 404
        assert rig.gateway.figures()["calls_not_ours"] == 1


async def test_another_tenants_command_does_not_touch_the_call(rig: Rig, far: FarEnd) -> None:
    call = await answered(rig, far)
    await rig.order(EndCall, tenant=THEIRS, call=call, cause=BY_SYSTEM)
    assert rig.gateway.figures()["commands_without_call"] == 1
    assert rig.told(CallReleased) == []
    assert await hears_music(rig, far, call) > 0.8
