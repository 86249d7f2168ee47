"""baresip calls in, an agent at the real page in Chromium answers; both hear each other, through hold and reload."""

from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from playwright.async_api import Page, expect

from load_tests.peers.baresip import Baresip
from load_tests.peers.browser import chromium, codecs_in_use, hears, log_in, press
from load_tests.peers.sound import read, seconds_of, share, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre

pytestmark = [pytest.mark.peers("baresip", "chromium"), pytest.mark.timeout(120)]

CALLER_HZ = 440.0
AGENT_HZ = 1000.0
CALLER_NUMBER = "+442079460018"
HEARD_SECONDS = 1.0  # the page listens 0.6 s at a time, twice: so long at least do both talk
BACK_SECONDS = 3.0  # what a reloaded page may take, with the 0.6 s of listening
RESUMED_SECONDS = 15.0  # until the page, which tries again ever more rarely, has found the next process
RELOADS = 3  # a machine that is busy with something else is given another chance


@pytest.fixture
def caller(tmp_path: Path) -> Baresip:
    voice = write(tmp_path / "caller.wav", tone(CALLER_HZ, 60))
    return Baresip(tmp_path / "baresip", voice, CALLER_NUMBER)


@pytest.fixture
def preferences(request: pytest.FixtureRequest) -> str:
    """What the agent chose on this computer, as the desk stores it."""
    return getattr(request, "param", "{}")


@pytest.fixture
async def page(tmp_path: Path, system: System, preferences: str) -> AsyncIterator[Page]:
    await make_centre(system, greeting=[], wrap_up_seconds=30)
    microphone = write(tmp_path / "agent.wav", tone(AGENT_HZ, 60, rate=48000), rate=48000)
    async with chromium(microphone) as opened:
        await opened.add_init_script(f"localStorage['cordboard.desk'] ??= '{preferences}'")
        await log_in(opened, system)
        await press(opened, "Ready")
        yield opened


async def answer(caller: Baresip, page: Page, system: System) -> None:
    await caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
    await press(page, "Answer")
    await expect(page.get_by_role("button", name="Hang up", exact=True)).to_be_enabled()


async def finished_call(system: System) -> dict[str, Any]:
    async def ended() -> dict[str, Any] | None:
        items = (await system.get("/v1/calls"))["items"]
        return items[0] if items and items[0]["ended_at"] and items[0]["recording_ids"] else None

    call = await eventually(ended)
    assert call, await system.get("/v1/calls")
    return call


async def recording(system: System, call: dict[str, Any], folder: Path) -> Path:
    audio = await system.owner.get(f"/v1/recordings/{call['recording_ids'][0]}/audio")
    file = folder / "recording.wav"
    file.write_bytes(audio.content)
    return file


async def test_both_voices_arrive_through_hold_and_in_the_recording(
    caller: Baresip, page: Page, system: System, tmp_path: Path
) -> None:
    async with caller:
        await answer(caller, page, system)
        assert await hears(page, CALLER_HZ)
        await press(page, "Hold")
        await expect(page.get_by_role("button", name="Retrieve", exact=True)).to_be_visible()
        assert await hears(page, 0.0), "the agent still hears the caller on hold"
        await press(page, "Retrieve")
        assert await hears(page, CALLER_HZ)
        await press(page, "Hang up")
        await expect(page.get_by_role("button", name="Finish wrap-up", exact=True)).to_be_visible()
        await caller.until("CALL_CLOSED")
    call = await finished_call(system)
    assert call["outcome"] == "answered"
    assert call["end_cause"]["reason"] == "hangup_by_agent"
    customer, ours = read(await recording(system, call, tmp_path))
    assert seconds_of(customer, CALLER_HZ) > HEARD_SECONDS
    assert seconds_of(ours, AGENT_HZ) > HEARD_SECONDS
    assert share(customer, AGENT_HZ) < 0.01
    heard = read(caller.heard())[0]
    assert seconds_of(heard, AGENT_HZ) > HEARD_SECONDS


