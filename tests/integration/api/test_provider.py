"""A provider's console: it makes, closes and reopens clients, and never sees what is theirs."""

import httpx
import pytest
from api_clients import KIM, new_client
from api_server import OURS, PASSWORD, THEIRS, Centre, email, log_in, problem

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from tenants.audit import AuditRepository
from tenants.directory import Role, load_tenant_directory

INVITED = {"name": "Invited", "owner": {"email": KIM, "name": "Kim"}, "time_zone": "Asia/Tokyo", "currency": "JPY"}


async def actions(centre: Centre, tenant: TenantId) -> list[str]:
    scope = TenantScope(tenant)
    async with centre.database.read(scope) as uow:
        return [entry.action for entry in await AuditRepository(uow.session, scope).page(None, 100)]


async def test_a_company_that_serves_itself_is_a_provider_without_clients(centre: Centre) -> None:
    owner = await centre.client()
    provider = (await owner.get("/v1/provider")).json()
    assert (provider["name"], provider["home_tenant_id"]) == (OURS, str(await centre.tenant()))
    assert (await owner.get("/v1/provider/clients")).json()["items"] == []


async def test_a_provider_renames_itself(centre: Centre) -> None:
    owner = await centre.client()
    read = await owner.get("/v1/provider")
    changed = await owner.patch("/v1/provider", json={"name": "Ours Ltd"}, headers={"If-Match": read.headers["etag"]})
    assert changed.json()["name"] == "Ours Ltd"
    again = await owner.patch("/v1/provider", json={"name": "Late"}, headers={"If-Match": read.headers["etag"]})
    problem(again, 412, "revision_mismatch")


async def test_a_client_begins_with_its_owner_and_its_plan(centre: Centre) -> None:
    client = await new_client(centre)
    assert (await client.owner.get("/v1/tenant")).json()["name"] == "Client"
    assert (await client.owner.get("/v1/users")).json()["items"][0]["roles"] == ["owner"]
    assert (await client.owner.get("/v1/seats")).status_code == 200
    problem(await client.owner.get("/v1/provider/clients"), 403, "provider_only")
    listed = (await (await centre.client()).get("/v1/provider/clients")).json()["items"]
    assert [one["id"] for one in listed] == [str(client.id)]


async def test_both_audits_tell_of_each_act_upon_a_client(centre: Centre) -> None:
    client, owner = await new_client(centre), await centre.client()
    path = f"/v1/provider/clients/{client.id}"
    await owner.patch(path, json={"name": "Renamed"})
    await owner.patch(path, json={"closed": True, "closed_reason": "Moved away"})
    await owner.patch(path, json={"closed": False})
    ours, theirs = await actions(centre, await centre.tenant()), await actions(centre, client.id)
    assert ours[:4] == ["client.reopened", "client.closed", "client.changed", "client.created"]
    assert theirs[:3] == ["tenant.reopened", "tenant.closed", "tenant.changed"]
    assert theirs[-1] == "tenant.founded"


async def test_an_invited_owner_sets_the_password_and_nobody_else_knows_it(centre: Centre) -> None:
    provider = await centre.client()
    made = (await provider.post("/v1/provider/clients", json=INVITED)).json()
    path = f"/v1/provider/clients/{made['id']}/invitation"
    void = (await provider.post(path)).json()["token"]
    token = (await provider.post(path)).json()["token"]
    async with centre.stranger() as kim:
        body = {"token": void, "password": "a password of Kim's own"}
        problem(await kim.post("/v1/invitations", json=body), 409, "invitation_invalid")
        assert (await kim.post("/v1/invitations", json=body | {"token": token})).status_code == 204
        problem(await kim.post("/v1/invitations", json=body | {"token": token}), 409, "invitation_invalid")
        assert (await log_in(kim, KIM, body["password"])).status_code == 200
        assert (await kim.get("/v1/tenant")).json()["currency"] == "JPY"
    problem(await provider.post(path), 409, "conflict")


