"""baresip over SRTP with keys of its SDP (RFC 4568), an agent with G.711 and with Opus: both voices arrive."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from load_tests.peers.baresip import Baresip
from load_tests.peers.sound import Samples, read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system
from load_tests.peers.webrtc_agent import WebrtcAgent

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

CALLER_HZ = 440.0
AGENT_HZ = 1000.0
CALLER_NUMBER = "+442079460018"
TALK_SECONDS = 1.5
HEARD_SECONDS = 1.0
FORMATS = {"trunk": re.compile(r"a=rtpmap:(\d+) PCM[AU]/"), "opus": re.compile(r"a=rtpmap:(\d+) opus/")}


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path)
    await make_centre(running, greeting=[], wrap_up_seconds=0)
    yield running
    await running.stop()


async def recording_of(system: System, number: int, folder: Path) -> Path:
    async def recorded() -> str | None:
        items = (await system.get("/v1/recordings"))["items"]
        return items[0]["id"] if len(items) == number else None

    found = await eventually(recorded, 15)
    assert found, await system.get("/v1/calls")
    file = folder / f"recording-{number}.wav"
    file.write_bytes((await system.owner.get(f"/v1/recordings/{found}/audio")).content)
    return file


async def test_both_voices_arrive_whichever_way_keys_are_offered(system: System, tmp_path: Path) -> None:
    voice = write(tmp_path / "caller.wav", tone(CALLER_HZ, 30))
    for number, (encryption, audio) in enumerate((("srtp-mand", "trunk"), ("srtp", "opus")), 1):
        folder = tmp_path / encryption
        async with (
            WebrtcAgent(system, "agent1@example.org", tone(AGENT_HZ, 1), audio) as agent,
            Baresip(folder, voice, CALLER_NUMBER, encryption=encryption) as caller,
        ):
            sound: list[Samples] = []
            ear = asyncio.create_task(agent.listen(sound))
            await caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
            await agent.answer_next()
            heard = len(agent.heard)
            await agent.until(lambda: len(agent.heard) > heard + TALK_SECONDS * 50)  # noqa: B023 (awaited here)
            await agent.hang_up()

            async def closed() -> bool:
                return caller.saw("CALL_CLOSED")

            assert await eventually(closed)
            ear.cancel()
            formats = {int(found) for found in FORMATS[audio].findall(agent.said("answer")["sdp"])}
            assert agent.payload_types
            assert agent.payload_types <= formats
            await agent.until(lambda: agent.part("me").get("state") == "available")
        log = (folder / "baresip.log").read_text(errors="replace")
        assert "SRTP is Enabled" in log, log
        customer, ours = read(await recording_of(system, number, tmp_path))
        assert seconds_of(customer, CALLER_HZ) > HEARD_SECONDS
        assert seconds_of(ours, AGENT_HZ) > HEARD_SECONDS
        assert seconds_of(np.concatenate(sound), CALLER_HZ) > HEARD_SECONDS
        assert seconds_of(read(caller.heard())[0], AGENT_HZ) > HEARD_SECONDS
