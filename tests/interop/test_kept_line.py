"""An agent's telephone outside whose line is kept up between calls: baresip as telephone and caller, with sound."""

import asyncio

import pytest

from load_tests.peers.seats import CALLER_HZ, MOBILE, MOBILE_HZ, Seats, is_, saw, shows
from load_tests.peers.sound import Samples, read, seconds_of, share
from load_tests.peers.system import eventually

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

ZIP_HZ = 1400.0
TALK_SECONDS = 1.5
ZIP_SHARE = 0.1  # a caller's pure tone alone has a thousandth of its energy there
TENTH = 800  # samples
HEARD_SECONDS = 2.0  # of two conversations
CONVERSATIONS = 2


def zipped(heard: Samples) -> float:
    """The largest share of a tenth of a second's energy that the tone has, which is mixed with the caller's voice."""
    starts = range(0, heard.size - TENTH, TENTH // 2)
    return max(share(heard[at : at + TENTH], ZIP_HZ) for at in starts)


async def test_two_callers_one_after_the_other_are_joined_to_one_line(seats: Seats) -> None:
    mobile, caller = seats.mobile, seats.caller
    agent = seats.centre.agents[1]["id"]
    kept = {"number": MOBILE, "mode": "kept"}
    answer = await seats.system.owner.put(f"/v1/agent-telephones/{agent}", json=kept)
    assert answer.is_success, answer.text
    await seats.system.settled()
    async with seats.desk("agent2@example.org") as desk:
        await desk.intend("log_in", telephone=True)
        assert await shows(desk, lambda state: state["me"]["line"] == "confirming")

        async def confirmed() -> bool:
            await mobile.command("sndcode", "1")
            return bool(desk.state["me"]["line"] == "up")

        assert await eventually(confirmed, 20)
        await desk.intend("request_state", state="available")
        for _ in range(CONVERSATIONS):
            caller.events.clear()
            await seats.dial()
            assert await shows(desk, is_("connected"))
            await asyncio.sleep(TALK_SECONDS)
            await caller.command("hangup")
            assert await shows(desk, is_("available"))
            assert not mobile.saw("CALL_CLOSED"), "the line outlives the call"
        await desk.intend("log_out")
        assert await eventually(lambda: saw(mobile, "CALL_CLOSED"))
    heard = read(mobile.heard())[0]
    assert seconds_of(heard, CALLER_HZ) > HEARD_SECONDS
    assert zipped(heard) > ZIP_SHARE, "a tone told that a caller was there"
    talked = max(seconds_of(read(file)[0], MOBILE_HZ) for file in (seats.folder / "caller" / "heard").glob("*-dec.wav"))
    assert talked > HEARD_SECONDS / CONVERSATIONS / 2
    calls = (await seats.system.get("/v1/calls"))["items"]
    assert [call["outcome"] for call in calls] == ["answered"] * CONVERSATIONS
