"""A centre whose agents sit at telephones, and the telephones: baresip with a tone each."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from api.demo.desk import Desk
from load_tests.peers.baresip import Baresip, with_tone
from load_tests.peers.sound import tone, write
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system

CALLER_HZ, PHONE_HZ, MOBILE_HZ = 440.0, 700.0, 1100.0
CALLER, MOBILE = "+442079460018", "+447700900123"
DOMAIN = "phones.example.org"
PHONE = "desk1"


class Seats:
    """One centre: the first agent has a telephone that registers with us, the second a number behind the trunk."""

    def __init__(self, system: System, folder: Path, caller: Baresip, mobile: Baresip) -> None:
        self.system = system
        self.folder = folder
        self.caller = caller
        self.mobile = mobile
        self.centre: Centre

    async def build(self, **queue: Any) -> None:
        rules: dict[str, Any] = {"greeting": [], "wrap_up_seconds": 0, **queue}
        self.centre = await make_centre(self.system, 2, self.mobile.sip, **rules)
        await self.system.owner.patch("/v1/tenant", json={"outbound_trunk_id": self.centre.trunk["id"]})
        first, second = (agent["id"] for agent in self.centre.agents)
        domain = await self.system.post("/v1/phone-domains", domain=DOMAIN)
        made = await self.system.post("/v1/phones", user_id=first, domain_id=domain["id"], name=PHONE)
        self.registered = made
        self.phone = Baresip(
            self.folder / "phone",
            write(self.folder / "phone.wav", tone(PHONE_HZ, 60)),
            PHONE,
            account=f"<sip:{PHONE}@{DOMAIN}>;auth_pass={made['secret']};regint=60;answermode=auto;audio_codecs=PCMA"
            f';outbound="sip:127.0.0.1:{self.system.sip_port};transport=udp"\n',
        )
        for agent, telephone in ((first, {"phone": PHONE}), (second, {"number": MOBILE})):
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

    @asynccontextmanager
    async def api(self, email: str) -> AsyncGenerator[httpx.AsyncClient]:
        """Logged in as this person."""
        async with self.system.client() as client:
            await self.system.log_in(client, email)
            yield client

    async def dial(self) -> None:
        await self.caller.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{self.system.sip_port}")


Look = Callable[[dict[str, Any]], object]


async def shows(desk: Desk, what: Look, seconds: float = 10.0) -> bool:
    async def shown() -> bool:
        return bool(what(desk.state))

    return bool(await eventually(shown, seconds))


def is_(state: str) -> Look:
    return lambda shown: shown["me"]["state"] == state


async def saw(peer: Baresip, kind: str) -> bool:
    return peer.saw(kind)


@asynccontextmanager
async def new_seats(folder: Path, mobile: Baresip | None = None, **queue: Any) -> AsyncGenerator[Seats]:
    """With the caller and the number outside there; the telephone that registers is the test's to switch on."""
    caller = with_tone(folder, "caller", CALLER_HZ, CALLER)
    mobile = mobile or with_tone(folder, "mobile", MOBILE_HZ, MOBILE)
    system = await new_system(folder)
    try:
        seats = Seats(system, folder, caller, mobile)
        await seats.build(**queue)
        async with caller, mobile:
            yield seats
    finally:
        await system.stop()
