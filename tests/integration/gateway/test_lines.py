"""A line to an agent's telephone that is kept up: calls are joined to it, with a tone, and leave it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, CALLER, NUMBER, SECOND_TRUNK, share
from remote_rig import RemoteRig

from gateway.sip.events import DialogTerminated, InviteAccepted, InviteReceived
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallDigit,
    CallEstablished,
    CallReleased,
    CallsAnnounced,
    ConnectAgent,
    DisconnectAgent,
    PlaceCall,
    PlayToCaller,
)
from kernel.primitives.ids import CallId
from tests.databases import Place

pytestmark = pytest.mark.timeout(60)

LINE = CallId(UUID(int=98))
FAR_HZ, LINE_HZ, ZIP_HZ, MUSIC_HZ = 700.0, 1100.0, 1400.0, 900.0


@pytest.fixture
async def caller() -> AsyncIterator[FarEnd]:
    async with FarEnd(FAR_HZ) as caller:
        yield caller


@pytest.fixture
async def mobile() -> AsyncIterator[FarEnd]:
    async with FarEnd(LINE_HZ) as mobile:
        yield mobile


@pytest.fixture
async def remote(tmp_path: Path, place: Place, caller: FarEnd, mobile: FarEnd) -> AsyncIterator[RemoteRig]:
    remote = RemoteRig(tmp_path, place, caller.port, mobile.port)
    await remote.start()
    yield remote
    await remote.stop()


async def line_up(remote: RemoteRig, mobile: FarEnd) -> None:
    placed = {"agent": None, "trunk": SECOND_TRUNK, "called": NUMBER, "caller": CALLER}
    await remote.order(PlaceCall, call=LINE, **placed, record=False, line_of=ANNA)
    await mobile.until(InviteReceived)
    mobile.accept()
    await remote.until(CallEstablished)
    mobile.rtp.press(1)
    assert (await remote.until(CallDigit)).call == LINE


async def arrive(remote: RemoteRig, caller: FarEnd, count: int = 1) -> CallId:
    caller.call(remote.port)
    call = (await remote.until(CallArrived, count)).call
    await remote.order(AnswerCall, call=call)
    await caller.until(InviteAccepted, count)
    return call


async def hears(end: FarEnd, hertz: float) -> bool:
    return await listen_for(3, end.rtp, lambda heard: share(heard, hertz), 0.7) > 0.7


async def silent(end: FarEnd) -> bool:
    def nothing(heard: object) -> float:
        return 1.0 if max(share(heard, hertz) for hertz in (FAR_HZ, ZIP_HZ)) < 0.1 else 0.0  # pyright: ignore

    return await listen_for(3, end.rtp, nothing, 1.0) == 1.0


async def test_calls_are_joined_to_the_line_and_leave_it(remote: RemoteRig, caller: FarEnd, mobile: FarEnd) -> None:
    await line_up(remote, mobile)
    for number in (1, 2):
        begun = asyncio.get_running_loop().time()
        call = await arrive(remote, caller, number)
        await remote.order(ConnectAgent, call=call, agent=ANNA)
        assert await hears(caller, LINE_HZ)
        assert await hears(mobile, FAR_HZ)
        zips = [share(mobile.rtp.heard(begun)[at : at + 800], ZIP_HZ) for at in range(0, 8000, 400)]
        assert max(zips) > 0.2, "a tone told that a caller was there"
        caller.hang_up()
        await remote.until(CallReleased, number)
        assert await silent(mobile)
    assert remote.told(CallReleased, LINE) == []
    mobile.hang_up()
    assert (await remote.until(CallReleased, 3)).call == LINE


async def test_a_line_that_ends_leaves_the_caller(remote: RemoteRig, caller: FarEnd, mobile: FarEnd) -> None:
    await line_up(remote, mobile)
    call = await arrive(remote, caller)
    await remote.order(ConnectAgent, call=call, agent=ANNA)
    assert await hears(caller, LINE_HZ)
    mobile.hang_up()
    assert (await remote.until(CallReleased)).call == LINE
    await remote.order(DisconnectAgent, call=call, agent=ANNA)
    await remote.order(PlayToCaller, call=call, prompts=(), music="music")
    assert await hears(caller, MUSIC_HZ)
    assert caller.saw(DialogTerminated) == []


async def test_the_next_process_keeps_the_line_up(remote: RemoteRig, caller: FarEnd, mobile: FarEnd) -> None:
    await line_up(remote, mobile)
    first = await arrive(remote, caller)
    await remote.order(ConnectAgent, call=first, agent=ANNA)
    assert await hears(caller, LINE_HZ)
    await remote.kill()
    assert await hears(mobile, FAR_HZ)
    await remote.start()
    assert set((await remote.until(CallsAnnounced, 2)).calls) == {LINE, first}
    assert await hears(mobile, FAR_HZ)
    caller.hang_up()
    await remote.until(CallReleased)
    assert await silent(mobile)
    second = await arrive(remote, caller, 2)
    await remote.order(ConnectAgent, call=second, agent=ANNA)
    assert await hears(mobile, FAR_HZ)
    assert await hears(caller, LINE_HZ)
