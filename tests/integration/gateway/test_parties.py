"""A second party is dialled into a call: two SIP legs, one engine, sound measured on both."""

from collections.abc import Awaitable, Sequence

import pytest
from dialled_parties import FAR_HZ, OUTSIDE, PARTY_HZ, THIRD_HZ, THIRDS_TRUNK, TO_PARTY, arrived, bridged, forwarding
from far_end import FarEnd, listen_for
from gateway_rig import OURS, Rig, read_wav, recordings, share

from gateway.app.ports import Outcome
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    ReinviteAccepted,
)
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.engine import Command, Snapshot, TakeSnapshot
from kernel.contracts.telephony import (
    AnswerCall,
    CallReleased,
    ConnectParty,
    DropParty,
    EndCall,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    PhoneParty,
    TrunkParty,
)

BY_SYSTEM = EndCause(EndResult.OURS, EndReason.HANGUP_BY_SYSTEM, None, 16)


async def test_both_hear_each_other_and_the_callers_leg_is_recorded(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await bridged(rig, far, party)
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    assert await listen_for(3, party.rtp, lambda heard: share(heard, FAR_HZ)) > 0.8
    far.hang_up()
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    released = await rig.until(CallReleased)
    assert (await rig.until(PartyReleased)).cause == released.cause
    assert released.cause.reason is EndReason.HANGUP_BY_CALLER
    caller, heard = read_wav((await recordings(rig.folder, rig.place))[0])
    assert share(caller[-4000:], FAR_HZ) > 0.7
    assert share(heard[-4000:], PARTY_HZ) > 0.7


async def test_an_invite_costs_the_one_save_before_it(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await arrived(rig, far)
    rig.disk.writes_left = 1
    await rig.order(ConnectParty, call=call, party="out", to=TO_PARTY)
    await party.until(InviteReceived)
    assert rig.gateway.figures()["saves_failed"] == 0
    rig.disk.writes_left = None


async def test_the_end_and_the_figures_of_both_legs_cost_one_save_and_the_partys_last_word_another(
    rig: Rig, far: FarEnd, party: FarEnd
) -> None:
    await bridged(rig, far, party)
    rig.disk.writes_left = 2  # one, where that word comes while the engine deletes the legs
    far.hang_up()
    await rig.until(CallReleased)
    assert len(await rig.measured(2)) == 2
    assert rig.gateway.figures()["saves_failed"] == 0
    rig.disk.writes_left = None


async def test_ringing_is_passed_on_before_the_answer(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await forwarding(rig, far, party)
    assert far.saw(ProgressReceived) == []
    party.ring()
    assert (await far.until(ProgressReceived)).status == 180
    await rig.until(PartyRinging)
    assert far.saw(InviteAccepted) == []


async def test_early_sound_is_passed_on(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await forwarding(rig, far, party)
    party.ring_with_sound()
    progress = await far.until(ProgressReceived)
    assert progress.status == 183
    far.take_early_answer(progress.body)
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    party.accept()
    await far.until(InviteAccepted)
    assert await listen_for(3, party.rtp, lambda heard: share(heard, FAR_HZ)) > 0.8


async def test_a_busy_party_is_busy_for_the_caller(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await forwarding(rig, far, party)
    party.do("reject", party.session, 486)
    assert (await far.until(InviteFailed)).status == 486
    released = await rig.until(CallReleased)
    assert (released.cause.reason, released.cause.sip_code) == (EndReason.BUSY, 486)
    assert len(rig.told(PartyReleased)) == 1


async def test_a_caller_has_ports_while_the_party_rings_and_none_of_an_unanswered_call_is_left(
    rig: Rig, far: FarEnd, party: FarEnd
) -> None:
    call = await forwarding(rig, far, party)
    assert set(await legs_left(rig)) == {f"{call}.far", f"{call}.party1"}
    party.do("reject", party.session, 486)
    await far.until(InviteFailed)
    await rig.until(CallReleased)
    assert await legs_left(rig) == ()
    assert [event.party for event in await rig.measured()] == ["party"]  # no sound could go by the caller's


async def test_a_forwarded_call_waits_for_the_engine_as_seldom_as_can_be(
    rig: Rig, far: FarEnd, party: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    request_all = rig.engine.request_all

    def noted(commands: Sequence[Command]) -> Awaitable[Sequence[Outcome]]:
        asked.append([type(command).__name__ for command in commands])
        return request_all(commands)

    monkeypatch.setattr(rig.engine, "request_all", noted)
    await bridged(rig, far, party, record=False)
    far.hang_up()
    await rig.until(CallReleased)
    assert asked == [["CreateRtpLeg"] * 2, ["ConfigureLeg"] * 2, ["Hear"], ["DeleteLeg"] * 2]


async def test_a_caller_who_gives_up_stops_the_ringing(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await forwarding(rig, far, party)
    party.ring()
    await far.until(ProgressReceived)
    far.hang_up()
    await party.until(Cancelled)
    assert (await rig.until(CallReleased)).cause.reason is EndReason.CANCELLED
    assert (await rig.until(PartyReleased)).cause.reason is EndReason.CANCELLED


async def test_a_party_that_hangs_up_ends_the_call_or_leaves_it(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await bridged(rig, far, party, ends_call=False)
    party.hang_up()
    await rig.until(PartyReleased)
    assert rig.told(CallReleased) == []
    await rig.order(ConnectParty, call=call, party="again", to=TO_PARTY)
    await party.until(InviteReceived, 2)
    party.accept()
    await rig.until(PartyEstablished, 2)
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    party.hang_up()
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    await rig.until(CallReleased)
    assert len(rig.told(PartyReleased)) == 2


async def test_a_dropped_party_leaves_the_caller(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await bridged(rig, far, party)
    await rig.order(DropParty, call=call, party="out", cause=BY_SYSTEM)
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    assert (await rig.until(PartyReleased)).cause == BY_SYSTEM
    assert rig.told(CallReleased) == []
    await rig.order(EndCall, call=call, cause=BY_SYSTEM)
    assert (await far.until(DialogTerminated)).cause == "bye_received"


async def test_hold_by_one_side_stays_its_own_affair(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await bridged(rig, far, party)
    party.hold("sendonly")
    await party.until(ReinviteAccepted)
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    party.hold("sendrecv")
    await party.until(ReinviteAccepted, 2)
    assert await listen_for(3, party.rtp, lambda heard: share(heard, FAR_HZ)) > 0.8


async def test_a_key_reaches_the_other_side_once(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await bridged(rig, far, party)
    assert await listen_for(3, party.rtp, lambda heard: share(heard, FAR_HZ)) > 0.8
    far.rtp.press(5)
    assert await listen_for(3, party.rtp, lambda _heard: float(len(party.rtp.pressed) > 0)) == 1.0
    assert set(party.rtp.pressed) == {5}


async def test_three_hear_each_other(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await bridged(rig, far, party)
    async with FarEnd(THIRD_HZ) as third:
        await rig.know(OURS, THIRDS_TRUNK, third.port)
        to = TrunkParty(called=OUTSIDE, trunk=THIRDS_TRUNK)
        await rig.order(ConnectParty, call=call, party="third", to=to, ends_call=False)
        await third.until(InviteReceived)
        third.accept()
        await rig.until(PartyEstablished, 2)
        for ear, others in ((far, (PARTY_HZ, THIRD_HZ)), (party, (FAR_HZ, THIRD_HZ)), (third, (FAR_HZ, PARTY_HZ))):
            assert await listen_for(3, ear.rtp, lambda heard, o=others: min(share(heard, hz) for hz in o), 0.3) > 0.3
        third.hang_up()
        await rig.until(PartyReleased)
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8


async def test_somebody_aside_is_not_heard_by_the_caller_until_joined(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await arrived(rig, far)
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    await rig.order(ConnectParty, call=call, party="out", to=TO_PARTY, aside=True)
    await party.until(InviteReceived)
    party.accept()
    await rig.until(PartyEstablished)
    assert await listen_for(0.5, far.rtp, lambda heard: share(heard, PARTY_HZ)) < 0.2
    await rig.order(JoinParty, call=call, party="out")
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8


async def test_who_cannot_be_dialled_is_released_with_a_cause(rig: Rig, far: FarEnd) -> None:
    call = await arrived(rig, far)
    await rig.order(ConnectParty, call=call, party="out", to=PhoneParty(user="nobody"))
    assert (await rig.until(PartyReleased)).cause.reason is EndReason.UNREACHABLE
    assert (await rig.until(CallReleased)).cause.reason is EndReason.UNREACHABLE
    await far.until(InviteFailed)


async def test_the_ack_of_the_caller_comes_and_nobody_is_left(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await bridged(rig, far, party)
    await party.until(Acknowledged)
    assert rig.gateway.figures()["calls_live"] == 1
    party.hang_up()
    await far.until(DialogTerminated)
    await rig.until(CallReleased)
    assert rig.gateway.figures()["calls_live"] == 0
    assert await legs_left(rig) == ()


async def legs_left(rig: Rig) -> Sequence[str]:
    snapshot = await rig.engine.request(TakeSnapshot())
    assert isinstance(snapshot, Snapshot)
    return tuple(state.leg for state in snapshot.legs)
