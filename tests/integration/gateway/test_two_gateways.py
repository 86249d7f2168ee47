"""Two gateways trunked to each other: a call through both, four SIP legs, two engines, sound measured both ways."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import CALLER, NUMBER, OURS, SECOND_TRUNK, TRUNK, Rig, share
from signers import PLACE, proof, signed_by

from gateway.io.certificates import TlsFiles
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
from tests.certificates import Authority
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


async def through_both(rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd, **trunk: Any) -> None:
    """`trunk`: more of the first one's trunk to the second."""
    await rig.know(OURS, SECOND_TRUNK, second.port, **trunk)
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


async def test_the_second_finds_the_signature_of_the_first_right_and_passes_it_on(
    rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd, authority: Authority, files: TlsFiles
) -> None:
    second.callers = proof(authority, files)
    await through_both(rig, second, caller, callee, **signed_by(files))
    assert second.told(CallArrived)[0].attestation == "A", "the first one's own number"
    identity = (await callee.until(InviteReceived)).request.headers.get("identity")
    assert identity is not None
    assert f"<{PLACE}>" in identity


async def test_the_second_finds_a_signature_wrong_by_a_key_that_nobody_certified(
    rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd, authority: Authority, files: TlsFiles
) -> None:
    second.callers = proof(authority, files)
    await through_both(rig, second, caller, callee, **signed_by(authority.issue("another.example")))
    assert second.told(CallArrived)[0].attestation == "failed"


async def test_an_unsigned_call_is_vouched_for_by_nobody(
    rig: Rig, second: Rig, caller: FarEnd, callee: FarEnd, authority: Authority, files: TlsFiles
) -> None:
    second.callers = proof(authority, files)
    await through_both(rig, second, caller, callee)
    assert second.told(CallArrived)[0].attestation is None
