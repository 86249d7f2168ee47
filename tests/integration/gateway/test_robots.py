"""Voice robots in call flows of a whole Cordboard: real SIP, RTP and WebSockets, tones measured both ways."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from far_end import FarEnd, listen_for
from flow_calls import kinds_of, studio_tone
from gateway_rig import read_wav, share
from voice_robot import Robot, Talk

from gateway.sip.events import DialogTerminated, InviteAccepted
from load_tests.peers.system import Centre, System, eventually, free_port, make_centre, new_system
from tests.certificates import Authority

pytestmark = pytest.mark.timeout(180)

CALLER_HZ, ROBOT_HZ, SORRY_HZ = 700.0, 450.0, 1300.0
HEARD = 10.0


def flow(queue: str, seconds: float = 60.0) -> dict[str, Any]:
    return {
        "start": "reception",
        "variables": {"reason": ""},
        "nodes": {
            "reception": {
                "kind": "robot", "robot": "reception", "send": ["caller"], "results": ["reason"], "seconds": seconds,
                "outcomes": {"sales": "wait"}, "otherwise": "bye", "on_failure": "sorry",
            },
            "sorry": {"kind": "play", "prompts": ["sorry"], "next": "bye"},
            "wait": {"kind": "queue", "queue": queue, "on_full": "bye"},
            "bye": {"kind": "hang_up"},
        },
    }  # fmt: skip


async def publish(system: System, url: str, folder: Path, seconds: float = 60.0) -> None:
    centre = await make_centre(system, carrier_port=free_port(), greeting=[])
    robot = await system.post("/v1/robots", name="reception", url=url, secret="opensesame")
    assert robot["has_secret"]
    prompt = await system.post("/v1/prompts", name="sorry")
    answer = await system.owner.put(
        f"/v1/prompts/{prompt['id']}/sound",
        content=studio_tone(folder / "tone.wav", SORRY_HZ),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.is_success, answer.text
    made = await system.post("/v1/flows", name="main", document=flow(centre.queue["id"], seconds))
    await system.post(f"/v1/flows/{made['id']}/publish", note="first")
    (number,) = (await system.get("/v1/numbers"))["items"]
    answer = await system.owner.patch(f"/v1/numbers/{number['id']}", json={"flow_id": made["id"]})
    assert answer.is_success, answer.text
    await system.settled()


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd(CALLER_HZ) as far:
        yield far


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    running = await new_system(tmp_path, CORDBOARD_FLOWS__PRIVATE_NETWORKS="true")
    yield running
    await running.stop()


async def hears(far: FarEnd, hertz: float) -> bool:
    return await listen_for(HEARD, far.rtp, lambda samples: share(samples, hertz)) >= 0.8


async def recorded(system: System, folder: Path) -> tuple[Any, Any]:
    """Both channels of the one recording: the caller's, and ours."""

    async def stored() -> list[dict[str, Any]]:
        return (await system.get("/v1/recordings"))["items"]

    (recording,) = await eventually(stored, seconds=20.0)
    audio = await system.owner.get(f"/v1/recordings/{recording['id']}/audio")
    assert audio.status_code == 200, audio.text
    file = folder / "call.wav"
    file.write_bytes(audio.content)
    caller, ours = read_wav(file)
    return caller, ours


async def ring(far: FarEnd, system: System) -> None:
    far.call(system.sip_port, Centre.NUMBER)
    await far.until(InviteAccepted)


