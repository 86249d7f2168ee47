"""What callers who talked with nobody are owed: from a telephone over flow and queue to the agent's page, and told on.

baresip is caller and customer, Chromium the agent's desk; the record, the figures and a server of the tenant's tell it.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from load_tests.peers.baresip import Baresip, with_tone
from load_tests.peers.browser import RECORDING, chromium, hears, log_in, press
from load_tests.peers.sound import read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system
from tests.integration.tenants.webhook_receiver import Receiver, listening

pytestmark = [pytest.mark.peers("baresip", "chromium"), pytest.mark.timeout(180)]

CUSTOMER_HZ, AGENT_HZ = 440.0, 1000.0
CUSTOMER = "+442079460018"
SPOKEN_SECONDS = 6.0  # long enough to be heard by the page, 0.6 s at a time, after a tone of 0.4 s
HEARD_SECONDS = 1.0
NOTE = "Wants the invoice again"
TOLD = [
    "call.offered",
    "call.queued",
    "call.overflowed",
    "call.connected",
    "call.ended",
    "call.disposed",
    "voicemail.left",
    "voicemail.ended",
    "callback.requested",
    "callback.ended",
]


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path, CORDBOARD_WEBHOOKS__PRIVATE_NETWORKS="true")
    yield running
    await running.stop()


@pytest.fixture
async def customer(tmp_path: Path) -> AsyncIterator[Baresip]:
    async with with_tone(tmp_path, "customer", CUSTOMER_HZ, CUSTOMER) as customer:
        yield customer


@pytest.fixture
async def hook(system: System) -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


@asynccontextmanager
async def desk(system: System, folder: Path) -> AsyncGenerator[Page]:
    microphone = write(folder / "agent.wav", tone(AGENT_HZ, 60, rate=48000), rate=48000)
    async with chromium(microphone) as page:
        await log_in(page, system)
        yield page


async def events(hook: Receiver, last: str, count: int = 1) -> list[dict[str, Any]]:
    """All that was sent, once `last` has come so often; in the order of the log."""

    async def there() -> bool:
        return [body["type"] for body in hook.bodies].count(last) >= count

    assert await eventually(there, 20), [body["type"] for body in hook.bodies]
    assert hook.sequences == sorted(hook.sequences)
    return hook.bodies


def only(bodies: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [body["data"] for body in bodies if body["type"] == kind]
    return found


async def calls(system: System, count: int) -> list[dict[str, Any]]:
    """The records, oldest first, once there are so many and all have ended."""

    async def ended() -> list[dict[str, Any]]:
        items = (await system.get("/v1/calls"))["items"]
        return items[::-1] if len(items) == count and all(item["ended_at"] for item in items) else []

    found: list[dict[str, Any]] = await eventually(ended)
    assert len(found) == count
    return found


async def figures(system: System) -> dict[str, float | None]:
    now = datetime.now(UTC)
    span = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(minutes=15)).isoformat()}
    (item,) = (await system.get("/v1/indicators", **span))["items"]
    return dict(item["values"])


async def lead_to_voicemail(system: System, centre: Centre) -> None:
    message = {"kind": "voicemail", "queue": centre.queue["id"], "next": "bye", "on_failure": "bye"}
    document = {"start": "message", "nodes": {"message": message, "bye": {"kind": "hang_up"}}}
    flow = await system.post("/v1/flows", name="main", document=document)
    await system.post(f"/v1/flows/{flow['id']}/publish", note="first")
    (number,) = (await system.get("/v1/numbers"))["items"]
    assert (await system.owner.patch(f"/v1/numbers/{number['id']}", json={"flow_id": flow["id"]})).is_success
    await system.settled()


async def test_a_message_becomes_work_that_is_heard_and_done(
    system: System, customer: Baresip, hook: Receiver, tmp_path: Path
) -> None:
    voicemail: dict[str, Any] = {"prompts": [], "offered": True, "shortest_seconds": 0.5}
    centre = await make_centre(system, greeting=[], waiting={"voicemail": voicemail})
    await system.post("/v1/webhooks", name="CRM", url=hook.url, events=TOLD)
    await lead_to_voicemail(system, centre)
    async with desk(system, tmp_path) as page:
        await customer.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        await customer.until("CALL_ESTABLISHED")
        await page.wait_for_timeout(1000 * SPOKEN_SECONDS)
        await customer.command("hangup")
        await events(hook, "voicemail.left")

        await press(page, "Ready")
        work = page.get_by_test_id("message-work")
        await expect(work).to_have_attribute("data-taken", "false")
        await work.get_by_role("button", name="Take", exact=True).click()
        await expect(work).to_have_attribute("data-taken", "true")
        assert await hears(page, CUSTOMER_HZ, 10, RECORDING), "the message is played, and it is the customer's voice"
        await work.get_by_label("How did it end?").select_option("resolved")
        await work.get_by_label("What came of it (optional)").fill(NOTE)
        await work.get_by_role("button", name="Done", exact=True).click()
        await expect(work).to_be_hidden()
        told = await events(hook, "voicemail.ended")

    (call,) = await calls(system, 1)
    assert (call["outcome"], call["caller"], call["agent_id"]) == ("message_left", CUSTOMER, None)
    left, ended = only(told, "voicemail.left"), only(told, "voicemail.ended")
    assert (left["call_id"], left["queue_id"]) == (call["id"], centre.queue["id"])
    assert left["seconds"] == pytest.approx(SPOKEN_SECONDS, abs=2.0)
    done_by = centre.agents[0]["id"]
    assert (ended["end"], ended["agent_id"], ended["disposition"]) == ("done", done_by, "resolved")
    assert ended["voicemail_id"] == left["voicemail_id"]
    assert NOTE not in str(told), "notes are not sent"
    assert (await system.get("/v1/voicemails"))["items"] == []
    counted = await figures(system)
    assert (counted["messages_left"], counted["messages_done"], counted["calls_abandoned"]) == (1, 1, 0)


async def test_a_key_pressed_in_the_queue_brings_a_callback_that_is_one_story(
    system: System, customer: Baresip, hook: Receiver, tmp_path: Path
) -> None:
    waited = {"when": "waited", "after_seconds": 1, "to": {"kind": "callback"}}
    centre = await make_centre(
        system, carrier_port=customer.sip, greeting=[], wrap_up_seconds=30, waiting={"overflows": [waited]}
    )
    assert (await system.owner.patch("/v1/tenant", json={"outbound_trunk_id": centre.trunk["id"]})).is_success
    await system.post("/v1/webhooks", name="CRM", url=hook.url, events=TOLD)
    await system.settled()
    async with desk(system, tmp_path) as page:
        await customer.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        await customer.until("CALL_ESTABLISHED")

        async def asked() -> bool:
            await customer.command("sndcode", "1")
            return customer.saw("CALL_CLOSED")

        assert await eventually(asked, 40, every=0.5), "who presses the key is let go"
        customer.events.clear()
        (promised,) = (await system.get("/v1/callbacks"))["items"]
        assert (promised["number"], promised["queue_id"]) == (CUSTOMER, centre.queue["id"])

        await press(page, "Ready")
        await expect(page.get_by_test_id("callback-number")).to_have_text("+44 20 7946 0018")
        await press(page, "Call now")
        await customer.until("CALL_ESTABLISHED", 20)
        assert await hears(page, CUSTOMER_HZ, 10)
        await page.wait_for_timeout(1000 * HEARD_SECONDS)
        await press(page, "Hang up")
        await page.get_by_role("radio").first.click()
        await press(page, "Finish wrap-up")
        told = await events(hook, "call.disposed")

    asked_for, rung = await calls(system, 2)
    assert (asked_for["outcome"], rung["outcome"]) == ("callback_promised", "answered")
    assert (asked_for["direction"], rung["direction"]) == ("inbound", "outbound")
    assert (asked_for["caller"], rung["called"]) == (CUSTOMER, CUSTOMER)
    assert (rung["queue_id"], rung["agent_id"]) == (centre.queue["id"], centre.agents[0]["id"])
    requested, ended = only(told, "callback.requested"), only(told, "callback.ended")
    assert requested["origin_id"] == asked_for["id"]
    assert (ended["callback_id"], ended["outcome"]) == (requested["callback_id"], "completed")
    assert ended["call_id"] == rung["id"]
    assert (await system.get("/v1/callbacks"))["items"] == []
    assert (await system.get("/v1/missed-calls"))["items"] == []
    counted = await figures(system)
    assert (counted["callbacks_promised"], counted["calls_abandoned"], counted["calls_blocked"]) == (1, 0, 0)
    heard = max(seconds_of(read(file)[0], AGENT_HZ) for file in (customer.folder / "heard").glob("*-dec.wav"))
    assert heard > HEARD_SECONDS / 2, "the customer hears the agent"
