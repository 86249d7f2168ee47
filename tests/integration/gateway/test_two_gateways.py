"""Two gateways trunked to each other: a call through both, four SIP legs, two engines, sound measured both ways."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import CALLER, NUMBER, OURS, SECOND_TRUNK, TRUNK, Rig, share

from gateway.sip.events import (
    Cancelled,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
)
from kernel.contracts.calls import EndReason
from kernel.contracts.telephony import CallArrived, CallReleased, ConnectParty, PartyReleased, TrunkParty
from tests.databases import Place, create_tables

CALLER_HZ, CALLEE_HZ = 700.0, 1100.0


@pytest.fixture
async def second(tmp_path: Path) -> AsyncIterator[Rig]:
    """With a database of its own, as the other side of a trunk has."""
    folder = tmp_path / "second"
    folder.mkdir()
    own = Place(folder / "second.db")
    await create_tables(own)
    async with Rig(folder, own, name="second") as second:
        yield second


@pytest.fixture
async def caller(rig: Rig) -> AsyncIterator[FarEnd]:
    async with FarEnd(CALLER_HZ) as caller:
        await rig.know(OURS, TRUNK, caller.port)
        yield caller


@pytest.fixture
async def callee(second: Rig) -> AsyncIterator[FarEnd]:
    async with FarEnd(CALLEE_HZ) as callee:
        await second.know(OURS, SECOND_TRUNK, callee.port)
        yield callee


async def through_both(rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd) -> None:
    await rig.know(OURS, SECOND_TRUNK, second.port)
    await second.know(OURS, TRUNK, rig.port)
    caller.call(rig.port)
    to = TrunkParty(called=NUMBER, caller=CALLER, trunk=SECOND_TRUNK)
    for gateway in (rig, second):
        arrived = await gateway.until(CallArrived)
        assert (arrived.called, arrived.caller) == (NUMBER, CALLER)
        await gateway.order(ConnectParty, call=arrived.call, party="out", to=to)
    await callee.until(InviteReceived)


async def test_ringing_answer_sound_and_end_cross_both(rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd) -> None:
    await through_both(rig, second, caller, callee)
    callee.ring()
    assert (await caller.until(ProgressReceived)).status == 180
    callee.accept()
    await caller.until(InviteAccepted)
    assert await listen_for(3, caller.rtp, lambda heard: share(heard, CALLEE_HZ)) > 0.8
    assert await listen_for(3, callee.rtp, lambda heard: share(heard, CALLER_HZ)) > 0.8
    callee.hang_up()
    assert (await caller.until(DialogTerminated)).cause == "bye_received"
    for gateway in (rig, second):
        assert (await gateway.until(CallReleased)).cause.reason is EndReason.HANGUP_BY_CALLER
        await gateway.until(PartyReleased)


async def test_a_refusal_keeps_its_meaning_through_both(rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd) -> None:
    await through_both(rig, second, caller, callee)
    callee.do("reject", callee.session, 486)
    assert (await caller.until(InviteFailed)).status == 486
    for gateway in (rig, second):
        assert (await gateway.until(CallReleased)).cause.reason is EndReason.BUSY


async def test_who_gives_up_stops_the_ringing_behind_both(
    rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd
) -> None:
    await through_both(rig, second, caller, callee)
    callee.ring()
    await caller.until(ProgressReceived)
    caller.hang_up()
    await callee.until(Cancelled)
    for gateway in (rig, second):
        assert (await gateway.until(CallReleased)).cause.reason is EndReason.CANCELLED
