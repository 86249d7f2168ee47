"""The demonstration tenant, set up through the API as a tenant's owner would."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

PASSWORD = "cord board demonstration"  # noqa: S105 (printed on the screen; the demonstration listens on this machine)
OWNER = "owner@demo.example"
TENANT = "Demonstration Ltd"
SALES_NUMBER, SERVICE_NUMBER = "+442079460100", "+442079460101"
TRUNK_USER, TRUNK_PASSWORD = "demonstration", "carrier"

_PEOPLE = (("alice@demo.example", "Alice Archer"), ("bob@demo.example", "Bob Baker"))
_ROBOTS = (
    ("robin@demo.example", "Robin (robot)"),
    ("ruth@demo.example", "Ruth (robot)"),
    ("ravi@demo.example", "Ravi (robot)"),
    ("rosa@demo.example", "Rosa (robot)"),
)
_SUPERVISOR = ("sam@demo.example", "Sam Summers")
_ADMIN = ("ada@demo.example", "Ada Adams")


class Person(msgspec.Struct, frozen=True):
    id: str
    email: str
    name: str
    role: str


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """What was set up; ids as the API gave them."""

    tenant: str
    staff: tuple[Person, ...]  # who logs in through the browser
    robots: tuple[Person, ...]
    seats: int
    seats_bought_at: datetime


class Seeder:
    def __init__(self, client: httpx.AsyncClient) -> None:
        """`client` carries the owner's session."""
        self._client = client

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """RuntimeError tells what the API had against it."""
        answer = await self._client.request(method, path, json=body)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def _person(self, email: str, name: str, role: str) -> Person:
        body = {"email": email, "name": name, "password": PASSWORD, "roles": [role]}
        return Person((await self.send("POST", "/v1/users", body))["id"], email, name, role)

    async def _agents(self, people: Sequence[tuple[str, str]]) -> tuple[Person, ...]:
        agents = [await self._person(email, name, "agent") for email, name in people]
        for agent in agents:
            await self.send("PUT", f"/v1/seats/{agent.id}")
        return tuple(agents)

    async def _lines(self, agents: Sequence[Person], carrier_port: int) -> None:
        for name, number in (("Sales", SALES_NUMBER), ("Service", SERVICE_NUMBER)):
            rules = {"name": name, "agents": [agent.id for agent in agents], "short_abandon_seconds": 1}
            queue = await self.send("POST", "/v1/queues", rules)
            made = await self.send("POST", "/v1/numbers", {"e164": number, "queue_id": queue["id"]})
        trunk = await self.send(
            "POST",
            "/v1/trunks",
            {
                "name": "Demonstration carrier",
                "sources": [f"127.0.0.1/32#{carrier_port}"],
                "host": "127.0.0.1",
                "port": carrier_port,
                "username": TRUNK_USER,
                "password": TRUNK_PASSWORD,
            },
        )
        outbound = {"outbound_trunk_id": trunk["id"], "outbound_number_id": made["id"]}
        await self.send("PATCH", "/v1/tenant", outbound)

    async def set_up(self, carrier_port: int) -> Centre:
        session = await self.send("POST", "/v1/session", {"email": OWNER, "password": PASSWORD})
        seats = len(_PEOPLE) + len(_ROBOTS)
        await self.send("PATCH", "/v1/plan", {"seats": seats})
        bought_at = datetime.now(UTC)
        people, robots = await self._agents(_PEOPLE), await self._agents(_ROBOTS)
        supervisor = await self._person(*_SUPERVISOR, "supervisor")
        admin = await self._person(*_ADMIN, "admin")
        await self._lines([*people, *robots], carrier_port)
        return Centre(
            tenant=session["tenant"]["id"],
            staff=(*people, supervisor, admin),
            robots=robots,
            seats=seats,
            seats_bought_at=bought_at,
        )
