"""Channels and new calls per second of trunks: who waits, who is refused, and which calls count."""

from uuid import UUID

import pytest
from dialled_parties import FAR_HZ, PARTYS_TRUNK, THIRD_HZ, THIRDS_TRUNK, TO_PARTY, bridged, take_place
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, SECOND_TRUNK, TRUNK, Rig
from trunk_calls import OTHER_CALL, dial, know

from gateway.sip.events import InviteAccepted, InviteFailed, InviteReceived
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.directory import CallLimits, DiallingRules
from kernel.contracts.log import LimitReached
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallReleased,
    ConnectParty,
    EndCall,
    PartyReleased,
)
from kernel.contracts.trunks import TrunkLimits
from kernel.primitives.ids import CallId
from tests.fakes import eventually

GIVEN_UP = EndCause(EndResult.CALLER, EndReason.HANGUP_BY_CALLER)
PATIENT = 20.0  # seconds in a queue; no test waits so long


async def full(rig: Rig, far: FarEnd) -> None:
    """The trunk's only channel is taken, and another call waits for it."""
    await know(rig, TRUNK, far.port, limits=TrunkLimits(channels=1, queue_seconds=PATIENT))
    await dial(rig)
    await far.until(InviteReceived)
    await dial(rig, OTHER_CALL)
    assert rig.told(CallReleased) == []
    assert len(far.saw(InviteReceived)) == 1


async def test_a_call_that_waits_leaves_when_a_channel_is_free(rig: Rig, far: FarEnd) -> None:
    await full(rig, far)
    far.do("reject", far.session, 486)
    await far.until(InviteReceived, 2)
    far.do("reject", far.session, 486)
    await rig.until(CallReleased, 2)
    assert [report.cause.reason for report in rig.told(CallReleased)] == [EndReason.BUSY] * 2


async def test_who_gives_up_waiting_takes_no_channel(rig: Rig, far: FarEnd) -> None:
    await full(rig, far)
    first = far.session
    await rig.order(EndCall, call=OTHER_CALL, cause=GIVEN_UP)
    assert (await rig.until(CallReleased)).call == OTHER_CALL
    far.do("reject", first, 486)
    await rig.until(CallReleased, 2)
    await dial(rig, CallId(UUID(int=97)))
    await far.until(InviteReceived, 2)
    assert len(far.saw(InviteReceived)) == 2, "of the call that gave up nothing was sent"
    await eventually(lambda: len(rig.gateway._calls.workers) == 1)  # pyright: ignore


async def test_so_many_calls_leave_in_a_second_and_the_next_one_waits(rig: Rig, far: FarEnd) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(calls_per_second=2, queue_seconds=PATIENT))
    for number in range(3):
        await dial(rig, CallId(UUID(int=90 + number)))
    await far.until(InviteReceived, 2)
    assert rig.told(CallReleased) == []
    assert len(far.saw(InviteReceived)) == 2
    await far.until(InviteReceived, 3)


async def test_without_a_queue_the_next_call_of_a_second_is_refused(rig: Rig, far: FarEnd) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(calls_per_second=1))
    await dial(rig)
    await dial(rig, OTHER_CALL)
    assert (await rig.until(CallReleased)).cause.sip_code == 503


async def refused_for_want_of_room(rig: Rig, who: FarEnd, count: int = 1) -> None:
    who.call(rig.port)
    refused = await who.until(InviteFailed, count)
    assert refused.status == 503
    assert refused.response is not None
    assert refused.response.headers.get("retry-after")


async def test_a_call_in_beyond_the_calls_of_a_second_is_told_when_to_come_again(rig: Rig, far: FarEnd) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(calls_per_second=1))
    far.call(rig.port)
    await rig.until(CallArrived)
    await refused_for_want_of_room(rig, far)
    assert rig.gateway.figures()["calls_beyond_trunk"] == 1


async def test_the_next_process_counts_calls_that_go_on(rig: Rig, far: FarEnd) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(channels=1))
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    first = far.session
    await rig.stop()
    await rig.start()
    await refused_for_want_of_room(rig, far)
    far.do("hang_up", first)
    await rig.until(CallReleased)
    far.call(rig.port)
    await rig.until(CallArrived, 2)


async def test_who_takes_the_place_of_another_takes_a_channel(rig: Rig, far: FarEnd) -> None:
    async with FarEnd(FAR_HZ) as party, FarEnd(THIRD_HZ) as third:
        await rig.know(OURS, SECOND_TRUNK, party.port)
        await know(rig, THIRDS_TRUNK, third.port, limits=TrunkLimits(channels=1))
        await bridged(rig, far, party)
        take_place(third, far, rig.port)
        await third.until(InviteAccepted)
        await refused_for_want_of_room(rig, third)


@pytest.mark.parametrize("limits", [CallLimits(countries=("DE",)), CallLimits(countries=())])
async def test_no_party_is_dialled_whom_the_tenant_may_not_dial(rig: Rig, far: FarEnd, limits: CallLimits) -> None:
    """As whoever a call is transferred or forwarded to is a party."""
    async with FarEnd(FAR_HZ) as party:
        rig.trunks.rules[OURS] = DiallingRules(tenant=OURS, numbers=frozenset({NUMBER, CALLER}), limits=limits)
        await rig.know(OURS, PARTYS_TRUNK, party.port)
        far.call(rig.port)
        call = (await rig.until(CallArrived)).call
        await rig.order(AnswerCall, call=call)
        await far.until(InviteAccepted)
        await rig.order(ConnectParty, call=call, party="transfer1", to=TO_PARTY, ends_call=False)
        released = await rig.until(PartyReleased)
        assert (released.party, released.cause.reason) == ("transfer1", EndReason.NOT_ALLOWED)
        assert party.saw(InviteReceived) == []
        assert [event.limit for event in await rig.log() if isinstance(event, LimitReached)] == ["destination"]
        assert rig.told(CallReleased) == [], "the caller is still there"


async def test_the_tenants_calls_at_once_count_on_all_its_trunks(rig: Rig, far: FarEnd) -> None:
    async with FarEnd(FAR_HZ) as spare:
        limits = CallLimits(calls_at_once=1)
        rig.trunks.rules[OURS] = DiallingRules(tenant=OURS, numbers=frozenset({NUMBER, CALLER}), limits=limits)
        await rig.know(OURS, SECOND_TRUNK, spare.port)
        await dial(rig)
        await far.until(InviteReceived)
        await dial(rig, OTHER_CALL, trunk=SECOND_TRUNK, agent=ANNA)
        assert (await rig.until(CallReleased)).cause.sip_code == 503
        assert spare.saw(InviteReceived) == []
