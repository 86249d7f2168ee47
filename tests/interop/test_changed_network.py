"""The agent's network changes in a call: Chromium keeps its leg and its call, by another address or another path."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from load_tests.peers.baresip import Baresip
from load_tests.peers.browser import chromium, hears, log_in, press
from load_tests.peers.detour import Detour
from load_tests.peers.sound import read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system

pytestmark = [pytest.mark.peers("baresip", "chromium"), pytest.mark.timeout(120)]

CALLER_HZ = 440.0
AGENT_HZ = 1000.0
CANDIDATE = re.compile(r"127\.0\.0\.1 (\d+) typ host")
# A browser checks an idle path each 2.5 s, knows after 5 s that it is broken, and the softphone waits 4 s more.
MOVED_SECONDS = 6
# The desk's own setting "For bad networks": the engine decodes for the trunk's G.711.
OPUS = """localStorage.setItem("cordboard.desk", '{"opus": true}')"""
RESTARTED_SECONDS = 20


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path)
    await make_centre(running, greeting=[], wrap_up_seconds=30)
    yield running
    await running.stop()


class Signalling:
    """The desk's WebSocket, with the engine's address replaced by that of the next detour."""

    def __init__(self, *detours: Detour) -> None:
        self._detours = iter(detours)
        self.said: list[str] = []  # kinds of what the browser said
        self.formats = ""  # of the last answer's audio line

    async def route(self, page: Page) -> None:
        await page.route_web_socket(re.compile("/v1/desk"), self._connect)

    def _connect(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def up(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["op"] == "softphone":
                self.said.append(frame["message"]["type"])
            server.send(message)

        async def down(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["op"] == "softphone" and frame["message"]["type"] == "answer":
                await self._lead(frame["message"])
                message = json.dumps(frame)
            browser.send(message)

        browser.on_message(up)
        server.on_message(down)

    async def _lead(self, answer: dict[str, Any]) -> None:
        found = CANDIDATE.search(answer["sdp"])
        assert found
        self.formats = answer["sdp"].partition("m=audio ")[2].partition("\r\n")[0]
        detour = next(self._detours)
        await detour.lead_to("127.0.0.1", int(found[1]))
        answer["sdp"] = CANDIDATE.sub(f"127.0.0.1 {detour.port} typ host", answer["sdp"])


async def test_another_address_and_another_path_keep_leg_and_call(system: System, tmp_path: Path) -> None:
    microphone = write(tmp_path / "agent.wav", tone(AGENT_HZ, 60, rate=48000), rate=48000)
    voice = write(tmp_path / "caller.wav", tone(CALLER_HZ, 90))
    caller = Baresip(tmp_path / "baresip", voice, "+442079460018")
    async with Detour() as first, Detour() as second, chromium(microphone) as page, caller:
        signalling = Signalling(first, second)
        await signalling.route(page)
        await page.add_init_script(OPUS)
        await log_in(page, system)
        await press(page, "Ready")
        await caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        await press(page, "Answer")
        await expect(page.get_by_role("button", name="Hang up", exact=True)).to_be_enabled()
        assert await hears(page, CALLER_HZ, 5)
        assert signalling.formats.partition("SAVPF ")[2].startswith("111 "), "Opus first, as the desk asked"

        await first.move()
        assert await hears(page, CALLER_HZ, MOVED_SECONDS)
        assert signalling.said == ["offer"], "the same session, seen from another address"

        first.is_cut = True
        assert await hears(page, 0.0, 5), "the path is gone"
        assert await hears(page, CALLER_HZ, RESTARTED_SECONDS)
        assert signalling.said == ["offer", "restart"], "the same leg, by another path"
        await page.wait_for_timeout(1500)
        await press(page, "Hang up")

        async def recorded() -> str | None:
            items = (await system.get("/v1/recordings"))["items"]
            return items[0]["id"] if items else None

        found = await eventually(recorded, 15)
    audio = await system.owner.get(f"/v1/recordings/{found}/audio")
    (tmp_path / "recording.wav").write_bytes(audio.content)
    _customer, ours = read(tmp_path / "recording.wav")
    assert seconds_of(ours[-16_000:], AGENT_HZ) > 1.0, "the caller hears the agent after the restart"
