"""The table of permissions, and rules that depend on who asks; `test_matrix.py` walks the table."""

from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from api_history import History
from api_server import OURS, PASSWORD, THEIRS, Centre, problem

from api.auth.permissions import OPERATIONS
from api.openapi import openapi_document
from kernel.primitives.ids import QueueId
from tenants.directory import Role


class Things(NamedTuple):
    """One of each resource of a tenant."""

    user: str
    queue: str
    number: str
    trunk: str
    call: str
    recording: str


E164 = {OURS: "+442071838750", THEIRS: "+442071838751"}

TRUNK = {"name": "Carrier", "sources": ["192.0.2.0/28"], "host": "sip.carrier.example"}


async def things(centre: Centre, domain: str, folder: Path) -> Things:
    owner = await centre.client(Role.OWNER, domain)
    agent = await centre.user(Role.AGENT, domain)
    queue = (await centre.queue(domain))["id"]
    spare = (await centre.queue(domain, name="Spare"))["id"]
    number = (await owner.post("/v1/numbers", json={"e164": E164[domain], "queue_id": spare})).json()["id"]
    trunk = (await owner.post("/v1/trunks", json=TRUNK)).json()["id"]
    assert (await owner.put(f"/v1/seats/{agent}")).status_code == 200
    history = History(centre, await centre.tenant(domain))
    call = await history.whole_call(agent, QueueId(UUID(queue)))
    recording = await history.recording(call, folder)
    return Things(str(agent), queue, number, trunk, str(call), str(recording))


def test_the_table_names_every_operation_and_nothing_else() -> None:
    documented = {
        operation["operationId"]
        for path in openapi_document()["paths"].values()
        for method, operation in path.items()
        if method in {"get", "put", "post", "patch", "delete"}
    }
    assert documented == set(OPERATIONS) - {"desk", "watch_live", "page", "get_openapi", "get_docs"}


@pytest.mark.parametrize("name", ["update_queue", "create_number", "update_number", "update_tenant"])
async def test_nothing_of_the_other_tenant_can_be_referred_to(centre: Centre, tmp_path: Path, name: str) -> None:
    own, other = await things(centre, OURS, tmp_path), await things(centre, THEIRS, tmp_path)
    owner = await centre.client()
    bodies = {
        "update_queue": ("PATCH", f"/v1/queues/{own.queue}", {"agents": [other.user]}),
        "create_number": ("POST", "/v1/numbers", {"e164": "+442071838760", "queue_id": other.queue}),
        "update_number": ("PATCH", f"/v1/numbers/{own.number}", {"queue_id": other.queue}),
        "update_tenant": ("PATCH", "/v1/tenant", {"outbound_trunk_id": other.trunk}),
    }
    method, path, body = bodies[name]
    problem(await owner.request(method, path, json=body), 422, "invalid_input")


async def test_an_agent_sees_the_own_calls_only(centre: Centre, tmp_path: Path) -> None:
    own = await things(centre, OURS, tmp_path)
    history = History(centre, await centre.tenant())
    other = await history.whole_call(await centre.user(Role.SUPERVISOR), QueueId(UUID(own.queue)), at=100)
    agent = await centre.client(Role.AGENT)
    listed = (await agent.get("/v1/calls", params={"agent_id": str(await centre.user(Role.SUPERVISOR))})).json()
    assert [call["id"] for call in listed["items"]] == [own.call]
    problem(await agent.get(f"/v1/calls/{other}"), 404, "not_found")
    assert (await (await centre.client(Role.SUPERVISOR)).get(f"/v1/calls/{other}")).status_code == 200


async def test_who_leads_a_team_sees_its_calls_and_agents_only(centre: Centre, tmp_path: Path) -> None:
    own = await things(centre, OURS, tmp_path)
    history, queue = History(centre, await centre.tenant()), QueueId(UUID((await centre.queue(name="Other"))["id"]))
    someone = await centre.user(Role.ADMIN)
    await (await centre.client()).put(f"/v1/seats/{someone}")
    other = await history.whole_call(someone, queue, at=100)
    lead = await centre.client(Role.SUPERVISOR)

    async def seen() -> tuple[set[str], set[str]]:
        calls, live = (await lead.get("/v1/calls")).json(), (await lead.get("/v1/live")).json()
        return {call["id"] for call in calls["items"]}, {agent["id"] for agent in live["team"]}

    everybody = {own.user, str(someone)}
    assert await seen() == ({own.call, str(other)}, everybody), "who leads no team sees all"
    team = {"name": "Early", "members": [own.user], "leads": [str(await centre.user(Role.SUPERVISOR))]}
    assert (await (await centre.client()).post("/v1/teams", json=team)).status_code == 201
    assert await seen() == ({own.call}, {own.user})
    assert (await lead.get(f"/v1/calls/{own.call}")).status_code == 200
    problem(await lead.get(f"/v1/calls/{other}"), 404, "not_found")


async def test_only_an_owner_makes_or_changes_owners(centre: Centre) -> None:
    admin, owner = await centre.client(Role.ADMIN), await centre.user(Role.OWNER)
    new = {"email": "new@ours.example", "name": "New", "password": PASSWORD, "roles": ["owner"]}
    problem(await admin.post("/v1/users", json=new), 403, "owners_only")
    problem(await admin.patch(f"/v1/users/{owner}", json={"password": "a new long password"}), 403, "owners_only")
    problem(
        await admin.patch(f"/v1/users/{await centre.user(Role.ADMIN)}", json={"roles": ["owner"]}), 403, "owners_only"
    )
    problem(await admin.delete(f"/v1/users/{owner}"), 403, "owners_only")


async def test_the_last_owner_stays(centre: Centre) -> None:
    client, key = await centre.client(), await centre.user(Role.OWNER)
    problem(await client.patch(f"/v1/users/{key}", json={"roles": ["admin"]}), 409, "last_owner")
    problem(await client.patch(f"/v1/users/{key}", json={"active": False}), 409, "last_owner")
    problem(await client.delete(f"/v1/users/{key}"), 422, "invalid_input")
    second = {"email": "second@ours.example", "name": "Second", "password": PASSWORD, "roles": ["owner"]}
    assert (await client.post("/v1/users", json=second)).status_code == 201
    assert (await client.patch(f"/v1/users/{key}", json={"roles": ["admin"]})).status_code == 200
