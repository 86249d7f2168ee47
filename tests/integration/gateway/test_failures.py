"""What breaks around a call: the engine, its ports, its connection, its database."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, MUSIC_HZ, OURS, TRUNK, Rig, Settings, read_wav, recordings, rtp_ports, share
from web_end import page

from gateway.app import service
from gateway.sip.events import DialogTerminated, InviteAccepted, InviteFailed
from kernel.contracts.calls import EndReason
from kernel.contracts.engine import CreateRtpLeg, Drain
from kernel.contracts.log import Logged
from kernel.contracts.softphone import SoftphoneGone
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallsAnnounced,
    ConnectAgent,
    PlayToCaller,
)
from kernel.ports.unit_of_work import Change
from tests.databases import Place


async def answered(rig: Rig, far: FarEnd) -> CallArrived:
    count = len(rig.told(CallArrived)) + 1
    far.call(rig.port)
    arrived = await rig.until(CallArrived, count)
    await rig.order(AnswerCall, call=arrived.call)
    return arrived


async def test_without_a_free_port_the_call_is_refused_as_overload(tmp_path: Path, place: Place) -> None:
    settings = Settings.fresh(rtp=rtp_ports(2))
    async with Rig(tmp_path, place, settings) as rig, FarEnd() as one, FarEnd() as two:
        await rig.know(OURS, TRUNK, one.port)
        await answered(rig, one)
        await one.until(InviteAccepted)
        rig.trunks.all.clear()
        await rig.know(OURS, TRUNK, two.port)
        await answered(rig, two)
        assert (await two.until(InviteFailed)).status == 503
        assert (await rig.until(CallReleased)).cause.reason is EndReason.OVERLOADED


async def test_a_draining_engine_without_a_successor_refuses_calls_as_overload(rig: Rig, far: FarEnd) -> None:
    await rig.engine.request(CreateRtpLeg(leg="the last", group="call"))
    await rig.engine.request(Drain())
    await answered(rig, far)
    assert (await far.until(InviteFailed)).status == 503
    assert (await rig.until(CallReleased)).cause.reason is EndReason.OVERLOADED


async def test_the_end_of_the_engine_ends_its_calls_with_a_cause(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA) as anna:
        await anna.log_in()
        arrived = await answered(rig, far)
        await far.until(InviteAccepted)
        await rig.order(ConnectAgent, call=arrived.call, agent=ANNA)
        pid = rig.process.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert (await rig.until(CallReleased, seconds=10)).cause.reason is EndReason.MEDIA_FAILED
        assert (await far.until(DialogTerminated)).cause == "bye_received"
        assert (await anna.until(SoftphoneGone)).reason == "lost"

    async with FarEnd() as next_one:
        rig.trunks.all.clear()
        await rig.know(OURS, TRUNK, next_one.port)
        await answered(rig, next_one)
        await next_one.until(InviteAccepted)


async def test_a_missing_prompt_counts_as_played(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await rig.order(PlayToCaller, call=arrived.call, prompts=("no_such_prompt",), music="music", token="t")
    assert (await rig.until(CallPlayed)).token == "t"
    assert await listen_for(3, far.rtp, lambda heard: share(heard, MUSIC_HZ)) > 0.8


async def test_a_database_that_fails_delays_reports_and_loses_none(rig: Rig, far: FarEnd) -> None:
    arrived = await answered(rig, far)
    await far.until(InviteAccepted)
    rig.disk.writes_left = 0
    await rig.order(PlayToCaller, call=arrived.call, prompts=(), music="music", token="t")
    far.hang_up()
    await asyncio.sleep(0.2)
    assert rig.told(CallReleased) == []
    rig.disk.writes_left = None
    assert (await rig.until(CallPlayed)).token == "t"
    await rig.until(CallReleased)
    assert rig.gateway.figures()["saves_failed"] >= 1


async def test_a_process_that_died_between_its_200_and_saving_that_goes_on_with_the_call(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    rig.disk.writes_left = 1
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    await asyncio.sleep(0.3)
    assert rig.told(CallEstablished) == []
    await rig.stop()

    await rig.start()

    established = await rig.until(CallEstablished)
    assert (await rig.until(CallsAnnounced)).calls == (call,)
    far.hang_up()
    released = await rig.until(CallReleased)
    assert released.cause.reason is EndReason.HANGUP_BY_CALLER
    await asyncio.sleep(0.2)
    caller, _ours = read_wav((await recordings(rig.folder, rig.place))[0])
    assert (released.at - established.at).total_seconds() == pytest.approx(caller.size / 8000, abs=0.25)


async def test_a_command_that_takes_long_holds_nobody_up_and_is_carried_out(
    rig: Rig, far: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    record, disk_is_back = rig.disk.record, asyncio.Event()

    async def slow(change: Change) -> Sequence[Logged]:
        await disk_is_back.wait()
        return await record(change)

    monkeypatch.setattr(rig.disk, "record", slow)
    monkeypatch.setattr(service, "COMMAND_SECONDS", 0.05)
    await rig.order(AnswerCall, call=call)
    assert far.saw(InviteAccepted) == []
    disk_is_back.set()
    await far.until(InviteAccepted)
    await rig.until(CallEstablished)


async def test_a_caller_who_gives_up_while_the_answer_is_saved_was_never_connected(
    rig: Rig, far: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    record, saving, disk_is_back = rig.disk.record, asyncio.Event(), asyncio.Event()

    async def slow(change: Change) -> Sequence[Logged]:
        saving.set()
        await disk_is_back.wait()
        return await record(change)

    monkeypatch.setattr(rig.disk, "record", slow)
    monkeypatch.setattr(service, "COMMAND_SECONDS", 0.05)
    await rig.order(AnswerCall, call=call)
    await saving.wait()
    far.hang_up()
    assert (await far.until(InviteFailed)).status == 487
    disk_is_back.set()
    assert (await rig.until(CallReleased)).cause.reason is EndReason.CANCELLED
    assert rig.told(CallEstablished) == []


async def test_a_command_that_cannot_be_read_is_counted(rig: Rig) -> None:
    await rig.bus.publish(f"telephony.command.{OURS}", b"\xc1 nonsense")
    assert rig.gateway.figures()["commands_unreadable"] == 1
