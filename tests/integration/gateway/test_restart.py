"""The Python side is killed in the middle of calls, as `kill -9` does it, and started again."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, OURS, Desks, Ears, Settings, read_wav, recordings, share
from web_end import WebEnd

from gateway.sip.events import DialogTerminated, InviteAccepted
from kernel.adapters import SystemClock, SystemIds
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import from_json, to_json
from kernel.contracts.softphone import (
    SoftphoneFromGateway,
    SoftphoneReady,
    SoftphoneResume,
    SoftphoneToGateway,
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
    TelephonyReport,
)
from kernel.primitives.ids import CallId, EventId, TenantId, UserId
from media.control.process import EngineProcess
from tests.databases import Place

pytestmark = pytest.mark.timeout(60)

FAR_HZ, ANNA_HZ = 700.0, 1300.0
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)


class RemoteRig(Ears):
    """A rig in a process of its own; it takes the place of `gateway.softphones` for a WebEnd."""

    def __init__(self, folder: Path, place: Place, carrier: int) -> None:
        super().__init__()
        self.place = place
        self.folder = folder
        self.settings = Settings.fresh()
        self.port = self.settings.sip
        self.desks = Desks()
        self._carrier = carrier
        self._clock, self._ids = SystemClock(), SystemIds()
        self._started = asyncio.Event()

    async def start(self) -> Self:
        self._started.clear()
        with (self.folder / "python.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("gateway_process.py")),
                *(str(self.folder), self.place.url or str(self.place.file)),
                *(to_json(self.settings).decode(), str(self._carrier)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            )
        self._reader = asyncio.create_task(self._read())
        async with asyncio.timeout(15):
            await self._started.wait()
        return self

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()
        self._reader.cancel()

    async def stop(self) -> None:
        await self.kill()
        await EngineProcess(self.settings.engine(self.folder)).stop()

    async def order(self, kind: Any, **fields: Any) -> None:
        command = kind(id=EventId(self._ids.new()), tenant=OURS, at=self._clock.now(), **fields)
        self._write(command=to_json(command))

    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None:
        assert tenant == OURS
        self._write(agent=to_json(agent), softphone=to_json(message))

    def _write(self, **parts: bytes) -> None:
        assert self.process.stdin is not None
        body = ", ".join(f'"{name}": {value.decode()}' for name, value in parts.items())
        self.process.stdin.write(f"{{{body}}}\n".encode())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message = json.loads(line)
            if "report" in message:
                self.hear(from_json(json.dumps(message["report"]), TelephonyReport))
            elif "push" in message:
                agent = from_json(json.dumps(message["push"]["agent"]), UserId)
                pushed = from_json(json.dumps(message["push"]["message"]), SoftphoneFromGateway)
                await self.desks.push(OURS, agent, pushed)
            else:
                self._started.set()


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
