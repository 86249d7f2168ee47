"""What waiting callers hear and where they go, through a whole Cordboard: real SIP and RTP, a real voice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import CALLER, share, write_tone

from gateway.sip.events import DialogTerminated, InviteAccepted, InviteFailed
from load_tests.peers.sound import tone
from load_tests.peers.system import Centre, System, free_port, make_centre
from load_tests.peers.webrtc_agent import WebrtcAgent
from media.prompts import SPOKEN, seconds_of

pytestmark = pytest.mark.timeout(120)

MUSIC_HZ = 900.0
NEXT = "You are next in line."


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd() as far:
        yield far


async def tone_of(system: System, folder: Path) -> str:
    """A prompt to wait by that no voice sounds like."""
    write_tone(folder / "tone.wav", MUSIC_HZ, 1.0)
    prompt = await system.post("/v1/prompts", name="tone")
    answer = await system.owner.put(
        f"/v1/prompts/{prompt['id']}/sound",
        content=(folder / "tone.wav").read_bytes(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.is_success, answer.text
    return "tone"


async def speech_seconds(far: FarEnd) -> float:
    """How long the tone makes room for something else that is heard."""
    loop = asyncio.get_running_loop()
    begun: float | None = None
    async with asyncio.timeout(20):
        while True:
            await asyncio.sleep(0.02)
            samples = far.rtp.heard(loop.time() - 0.2)
            toned = share(samples, MUSIC_HZ) >= 0.5
            if begun is None and not toned and abs(samples).max(initial=0.0) > 0.05:
                begun = loop.time()
            elif begun is not None and toned:
                return loop.time() - begun


@pytest.mark.peers("espeak-ng")
async def test_the_position_is_spoken_over_the_music_and_a_full_queue_is_busy(
    system: System, far: FarEnd, tmp_path: Path
) -> None:
    centre = await make_centre(system, carrier_port=free_port())
    waiting = {
        "capacity": 1,
        "comfort": {"say_position": True, "first_seconds": 5, "every_seconds": 60, "language": "en-GB"},
    }
    answer = await system.owner.patch(
        f"/v1/queues/{centre.queue['id']}",
        json={"greeting": [], "music": await tone_of(system, tmp_path), "waiting": waiting},
    )
    assert answer.is_success, answer.text
    await system.settled()

    far.call(system.sip_port, Centre.NUMBER)
    await far.until(InviteAccepted)
    assert await listen_for(5.0, far.rtp, lambda samples: share(samples, MUSIC_HZ)) >= 0.8
    async with FarEnd() as second:
        second.call(system.sip_port, Centre.NUMBER)
        assert (await second.until(InviteFailed)).status == 486
        assert not second.saw(InviteAccepted)

    heard = await speech_seconds(far)
    (spoken,) = (system.folder / "var").rglob(f"{SPOKEN}*.wav")
    assert spoken.stem == SPOKEN + hashlib.sha256(f"en-GB {NEXT}".encode()).hexdigest()[:40]
    assert heard == pytest.approx(seconds_of(spoken.read_bytes()), abs=0.6)
    far.hang_up()
    await far.until(DialogTerminated)


@pytest.mark.peers("espeak-ng")
async def test_the_expected_wait_is_spoken_in_minutes(system: System, far: FarEnd, tmp_path: Path) -> None:
    """The one agent talks with somebody, and a call takes 200 s: the fourth minute has begun by then."""
    centre = await make_centre(system, carrier_port=free_port())
    comfort = {"say_wait": True, "first_seconds": 5, "every_seconds": 60, "language": "en-GB"}
    answer = await system.owner.patch(
        f"/v1/queues/{centre.queue['id']}",
        json={
            "greeting": [],
            "music": await tone_of(system, tmp_path),
            "waiting": {"handle_seconds": 200, "comfort": comfort},
        },
    )
    assert answer.is_success, answer.text
    await system.settled()

    async with WebrtcAgent(system, "agent1@example.org", tone(440, 1)) as agent, FarEnd() as first:
        await agent.intent(type="request_state", state="available")
        first.call(system.sip_port, Centre.NUMBER)
        offer = await agent.until(lambda: agent.state.get("offer"), 30)
        await agent.intent(type="accept_offer", offer=offer["id"])
        await agent.connected()
        far.call(system.sip_port, Centre.NUMBER)
        await far.until(InviteAccepted)
        assert await listen_for(5.0, far.rtp, lambda samples: share(samples, MUSIC_HZ)) >= 0.8
        heard = await speech_seconds(far)
        said = hashlib.sha256(b"en-GB We expect to answer in about 4 minutes.").hexdigest()[:40]
        (spoken,) = (system.folder / "var").rglob(f"{SPOKEN}*.wav")
        assert spoken.stem == SPOKEN + said
        assert heard == pytest.approx(seconds_of(spoken.read_bytes()), abs=0.6)
        far.hang_up()
        await far.until(DialogTerminated)


@pytest.mark.peers("espeak-ng")
async def test_a_caller_is_asked_before_the_line_is_let_go_for_a_callback(system: System, far: FarEnd) -> None:
    """With nobody logged in; the key is pressed while the offer is still being said."""
    centre = await make_centre(system, carrier_port=free_port())
    overflow = {"when": "no_agents", "to": {"kind": "callback"}}
    answer = await system.owner.patch(
        f"/v1/queues/{centre.queue['id']}", json={"greeting": [], "waiting": {"overflows": [overflow]}}
    )
    assert answer.is_success, answer.text
    await system.settled()

    far.call(system.sip_port, Centre.NUMBER)
    await far.until(InviteAccepted)
    assert await listen_for(10.0, far.rtp, lambda samples: float(abs(samples).max(initial=0.0)), 0.05) >= 0.05
    assert (await system.get("/v1/callbacks"))["items"] == []
    far.rtp.press(1)
    assert (await far.until(DialogTerminated, seconds=15)).cause == "bye_received"
    (promised,) = (await system.get("/v1/callbacks"))["items"]
    assert (promised["queue_id"], promised["number"]) == (centre.queue["id"], CALLER.e164)
