"""Calls that an agent dials through a trunk."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, CALLER, NUMBER, OURS, THEIR_TRUNK, THEIRS, TRUNK, Rig, read_wav, recordings, share
from web_end import page

from gateway.sip.events import Cancelled, DialogTerminated, InviteReceived
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import CallEstablished, CallReleased, CallRinging, EndCall, PlaceCall
from kernel.primitives.ids import CallId
from kernel.primitives.secret import Secret

FAR_HZ, ANNA_HZ, RING_BACK_HZ = 700.0, 1300.0, 425.0
CALL = CallId(UUID(int=99))
BY_AGENT = EndCause(EndResult.CALLER, EndReason.CANCELLED)


async def dial(rig: Rig, **changes: Any) -> None:
    fields: dict[str, Any] = {"call": CALL, "agent": ANNA, "trunk": TRUNK, "called": NUMBER, "caller": CALLER}
    await rig.order(PlaceCall, **(fields | changes))


async def test_the_agent_hears_ringing_then_the_callee(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        await dial(rig)
        invite = await far.until(InviteReceived)
        assert invite.request.uri.user == NUMBER.e164
        assert invite.request.from_.uri.user == CALLER.e164
        far.ring()
        await rig.until(CallRinging)
        assert await anna.hears(lambda heard: share(heard, RING_BACK_HZ)) > 0.7
        far.accept()
        await rig.until(CallEstablished)
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert await listen_for(3, far.rtp, lambda heard: share(heard, ANNA_HZ), 0.7) > 0.7
        await asyncio.sleep(0.6)
        far.hang_up()
        released = await rig.until(CallReleased)
        assert released.cause.reason is EndReason.HANGUP_BY_CALLER
        await asyncio.sleep(0.2)
    callee, ours = read_wav((await recordings(rig.folder, rig.place))[0])
    assert share(callee[-4000:], FAR_HZ) > 0.7
    assert share(ours[-4000:], ANNA_HZ) > 0.7


async def test_early_media_is_heard_before_the_answer(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        await dial(rig)
        await far.until(InviteReceived)
        far.ring_with_sound()
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert rig.told(CallEstablished) == []
        far.accept(body=b"")
        await rig.until(CallEstablished)
        assert await listen_for(3, far.rtp, lambda heard: share(heard, ANNA_HZ), 0.7) > 0.7


async def test_the_agent_gives_up_while_it_rings(rig: Rig, far: FarEnd) -> None:
    await dial(rig)
    await far.until(InviteReceived)
    far.ring()
    await rig.until(CallRinging)
    await rig.order(EndCall, call=CALL, cause=BY_AGENT)
    await far.until(Cancelled)
    assert (await rig.until(CallReleased)).cause == BY_AGENT


async def test_a_call_that_nobody_answers_leaves_no_recording(rig: Rig, far: FarEnd) -> None:
    def spooled() -> list[Path]:
        return list((rig.folder / "spool").glob("*/*"))

    await dial(rig)
    await far.until(InviteReceived)
    far.ring()
    await rig.until(CallRinging)
    assert len(spooled()) == 1, "the recorder is armed"
    far.do("reject", far.session, 486)
    await rig.until(CallReleased)
    async with asyncio.timeout(5):
        while spooled():  # noqa: ASYNC110 the engine's writer takes it away when it comes to it
            await asyncio.sleep(0.01)


async def test_the_agent_hangs_up(rig: Rig, far: FarEnd) -> None:
    await dial(rig)
    await far.until(InviteReceived)
    far.accept()
    await rig.until(CallEstablished)
    await rig.order(EndCall, call=CALL, cause=BY_AGENT)
    assert (await far.until(DialogTerminated)).cause == "bye_received"


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (486, (), EndReason.BUSY),
        (404, (), EndReason.UNKNOWN_NUMBER),
        (480, (("Reason", "Q.850;cause=19"),), EndReason.NO_ANSWER),
        (503, (), EndReason.OVERLOADED),
    ],
)
async def test_a_refusal_is_told_with_its_cause(
    rig: Rig, far: FarEnd, status: int, headers: tuple[tuple[str, str], ...], reason: EndReason
) -> None:
    await dial(rig)
    await far.until(InviteReceived)
    far.do("reject", far.session, status, headers=headers)
    released = await rig.until(CallReleased)
    assert (released.cause.reason, released.cause.sip_code) == (reason, status)
    assert len(rig.told(CallReleased)) == 1


async def test_an_answer_that_nobody_can_speak_is_hung_up(rig: Rig, far: FarEnd) -> None:
    await dial(rig)
    await far.until(InviteReceived)
    far.accept(body=b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 18\r\n")
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert (await rig.until(CallReleased)).cause.reason is EndReason.NO_COMMON_CODEC


async def test_a_digest_challenge_is_answered_with_the_trunks_credentials(rig: Rig, far: FarEnd) -> None:
    rig.trunks.all.clear()
    await rig.know(OURS, TRUNK, far.port, username="alice", password=Secret("open sesame"))
    await dial(rig)
    await far.until(InviteReceived)
    challenge = (("WWW-Authenticate", 'Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5'),)
    far.do("reject", far.session, 401, headers=challenge)
    authorised = (await far.until(InviteReceived, 2)).request.headers.get("authorization") or ""
    assert 'username="alice"' in authorised
    assert "sesame" not in authorised
    far.accept()
    await rig.until(CallEstablished)


async def test_another_tenants_trunk_cannot_be_used(rig: Rig, far: FarEnd) -> None:
    await rig.know(THEIRS, THEIR_TRUNK, far.port + 1)
    await dial(rig, trunk=THEIR_TRUNK)
    released = await rig.until(CallReleased)
    assert (released.tenant, released.cause.reason) == (OURS, EndReason.UNREACHABLE)
    assert far.saw(InviteReceived) == []


async def test_a_command_delivered_again_after_the_call_does_not_dial_again(rig: Rig, far: FarEnd) -> None:
    fields: dict[str, Any] = {"call": CALL, "agent": ANNA, "trunk": TRUNK, "called": NUMBER, "caller": None}
    order = await rig.order(PlaceCall, **fields)
    await far.until(InviteReceived)
    far.do("reject", far.session, 486)
    await rig.until(CallReleased)
    await rig.send(order)
    await rig.stop()
    await rig.start()
    await rig.send(order)
    await asyncio.sleep(0.2)
    assert len(far.saw(InviteReceived)) == 1