async def test_a_robot_talks_with_a_caller_and_says_where_the_call_goes(
    system: System, far: FarEnd, tmp_path: Path
) -> None:
    heard_key = asyncio.Event()

    async def part(talk: Talk) -> None:
        await talk.say(ROBOT_HZ, 30.0)
        await talk.send(event="mark", mark={"name": "never"})
        await talk.until("dtmf")
        await talk.send(event="clear")
        await talk.until("mark")
        heard_key.set()
        await talk.say(ROBOT_HZ, 0.5)
        await talk.send(event="mark", mark={"name": "goodbye"})
        async with asyncio.timeout(10):
            while talk.of("mark")[-1]["mark"]["name"] != "goodbye":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await talk.send(event="result", outcome="sales", results={"reason": "a new contract"})

    async with Robot(part) as robot:
        await publish(system, robot.url, tmp_path)
        await ring(far, system)
        talk = await robot.talk()
        assert await hears(far, ROBOT_HZ)
        assert talk.authorization == "Bearer opensesame"
        start = talk.of("start")[0]["start"]
        assert start["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        assert start["customParameters"]["caller"].startswith("+")
        await eventually(lambda: _shares(talk))
        assert talk.of("media")[-1]["media"]["track"] == "inbound"
        far.rtp.press(5)
        async with asyncio.timeout(10):
            await heard_key.wait()
        assert [one["dtmf"]["digit"] for one in talk.of("dtmf")] == ["5"]
        assert await kinds_of(system, 2) == ["flow", "queue"]
    far.hang_up()
    await far.until(DialogTerminated)
    caller, ours = await recorded(system, tmp_path)
    assert share(caller, CALLER_HZ) >= 0.8
    assert share(ours, ROBOT_HZ) >= 0.6  # what follows in the queue is silence
    assert len(caller) / 8_000 < 25, "half a minute of the robot was cleared"


async def test_a_robot_is_told_a_key_that_came_by_info(system: System, far: FarEnd, tmp_path: Path) -> None:
    async def part(talk: Talk) -> None:
        await talk.until("dtmf")
        await talk.send(event="result", outcome="sales", results={})

    async with Robot(part) as robot:
        await publish(system, robot.url, tmp_path)
        await ring(far, system)
        talk = await robot.talk()
        far.do("send_digits", far.session, "7")
        assert await kinds_of(system, 2) == ["flow", "queue"]
        assert [one["dtmf"]["digit"] for one in talk.of("dtmf")] == ["7"]


async def _shares(talk: Talk) -> bool:
    return len(talk.of("media")) >= 25 and share(talk.heard(), CALLER_HZ) >= 0.8


async def refuse(talk: Talk) -> None:
    talk.break_off()


async def speak_nonsense(talk: Talk) -> None:
    await talk.send_raw("hello?")
    await talk.over.wait()


async def say_too_much(talk: Talk) -> None:
    for _ in range(6):
        await talk.say(ROBOT_HZ, 60.0)
    await talk.over.wait()


@pytest.mark.parametrize("part", [refuse, speak_nonsense, say_too_much])
async def test_a_robot_that_fails_sends_the_caller_on(system: System, far: FarEnd, tmp_path: Path, part: Any) -> None:
    async with Robot(part) as robot:
        await publish(system, robot.url, tmp_path)
        await ring(far, system)
        assert await hears(far, SORRY_HZ)
        assert (await far.until(DialogTerminated)).cause == "bye_received"


async def test_a_robot_that_nobody_runs_sends_the_caller_on(system: System, far: FarEnd, tmp_path: Path) -> None:
    await publish(system, f"ws://127.0.0.1:{free_port()}/", tmp_path)
    await ring(far, system)
    assert await hears(far, SORRY_HZ)


async def test_a_robot_that_never_answers_sends_the_caller_on(system: System, far: FarEnd, tmp_path: Path) -> None:
    """The system takes the connection, and nobody says anything."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        await publish(system, f"ws://127.0.0.1:{silent.getsockname()[1]}/", tmp_path)
        await ring(far, system)
        assert await hears(far, SORRY_HZ)


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_robot_is_known_by_a_certificate_that_we_trust(far: FarEnd, tmp_path: Path, *, trusted: bool) -> None:
    ours, strange = Authority(tmp_path, "ours"), Authority(tmp_path, "strange")
    certificate = (ours if trusted else strange).issue("localhost")

    async def part(talk: Talk) -> None:
        await talk.say(ROBOT_HZ, 30.0)
        await talk.over.wait()

    private = {"CORDBOARD_FLOWS__PRIVATE_NETWORKS": "true", "SSL_CERT_FILE": ours.file}
    system = await new_system(tmp_path, **private)
    try:
        async with Robot(part, certificate) as robot:
            await publish(system, robot.url, tmp_path)
            await ring(far, system)
            assert await hears(far, ROBOT_HZ if trusted else SORRY_HZ)
    finally:
        await system.stop()


async def test_a_talk_beyond_its_time_is_ended(system: System, far: FarEnd, tmp_path: Path) -> None:
    async def part(talk: Talk) -> None:
        await talk.over.wait()

    async with Robot(part) as robot:
        await publish(system, robot.url, tmp_path, seconds=5.0)
        await ring(far, system)
        talk = await robot.talk()
        assert await listen_for(20.0, far.rtp, lambda samples: share(samples, SORRY_HZ)) >= 0.8
        await talk.until("stop")


async def test_a_caller_who_hangs_up_ends_the_talk(system: System, far: FarEnd, tmp_path: Path) -> None:
    async def part(talk: Talk) -> None:
        await talk.over.wait()

    async with Robot(part) as robot:
        await publish(system, robot.url, tmp_path)
        await ring(far, system)
        talk = await robot.talk()
        far.hang_up()
        await talk.until("stop")
        await asyncio.wait_for(talk.over.wait(), 5)


async def test_a_talk_goes_on_while_its_owner_is_killed(system: System, far: FarEnd, tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def part(talk: Talk) -> None:
        await talk.say(ROBOT_HZ, 60.0)
        await go_on.wait()
        await talk.send(event="result", outcome="sales", results={})

    async with Robot(part) as robot:
        await publish(system, robot.url, tmp_path)
        await ring(far, system)
        await robot.talk()
        assert await hears(far, ROBOT_HZ)
        await system.settled()
        await system.kill()
        assert await hears(far, ROBOT_HZ)
        await system.start()
        assert await hears(far, ROBOT_HZ)
        go_on.set()
        assert await kinds_of(system, 2) == ["flow", "queue"]
        assert len(robot.talks) == 1
