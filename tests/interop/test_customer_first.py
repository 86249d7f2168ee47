"""A customer who is rung before an agent is there: baresip as the customer and as the agent's telephone, with sound."""

import asyncio

import pytest

from load_tests.peers.seats import MOBILE, MOBILE_HZ, PHONE_HZ, Seats, is_, saw, shows
from load_tests.peers.sound import read, seconds_of
from load_tests.peers.system import eventually

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

HEARD_SECONDS = 0.8
TALK_SECONDS = 1.5


async def test_the_customer_is_rung_confirms_and_talks(seats: Seats) -> None:
    queue, customer, phone = seats.centre.queue["id"], seats.mobile, seats.phone
    answer = await seats.system.owner.patch(
        f"/v1/queues/{queue}", json={"waiting": {"callbacks": {"first": "customer"}}}
    )
    assert answer.is_success, answer.text
    async with phone, seats.desk("agent1@example.org") as desk:
        await desk.intend("log_in", telephone=True)
        assert await shows(desk, lambda state: state["me"]["reachable"])
        await desk.intend("request_state", state="available")
        await seats.system.post("/v1/callbacks", queue_id=queue, number=MOBILE)
        assert await eventually(lambda: saw(customer, "CALL_ESTABLISHED"))
        assert is_("available")(desk.state), "nobody is kept waiting for the customer"

        async def confirmed() -> bool:
            await customer.command("sndcode", "1")
            return bool(is_("connected")(desk.state))

        assert await eventually(confirmed, 20)
        assert desk.state["call"]["direction"] == "outbound"
        await asyncio.sleep(TALK_SECONDS)
        await desk.intend("hang_up", call=desk.state["call"]["id"])
        assert await eventually(lambda: saw(customer, "CALL_CLOSED"))
    assert seconds_of(read(phone.heard())[0], MOBILE_HZ) > HEARD_SECONDS
    assert seconds_of(read(customer.heard())[0], PHONE_HZ) > HEARD_SECONDS
    (call,) = (await seats.system.get("/v1/calls"))["items"]
    assert (call["direction"], call["outcome"]) == ("outbound", "answered")
    assert (await seats.system.get("/v1/callbacks"))["items"] == []
