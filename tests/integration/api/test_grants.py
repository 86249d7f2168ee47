"""A provider's people act in a client by its leave only, as far as it goes, and as long as it lasts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from api_clients import Client, let_in, new_client, terms
from api_server import OURS, PASSWORD, THEIRS, Centre, email, problem

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import ProviderId, UserId
from tenants.audit import AuditEntry, AuditRepository
from tenants.directory import Role, load_tenant_directory
from tenants.directory.grants import GrantBook, shared_staff


@pytest.fixture
async def client(centre: Centre) -> Client:
    return await new_client(centre)


async def audit_of(centre: Centre, client: Client) -> list[AuditEntry]:
    scope = TenantScope(client.id)
    async with centre.database.read(scope) as uow:
        return list(await AuditRepository(uow.session, scope).page(None, 100))


async def test_without_a_grant_a_client_is_not_there(centre: Centre, client: Client) -> None:
    for role in Role:
        person = await centre.client(role)
        problem(await person.get("/v1/queues", headers=client.header), 404, "no_such_client")
    owner = await centre.client()
    problem(await owner.get("/v1/queues", headers={"Cordboard-Client": "nonsense"}), 404, "no_such_client")


async def test_under_a_grant_the_clients_things_are_shown_and_changed(centre: Centre, client: Client) -> None:
    queue = (await client.owner.post("/v1/queues", json={"name": "Theirs"})).json()
    await let_in(centre, client)
    person = await centre.client(Role.SUPERVISOR)
    shown = (await person.get("/v1/queues", headers=client.header)).json()["items"]
    assert [one["name"] for one in shown] == ["Theirs"]
    path = f"/v1/queues/{queue['id']}"
    changed = await person.patch(path, json={"priority": 3}, headers=client.header)
    assert changed.json()["priority"] == 3
    problem(await person.patch(path, json={"priority": 3}), 404, "not_found")


async def test_a_grant_allows_what_it_says_and_no_more(centre: Centre, client: Client) -> None:
    await let_in(centre, client, roles=["analyst"], permissions=["audit.read"])
    person = await centre.client(Role.SUPERVISOR)
    assert (await person.get("/v1/audit", headers=client.header)).status_code == 200
    assert (await person.get("/v1/calls", headers=client.header)).status_code == 200
    problem(await person.get("/v1/live", headers=client.header), 403, "forbidden")
    problem(await person.post("/v1/queues", json={"name": "X"}, headers=client.header), 403, "forbidden")


async def test_an_api_key_narrows_a_grant_too(centre: Centre, client: Client) -> None:
    person = await centre.client(Role.ADMIN)
    made = await person.post("/v1/api-keys", json={"name": "Report", "permissions": ["queues.read"]})
    assert made.status_code == 201, made.text
    await let_in(centre, client, Role.ADMIN, roles=["admin"])
    async with centre.stranger() as machine:
        key = {"Authorization": f"Bearer {made.json()['key']}"} | client.header
        assert (await machine.get("/v1/queues", headers=key)).status_code == 200
        problem(await machine.get("/v1/users", headers=key), 403, "forbidden")


async def test_every_act_is_audited_with_the_grant_and_the_name(centre: Centre, client: Client) -> None:
    queue = (await client.owner.post("/v1/queues", json={"name": "Theirs"})).json()
    grant = await let_in(centre, client)
    person = await centre.client(Role.SUPERVISOR)
    await person.get("/v1/queues", headers=client.header)
    await person.patch(f"/v1/queues/{queue['id']}", json={"priority": 3}, headers=client.header)
    entries = [one for one in await audit_of(centre, client) if one.origin.grant is not None]
    assert [one.action for one in entries] == ["queue.changed", "grant.used"]
    for entry in entries:
        assert str(entry.origin.grant) == grant["id"]
        assert entry.origin.user == await centre.user(Role.SUPERVISOR)
        assert entry.detail["guest"] == "The supervisor"


async def test_the_client_sees_when_a_grant_was_used_last_and_by_whom(centre: Centre, client: Client) -> None:
    grant = await let_in(centre, client)
    assert grant["last_used_at"] is None
    centre.clock.advance(3600)
    person = await centre.client(Role.SUPERVISOR)
    await person.get("/v1/queues", headers=client.header)
    (listed,) = (await client.owner.get("/v1/grants")).json()["items"]
    assert listed["last_used_at"] == centre.clock.now().isoformat().replace("+00:00", "Z")
    assert (listed["last_used_by_name"], listed["user_name"], listed["state"]) == (
        "The supervisor",
        "The supervisor",
        "live",
    )


async def test_ended_by_the_client_the_next_request_fails(centre: Centre, client: Client) -> None:
    grant = await let_in(centre, client)
    person = await centre.client(Role.SUPERVISOR)
    assert (await person.get("/v1/queues", headers=client.header)).status_code == 200
    ended = await client.owner.delete(f"/v1/grants/{grant['id']}")
    assert ended.json()["state"] == "ended"
    problem(await person.get("/v1/queues", headers=client.header), 404, "no_such_client")
    problem(await client.owner.delete(f"/v1/grants/{grant['id']}"), 409, "grant_over")
    assert (await person.get("/v1/queues")).status_code == 200, "at home nothing changed"


async def test_a_grant_ends_with_its_time_to_the_second(centre: Centre, client: Client) -> None:
    await let_in(centre, client, until=(centre.clock.now() + timedelta(minutes=10)).isoformat())
    person = await centre.client(Role.SUPERVISOR)
    centre.clock.advance(599)
    assert (await person.get("/v1/queues", headers=client.header)).status_code == 200
    centre.clock.advance(1)
    problem(await person.get("/v1/queues", headers=client.header), 404, "no_such_client")
    (listed,) = (await client.owner.get("/v1/grants")).json()["items"]
    assert listed["state"] == "expired"


async def test_what_a_provider_asks_for_is_given_by_the_client_only(centre: Centre, client: Client) -> None:
    admin, person = await centre.client(Role.ADMIN), await centre.client(Role.QUALITY)
    body = terms(centre, client_id=str(client.id), user_id=str(await centre.user(Role.QUALITY)), roles=["quality"])
    asked = await admin.post("/v1/provider/grants", json=body)
    assert (asked.status_code, asked.json()["state"]) == (201, "pending")
    path = f"/v1/grants/{asked.json()['id']}"
    problem(await person.get("/v1/recordings", headers=client.header), 404, "no_such_client")
    problem(await admin.post(f"{path}/acceptance", json={}), 404, "not_found")
    sooner = (centre.clock.now() + timedelta(days=3)).isoformat()
    given = await client.owner.post(f"{path}/acceptance", json={"until": sooner})
    assert (given.json()["state"], given.json()["until"]) == ("live", sooner.replace("+00:00", "Z"))
    assert (await person.get("/v1/recordings", headers=client.header)).status_code == 200
    problem(await client.owner.post(f"{path}/acceptance", json={}), 409, "grant_over")


async def test_a_request_can_be_refused_and_withdrawn(centre: Centre, client: Client) -> None:
    admin = await centre.client(Role.ADMIN)
    body = terms(centre, client_id=str(client.id), provider_role="quality", roles=["quality"])
    first = (await admin.post("/v1/provider/grants", json=body)).json()
    second = (await admin.post("/v1/provider/grants", json=body)).json()
    assert (await client.owner.delete(f"/v1/grants/{first['id']}")).json()["state"] == "refused"
    assert (await admin.delete(f"/v1/provider/grants/{second['id']}")).json()["state"] == "withdrawn"
    listed = (await admin.get("/v1/provider/grants")).json()["items"]
    assert [one["state"] for one in listed] == ["withdrawn", "refused"]
    problem(await client.owner.post(f"/v1/grants/{first['id']}/acceptance", json={}), 409, "grant_over")


async def test_a_whole_role_is_let_in_and_those_who_lose_it_are_not(centre: Centre, client: Client) -> None:
    await let_in(centre, client, provider_role="quality", roles=["quality"])
    person, other = await centre.client(Role.QUALITY), await centre.client(Role.ANALYST)
    assert (await person.get("/v1/recordings", headers=client.header)).status_code == 200
    problem(await other.get("/v1/recordings", headers=client.header), 404, "no_such_client")
    owner = await centre.client()
    await owner.patch(f"/v1/users/{await centre.user(Role.QUALITY)}", json={"roles": ["analyst"]})
    problem(await person.get("/v1/recordings", headers=client.header), 404, "no_such_client")


@pytest.mark.parametrize("how", ["deactivated", "removed"])
async def test_who_leaves_the_provider_loses_all_grants(centre: Centre, client: Client, how: str) -> None:
    await let_in(centre, client)
    owner, key = await centre.client(), await centre.user(Role.SUPERVISOR)
    if how == "removed":
        await owner.delete(f"/v1/users/{key}")
    else:
        await owner.patch(f"/v1/users/{key}", json={"active": False})
        await owner.patch(f"/v1/users/{key}", json={"active": True})
    (listed,) = (await client.owner.get("/v1/grants")).json()["items"]
    assert listed["state"] == "ended"
    assert "grant.person_left" in {one.action for one in await audit_of(centre, client)}


async def test_my_grants_name_the_clients_that_one_may_act_in(centre: Centre, client: Client) -> None:
    grant = await let_in(centre, client)
    person = await centre.client(Role.SUPERVISOR)
    (mine,) = (await person.get("/v1/session/grants", headers=client.header)).json()["items"]
    assert (mine["id"], mine["client_id"], mine["client_name"]) == (grant["id"], str(client.id), "Client")
    assert "live.read_team" in mine["permissions"]
    assert (await client.owner.get("/v1/session/grants")).json()["items"] == []


async def test_nobody_gives_a_guest_more_than_they_have(centre: Centre, client: Client) -> None:
    admin = await new_person(centre, client, "ada@client.example", ["admin"])
    body = terms(centre, email=email(Role.SUPERVISOR, OURS), roles=["billing"])
    refused = problem(await admin.post("/v1/grants", json=body), 403, "escalation_refused")
    assert "invoices.read" in refused["permissions"]
    assert "invoices.read" in refused["detail"]


async def new_person(centre: Centre, client: Client, address: str, roles: list[str]) -> httpx.AsyncClient:
    body = {"email": address, "name": "Ada", "password": PASSWORD, "roles": roles}
    assert (await client.owner.post("/v1/users", json=body)).status_code == 201
    person = centre.stranger()
    await person.post("/v1/session", json={"email": address, "password": PASSWORD})
    return person


async def test_a_guest_lets_nobody_in_and_gives_nothing_away(centre: Centre, client: Client) -> None:
    await let_in(centre, client, roles=["admin"])
    person = await centre.client(Role.SUPERVISOR)
    body = terms(centre, email=email(Role.AGENT, OURS))
    problem(await person.post("/v1/grants", json=body, headers=client.header), 403, "forbidden")
    for roles in (["owner"], ["admin"]):
        new = {"email": "back@door.example", "name": "Door", "password": PASSWORD, "roles": roles}
        assert (await person.post("/v1/users", json=new, headers=client.header)).status_code == 403
    problem(await person.get("/v1/provider/clients", headers=client.header), 403, "forbidden")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"roles": ["owner"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"permissions": ["grants.write"]}, "permissions"),
        ({"permissions": ["provider.clients"]}, "permissions"),
        ({"days": 367}, "until"),
        ({"days": 0}, "until"),
        ({"reason": ""}, "reason"),
        ({"email": "nobody@ours.example"}, "email"),
        ({"email": "supervisor@theirs.example"}, "email"),
        ({"provider_role": "agent"}, "email"),
    ],
)
async def test_terms_that_cannot_be_are_named(
    centre: Centre, client: Client, wrong: dict[str, Any], field: str
) -> None:
    changed: dict[str, Any] = {"email": email(Role.SUPERVISOR, OURS)} | wrong
    body = terms(centre, **changed)
    refused = problem(await client.owner.post("/v1/grants", json=body), 422, "invalid_input")
    assert field in {error["field"] for error in refused["errors"]}


async def test_a_company_that_serves_itself_lets_in_nobody(centre: Centre) -> None:
    body = terms(centre, email=email(Role.SUPERVISOR, OURS))
    problem(await (await centre.client()).post("/v1/grants", json=body), 422, "invalid_input")


async def test_other_providers_know_nothing_of_it(centre: Centre, client: Client) -> None:
    grant = await let_in(centre, client)
    stranger = await centre.client(Role.OWNER, THEIRS)
    problem(await stranger.get("/v1/queues", headers=client.header), 404, "no_such_client")
    problem(await stranger.get(f"/v1/grants/{grant['id']}"), 404, "not_found")
    problem(await stranger.delete(f"/v1/grants/{grant['id']}"), 404, "not_found")
    problem(await stranger.delete(f"/v1/provider/grants/{grant['id']}"), 404, "not_found")
    assert (await stranger.get("/v1/provider/grants")).json()["items"] == []
    body = terms(centre, client_id=str(client.id), provider_role="quality")
    problem(await stranger.post("/v1/provider/grants", json=body), 422, "invalid_input")


async def test_a_guest_agent_stands_in_the_clients_queue_while_the_grant_lives(centre: Centre, client: Client) -> None:
    agent = await centre.user(Role.AGENT)
    queue = (await client.owner.post("/v1/queues", json={"name": "Theirs"})).json()
    path, members = f"/v1/queues/{queue['id']}", {"agents": [str(agent)]}
    problem(await client.owner.patch(path, json=members), 422, "invalid_input")
    grant = await let_in(centre, client, Role.AGENT, roles=["agent"])
    assert (await client.owner.patch(path, json=members)).status_code == 200
    now, home = centre.clock.now(), await centre.tenant()
    theirs = await load_tenant_directory(centre.database, TenantScope(client.id), now)
    ours = await load_tenant_directory(centre.database, TenantScope(home), now)
    (guest,) = [profile for profile in theirs.agents if profile.agent == agent]
    assert (guest.home, guest.name, [str(key) for key in guest.queues]) == (home, "The agent", [queue["id"]])
    assert guest.until == now + timedelta(days=30)
    assert [str(key) for key in ours.clients] == [str(client.id)]
    await client.owner.delete(f"/v1/grants/{grant['id']}")
    theirs = await load_tenant_directory(centre.database, TenantScope(client.id), now)
    ours = await load_tenant_directory(centre.database, TenantScope(home), now)
    assert ([p.agent for p in theirs.agents], ours.clients) == ([], ())
    assert (await client.owner.get(path)).json()["agents"] == []


async def test_shared_staff_is_read_over_all_clients_or_for_one(centre: Centre, client: Client) -> None:
    second = await new_client(centre, "lee@second.example", "Second")
    for one in (client, second):
        await let_in(centre, one, Role.AGENT, roles=["agent"])
    await let_in(centre, second, Role.QUALITY, roles=["quality"])
    now = centre.clock.now()
    async with centre.database.read() as uow:
        provider = await GrantBook(uow.session).provider_at(await centre.tenant())
        assert provider is not None
        everywhere = await shared_staff(uow.session, ProviderId(provider), now)
        one = await shared_staff(uow.session, provider, now, client=second.id)
        later = await shared_staff(uow.session, provider, now + timedelta(days=30))
    agent = UserId(UUID(str(await centre.user(Role.AGENT))))
    assert {(who.agent, str(who.client)) for who in everywhere} == {(agent, str(client.id)), (agent, str(second.id))}
    assert [str(who.client) for who in one] == [str(second.id)]
    assert list(later) == []


async def test_both_sides_are_told_when_a_grant_begins_and_ends(centre: Centre, client: Client) -> None:
    heard: list[str] = []

    async def hear(subject: str, _payload: bytes) -> None:
        heard.append(subject)

    await centre.relay.drain()
    await centre.bus.subscribe("directory.*", hear)
    grant = await let_in(centre, client, Role.AGENT, roles=["agent"])
    await centre.relay.drain()
    both = sorted(f"directory.{tenant}" for tenant in (client.id, await centre.tenant()))
    assert sorted(heard) == both
    await client.owner.delete(f"/v1/grants/{grant['id']}")
    await centre.relay.drain()
    assert sorted(heard) == sorted(both * 2)
