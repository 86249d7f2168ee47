"""A provider (`OURS`) with a client of its own, and how its people act in it."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from api_server import OURS, PASSWORD, Centre, email, log_in

from kernel.primitives.ids import TenantId
from tenants.directory import Role

KIM = "kim@client.example"


class Client(NamedTuple):
    """A client of the provider and its logged-in owner."""

    id: TenantId
    owner: httpx.AsyncClient

    @property
    def header(self) -> dict[str, str]:
        return {"Cordboard-Client": str(self.id)}


async def new_client(centre: Centre, owner: str = KIM, name: str = "Client", provider: str = OURS) -> Client:
    body = {"name": name, "owner": {"email": owner, "name": "Kim", "password": PASSWORD}, "seats": 3}
    answer = await (await centre.client(Role.OWNER, provider)).post("/v1/provider/clients", json=body)
    assert answer.status_code == 201, answer.text
    client = centre.stranger()
    assert (await log_in(client, owner)).status_code == 200
    return Client(TenantId(UUID(answer.json()["id"])), client)


def terms(centre: Centre, days: float = 30, **more: Any) -> dict[str, Any]:
    until = centre.clock.now() + timedelta(days=days)
    return {"roles": ["supervisor"], "until": until.isoformat(), "reason": "Covers the evening"} | more


async def let_in(centre: Centre, client: Client, role: Role = Role.SUPERVISOR, **more: Any) -> dict[str, Any]:
    """The client's owner gives the provider's person with `role` a grant."""
    to: dict[str, Any] = {} if "provider_role" in more else {"email": email(role, "ours.example")}
    answer = await client.owner.post("/v1/grants", json=terms(centre, **to, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()
