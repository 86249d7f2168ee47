"""Calls that reach us, with a real far end and a real engine; the agent comes in other files."""

import asyncio

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import (
    CALLER,
    GREETING_HZ,
    MUSIC_HZ,
    NUMBER,
    OURS,
    THEIR_TRUNK,
    THEIRS,
    TRUNK,
    Rig,
    read_wav,
    recordings,
    share,
)

from gateway.sip.events import DialogTerminated, InviteAccepted, InviteFailed, ReinviteAccepted
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallDigit,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallsAnnounced,
    EndCall,
    FarEndHeld,
    PlayToCaller,
    RejectCall,
    SendCallDigits,
)

FAR_HZ = 700.0
BY_SYSTEM = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)


async def answered(rig: Rig, far: FarEnd, record: bool = True) -> CallArrived:
    far.call(rig.port)
    arrived = await rig.until(CallArrived)
    await rig.order(AnswerCall, call=arrived.call, record=record)
    await far.until(InviteAccepted)
    return arrived


async def test_every_tenant_is_announced_at_the_start(rig: Rig, far: FarEnd) -> None:
    rig.trunks.add(THEIRS, THEIR_TRUNK, 5060)
    await rig.stop()
    rig.reports.clear()
    await rig.start()
    await rig.until(CallsAnnounced, 2)
    announced = {report.tenant: report for report in rig.told(CallsAnnounced)}
    assert set(announced) == {OURS, THEIRS}
    assert announced[OURS].calls == announced[OURS].agents == ()


