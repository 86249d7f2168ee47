"""Who answers a customer's telephone that we ring first: a machine's greeting and a person's, as sound over a trunk."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.demo.desk import Desk
from load_tests.peers.baresip import Baresip
from load_tests.peers.seats import MOBILE, Seats, is_, new_seats, saw, shows
from load_tests.peers.sound import RATE, read, tone, write
from load_tests.peers.system import eventually

pytestmark = [pytest.mark.peers("baresip", "espeak-ng", "sox"), pytest.mark.timeout(120)]

MAILBOX = (
    "Hello, this is the mailbox of John Smith. I cannot take your call right now. "
    "Please leave your name and your number after the tone, and I will call you back."
)
PERSON = "Hello?"


async def _run(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0, words


async def greeting(folder: Path, text: str) -> Path:
    """Spoken, then a beep where it is a mailbox's, then a minute of silence."""
    spoken, narrow = folder / "spoken.wav", folder / "narrow.wav"
    await _run("espeak-ng", "-v", "en-gb", "-s", "150", "-w", str(spoken), text)
    await _run("sox", str(spoken), "-r", str(RATE), "-c", "1", "-b", "16", str(narrow))
    beep = tone(1000, 0.4) if text == MAILBOX else np.zeros(0)
    return write(folder / "greeting.wav", np.concatenate([read(narrow)[0], beep, np.zeros(60 * RATE)]))


@asynccontextmanager
async def answered_by(folder: Path, text: str, machines: str) -> AsyncGenerator[tuple[Seats, Desk]]:
    """The customer's telephone has been answered with this greeting, and an agent is free."""
    customer = Baresip(folder / "customer", await greeting(folder, text), MOBILE)
    async with new_seats(folder, mobile=customer) as seats, seats.phone, seats.desk("agent1@example.org") as desk:
        rules = {"waiting": {"callbacks": {"first": "customer", "answering_machines": machines}}}
        answer = await seats.system.owner.patch(f"/v1/queues/{seats.centre.queue['id']}", json=rules)
        assert answer.is_success, answer.text
        await seats.system.settled()
        await desk.intend("log_in", telephone=True)
        assert await shows(desk, lambda state: state["me"]["reachable"])
        await desk.intend("request_state", state="available")
        await seats.system.post("/v1/callbacks", queue_id=seats.centre.queue["id"], number=MOBILE)
        assert await eventually(lambda: saw(customer, "CALL_ESTABLISHED"))
        yield seats, desk


async def _callback(seats: Seats) -> dict[str, Any]:
    (found,) = (await seats.system.get("/v1/callbacks"))["items"]
    return found


async def _pressed(seats: Seats, desk: Desk) -> None:
    async def talks() -> bool:
        await seats.mobile.command("sndcode", "1")
        return bool(is_("connected")(desk.state))

    assert await eventually(talks, 20)


async def test_a_machine_is_hung_up_on_and_the_attempt_is_its(tmp_path: Path) -> None:
    async with answered_by(tmp_path, MAILBOX, "hang_up") as (seats, desk):
        assert await eventually(lambda: saw(seats.mobile, "CALL_CLOSED"), 8)

        async def told() -> bool:
            return (await _callback(seats))["last"] == "answering_machine"

        assert await eventually(told)
        found = await _callback(seats)
        assert (found["state"], found["attempts"]) == ("scheduled", 1)
        assert is_("available")(desk.state)


async def test_a_person_who_says_hello_is_asked_and_talks(tmp_path: Path) -> None:
    async with answered_by(tmp_path, PERSON, "hang_up") as (seats, desk):
        await asyncio.sleep(3)  # the detector decides within 2 s of speech
        assert not seats.mobile.saw("CALL_CLOSED")
        await _pressed(seats, desk)


async def test_whoever_presses_the_key_is_a_person_by_default(tmp_path: Path) -> None:
    async with answered_by(tmp_path, MAILBOX, "wait_for_key") as (seats, desk):
        await asyncio.sleep(4)
        assert not seats.mobile.saw("CALL_CLOSED")
        await _pressed(seats, desk)
