"""Every operation by every role, by a stranger, and on what belongs to the other tenant."""

from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from api_history import History
from api_server import OURS, PASSWORD, THEIRS, Centre, problem

from api.auth.permissions import OPERATIONS, Rule
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
SPAN = "since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z"

REQUESTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "get_session": ("GET", "/v1/session", None),
    "log_out": ("DELETE", "/v1/session", None),
    "get_tenant": ("GET", "/v1/tenant", None),
    "update_tenant": ("PATCH", "/v1/tenant", {"name": "New name"}),
    "list_users": ("GET", "/v1/users", None),
    "create_user": (
        "POST",
        "/v1/users",
        {"email": "new@ours.example", "name": "New", "password": PASSWORD, "roles": ["agent"]},
    ),
    "get_user": ("GET", "/v1/users/{user}", None),
    "update_user": ("PATCH", "/v1/users/{user}", {"name": "New name"}),
    "delete_user": ("DELETE", "/v1/users/{user}", None),
    "get_plan": ("GET", "/v1/plan", None),
    "update_plan": ("PATCH", "/v1/plan", {"seats": 5}),
    "list_seats": ("GET", "/v1/seats", None),
    "assign_seat": ("PUT", "/v1/seats/{user}", None),
    "release_seat": ("DELETE", "/v1/seats/{user}", None),
    "list_queues": ("GET", "/v1/queues", None),
    "create_queue": ("POST", "/v1/queues", {"name": "Sales"}),
    "get_queue": ("GET", "/v1/queues/{queue}", None),
    "update_queue": ("PATCH", "/v1/queues/{queue}", {"priority": 1}),
    "delete_queue": ("DELETE", "/v1/queues/{queue}", None),
    "list_numbers": ("GET", "/v1/numbers", None),
    "create_number": ("POST", "/v1/numbers", {"e164": "+442071838760", "queue_id": "{queue}"}),
    "get_number": ("GET", "/v1/numbers/{number}", None),
    "update_number": ("PATCH", "/v1/numbers/{number}", {"queue_id": "{own_queue}"}),
    "delete_number": ("DELETE", "/v1/numbers/{number}", None),
    "list_trunks": ("GET", "/v1/trunks", None),
    "create_trunk": ("POST", "/v1/trunks", TRUNK | {"sources": ["198.51.100.1"]}),
    "get_trunk": ("GET", "/v1/trunks/{trunk}", None),
    "update_trunk": ("PATCH", "/v1/trunks/{trunk}", {"name": "Other carrier"}),
    "delete_trunk": ("DELETE", "/v1/trunks/{trunk}", None),
    "list_calls": ("GET", "/v1/calls", None),
    "get_call": ("GET", "/v1/calls/{call}", None),
    "list_recordings": ("GET", "/v1/recordings", None),
    "get_recording": ("GET", "/v1/recordings/{recording}", None),
    "get_recording_audio": ("GET", "/v1/recordings/{recording}/audio", None),
    "list_indicators": ("GET", f"/v1/indicators?{SPAN}", None),
    "get_live": ("GET", "/v1/live", None),
    "preview_invoice": ("GET", "/v1/invoices/preview", None),
    "list_audit": ("GET", "/v1/audit", None),
    "export_audit": ("GET", "/v1/audit/export", None),
    "verify_audit": ("GET", "/v1/audit/verification", None),
}
OF_ONE = tuple(name for name, (_, path, _) in REQUESTS.items() if "{" in path)
NOT_HTTP = {"desk", "page"}
ONLY_ONCE = {"delete_user", "log_out", "delete_queue", "delete_number", "delete_trunk", "release_seat"}


def guarded() -> dict[str, Rule]:
    return {name: rule for name, rule in OPERATIONS.items() if not rule.public and name not in NOT_HTTP}


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


async def ask(client: httpx.AsyncClient, name: str, of: Things, own: Things) -> httpx.Response:
    method, path, body = REQUESTS[name]
    filled = of._asdict() | {"own_queue": own.queue}
    if body is not None:
        body = {key: value.format(**filled) if isinstance(value, str) else value for key, value in body.items()}
    return await client.request(method, path.format(**filled), json=body)


def test_the_table_names_every_operation_and_nothing_else() -> None:
    documented = {
        operation["operationId"]
        for path in openapi_document()["paths"].values()
        for method, operation in path.items()
        if method in {"get", "put", "post", "patch", "delete"}
    }
    assert documented == set(OPERATIONS) - {"desk", "page", "get_openapi", "get_docs"}
    assert set(REQUESTS) == set(guarded())


@pytest.mark.parametrize("name", sorted(guarded()))
async def test_each_role_may_do_what_the_table_says(centre: Centre, tmp_path: Path, name: str) -> None:
    own = await things(centre, OURS, tmp_path)
    rule = OPERATIONS[name]
    for role in Role:
        client = await centre.client(role)
        allowed = rule.allows_role(role)
        if allowed and name in ONLY_ONCE:
            continue  # succeed only once, and are shown by other tests
        answer = await ask(client, name, own, own)
        if allowed:
            assert answer.status_code < 300 or answer.status_code == 409, (role, answer.text)
        else:
            problem(answer, 403, "forbidden")


@pytest.mark.parametrize("name", sorted(guarded()))
async def test_without_a_session_nothing_is_told(centre: Centre, tmp_path: Path, name: str) -> None:
    own = await things(centre, OURS, tmp_path)
    async with centre.stranger() as client:
        problem(await ask(client, name, own, own), 401, "no_session")


@pytest.mark.parametrize("name", OF_ONE)
async def test_what_belongs_to_another_tenant_is_not_there(centre: Centre, tmp_path: Path, name: str) -> None:
    own, other = await things(centre, OURS, tmp_path), await things(centre, THEIRS, tmp_path)
    for role in Role:
        rule = OPERATIONS[name]
        answer = await ask(await centre.client(role), name, other, own)
        if rule.allows_role(role):
            problem(answer, 404, "not_found")
        else:
            problem(answer, 403, "forbidden")
    async with centre.stranger() as client:
        problem(await ask(client, name, other, own), 401, "no_session")


@pytest.mark.parametrize("name", [name for name in REQUESTS if name.startswith("list_") and name != "list_indicators"])
async def test_lists_hold_nothing_of_the_other_tenant(centre: Centre, tmp_path: Path, name: str) -> None:
    own, other = await things(centre, OURS, tmp_path), await things(centre, THEIRS, tmp_path)
    answer = await ask(await centre.client(), name, own, own)
    assert answer.status_code == 200
    assert not any(key in answer.text for key in (*other, THEIRS))


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