async def test_the_page_keeps_its_call_through_the_killing_of_the_server(
    caller: Baresip, page: Page, system: System, tmp_path: Path
) -> None:
    """Its leg is the engine's: the page hears the caller all the time, and works on with the next process."""
    async with caller:
        await answer(caller, page, system)
        assert await hears(page, CALLER_HZ)
        await system.kill()
        await expect(page.get_by_test_id("offline")).to_be_visible()
        assert await hears(page, CALLER_HZ), "there is no server, and the call goes on"
        await system.start()
        await expect(page.get_by_test_id("offline")).to_be_hidden(timeout=1000 * RESUMED_SECONDS)
        assert await hears(page, CALLER_HZ)
        await press(page, "Hold")
        assert await hears(page, 0.0), "the next process plays music to the caller, and the agent hears nobody"
        await press(page, "Retrieve")
        assert await hears(page, CALLER_HZ)
        assert await page.evaluate("window.peers.length") == 1, "the same connection all the time"
        await press(page, "Hang up")
        await caller.until("CALL_CLOSED")
    call = await finished_call(system)
    assert call["end_cause"]["reason"] == "hangup_by_agent"
    customer, ours = read(await recording(system, call, tmp_path))
    assert seconds_of(customer, CALLER_HZ) == pytest.approx(call["connected_seconds"], abs=1.0)
    assert seconds_of(ours, AGENT_HZ) > call["talk_seconds"] - 2.0


async def test_the_caller_hangs_up_and_the_agent_wraps_up(caller: Baresip, page: Page, system: System) -> None:
    async with caller:
        await answer(caller, page, system)
        assert await hears(page, CALLER_HZ)
        await caller.command("hangup")
        await expect(page.get_by_role("button", name="Finish wrap-up", exact=True)).to_be_visible()
        await page.get_by_role("radio").first.click()
        await press(page, "Finish wrap-up")
        await expect(page.get_by_role("button", name="Finish wrap-up", exact=True)).to_be_hidden()
    call = await finished_call(system)
    assert call["end_cause"]["reason"] == "hangup_by_caller"
    assert call["disposition"] == "resolved"


async def back_after_reload(page: Page) -> float:
    """Seconds from the reload until the page hears the caller again, which is listened for 0.6 s at a time."""
    began = monotonic()
    await page.reload(wait_until="commit")
    assert await hears(page, CALLER_HZ)
    return monotonic() - began


async def test_a_reloaded_page_is_back_in_its_call_and_another_window_may_take_it_over(
    caller: Baresip, page: Page, system: System, tmp_path: Path
) -> None:
    async with caller:
        await answer(caller, page, system)
        assert await hears(page, CALLER_HZ)
        took = [await back_after_reload(page)]
        while took[-1] >= BACK_SECONDS and len(took) < RELOADS:
            took.append(await back_after_reload(page))
        assert took[-1] < BACK_SECONDS, took
        window = await page.context.new_page()
        await window.goto(system.url)
        await expect(window.get_by_text("You are logged in at another desk")).to_be_visible()
        await expect(page.get_by_role("button", name="Hang up", exact=True)).to_be_enabled()
        await press(window, "Take over here")
        await expect(page.get_by_text("Another window or computer uses your desk now.")).to_be_visible()
        assert await hears(window, CALLER_HZ)
        await window.wait_for_timeout(1500)
        await press(window, "Hang up")
        call = await finished_call(system)
    customer, ours = read(await recording(system, call, tmp_path))
    tail = ours[-16000:]
    assert seconds_of(tail, AGENT_HZ) > 0.8, "the agent is not heard after the reload and the take-over"
    assert seconds_of(customer, CALLER_HZ) > HEARD_SECONDS


@pytest.mark.parametrize("preferences", ['{"opus": true}'], indirect=True)
async def test_a_page_with_opus_hears_a_telephone_through_the_callers_own_hold(
    caller: Baresip, page: Page, system: System, tmp_path: Path
) -> None:
    async with caller:
        await answer(caller, page, system)
        assert await hears(page, CALLER_HZ)
        await page.wait_for_timeout(1000)  # baresip writes what it hears up to its first hold only
        await caller.command("hold")
        assert await hears(page, 0.0)
        await caller.command("resume")
        assert await hears(page, CALLER_HZ)
        await page.wait_for_timeout(1500)
        assert await codecs_in_use(page) == {"inbound-rtp": "audio/opus", "outbound-rtp": "audio/opus"}
        await press(page, "Hang up")
        call = await finished_call(system)
    assert call["outcome"] == "answered"
    customer, ours = read(await recording(system, call, tmp_path))
    assert seconds_of(customer, CALLER_HZ) > HEARD_SECONDS
    assert seconds_of(ours[-16000:], AGENT_HZ) > 0.8, "the agent is not heard after the hold"
    assert seconds_of(read(caller.heard())[0], AGENT_HZ) > HEARD_SECONDS
