"""An agent at the real page asks an expert behind a trunk, talks in threes, and leaves the caller to the expert."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from load_tests.peers.baresip import Baresip, with_tone
from load_tests.peers.browser import chromium, hears, log_in, press
from load_tests.peers.sound import read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre

pytestmark = [pytest.mark.peers("baresip", "chromium"), pytest.mark.timeout(180)]

CALLER_HZ, EXPERT_HZ, AGENT_HZ = 440.0, 700.0, 1000.0
CALLER, EXPERT = "+442079460018", "+442079460077"
HEARD_SECONDS = 0.5  # among two other voices no one dominates for long


async def behind_a_trunk(system: System, expert: Baresip) -> None:
    centre = await make_centre(system, carrier_port=expert.sip, greeting=[], wrap_up_seconds=30)
    assert (await system.owner.patch("/v1/tenant", json={"outbound_trunk_id": centre.trunk["id"]})).is_success
    await system.settled()


async def test_an_expert_is_asked_joins_and_goes_on_without_the_agent(system: System, tmp_path: Path) -> None:
    caller, expert = with_tone(tmp_path, "caller", CALLER_HZ, CALLER), with_tone(tmp_path, "expert", EXPERT_HZ, EXPERT)
    await behind_a_trunk(system, expert)
    microphone = write(tmp_path / "agent.wav", tone(AGENT_HZ, 60, rate=48000), rate=48000)
    async with caller, expert, chromium(microphone) as page:
        await log_in(page, system)
        await press(page, "Ready")
        await caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        await press(page, "Answer")
        assert await hears(page, CALLER_HZ)
        await page.keyboard.press("t")
        await page.get_by_label("Telephone number").fill(EXPERT)
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("party")).to_have_attribute("data-state", "aside")
        assert await hears(page, EXPERT_HZ), "the agent talks with the expert alone"
        await page.wait_for_timeout(1000)
        await page.keyboard.press("j")
        await expect(page.get_by_test_id("party")).to_have_attribute("data-state", "joined")
        await page.wait_for_timeout(1500)
        await page.keyboard.press("g")
        await expect(page.get_by_role("button", name="Finish wrap-up", exact=True)).to_be_visible()
        assert await hears(page, 0.0), "the agent has left"
        assert not caller.saw("CALL_CLOSED")
        await expert.command("hangup")

        async def closed() -> bool:
            return caller.saw("CALL_CLOSED")

        assert await eventually(closed), "the caller is left alone"
        heard_by_caller, heard_by_expert = read(caller.heard())[0], read(expert.heard())[0]
    assert seconds_of(heard_by_caller, EXPERT_HZ) > HEARD_SECONDS
    assert seconds_of(heard_by_expert, CALLER_HZ) > HEARD_SECONDS
    assert seconds_of(heard_by_expert, AGENT_HZ) > HEARD_SECONDS
    (call,) = (await system.get("/v1/calls"))["items"]
    assert (call["outcome"], call["queue_name"]) == ("answered", "Service")
