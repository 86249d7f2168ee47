"""The Python side is killed in the middle of calls, as `kill -9` does it, and started again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, read_wav, recordings, share
from remote_rig import RemoteRig
from web_end import WebEnd

from gateway.sip.events import DialogTerminated, InviteAccepted
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.softphone import (
    SoftphoneReady,
    SoftphoneResume,
)
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallsAnnounced,
    ConnectAgent,
    EndCall,
    PlayToCaller,
)
from kernel.primitives.ids import CallId
from media.control.process import EngineProcess
from tests.databases import Place

pytestmark = pytest.mark.timeout(60)

FAR_HZ, ANNA_HZ = 700.0, 1300.0
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd(FAR_HZ) as far:
        yield far


@pytest.fixture
async def remote(tmp_path: Path, place: Place, far: FarEnd) -> AsyncIterator[RemoteRig]:
    remote = RemoteRig(tmp_path, place, far.port)
    await remote.start()
    yield remote
    await remote.stop()


async def answered(remote: RemoteRig, far: FarEnd) -> CallId:
    far.call(remote.port)
    call = (await remote.until(CallArrived)).call
    await remote.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    return call


async def restarted_in_a_call(remote: RemoteRig, far: FarEnd, anna: WebEnd) -> CallId:
    """Both talk, Python is killed, the sound goes on, Python comes back, the browser resumes."""
    await anna.log_in()
    call = await answered(remote, far)
    await remote.order(ConnectAgent, call=call, agent=ANNA)
    assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
    assert await listen_for(3, far.rtp, lambda heard: share(heard, ANNA_HZ), 0.7) > 0.7
    await remote.kill()
    killed = asyncio.get_running_loop().time()
    await asyncio.sleep(1.0)
    assert max(far.rtp.gaps(killed)) < 0.2
    assert share(far.rtp.heard(killed), ANNA_HZ) > 0.7
    assert share(anna.heard(killed + 0.2), FAR_HZ) > 0.7
    await remote.start()
    announced = await remote.until(CallsAnnounced, 2)
    assert (announced.calls, announced.agents) == ((call,), (ANNA,))
    ready = len(anna.saw(SoftphoneReady))
    await anna.say(SoftphoneResume(leg=anna.leg))
    await anna.until(SoftphoneReady, ready + 1)
    await anna.until_sender(on=True)
    return call


async def test_the_far_party_can_hang_up_after_a_restart_and_the_recording_is_whole(
    remote: RemoteRig, far: FarEnd
) -> None:
    async with WebEnd(remote.desks, remote, ANNA, ANNA_HZ) as anna:
        await restarted_in_a_call(remote, far, anna)
        ended = asyncio.get_running_loop().time()
        far.hang_up()
        released = await remote.until(CallReleased)
        assert released.cause.reason is EndReason.HANGUP_BY_CALLER
        assert (await far.until(DialogTerminated)).cause == "bye_sent"
        await asyncio.sleep(0.2)
    caller, _ours = read_wav((await recordings(remote.folder, remote.place))[0])
    assert caller.size / 8000 == pytest.approx(ended - far.answer_times[0], abs=0.1)
    assert len(remote.told(CallReleased)) == 1


async def test_we_can_hang_up_after_a_restart(remote: RemoteRig, far: FarEnd) -> None:
    async with WebEnd(remote.desks, remote, ANNA, ANNA_HZ) as anna:
        call = await restarted_in_a_call(remote, far, anna)
        await remote.order(EndCall, call=call, cause=BY_AGENT)
        assert (await far.until(DialogTerminated)).cause == "bye_received"
        assert (await remote.until(CallReleased)).cause == BY_AGENT
        await anna.until_sender(on=False)


async def test_a_prompt_that_ended_meanwhile_is_told_afterwards(remote: RemoteRig, far: FarEnd) -> None:
    call = await answered(remote, far)
    await remote.order(PlayToCaller, call=call, prompts=("hello",), music="music", token="t")
    await asyncio.sleep(0.2)
    await remote.kill()
    await asyncio.sleep(0.6)
    await remote.start()
    assert (await remote.until(CallPlayed)).token == "t"
    assert await listen_for(3, far.rtp, lambda heard: share(heard, 900.0)) > 0.8


async def test_a_call_that_was_not_answered_is_lost_with_a_cause(remote: RemoteRig, far: FarEnd) -> None:
    far.call(remote.port)
    call = (await remote.until(CallArrived)).call
    await remote.kill()
    await remote.start()
    released = await remote.until(CallReleased)
    assert (released.call, released.cause.reason) == (call, EndReason.LOST_IN_RESTART)
    assert (await remote.until(CallsAnnounced, 2)).calls == ()


async def test_a_call_whose_engine_died_too_ends_with_a_cause(remote: RemoteRig, far: FarEnd) -> None:
    await answered(remote, far)
    await remote.until(CallEstablished)
    await remote.kill()
    await EngineProcess(remote.settings.engine(remote.folder)).stop()
    await remote.start()
    assert (await remote.until(CallReleased)).cause.reason is EndReason.MEDIA_FAILED
    assert (await far.until(DialogTerminated)).cause == "bye_received"
