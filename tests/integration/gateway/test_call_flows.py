"""Calls through call flows of a whole Cordboard: real SIP and RTP, keys pressed, prompts measured, processes killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from far_end import FarEnd, listen_for
from flow_calls import kinds_of, studio_tone
from gateway_rig import share

from gateway.sip.events import DialogTerminated, InviteAccepted
from load_tests.peers.system import Centre, System, eventually, free_port, make_centre

pytestmark = pytest.mark.timeout(180)

MENU_HZ, CODE_HZ, SORRY_HZ = 500.0, 900.0, 1300.0
HEARD = 10.0  # seconds in which a prompt is heard, a lookup that nobody answers before it


def flow(queue: str) -> dict[str, Any]:
    return {
        "start": "hours",
        "variables": {"code": ""},
        "nodes": {
            "hours": {"kind": "hours", "calendar": "office", "open": "menu", "closed": "bye"},
            "menu": {
                "kind": "menu", "prompts": [{"kind": "prompt", "prompt": "menu"}], "wait_seconds": 30,
                "options": {"1": "code", "9": "bye"}, "on_invalid": "bye", "on_silence": "bye",
            },
            "code": {
                "kind": "input", "variable": "code", "private": True, "prompts": [{"kind": "prompt", "prompt": "code"}],
                "max_digits": 4, "terminator": "", "wait_seconds": 60, "key_seconds": 60,
                "next": "who", "on_invalid": "bye", "on_silence": "bye",
            },
            "who": {"kind": "lookup", "url": "https://crm.invalid/{code}", "next": "wait", "on_failure": "sorry"},
            "sorry": {"kind": "play", "prompts": ["sorry"], "next": "wait"},
            "wait": {"kind": "queue", "queue": queue, "on_full": "bye"},
            "bye": {"kind": "hang_up"},
        },
    }  # fmt: skip


async def publish(system: System, centre: Centre, folder: Path) -> dict[str, Any]:
    """The flow, with all that it needs, by the API alone; the centre's number leads to it."""
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = {"time_zone": "Europe/Berlin", "weekly": {day: [{"since": "00:00", "until": "24:00"}] for day in week}}
    await system.post("/v1/calendars", name="office", calendar=always)
    for name, hertz in (("menu", MENU_HZ), ("code", CODE_HZ), ("sorry", SORRY_HZ)):
        prompt = await system.post("/v1/prompts", name=name)
        sound = studio_tone(folder / "tone.wav", hertz)
        answer = await system.owner.put(
            f"/v1/prompts/{prompt['id']}/sound", content=sound, headers={"Content-Type": "application/octet-stream"}
        )
        assert answer.json()["seconds"] == pytest.approx(2.0, abs=0.05), answer.text
    made = await system.post("/v1/flows", name="main", document=flow(centre.queue["id"]))
    published = await system.post(f"/v1/flows/{made['id']}/publish", note="first")
    assert published["live"] == 1
    (number,) = (await system.get("/v1/numbers"))["items"]
    answer = await system.owner.patch(f"/v1/numbers/{number['id']}", json={"flow_id": made["id"]})
    assert answer.is_success, answer.text
    await system.settled()
    return made


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd() as far:
        yield far


async def hears(far: FarEnd, hertz: float) -> bool:
    return await listen_for(HEARD, far.rtp, lambda samples: share(samples, hertz)) >= 0.8


async def press(far: FarEnd, *digits: int) -> None:
    """As fast as a quick hand."""
    for digit in digits:
        far.rtp.press(digit)
        await asyncio.sleep(0.15)


async def gap_of(system: System) -> float:
    """Seconds of the one recording in which nothing was recorded."""

    async def stored() -> list[dict[str, Any]]:
        return (await system.get("/v1/recordings"))["items"]

    (recording,) = await eventually(stored, seconds=20.0)
    return sum(length for _, length in recording["gaps"])


async def test_a_caller_goes_through_a_flow_whose_owner_is_killed(system: System, far: FarEnd, tmp_path: Path) -> None:
    centre = await make_centre(system, carrier_port=free_port())
    await publish(system, centre, tmp_path)
    far.call(system.sip_port, Centre.NUMBER)
    await far.until(InviteAccepted)
    assert await hears(far, MENU_HZ)
    far.rtp.press(1)
    assert await hears(far, CODE_HZ)
    await press(far, 4, 7)
    await system.settled()

    await system.kill()
    await system.start()

    await press(far, 1, 1)
    assert await hears(far, SORRY_HZ)  # nobody answers the lookup
    assert await kinds_of(system, 2) == ["flow", "queue"]
    far.hang_up()
    await far.until(DialogTerminated)
    assert await gap_of(system) > 1.0  # what is private is not recorded


async def test_a_flow_hangs_up_for_a_key_by_info(system: System, far: FarEnd, tmp_path: Path) -> None:
    centre = await make_centre(system, carrier_port=free_port())
    await publish(system, centre, tmp_path)
    far.call(system.sip_port, Centre.NUMBER)
    await far.until(InviteAccepted)
    assert await hears(far, MENU_HZ)
    far.do("send_digits", far.session, "9")
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert await kinds_of(system, 1) == ["flow"]