async def test_a_call_is_reported_with_its_numbers_before_it_is_answered(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    arrived = await rig.until(CallArrived)
    assert (arrived.tenant, arrived.trunk, arrived.called, arrived.caller) == (OURS, TRUNK, NUMBER, CALLER)
    assert far.saw(InviteAccepted) == []


async def test_the_caller_hears_the_prompt_then_the_music(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await rig.order(PlayToCaller, call=arrived.call, prompts=("hello",), music="music", token="t")
    assert await listen_for(2, far.rtp, lambda heard: share(heard, GREETING_HZ)) > 0.8
    played = await rig.until(CallPlayed)
    assert played.token == "t"
    assert await listen_for(2, far.rtp, lambda heard: share(heard, MUSIC_HZ)) > 0.8


async def test_record_packets_and_recording_agree_on_the_answered_time(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await rig.order(PlayToCaller, call=arrived.call, prompts=(), music="music")
    await asyncio.sleep(1.5)
    ended = asyncio.get_running_loop().time()
    far.hang_up()
    released = await rig.until(CallReleased)
    established = rig.told(CallEstablished)[0]
    by_record = (released.at - established.at).total_seconds()
    by_far_end = ended - far.answer_times[0]
    await asyncio.sleep(0.2)
    caller, ours = read_wav((await recordings(rig.folder, rig.place))[0])
    assert by_record == pytest.approx(by_far_end, abs=0.05)
    assert caller.size / 8000 == pytest.approx(by_record, abs=0.08)
    assert share(caller[4000:8000], FAR_HZ) > 0.8
    assert share(ours[4000:8000], MUSIC_HZ) > 0.8


async def test_the_caller_hangs_up(rig: Rig, far: FarEnd) -> None:
    await answered(rig, far)
    far.hang_up()
    released = await rig.until(CallReleased)
    assert (released.cause.result, released.cause.reason) == (EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
    assert (await far.until(DialogTerminated)).cause == "bye_sent"
    assert [(figures.party, figures.lost) for figures in await rig.measured()] == [("caller", 0)]


async def test_we_hang_up(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await rig.order(EndCall, call=arrived.call, cause=BY_SYSTEM)
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert (await rig.until(CallReleased)).cause == BY_SYSTEM


async def test_the_caller_gives_up_before_the_answer(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    await rig.until(CallArrived)
    far.hang_up()
    released = await rig.until(CallReleased)
    assert (released.cause.result, released.cause.reason) == (EndResult.CALLER, EndReason.CANCELLED)
    assert (await far.until(InviteFailed)).status == 487


async def test_a_rejected_call_gets_the_status_of_its_cause(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    arrived = await rig.until(CallArrived)
    await rig.order(RejectCall, call=arrived.call, cause=EndCause(EndResult.OURS, EndReason.BUSY))
    failed = await far.until(InviteFailed)
    assert failed.status == 486
    assert failed.response is not None
    assert failed.response.headers.get("reason") == "Q.850;cause=17"
    assert len(rig.told(CallReleased)) == 1


async def test_a_command_delivered_again_does_nothing_more(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    play = await rig.order(PlayToCaller, call=arrived.call, prompts=(), music="music", token="t")
    await rig.send(play)
    await rig.until(CallPlayed)
    await asyncio.sleep(0.1)
    assert len(rig.told(CallPlayed)) == 1


async def test_digits_go_both_ways(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await asyncio.sleep(0.1)
    far.rtp.press(5)
    assert (await rig.until(CallDigit)).digit == "5"
    await rig.order(SendCallDigits, call=arrived.call, digits="7")
    await asyncio.sleep(0.3)
    assert set(far.rtp.pressed) == {7}


async def test_digits_go_as_tones_where_the_far_end_takes_no_events(rig: Rig, far: FarEnd) -> None:
    offer = [line for line in far.negotiation.make_offer().split(b"\r\n") if b":101 " not in line]
    far.call(rig.port, body=b"\r\n".join(line.removesuffix(b" 101") for line in offer))
    arrived = await rig.until(CallArrived)
    await rig.order(AnswerCall, call=arrived.call)
    await rig.until(CallEstablished)
    await rig.order(PlayToCaller, call=arrived.call, prompts=(), music="music")
    assert await listen_for(2, far.rtp, lambda heard: share(heard, MUSIC_HZ)) > 0.8
    far.rtp.sing(770, 1336)
    assert (await rig.until(CallDigit)).digit == "5"
    await rig.order(SendCallDigits, call=arrived.call, digits="77")
    await rig.order(SendCallDigits, call=arrived.call, digits="7")
    assert await listen_for(2, far.rtp, lambda heard: share(heard, 852) + share(heard, 1209), 0.6) > 0.6
    assert await listen_for(3, far.rtp, lambda heard: share(heard, MUSIC_HZ)) > 0.8
    assert far.rtp.pressed == []


async def test_hold_by_the_far_party(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await rig.order(PlayToCaller, call=arrived.call, prompts=(), music="music")
    assert await listen_for(2, far.rtp, lambda heard: share(heard, MUSIC_HZ)) > 0.8
    far.hold("sendonly")
    await far.until(ReinviteAccepted)
    assert (await rig.until(FarEndHeld)).held is True
    await asyncio.sleep(0.1)
    before = len(far.rtp.packets)
    await asyncio.sleep(0.3)
    assert len(far.rtp.packets) - before <= 1
    far.hold("sendrecv")
    await far.until(ReinviteAccepted, 2)
    assert (await rig.until(FarEndHeld, 2)).held is False
    assert await listen_for(2, far.rtp, lambda heard: share(heard, MUSIC_HZ)) > 0.8


async def test_an_offer_without_a_common_codec_is_told_and_refused(rig: Rig, far: FarEnd) -> None:
    body = far.negotiation.make_offer().replace(b"RTP/AVP 0 101", b"RTP/AVP 18").replace(b"0 PCMU", b"18 G729")
    far.call(rig.port, body=body)
    assert (await far.until(InviteFailed)).status == 488
    assert (await rig.until(CallReleased)).cause.reason is EndReason.NO_COMMON_CODEC
    assert len(rig.told(CallArrived)) == 1


async def test_an_unreadable_number_is_refused_and_counted(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port, called="service")
    assert (await far.until(InviteFailed)).status == 404
    assert rig.gateway.figures()["calls_unreadable"] == 1
    assert rig.reports == [] or not rig.told(CallArrived)


async def test_a_stranger_gets_nothing_but_a_counter(rig: Rig) -> None:
    async with FarEnd() as stranger:
        stranger.call(rig.port)
        await asyncio.sleep(0.7)
        assert stranger.events == []
        assert rig.gateway.figures()["sip_unknown_source"] >= 1
        assert rig.told(CallArrived) == []
