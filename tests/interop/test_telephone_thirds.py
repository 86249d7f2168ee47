"""Colleagues who are asked into a call, and supervisors of one, at telephones, with what each of them hears."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from api.demo.desk import Desk
from load_tests.peers.baresip import Baresip
from load_tests.peers.seats import CALLER_HZ, MOBILE, MOBILE_HZ, PHONE_HZ, Seats, is_, saw, shows
from load_tests.peers.sound import read, seconds_of
from load_tests.peers.system import eventually

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

TALK_SECONDS = 1.5
HEARD_SECONDS = 0.8
SPILT_SECONDS = 0.3  # what is on the way when it ends
MIXED = 0.2  # share of one of two or three tones that are heard at once
ANN, BEN = "agent1@example.org", "agent2@example.org"


def hears(peer: Baresip, hertz: float) -> float:
    """The longest of its conversations, in seconds."""
    files = (peer.folder / "heard").glob("*-dec.wav")
    return max((seconds_of(read(file)[0], hertz, least=MIXED) for file in files), default=0.0)


@asynccontextmanager
async def both(seats: Seats) -> AsyncGenerator[tuple[Desk, Desk]]:
    """Ann, at the telephone that registers, talks with the caller; Ben is not ready at the number outside."""
    async with seats.phone, seats.desk(ANN) as ann, seats.desk(BEN) as ben:
        await ann.intend("log_in", telephone=True)
        assert await shows(ann, lambda state: state["me"]["reachable"])
        await ben.intend("log_in", telephone=True)
        assert await shows(ben, lambda state: state["me"]["reachable"])
        await ann.intend("request_state", state="available")
        await seats.dial()
        assert await shows(ann, is_("connected"))
        yield ann, ben


async def supervise(seats: Seats, call: str, manner: str) -> None:
    async with seats.api(BEN) as client:
        answer = await client.put(f"/v1/calls/{call}/supervision", json={"manner": manner})
        assert answer.is_success, answer.text


async def lead(seats: Seats) -> None:
    ben = seats.centre.agents[1]["id"]
    answer = await seats.system.owner.patch(f"/v1/users/{ben}", json={"roles": ["agent", "supervisor"]})
    assert answer.is_success, answer.text
    await seats.system.settled()


async def keep_line(seats: Seats) -> None:
    ben = seats.centre.agents[1]["id"]
    answer = await seats.system.owner.put(f"/v1/agent-telephones/{ben}", json={"number": MOBILE, "mode": "kept"})
    assert answer.is_success, answer.text
    await seats.system.settled()


async def test_a_colleague_is_rung_asked_joined_and_gets_the_caller(seats: Seats) -> None:
    async with both(seats) as (ann, ben):
        await ben.intend("request_state", state="available")
        call, colleague = ann.state["call"]["id"], seats.centre.agents[1]["id"]
        await ann.intend("consult_colleague", call=call, agent=colleague, note="asks for a refund")
        assert await shows(ben, is_("connected"))
        await asyncio.sleep(TALK_SECONDS)
        await ann.intend("confer", call=call)
        await asyncio.sleep(TALK_SECONDS)
        await ann.intend("hand_over", call=call)
        assert await eventually(lambda: saw(seats.phone, "CALL_CLOSED"))
        assert await shows(ann, is_("available"))
        assert await shows(ben, lambda state: state["call"] and state["call"]["id"] == call)
        await asyncio.sleep(TALK_SECONDS)
        assert not seats.mobile.saw("CALL_CLOSED")
        await seats.mobile.command("hangup")
        assert await eventually(lambda: saw(seats.caller, "CALL_CLOSED"))
        assert await shows(ben, is_("available"))
    assert 2 * HEARD_SECONDS < hears(seats.mobile, PHONE_HZ) < 2 * TALK_SECONDS + 1, "while asked, and in threes"
    assert 2 * HEARD_SECONDS < hears(seats.mobile, CALLER_HZ) < 2 * TALK_SECONDS + 1, "in threes, and as the agent"
    assert hears(seats.caller, MOBILE_HZ) > 2 * HEARD_SECONDS
    (record,) = (await seats.system.get("/v1/calls"))["items"]
    talked = dict.fromkeys(segment["agent_id"] for segment in record["segments"] if segment["agent_id"])
    assert list(talked) == [agent["id"] for agent in seats.centre.agents]


async def test_a_colleague_over_a_kept_line_hangs_up_at_the_desk_and_the_line_stays(seats: Seats) -> None:
    await keep_line(seats)
    async with seats.phone, seats.desk(ANN) as ann, seats.desk(BEN) as ben:
        await ben.intend("log_in", telephone=True)

        async def confirmed() -> bool:
            await seats.mobile.command("sndcode", "1")
            return bool(ben.state["me"]["line"] == "up")

        assert await eventually(confirmed, 20)
        await ben.intend("request_state", state="available")
        await ann.intend("log_in", telephone=True)
        assert await shows(ann, lambda state: state["me"]["reachable"])
        await ben.intend("request_state", state="not_ready", reason=ben.state["not_ready_reasons"][0])
        await ann.intend("request_state", state="available")
        await seats.dial()
        assert await shows(ann, is_("connected"))
        await ben.intend("request_state", state="available")
        call, colleague = ann.state["call"]["id"], seats.centre.agents[1]["id"]
        await ann.intend("consult_colleague", call=call, agent=colleague)
        assert await shows(ben, is_("connected"))
        await asyncio.sleep(TALK_SECONDS)
        await ann.intend("retrieve", call=call)
        assert await shows(ben, is_("available"))
        assert ann.state["call"]["state"] == "connected"
        assert not seats.mobile.saw("CALL_CLOSED")
        await ann.intend("hang_up", call=call)
    assert hears(seats.mobile, PHONE_HZ) > HEARD_SECONDS
    assert hears(seats.mobile, CALLER_HZ) < SPILT_SECONDS
    assert hears(seats.phone, MOBILE_HZ) > HEARD_SECONDS


async def test_a_supervisors_number_outside_listens_and_whispers_to_an_agent_at_a_telephone(seats: Seats) -> None:
    await lead(seats)
    async with both(seats) as (ann, ben):
        call = ann.state["call"]["id"]
        await supervise(seats, call, "listen")
        assert await shows(ben, lambda state: state["supervision"] and state["supervision"]["rings_until"] is None)
        await asyncio.sleep(TALK_SECONDS)
        await supervise(seats, call, "whisper")
        await asyncio.sleep(TALK_SECONDS)
        await seats.mobile.command("hangup")
        assert await shows(ben, lambda state: state["supervision"] is None)
        assert is_("connected")(ann.state)
        assert is_("not_ready")(ben.state)
        await ann.intend("hang_up", call=call)
        assert await eventually(lambda: saw(seats.caller, "CALL_CLOSED"))
    for hertz in (CALLER_HZ, PHONE_HZ):
        assert hears(seats.mobile, hertz) > 2 * HEARD_SECONDS
    assert HEARD_SECONDS < hears(seats.phone, MOBILE_HZ) < TALK_SECONDS + 1, "while it was whispered"
    assert hears(seats.caller, MOBILE_HZ) < SPILT_SECONDS


async def test_a_supervisors_number_outside_barges_in_and_takes_over(seats: Seats) -> None:
    await lead(seats)
    async with both(seats) as (ann, ben):
        call = ann.state["call"]["id"]
        await supervise(seats, call, "barge")
        assert await shows(ben, lambda state: state["supervision"] and state["supervision"]["rings_until"] is None)
        await asyncio.sleep(TALK_SECONDS)
        async with seats.api(BEN) as client:
            assert (await client.post(f"/v1/calls/{call}/take-over")).is_success
        assert await eventually(lambda: saw(seats.phone, "CALL_CLOSED"))
        assert await shows(ben, is_("connected"))
        assert await shows(ann, is_("available"))
        await asyncio.sleep(TALK_SECONDS)
        await seats.caller.command("hangup")
        assert await eventually(lambda: saw(seats.mobile, "CALL_CLOSED"))
        assert await shows(ben, is_("not_ready"))
    assert hears(seats.caller, MOBILE_HZ) > 2 * HEARD_SECONDS
    assert HEARD_SECONDS < hears(seats.phone, MOBILE_HZ) < TALK_SECONDS + 1


async def test_who_takes_over_from_outside_has_the_caller_by_answering(seats: Seats) -> None:
    await lead(seats)
    async with both(seats) as (ann, ben):
        call = ann.state["call"]["id"]
        async with seats.api(BEN) as client:
            assert (await client.post(f"/v1/calls/{call}/take-over")).is_success
        assert await shows(ben, is_("connected"))
        assert await eventually(lambda: saw(seats.phone, "CALL_CLOSED"))
        await asyncio.sleep(TALK_SECONDS)
        await ben.intend("hang_up", call=call)
        assert await eventually(lambda: saw(seats.mobile, "CALL_CLOSED"))
    assert hears(seats.caller, MOBILE_HZ) > HEARD_SECONDS
    assert hears(seats.mobile, CALLER_HZ) > HEARD_SECONDS
