"""Messages that real callers leave in a whole Cordboard: the tone is heard, what they say is measured."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import read_wav, share

from gateway.sip.events import DialogTerminated, InviteAccepted
from load_tests.peers.system import Centre, System, eventually, free_port, make_centre

pytestmark = pytest.mark.timeout(300)

BEEP_HZ, CALLER_HZ = 1000.0, 700.0
HEARD = 10.0  # seconds in which the tone comes; its 0.4 s end before what was listened to is looked at
SPOKEN = 1.0
HASH = 11  # RFC 4733 3.2
QUICK: dict[str, Any] = {"prompts": [], "shortest_seconds": 0.5}


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd(CALLER_HZ) as far:
        yield far


async def taking_messages(system: System) -> Centre:
    """By a flow; where the number leads to the queue, by that, for nobody is logged in."""
    overflow = {"when": "no_agents", "to": {"kind": "voicemail"}}
    waiting: dict[str, Any] = {"overflows": [overflow], "voicemail": QUICK}
    centre = await make_centre(system, carrier_port=free_port(), greeting=[], waiting=waiting)
    message = {"kind": "voicemail", "queue": centre.queue["id"], "next": "bye", "on_failure": "bye"}
    document = {"start": "message", "nodes": {"message": message, "bye": {"kind": "hang_up"}}}
    flow = await system.post("/v1/flows", name="main", document=document)
    await system.post(f"/v1/flows/{flow['id']}/publish", note="first")
    await lead_to(system, flow["id"])
    return centre


async def lead_to(system: System, flow: str | None) -> None:
    (number,) = (await system.get("/v1/numbers"))["items"]
    answer = await system.owner.patch(f"/v1/numbers/{number['id']}", json={"flow_id": flow})
    assert answer.is_success, answer.text
    await system.settled()


async def reaches_the_tone(far: FarEnd, system: System) -> None:
    far.call(system.sip_port, Centre.NUMBER)
    await far.until(InviteAccepted)
    assert await listen_for(HEARD, far.rtp, lambda samples: share(samples[-4000:], BEEP_HZ), 0.5) >= 0.5


async def messages_of(system: System, count: int) -> list[dict[str, Any]]:
    """Once there are so many, and all their sound is there."""

    async def playable() -> list[dict[str, Any]]:
        items = (await system.get("/v1/voicemails"))["items"]
        return items if len(items) == count and all(item["playable"] for item in items) else []

    found: list[dict[str, Any]] = await eventually(playable)
    assert len(found) == count
    return found


async def caller_in(system: System, message: dict[str, Any], folder: Path) -> tuple[float, float]:
    """How long the caller's channel is, and what share of it is the caller's tone."""
    audio = await system.owner.get(f"/v1/voicemails/{message['id']}/audio")
    assert audio.status_code == 200, audio.text
    file = folder / "message.wav"
    file.write_bytes(audio.content)
    caller, _ours = read_wav(file)
    return len(caller) / 8_000, share(caller, CALLER_HZ)


async def test_callers_leave_messages_which_survive_the_killing_of_their_owner(
    system: System, far: FarEnd, tmp_path: Path
) -> None:
    centre = await taking_messages(system)
    await reaches_the_tone(far, system)
    await asyncio.sleep(SPOKEN)
    far.rtp.press(HASH)
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    (first,) = await messages_of(system, 1)
    seconds, of_caller = await caller_in(system, first, tmp_path)
    assert seconds == pytest.approx(first["seconds"], abs=0.5)
    assert of_caller >= 0.8

    await lead_to(system, None)
    async with FarEnd(CALLER_HZ) as other:
        await reaches_the_tone(other, system)
        await asyncio.sleep(SPOKEN)
        await system.settled()
        await system.kill()
        await system.start()
        await asyncio.sleep(SPOKEN)
        other.hang_up()
        await other.until(DialogTerminated)
    kept, second = await messages_of(system, 2)
    assert kept == first
    assert (second["queue_id"], second["state"]) == (centre.queue["id"], "new")
    seconds, of_caller = await caller_in(system, second, tmp_path)
    assert seconds >= 2 * SPOKEN
    assert of_caller >= 0.8

    path = f"/v1/voicemails/{second['id']}"
    assert (await system.owner.post(f"{path}/take")).status_code == 204
    assert (await system.get(path))["state"] == "taken"
    assert (await system.owner.post(f"{path}/finish", json={"note": "rang back"})).status_code == 204
    assert await messages_of(system, 1) == [first]
    assert (await system.get("/v1/missed-calls"))["items"] == []
