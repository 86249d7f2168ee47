"""A program passes a real call on by the API, while agent and caller talk: it consults, confers and hands over."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from load_tests.peers.baresip import with_tone
from load_tests.peers.browser import chromium, hears, log_in, press
from load_tests.peers.sound import read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre

pytestmark = [pytest.mark.peers("baresip", "chromium"), pytest.mark.timeout(180)]

CALLER_HZ, EXPERT_HZ, AGENT_HZ = 440.0, 700.0, 1000.0
CALLER, EXPERT = "+442079460018", "+442079460077"
HEARD_SECONDS = 0.5  # among two other voices no one dominates for long


async def program(system: System) -> httpx.AsyncClient:
    """With a key that may supervise, and nothing else."""
    key = await system.post("/v1/api-keys", name="CTI", permissions=["floor.supervise"])
    return httpx.AsyncClient(base_url=system.url, headers={"Authorization": f"Bearer {key['key']}"}, timeout=10)


async def refused(client: httpx.AsyncClient, url: str, code: str, **body: Any) -> None:
    answer = await client.post(url, json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code, answer.text


async def test_a_program_consults_confers_and_hands_over(system: System, tmp_path: Path) -> None:
    caller, expert = with_tone(tmp_path, "caller", CALLER_HZ, CALLER), with_tone(tmp_path, "expert", EXPERT_HZ, EXPERT)
    centre = await make_centre(system, carrier_port=expert.sip, greeting=[], wrap_up_seconds=30)
    assert (await system.owner.patch("/v1/tenant", json={"outbound_trunk_id": centre.trunk["id"]})).is_success
    assert (await system.owner.patch("/v1/limits", json={"countries": ["GB"]})).is_success
    await system.settled()
    microphone = write(tmp_path / "agent.wav", tone(AGENT_HZ, 60, rate=48000), rate=48000)
    async with caller, expert, await program(system) as api, chromium(microphone) as page:
        await log_in(page, system)
        await press(page, "Ready")
        await caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        await press(page, "Answer")
        assert await hears(page, CALLER_HZ)
        call = f"/v1/calls/{(await system.get('/v1/calls'))['items'][0]['id']}"

        async def party_is(state: str) -> bool:
            told = (await api.get(f"{call}/parties")).json()
            assert told["agent_id"] == centre.agents[0]["id"]
            return [one["state"] for one in told["parties"]] == [state]

        french = {"kind": "number", "number": "+33142685300"}
        await refused(api, f"{call}/consultation", "destination_not_allowed", to=french)
        await refused(api, f"{call}/conference", "nobody_invited")
        asked = await api.post(f"{call}/consultation", json={"to": {"kind": "number", "number": EXPERT}})
        assert asked.status_code == 204, asked.text
        assert await eventually(lambda: party_is("aside"))
        assert await hears(page, EXPERT_HZ), "the agent talks with the expert alone"
        await expect(page.get_by_test_id("party")).to_have_attribute("data-state", "aside")
        assert (await api.post(f"{call}/conference")).status_code == 204
        assert await eventually(lambda: party_is("joined"))
        await page.wait_for_timeout(1500)
        assert (await api.post(f"{call}/hand-over")).status_code == 204
        await expect(page.get_by_role("button", name="Finish wrap-up", exact=True)).to_be_visible()
        await refused(api, f"{call}/hand-over", "call_not_connected")
        assert not caller.saw("CALL_CLOSED")
        await expert.command("hangup")

        async def closed() -> bool:
            return caller.saw("CALL_CLOSED")

        assert await eventually(closed), "the caller is left alone"
        await refused(api, f"{call}/hand-over", "call_gone")
        heard_by_caller, heard_by_expert = read(caller.heard())[0], read(expert.heard())[0]
    assert seconds_of(heard_by_caller, EXPERT_HZ) > HEARD_SECONDS
    assert seconds_of(heard_by_expert, CALLER_HZ) > HEARD_SECONDS
    assert seconds_of(heard_by_expert, AGENT_HZ) > HEARD_SECONDS


async def test_a_supervisor_sends_a_caller_to_another_queue(system: System, tmp_path: Path) -> None:
    caller = with_tone(tmp_path, "caller", CALLER_HZ, CALLER)
    await make_centre(system, greeting=[], wrap_up_seconds=30)
    other = await system.post("/v1/queues", name="Refunds", agents=[])
    await system.settled()
    microphone = write(tmp_path / "agent.wav", tone(AGENT_HZ, 60, rate=48000), rate=48000)
    async with caller, chromium(microphone) as page:
        await log_in(page, system)
        await press(page, "Ready")
        await caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        await press(page, "Answer")
        assert await hears(page, CALLER_HZ)
        call = (await system.get("/v1/calls"))["items"][0]["id"]
        to = {"kind": "queue", "queue_id": other["id"], "note": "Wants a refund"}
        for _ in range(2):
            answer = await system.owner.post(
                f"/v1/calls/{call}/transfer", json={"to": to}, headers={"Idempotency-Key": "refund"}
            )
            assert answer.status_code == 204, answer.text
        await expect(page.get_by_role("button", name="Finish wrap-up", exact=True)).to_be_visible()

        async def waits() -> bool:
            found = await system.get(f"/v1/calls/{call}")
            return (found["queue_name"], len(found["passed_on"])) == ("Refunds", 1)

        assert await eventually(waits)
        assert not caller.saw("CALL_CLOSED")
