"""Far ends transfer calls, take each other's place and press keys by INFO: what routing is told, and what they hear."""

from collections.abc import AsyncIterator

import pytest
from dialled_parties import OUTSIDE, PARTY_HZ, THIRD_HZ, THIRDS_TRUNK, arrived, bridged, take_place
from far_end import FarEnd, listen_for
from gateway_rig import NUMBER, OURS, THEIRS, TRUNK, Rig, recordings, share

from gateway.sip.events import (
    DialogChanged,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ReferProgress,
    ReferReceived,
)
from gateway.sip.replacement import replaces_of
from kernel.contracts.calls import EndReason
from kernel.contracts.telephony import (
    AnswerCall,
    AnswerTransfer,
    CallArrived,
    CallDigit,
    CallReleased,
    ConnectParty,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    TakePlace,
    TransferAsked,
    TrunkParty,
)
from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import CallId
from load_tests.peers.system import eventually

THIRD_NUMBER = "+442071838799"


@pytest.fixture
async def third(rig: Rig) -> AsyncIterator[FarEnd]:
    async with FarEnd(THIRD_HZ) as third:
        await rig.know(OURS, THIRDS_TRUNK, third.port)
        yield third


def told(far: FarEnd) -> list[tuple[int, bool]]:
    return [(event.status, event.done) for event in far.saw(ReferProgress)]


async def test_a_blind_transfer_is_told_carried_out_and_told_back(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd
) -> None:
    call = await bridged(rig, far, party, ends_call=False)
    party.do(
        "refer",
        party.session,
        f"sip:{THIRD_NUMBER}@127.0.0.1",
    )
    asked = await rig.until(TransferAsked)
    assert (asked.call, asked.leg, asked.party, asked.attended_with) == (call, "out", None, None)
    assert asked.called is not None
    assert asked.called.e164 == THIRD_NUMBER
    await rig.order(AnswerTransfer, call=call, leg="out", accepted=True)
    to = TrunkParty(called=asked.called, trunk=THIRDS_TRUNK)
    await rig.order(ConnectParty, call=call, party="third", to=to)
    await third.until(InviteReceived)
    third.ring()
    await party.until(ReferProgress, 2)
    third.accept()
    await party.until(ReferProgress, 3)
    assert told(party) == [(100, False), (180, False), (200, True)]
    party.hang_up()
    await rig.until(PartyReleased)
    assert await listen_for(3, far.rtp, lambda heard: share(heard, THIRD_HZ)) > 0.8
    assert rig.told(CallReleased) == []


