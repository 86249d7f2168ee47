"""At the page in Chromium: a microphone that goes, a browser that sends nothing, and what routing makes of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from load_tests.peers.browser import chromium, log_in, press
from load_tests.peers.sound import tone, write
from load_tests.peers.system import System, eventually, make_centre, new_system

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.timeout(120)]

# Lets a test take the microphone away as the system does, and cut what the page sends below its own code.
DEVICES = """
window.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (window.unplugged) throw new DOMException("gone", "NotFoundError");
  const stream = await open(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
const replace = RTCRtpSender.prototype.replaceTrack;
RTCRtpSender.prototype.replaceTrack = function (track) {
  return replace.call(this, window.cut ? null : track);
};
"""
UNPLUG = """
window.unplugged = true;
for (const track of window.tracks.splice(0)) { track.stop(); track.dispatchEvent(new Event("ended")); }
"""
PLUG_IN = """
window.unplugged = false;
navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
"""


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path)
    await make_centre(running)
    yield running
    await running.stop()


async def agent_becomes(system: System, state: str, reason: str) -> bool:
    async def became() -> bool:
        team = (await system.get("/v1/live"))["team"]
        return any((agent["state"], agent["reason"]) == (state, reason) for agent in team)

    return bool(await eventually(became, 12))


async def test_a_desk_without_microphone_or_sound_is_made_not_ready_before_a_call_and_comes_back(
    system: System, tmp_path: Path
) -> None:
    async with chromium(write(tmp_path / "agent.wav", tone(1000.0, 10, rate=48000), rate=48000)) as page:
        await page.add_init_script(DEVICES)
        await log_in(page, system)
        await press(page, "Ready")
        assert await agent_becomes(system, "available", "")

        await page.evaluate(UNPLUG)
        assert await agent_becomes(system, "not_ready", "microphone_lost")
        await expect(page.get_by_test_id("microphone-failure")).to_contain_text("Plug in your headset")
        await expect(page.get_by_test_id("agent-state")).to_contain_text("The microphone is gone")

        await page.evaluate("window.cut = true")
        await page.evaluate(PLUG_IN)
        assert await agent_becomes(system, "available", "")
        assert await agent_becomes(system, "not_ready", "no_audio_path")
        await expect(page.get_by_test_id("unheard")).to_be_visible()

        await page.evaluate("window.cut = false")
        assert await agent_becomes(system, "available", "")
        await expect(page.get_by_test_id("unheard")).to_be_hidden()
