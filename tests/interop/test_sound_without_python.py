"""In the middle of a call the server process stands still, then dies; the sound goes on, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from load_tests.peers.passage import Passage, Stalls
from load_tests.peers.raw_caller import RawCaller
from load_tests.peers.sound import read, seconds_of, tone
from load_tests.peers.system import Centre, System, eventually
from load_tests.peers.webrtc_agent import WebrtcAgent

pytestmark = [pytest.mark.timeout(90), pytest.mark.usefixtures("centre")]

CALLER_HZ = 440.0
AGENT_HZ = 1000.0
LONGEST_GAP_SECONDS = 0.040
FROZEN_SECONDS = 5.0
ON_THE_WAY_SECONDS = 0.2


@pytest.fixture
async def agent(system: System) -> AsyncIterator[WebrtcAgent]:
    async with WebrtcAgent(system, "agent1@example.org", tone(AGENT_HZ, 1)) as ready:
        yield ready


@pytest.fixture
async def stalls() -> AsyncIterator[Stalls]:
    async with Stalls() as noted:
        yield noted


def no_gap(caller: RawCaller, agent: WebrtcAgent, stalls: Stalls, since: float) -> None:
    """All that was said since then, but for the last moment's, was heard without a pause of the engine's making."""
    until = asyncio.get_running_loop().time() - ON_THE_WAY_SECONDS
    for sent, arrived in ((caller.spoken, agent.heard), (agent.spoken, caller.heard)):
        passage = Passage(sent, arrived, stalls)
        assert passage.spoken_seconds(since, until) == pytest.approx(until - since, abs=0.2)
        assert passage.lost(since, until) == []
        assert passage.longest_gap(since, until) < LONGEST_GAP_SECONDS


async def test_no_gap_while_the_server_stands_still(system: System, agent: WebrtcAgent, stalls: Stalls) -> None:
    async with RawCaller(system.sip_port, Centre.NUMBER, tone(CALLER_HZ, 1)) as caller:
        await agent.answer_next()
        await asyncio.sleep(0.5)
        since = asyncio.get_running_loop().time()
        system.freeze()
        await asyncio.sleep(FROZEN_SECONDS)
        system.thaw()
        await asyncio.sleep(0.5)
        no_gap(caller, agent, stalls, since)
        await agent.hang_up()
        await asyncio.wait_for(caller.hung_up.wait(), 5)


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_a_killed_server_takes_its_call_up_again(
    system: System, agent: WebrtcAgent, stalls: Stalls, tmp_path: Path, who: str
) -> None:
    async with RawCaller(system.sip_port, Centre.NUMBER, tone(CALLER_HZ, 1)) as caller:
        await agent.answer_next()
        await asyncio.sleep(0.5)
        since = asyncio.get_running_loop().time()
        await system.kill()
        await system.start()
        await agent.connect()
        await agent.resume()
        await agent.connected()
        await asyncio.sleep(0.5)
        no_gap(caller, agent, stalls, since)
        if who == "caller":
            await caller.hang_up()
        else:
            await agent.hang_up()
        await asyncio.wait_for(caller.hung_up.wait(), 5)
        talked = caller.sent * 0.02

    async def whole() -> bool:
        call = (await system.get("/v1/calls"))["items"][0]
        return bool(call["ended_at"] and call["recording_ids"])

    assert await eventually(whole)
    call = (await system.get("/v1/calls"))["items"][0]
    assert call["outcome"] == "answered"
    assert call["end_cause"]["reason"] == f"hangup_by_{who}"
    assert call["connected_seconds"] == pytest.approx(talked, abs=0.2)
    audio = await system.owner.get(f"/v1/recordings/{call['recording_ids'][0]}/audio")
    (tmp_path / "whole.wav").write_bytes(audio.content)
    customer, ours = read(tmp_path / "whole.wav")
    assert len(customer) / 8000 == pytest.approx(call["connected_seconds"], abs=0.1)
    assert seconds_of(customer, CALLER_HZ) == pytest.approx(call["connected_seconds"], abs=0.4)
    assert seconds_of(ours, AGENT_HZ) > 1.5