async def test_a_caller_who_transfers_leaves_and_the_call_goes_on_in_the_next_process(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd
) -> None:
    call = await bridged(rig, far, party)
    far.do("refer", far.session, f"sip:{THIRD_NUMBER}@127.0.0.1")
    asked = await rig.until(TransferAsked)
    assert (asked.leg, asked.allowed) == ("far", False), "the trunk's settings say nothing of transfers"
    await rig.order(AnswerTransfer, call=call, leg="far", accepted=True)
    await rig.order(ConnectParty, call=call, party="third", to=TrunkParty(called=OUTSIDE, trunk=THIRDS_TRUNK))
    await third.until(InviteReceived)
    third.accept()
    await rig.until(PartyEstablished, 2)
    await rig.order(TakePlace, call=call, party="third", of="far")
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert told(far)[-1] == (200, True)
    assert await listen_for(3, party.rtp, lambda heard: share(heard, THIRD_HZ)) > 0.8
    assert await listen_for(3, third.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    assert rig.told(CallReleased) == []
    await rig.stop()
    await rig.start()
    assert await listen_for(3, party.rtp, lambda heard: share(heard, THIRD_HZ)) > 0.8
    third.hang_up()
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    await rig.until(CallReleased)
    files = await recordings(rig.folder, rig.place)
    assert len(files) == 2, "one of each far end"


async def test_a_refused_transfer_changes_nothing(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await bridged(rig, far, party)
    far.do("refer", far.session, "sip:reception@127.0.0.1")
    asked = await rig.until(TransferAsked)
    assert (asked.leg, asked.called, asked.party) == ("far", None, "reception")
    await rig.order(AnswerTransfer, call=call, leg="far", accepted=False)
    await far.until(ReferProgress)
    assert told(far) == [(603, True)]
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8


async def test_a_busy_target_is_told_to_who_transfers(rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd) -> None:
    call = await bridged(rig, far, party, ends_call=False)
    party.do("refer", party.session, f"sip:{THIRD_NUMBER}@127.0.0.1")
    await rig.until(TransferAsked)
    await rig.order(AnswerTransfer, call=call, leg="out", accepted=True)
    to = TrunkParty(called=OUTSIDE, trunk=THIRDS_TRUNK)
    await rig.order(ConnectParty, call=call, party="third", to=to, ends_call=False)
    await third.until(InviteReceived)
    third.do("reject", third.session, 486)
    await party.until(ReferProgress, 2)
    assert told(party)[-1] == (486, True)


async def handed_over(rig: Rig, far: FarEnd, party: FarEnd) -> ReferReceived:
    """The party transfers the caller to a number behind the caller's trunk, which refers."""
    rig.trunks.all = [one for one in rig.trunks.all if one.trunk != TRUNK]
    await rig.know(OURS, TRUNK, far.port, options=TrunkOptions(transfer="refer"))
    call = await bridged(rig, far, party, ends_call=False)
    party.do("refer", party.session, f"sip:{THIRD_NUMBER}@127.0.0.1")
    asked = await rig.until(TransferAsked)
    assert asked.called is not None
    await rig.order(AnswerTransfer, call=call, leg="out", accepted=True)
    to = TrunkParty(called=asked.called, trunk=TRUNK)
    await rig.order(ConnectParty, call=call, party="third", to=to, ends_call=False)
    return await far.until(ReferReceived)


async def test_a_carrier_that_wants_it_connects_who_is_left_itself(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    referred = await handed_over(rig, far, party)
    assert referred.refer_to.target.startswith(f"sip:{THIRD_NUMBER}@127.0.0.1")
    far.do("accept_refer", far.session)
    far.do("notify_refer", far.session, 180)
    await rig.until(PartyRinging)
    far.do("notify_refer", far.session, 200)
    assert (await rig.until(CallReleased)).cause.reason is EndReason.TRANSFERRED
    assert {released.cause.reason for released in rig.told(PartyReleased)} == {EndReason.TRANSFERRED}
    for end in (far, party):
        assert (await end.until(DialogTerminated)).cause == "bye_received"
    assert told(party) == [(100, False), (180, False), (200, True)]
    assert far.saw(InviteReceived) == []


async def test_where_the_carrier_refuses_the_number_is_dialled(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await handed_over(rig, far, party)
    far.do("reject_refer", far.session, 603)
    invited = await far.until(InviteReceived)
    assert invited.request.uri.user == THIRD_NUMBER
    far.do("reject", invited.session, 486)
    await party.until(ReferProgress, 2)
    assert told(party)[-1] == (486, True)
    assert rig.told(CallReleased) == []


async def test_a_consultation_elsewhere_is_taken_over_by_the_party_that_is_dialled(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd
) -> None:
    call = await bridged(rig, far, party, ends_call=False)
    line = f"sip:{THIRD_NUMBER}@127.0.0.1?Replaces=consultation%40elsewhere%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dours"
    party.do("refer", party.session, line)
    await rig.until(TransferAsked)
    await rig.order(AnswerTransfer, call=call, leg="out", accepted=True)
    await rig.order(ConnectParty, call=call, party="third", to=TrunkParty(called=OUTSIDE, trunk=THIRDS_TRUNK))
    await party.until(ReferProgress, 2)
    assert told(party)[-1] == (481, True)  # the third party's core knows no such dialog, so it saw the Replaces


async def test_a_consultation_with_us_is_named(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    call = await bridged(rig, far, party)
    async with FarEnd() as other:
        await rig.know(OURS, THIRDS_TRUNK, other.port)
        consulted = await arrived_again(rig, other)
        dialog = other.saw(DialogChanged)[-1].state
        named = str(replaces_of(dialog)).replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
        far.do("refer", far.session, f"sip:{NUMBER.e164}@127.0.0.1?Replaces={named}")
        asked = await rig.until(TransferAsked)
        assert (asked.call, asked.attended_with) == (call, consulted)


async def arrived_again(rig: Rig, other: FarEnd) -> CallId:
    other.call(rig.port)
    call = (await rig.until(CallArrived, 2)).call
    await rig.order(AnswerCall, call=call)
    await other.until(InviteAccepted)
    return call


async def test_another_telephone_takes_the_callers_place(rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd) -> None:
    await bridged(rig, far, party)
    far.rtp.speaking = False  # a telephone that was replaced is silent
    take_place(third, far, rig.port)
    await third.until(InviteAccepted)
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert await listen_for(3, third.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    assert await listen_for(3, party.rtp, lambda heard: share(heard, THIRD_HZ)) > 0.8
    assert rig.told(CallReleased) == []
    third.hang_up()
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    await rig.until(CallReleased)


async def test_another_tenants_telephone_takes_nobodys_place(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await bridged(rig, far, party)
    async with FarEnd(THIRD_HZ) as stranger:
        await rig.know(THEIRS, THIRDS_TRUNK, stranger.port)
        take_place(stranger, far, rig.port)
        assert (await stranger.until(InviteFailed)).status == 403
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8


async def test_keys_by_info_are_told(rig: Rig, far: FarEnd) -> None:
    call = await arrived(rig, far)
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    far.do("send_digits", far.session, "12#")
    await rig.until(CallDigit, 3)
    assert [report.digit for report in rig.told(CallDigit)] == ["1", "2", "#"]


async def has(heard: FarEnd, keys: list[int]) -> bool:
    """Whether these keys came as telephone events, in this order."""
    return list(dict.fromkeys(heard.rtp.pressed)) == keys


async def test_keys_by_info_reach_who_hears_the_sound(rig: Rig, far: FarEnd, party: FarEnd) -> None:
    await bridged(rig, far, party)
    far.do("send_digits", far.session, "7#")
    assert await eventually(lambda: has(party, [7, 11]))
    party.do("send_digits", party.session, "3")
    assert await eventually(lambda: has(far, [3]))
    assert [report.digit for report in rig.told(CallDigit)] == ["7", "#"]  # routing is told of the caller's alone
