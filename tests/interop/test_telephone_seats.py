"""Agents without a browser's sound: a SIP telephone that registers with us, and a number behind a trunk, with sound."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from api.demo.desk import Desk, Refused
from load_tests.peers.baresip import Baresip
from load_tests.peers.sound import read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

CALLER_HZ, PHONE_HZ, MOBILE_HZ = 440.0, 700.0, 1100.0
HEARD_SECONDS = 0.8
TALK_SECONDS = 1.5
CALLER, MOBILE = "+442079460018", "+447700900123"
DOMAIN = "phones.example.org"


class Seats:
    """One centre: the first agent has a telephone that registers with us, the second a number behind the trunk."""

    def __init__(self, system: System, folder: Path, caller: Baresip, mobile: Baresip) -> None:
        self.system = system
        self.folder = folder
        self.caller = caller
        self.mobile = mobile
        self.centre: Centre

    async def build(self) -> None:
        self.centre = await make_centre(self.system, 2, self.mobile.sip, greeting=[], wrap_up_seconds=0)
        await self.system.owner.patch("/v1/tenant", json={"outbound_trunk_id": self.centre.trunk["id"]})
        first, second = (agent["id"] for agent in self.centre.agents)
        domain = await self.system.post("/v1/phone-domains", domain=DOMAIN)
        made = await self.system.post("/v1/phones", user_id=first, domain_id=domain["id"], name="desk1")
        self.phone = Baresip(
            self.folder / "phone",
            write(self.folder / "phone.wav", tone(PHONE_HZ, 60)),
            "desk1",
            account=f"<sip:desk1@{DOMAIN}>;auth_pass={made['secret']};regint=60;answermode=auto;audio_codecs=PCMA"
            f';outbound="sip:127.0.0.1:{self.system.sip_port};transport=udp"\n',
        )
        for agent, telephone in ((first, {"phone": "desk1"}), (second, {"number": MOBILE})):
            answer = await self.system.owner.put(f"/v1/agent-telephones/{agent}", json=telephone)
            assert answer.is_success, answer.text
        await self.system.settled()

    @asynccontextmanager
    async def desk(self, email: str) -> AsyncGenerator[Desk]:
        client = self.system.client()
        await self.system.log_in(client, email)
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookies, "Origin": self.system.url}
        address = self.system.url.replace("http", "ws", 1) + "/v1/desk"
        async with connect(address, additional_headers=headers) as connection:
            desk = Desk(connection, lambda _: None, lambda _: None)
            reading = asyncio.create_task(desk.run())
            assert await shows(desk, lambda state: bool(state))
            yield desk
            await desk.intend("log_out")
            reading.cancel()
        await client.aclose()

    async def dial(self) -> None:
        await self.caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{self.system.sip_port}")


Look = Callable[[dict[str, Any]], object]


async def shows(desk: Desk, what: Look, seconds: float = 10.0) -> bool:
    async def shown() -> bool:
        return bool(what(desk.state))

    return bool(await eventually(shown, seconds))


def is_(state: str) -> Look:
    return lambda shown: shown["me"]["state"] == state


@pytest.fixture
async def seats(tmp_path: Path) -> AsyncIterator[Seats]:
    caller = Baresip(tmp_path / "caller", write(tmp_path / "caller.wav", tone(CALLER_HZ, 60)), CALLER)
    mobile = Baresip(tmp_path / "mobile", write(tmp_path / "mobile.wav", tone(MOBILE_HZ, 60)), MOBILE)
    system = await new_system(tmp_path)
    seats = Seats(system, tmp_path, caller, mobile)
    await seats.build()
    async with AsyncExitStack() as peers:
        for peer in (caller, mobile):
            await peers.enter_async_context(peer)
        yield seats
    await system.stop()


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


async def saw(peer: Baresip, kind: str) -> bool:
    return peer.saw(kind)
