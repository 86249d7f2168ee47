"""A far end transfers a call to whom it consults in another call of ours: real legs go from one call to the other."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from dialled_parties import FAR_HZ, OUTSIDE, PARTY_HZ, PARTYS_TRUNK, THIRD_HZ, THIRDS_TRUNK, bridged
from far_end import FarEnd, listen_for
from gateway_rig import CALLER, NUMBER, OURS, THEIR_NUMBER, THEIR_TRUNK, THEIRS, TRUNK, Rig, recordings, share

from gateway.sip.events import (
    Acknowledged,
    DialogChanged,
    DialogTerminated,
    InviteAccepted,
    InviteReceived,
    ReferProgress,
)
from gateway.sip.replacement import replaces_of
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import (
    AnswerCall,
    AnswerTransfer,
    CallArrived,
    CallDigit,
    CallReleased,
    ConnectParty,
    Consulted,
    EndCall,
    PartyEstablished,
    PartyReleased,
    TakeOver,
    TakePlace,
    TransferAsked,
    TrunkParty,
)
from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import CallId, TrunkId

HANDED_OVER = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)
MAY = {"options": TrunkOptions(may_transfer=True)}
TO_THIRD = TrunkParty(called=OUTSIDE, caller=CALLER, trunk=THIRDS_TRUNK)
ASKING_HZ, ASKING_TRUNK = 1900.0, TrunkId(UUID(int=25))


@pytest.fixture
async def party(rig: Rig) -> AsyncIterator[FarEnd]:
    """Who transfers: this is its leg in the first call."""
    async with FarEnd(PARTY_HZ) as party:
        await rig.know(OURS, PARTYS_TRUNK, party.port, **MAY)
        yield party


@pytest.fixture
async def third(rig: Rig) -> AsyncIterator[FarEnd]:
    """Who is consulted."""
    async with FarEnd(THIRD_HZ) as third:
        await rig.know(OURS, THIRDS_TRUNK, third.port, **MAY)
        yield third


@pytest.fixture
async def asking(rig: Rig) -> AsyncIterator[FarEnd]:
    """Who transfers: this is its leg in the second call."""
    async with FarEnd(ASKING_HZ) as asking:
        await rig.know(OURS, ASKING_TRUNK, asking.port, **MAY)
        yield asking


async def consulting(rig: Rig, calls: FarEnd, called: FarEnd, trunk: TrunkId) -> CallId:
    """A second call: `calls` reaches us and talks with `called`."""
    calls.call(rig.port)
    call = (await rig.until(CallArrived, 2)).call
    to = TrunkParty(called=OUTSIDE, caller=CALLER, trunk=trunk)
    await rig.order(ConnectParty, call=call, party="second", to=to)
    await called.until(InviteReceived)
    called.accept()
    await calls.until(InviteAccepted)
    await called.until(Acknowledged)
    return call


async def refer(rig: Rig, who: FarEnd, dialog_of: FarEnd) -> TransferAsked:
    """`who` asks to be replaced by whom `dialog_of`, the same far end, consults."""
    named = str(replaces_of(dialog_of.saw(DialogChanged)[-1].state))
    named = named.replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
    who.do("refer", who.session, f"sip:{NUMBER.e164}@127.0.0.1?Replaces={named}")
    return await rig.until(TransferAsked)


async def hand_over(rig: Rig, asked: TransferAsked) -> None:
    """As routing does."""
    assert asked.consulted is not None
    await rig.order(
        TakeOver,
        call=asked.call,
        party="transfer1",
        to=asked.consulted.to,
        other=asked.attended_with,
        taken=asked.consulted.other,
    )
    await rig.until(PartyEstablished, 3)
    await rig.order(AnswerTransfer, call=asked.call, leg=asked.leg, accepted=True, done=True)
    await rig.order(EndCall, call=asked.attended_with, cause=HANDED_OVER)
    await rig.order(TakePlace, call=asked.call, party="transfer1", of=asked.leg)


async def both_hear(one: FarEnd, hertz: float, other: FarEnd, others_hertz: float) -> None:
    assert await listen_for(3, one.rtp, lambda heard: share(heard, others_hertz)) > 0.8
    assert await listen_for(3, other.rtp, lambda heard: share(heard, hertz)) > 0.8


async def test_two_calls_become_one_that_goes_on_in_the_next_process(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd, asking: FarEnd
) -> None:
    call = await bridged(rig, far, party)
    other = await consulting(rig, asking, third, THIRDS_TRUNK)
    asked = await refer(rig, party, asking)
    assert (asked.call, asked.leg, asked.attended_with, asked.allowed) == (call, "out", other, True)
    assert asked.consulted == Consulted("far", "second", TO_THIRD)
    await hand_over(rig, asked)
    for end in (party, asking):
        assert (await end.until(DialogTerminated)).cause == "bye_received"
    assert [(event.status, event.done) for event in party.saw(ReferProgress)][-1] == (200, True)
    await both_hear(far, FAR_HZ, third, THIRD_HZ)
    assert [report.call for report in rig.told(CallReleased)] == [other]
    await rig.stop()
    await rig.start()
    await both_hear(far, FAR_HZ, third, THIRD_HZ)
    third.hang_up()
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert (await rig.until(CallReleased, 2)).call == call
    assert len(await recordings(rig.folder, rig.place)) == 2, "one of each call"
    # By figures: what the engine told in the last seconds of the former process, it tells the next one again.
    figures = {(one.call == call, one.party, one.packets_received, one.packets_sent) for one in await rig.measured(6)}
    assert sorted(one[:2] for one in figures) == [(False, "caller"), (True, "caller"), (True, "party"), (True, "party")]


async def test_who_called_us_for_the_consultation_takes_the_callers_place(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd, asking: FarEnd
) -> None:
    """The far end of the first call transfers; whom it consults had called it through us."""
    rig.trunks.all[:] = [trunk for trunk in rig.trunks.all if trunk.trunk != TRUNK]
    await rig.know(OURS, TRUNK, far.port, **MAY)
    call = await bridged(rig, far, party)
    other = await consulting(rig, third, asking, ASKING_TRUNK)
    asked = await refer(rig, far, asking)
    caller = TrunkParty(called=NUMBER, caller=CALLER, trunk=THIRDS_TRUNK)
    assert asked.consulted == Consulted("second", "far", caller, came_in=True)
    await hand_over(rig, asked)
    for end in (far, asking):
        assert (await end.until(DialogTerminated)).cause == "bye_received"
    await both_hear(party, PARTY_HZ, third, THIRD_HZ)
    third.rtp.press(4)
    pressed = await rig.until(CallDigit)
    assert (pressed.call, pressed.digit) == (call, "4"), "of the call that the leg is in now, and of no other"
    party.hang_up()
    assert (await third.until(DialogTerminated)).cause == "bye_received"
    await rig.until(CallReleased, 2)
    assert [report.call for report in rig.told(CallReleased)] == [other, call]
    assert len(await recordings(rig.folder, rig.place)) == 3, "one of each far end"
    figures = sorted((one.call == call, one.party) for one in await rig.measured(4))
    assert figures == [(False, "party"), (True, "caller"), (True, "party"), (True, "party")], "each leg once"


async def test_a_process_that_dies_before_it_has_saved_it_leaves_both_calls(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd, asking: FarEnd
) -> None:
    await bridged(rig, far, party)
    other = await consulting(rig, asking, third, THIRDS_TRUNK)
    asked = await refer(rig, party, asking)
    assert asked.consulted is not None
    rig.disk.writes_left = 0
    await rig.order(
        TakeOver, call=asked.call, party="transfer1", to=asked.consulted.to, other=other, taken=asked.consulted.other
    )
    assert len(rig.told(PartyEstablished)) == 2, "routing knows of nothing that is not saved"
    await rig.stop()
    await rig.start()
    await both_hear(asking, ASKING_HZ, third, THIRD_HZ)
    await both_hear(far, FAR_HZ, party, PARTY_HZ)


async def test_a_leg_that_cannot_be_had_is_told_and_nothing_changes(
    rig: Rig, far: FarEnd, party: FarEnd, third: FarEnd
) -> None:
    """Of a call that does not exist, of another tenant's, and of the call itself."""
    call = await bridged(rig, far, party)
    await rig.know(THEIRS, THEIR_TRUNK, third.port)
    rig.trunks.all[:] = [trunk for trunk in rig.trunks.all if trunk.trunk != THIRDS_TRUNK]
    await rig.know(OURS, PARTYS_TRUNK, party.port)
    third.call(rig.port, THEIR_NUMBER.e164)
    theirs = (await rig.until(CallArrived, 2)).call
    await rig.order(AnswerCall, call=theirs, tenant=THEIRS)
    await third.until(InviteAccepted)
    asked = await refer(rig, party, third)
    assert (asked.attended_with, asked.consulted) == (None, None)
    for place, other in enumerate((CallId(UUID(int=99)), theirs, call), 1):
        await rig.order(TakeOver, call=call, party="transfer1", to=TO_THIRD, other=other, taken="far")
        assert (await rig.until(PartyReleased, place)).party == "transfer1"
    await both_hear(far, FAR_HZ, party, PARTY_HZ)
    assert rig.told(CallReleased) == []