async def test_an_invitation_ends_after_a_week(centre: Centre) -> None:
    provider = await centre.client()
    made = (await provider.post("/v1/provider/clients", json=INVITED)).json()
    token = (await provider.post(f"/v1/provider/clients/{made['id']}/invitation")).json()["token"]
    centre.clock.advance(7 * 86_400)
    async with centre.stranger() as kim:
        answer = await kim.post("/v1/invitations", json={"token": token, "password": PASSWORD})
        problem(answer, 409, "invitation_invalid")


async def test_whom_the_client_invites_the_provider_cannot_invite_again(centre: Centre) -> None:
    client, provider = await new_client(centre), await centre.client()
    new = {"email": "lee@client.example", "name": "Lee", "roles": ["agent"]}
    lee = (await client.owner.post("/v1/users", json=new)).json()
    invited = await client.owner.post(f"/v1/users/{lee['id']}/invitation")
    assert invited.json()["user_id"] == lee["id"]
    problem(await provider.post(f"/v1/provider/clients/{client.id}/invitation"), 409, "conflict")


async def test_a_closed_clients_people_are_out_at_once_and_in_again_when_it_reopens(centre: Centre) -> None:
    client, provider = await new_client(centre), await centre.client()
    path = f"/v1/provider/clients/{client.id}"
    problem(await provider.patch(path, json={"closed": True}), 422, "invalid_input")
    closed = await provider.patch(path, json={"closed": True, "closed_reason": "Moved away"})
    assert closed.json()["closed_reason"] == "Moved away"
    problem(await client.owner.get("/v1/tenant"), 401, "no_session")
    directory = await load_tenant_directory(centre.database, TenantScope(client.id), centre.clock.now())
    assert directory.suspended, "no new calls"
    async with centre.stranger() as kim:
        problem(await log_in(kim, KIM), 403, "client_closed")
        await provider.patch(path, json={"closed": False})
        assert (await log_in(kim, KIM)).status_code == 200


async def test_a_providers_clients_are_its_own(centre: Centre) -> None:
    client, stranger = await new_client(centre), await centre.client(Role.OWNER, THEIRS)
    path = f"/v1/provider/clients/{client.id}"
    problem(await stranger.get(path), 404, "not_found")
    problem(await stranger.patch(path, json={"closed": True, "closed_reason": "Ours now"}), 404, "not_found")
    problem(await stranger.post(f"{path}/invitation"), 404, "not_found")
    assert (await stranger.get("/v1/provider/clients")).json()["items"] == []
    own = await centre.tenant()
    problem(await (await centre.client()).get(f"/v1/provider/clients/{own}"), 404, "not_found")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "invalid_input"),
        ({"currency": "euro"}, "invalid_input"),
        ({"name": ""}, "invalid_input"),
        ({"owner": {"email": email(Role.OWNER, THEIRS), "name": "Twice", "password": PASSWORD}}, "email_taken"),
    ],
)
async def test_a_client_that_cannot_be_leaves_no_trace(centre: Centre, wrong: dict[str, object], code: str) -> None:
    provider = await centre.client()
    answer: httpx.Response = await provider.post("/v1/provider/clients", json=INVITED | wrong)
    assert answer.json()["code"] == code
    assert (await provider.get("/v1/provider/clients")).json()["items"] == []


async def test_nothing_of_a_client_is_shown_without_a_grant(centre: Centre) -> None:
    client = await new_client(centre)
    queue = (await client.owner.post("/v1/queues", json={"name": "Secret queue"})).json()
    users = (await client.owner.get("/v1/users")).json()["items"]
    provider = await centre.client()
    problem(await provider.get(f"/v1/queues/{queue['id']}"), 404, "not_found")
    problem(await provider.get(f"/v1/users/{users[0]['id']}"), 404, "not_found")
    for path in ("/v1/queues", "/v1/users", "/v1/audit", f"/v1/provider/clients/{client.id}"):
        text = (await provider.get(path)).text
        assert "Secret queue" not in text
        assert KIM not in text
