"""Agents without a browser's sound: a SIP telephone that registers with us, and a number behind a trunk, with sound."""

import asyncio

import pytest

from api.demo.desk import Refused
from load_tests.peers.seats import CALLER_HZ, MOBILE_HZ, PHONE_HZ, Seats, is_, saw, shows
from load_tests.peers.sound import read, seconds_of
from load_tests.peers.system import eventually

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

HEARD_SECONDS = 0.8
TALK_SECONDS = 1.5


async def test_a_registered_telephone_and_a_number_outside_are_seats(seats: Seats) -> None:
    async with seats.desk("agent1@example.org") as desk:
        await desk.intend("log_in", telephone=True)
        assert await shows(desk, lambda state: state["me"]["telephone"] and state["me"]["fault"] == "telephone")
        with pytest.raises(Refused):
            await desk.intend("request_state", state="available")
        async with seats.phone:
            assert await shows(desk, lambda state: state["me"]["reachable"])
            await desk.intend("request_state", state="available")
            await seats.dial()
            assert await shows(desk, is_("connected"))
            await asyncio.sleep(TALK_SECONDS)
            await seats.phone.command("hangup")
            assert await shows(desk, is_("available"))
            assert await eventually(lambda: saw(seats.caller, "CALL_CLOSED"))
        assert await shows(desk, lambda state: state["me"]["reason"] == "telephone_lost")
    assert seconds_of(read(seats.phone.heard())[0], CALLER_HZ) > HEARD_SECONDS
    assert seconds_of(read(seats.caller.heard())[0], PHONE_HZ) > HEARD_SECONDS

    seats.caller.events.clear()
    async with seats.desk("agent2@example.org") as desk:
        await desk.intend("log_in", telephone=True)
        await desk.intend("request_state", state="available")
        await seats.dial()
        assert await shows(desk, is_("connected"))
        await asyncio.sleep(TALK_SECONDS)
        await desk.intend("hang_up", call=desk.state["call"]["id"])
        assert await eventually(lambda: saw(seats.mobile, "CALL_CLOSED"))
    assert seconds_of(read(seats.mobile.heard())[0], CALLER_HZ) > HEARD_SECONDS
    heard = max(seconds_of(read(file)[0], MOBILE_HZ) for file in (seats.folder / "caller" / "heard").glob("*-dec.wav"))
    assert heard > HEARD_SECONDS
    calls = (await seats.system.get("/v1/calls"))["items"]
    assert {call["outcome"] for call in calls} == {"answered"}
