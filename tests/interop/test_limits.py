"""What callers hear of a tenant that is at its limit, or may not be served any more."""

import asyncio

import pytest

from load_tests.peers.raw_caller import RawCaller, Refused
from load_tests.peers.sound import from_a_law, likeness, read, tone
from load_tests.peers.system import PASSWORD, Centre, System, eventually
from media.prompts.store import BUILT_IN

pytestmark = [pytest.mark.timeout(60), pytest.mark.usefixtures("centre")]

VOICE = tone(440.0, 1)
NUMBER = "+442071838711"
RTP_HEADER_BYTES = 12


async def test_a_caller_beyond_the_limit_hears_busy_and_admins_see_an_alarm(system: System) -> None:
    answer = await system.owner.patch("/v1/limits", json={"calls_at_once": 1})
    assert answer.is_success, answer.text
    await system.settled()
    async with RawCaller(system.sip_port, Centre.NUMBER, VOICE):
        with pytest.raises(Refused) as refusal:
            await RawCaller(system.sip_port, Centre.NUMBER, VOICE).__aenter__()
        assert refusal.value.code == 486

        async def alarmed() -> bool:
            return [alarm["code"] for alarm in (await system.get("/v1/live"))["alarms"]] == ["limit_calls_at_once"]

        assert await eventually(alarmed)


async def closed_client(system: System) -> None:
    owner = {"email": "owner@red.example", "name": "Red", "password": PASSWORD}
    client = await system.post("/v1/provider/clients", name="Red", owner=owner)
    async with system.client() as http:
        await system.log_in(http, owner["email"])
        queue = (await http.post("/v1/queues", json={"name": "Service"})).json()
        carrier = {"name": "Carrier", "sources": ["127.0.0.1/32"], "host": "127.0.0.1", "port": 5060}
        assert (await http.post("/v1/trunks", json=carrier | {"transport": "udp"})).is_success
        assert (await http.post("/v1/numbers", json={"e164": NUMBER, "queue_id": queue["id"]})).is_success
    change = {"closed": True, "closed_reason": "Left us"}
    answer = await system.owner.patch(f"/v1/provider/clients/{client['id']}", json=change)
    assert answer.is_success, answer.text


async def test_who_calls_a_closed_client_hears_that_nobody_can_be_reached(system: System) -> None:
    await closed_client(system)
    await system.settled()
    async with RawCaller(system.sip_port, NUMBER, VOICE) as caller:
        await asyncio.wait_for(caller.hung_up.wait(), 15)
    heard = from_a_law(b"".join(packet[RTP_HEADER_BYTES:] for packet in caller.packets))
    assert likeness(heard, read(BUILT_IN / "unavailable.wav")[0]) > 0.95
