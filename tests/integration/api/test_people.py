"""Departments, teams and roles of a tenant's own; and that nobody gives away more than they have."""

from typing import Any

import httpx
import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, log_in, problem

from tenants.directory import ROLE_PERMISSIONS, Permission, Role


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def person(centre: Centre, name: str, **body: Any) -> dict[str, Any]:
    address = f"{name}@ours.example"
    return await made(await centre.client(), "/v1/users", email=address, name=name.title(), password=PASSWORD, **body)


async def logged_in(centre: Centre, name: str) -> httpx.AsyncClient:
    client = centre.stranger()
    assert (await log_in(client, f"{name}@ours.example")).status_code == 200
    return client


class TestDepartments:
    async def test_they_form_a_tree_without_cycles(self, centre: Centre) -> None:
        admin = await centre.client(Role.ADMIN)
        top = await made(admin, "/v1/departments", name="Service")
        middle = await made(admin, "/v1/departments", name="Europe", parent_id=top["id"])
        low = await made(admin, "/v1/departments", name="Berlin", parent_id=middle["id"])
        for below in (top, middle, low):
            refused = await admin.patch(f"/v1/departments/{top['id']}", json={"parent_id": below["id"]})
            problem(refused, 409, "department_cycle")
        moved = await admin.patch(f"/v1/departments/{low['id']}", json={"parent_id": None})
        assert moved.json()["parent_id"] is None

    async def test_one_in_use_stays_and_says_by_whom(self, centre: Centre) -> None:
        admin = await centre.client(Role.ADMIN)
        top = await made(admin, "/v1/departments", name="Service")
        low = await made(admin, "/v1/departments", name="Berlin", parent_id=top["id"])
        team = await made(admin, "/v1/teams", name="Early", department_id=top["id"])
        ada = await person(centre, "ada", roles=["agent"], department_id=top["id"])
        refused = problem(await admin.delete(f"/v1/departments/{top['id']}"), 409, "still_in_use")
        assert refused["used_by"] == [
            {"kind": "department", "id": low["id"]},
            {"kind": "team", "id": team["id"]},
            {"kind": "user", "id": ada["id"]},
        ]
        assert (await admin.delete(f"/v1/departments/{low['id']}")).status_code == 204

    async def test_a_name_is_given_once_below_the_same_parent(self, centre: Centre) -> None:
        admin = await centre.client(Role.ADMIN)
        top = await made(admin, "/v1/departments", name="Service")
        problem(await admin.post("/v1/departments", json={"name": "Service"}), 409, "name_taken")
        await made(admin, "/v1/departments", name="Service", parent_id=top["id"])

    async def test_nothing_of_another_tenant_can_be_referred_to(self, centre: Centre) -> None:
        theirs = await made(await centre.client(Role.OWNER, THEIRS), "/v1/departments", name="Theirs")
        admin = await centre.client(Role.ADMIN)
        body = {"name": "Below", "parent_id": theirs["id"]}
        problem(await admin.post("/v1/departments", json=body), 422, "invalid_input")
        problem(await admin.post("/v1/teams", json={"name": "T", "department_id": theirs["id"]}), 422, "invalid_input")
        someone = await centre.user(Role.AGENT, THEIRS)
        problem(await admin.post("/v1/teams", json={"name": "T", "members": [str(someone)]}), 422, "invalid_input")
        change = {"department_id": theirs["id"]}
        path = f"/v1/users/{await centre.user(Role.AGENT)}"
        problem(await admin.patch(path, json=change), 422, "invalid_input")


class TestTeams:
    async def test_members_and_leads_are_kept_apart(self, centre: Centre) -> None:
        admin = await centre.client(Role.ADMIN)
        agent, lead = str(await centre.user(Role.AGENT)), str(await centre.user(Role.SUPERVISOR))
        team = await made(admin, "/v1/teams", name="Early", members=[agent], leads=[lead])
        assert (team["members"], team["leads"]) == ([agent], [lead])
        both = await admin.patch(f"/v1/teams/{team['id']}", json={"leads": [lead, agent]})
        problem(both, 422, "invalid_input")

    async def test_one_with_people_stays(self, centre: Centre) -> None:
        admin, agent = await centre.client(Role.ADMIN), str(await centre.user(Role.AGENT))
        team = await made(admin, "/v1/teams", name="Early", members=[agent])
        refused = problem(await admin.delete(f"/v1/teams/{team['id']}"), 409, "still_in_use")
        assert refused["used_by"] == [{"kind": "user", "id": agent}]
        await admin.patch(f"/v1/teams/{team['id']}", json={"members": []})
        assert (await admin.delete(f"/v1/teams/{team['id']}")).status_code == 204

    async def test_who_is_removed_leaves_the_teams(self, centre: Centre) -> None:
        owner = await centre.client()
        ada = await person(centre, "ada", roles=["agent"])
        team = await made(owner, "/v1/teams", name="Early", members=[ada["id"]])
        await owner.delete(f"/v1/users/{ada['id']}")
        assert (await owner.get(f"/v1/teams/{team['id']}")).json()["members"] == []


class TestFindingPeople:
    async def test_by_team_department_role_and_text(self, centre: Centre) -> None:
        owner = await centre.client()
        top = await made(owner, "/v1/departments", name="Service")
        low = await made(owner, "/v1/departments", name="Berlin", parent_id=top["id"])
        ada = await person(centre, "ada", roles=["agent"], department_id=low["id"])
        bob = await person(centre, "bob_50%", roles=["analyst"], department_id=top["id"])
        team = await made(owner, "/v1/teams", name="Early", members=[ada["id"]], leads=[bob["id"]])

        async def found(**query: str) -> list[str]:
            answer = await owner.get("/v1/users", params=query)
            return [one["name"] for one in answer.json()["items"]]

        assert await found(team_id=team["id"]) == ["Ada", "Bob_50%"]
        assert await found(department_id=top["id"]) == ["Ada", "Bob_50%"]
        assert await found(department_id=low["id"]) == ["Ada"]
        assert await found(role="agent") == ["The agent", "Ada"]
        assert await found(q="ADA") == ["Ada"]
        assert await found(q="b_50%") == ["Bob_50%"]
        assert await found(q="_") == ["Bob_50%"], "no wildcard"
        assert await found(department_id=str(centre.ids.new())) == []
        await owner.patch(f"/v1/users/{ada['id']}", json={"active": False})
        assert await found(active="false") == ["Ada"]


class TestOwnRoles:
    async def test_permissions_and_built_in_roles_are_told(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        told = (await agent.get("/v1/permissions")).json()["items"]
        assert {one["code"] for one in told if one["held"]} == ROLE_PERMISSIONS[Role.AGENT]
        assert all(one["meaning"] for one in told)
        roles = (await (await centre.client()).get("/v1/roles")).json()["items"]
        assert {one["name"]: set(one["permissions"]) for one in roles} == {
            str(role): ROLE_PERMISSIONS[role] for role in Role
        }

    async def test_its_holders_may_what_it_says_from_the_next_request_on(self, centre: Centre) -> None:
        owner = await centre.client()
        role = await made(owner, "/v1/roles", name="Auditor", permissions=["audit.read"])
        await person(centre, "ada", custom_roles=[role["id"]])
        ada = await logged_in(centre, "ada")
        assert (await ada.get("/v1/audit")).status_code == 200
        problem(await ada.get("/v1/queues"), 403, "forbidden")
        await owner.patch(f"/v1/roles/{role['id']}", json={"permissions": ["queues.read"]})
        problem(await ada.get("/v1/audit"), 403, "forbidden")
        assert (await ada.get("/v1/queues")).status_code == 200

    async def test_one_that_somebody_has_stays(self, centre: Centre) -> None:
        owner = await centre.client()
        role = await made(owner, "/v1/roles", name="Auditor", permissions=["audit.read"])
        ada = await person(centre, "ada", roles=["agent"], custom_roles=[role["id"]])
        refused = problem(await owner.delete(f"/v1/roles/{role['id']}"), 409, "still_in_use")
        assert refused["used_by"] == [{"kind": "user", "id": ada["id"]}]
        await owner.patch(f"/v1/users/{ada['id']}", json={"custom_roles": []})
        assert (await owner.delete(f"/v1/roles/{role['id']}")).status_code == 204

    @pytest.mark.parametrize(
        "wrong",
        [{"name": "owner"}, {"permissions": []}, {"permissions": ["audit.read", "audit.read"]}, {"name": " "}],
    )
    async def test_one_that_cannot_be_is_refused(self, centre: Centre, wrong: dict[str, Any]) -> None:
        body = {"name": "Auditor", "permissions": ["audit.read"]} | wrong
        problem(await (await centre.client()).post("/v1/roles", json=body), 422, "invalid_input")

    async def test_a_role_of_another_tenant_is_no_role_here(self, centre: Centre) -> None:
        theirs = await made(
            await centre.client(Role.OWNER, THEIRS), "/v1/roles", name="Theirs", permissions=["audit.read"]
        )
        body = {"custom_roles": [theirs["id"]]}
        path = f"/v1/users/{await centre.user(Role.AGENT, OURS)}"
        problem(await (await centre.client()).patch(path, json=body), 422, "invalid_input")


class TestEscalation:
    @pytest.fixture
    async def clerk(self, centre: Centre) -> httpx.AsyncClient:
        """May write people and roles, and otherwise little."""
        owner = await centre.client()
        permissions = ["users.read", "users.write", "roles.write", "queues.read"]
        role = await made(owner, "/v1/roles", name="Clerk", permissions=permissions)
        await person(centre, "clerk", custom_roles=[role["id"]])
        return await logged_in(centre, "clerk")

    async def test_no_role_beyond_the_own_permissions_is_made_or_given(
        self, centre: Centre, clerk: httpx.AsyncClient
    ) -> None:
        more = {"name": "More", "permissions": ["queues.read", "audit.read"]}
        refused = problem(await clerk.post("/v1/roles", json=more), 403, "escalation_refused")
        assert refused["permissions"] == ["audit.read"]
        new = {"email": "new@ours.example", "name": "New", "password": PASSWORD, "roles": ["quality"]}
        refused = problem(await clerk.post("/v1/users", json=new), 403, "escalation_refused")
        assert Permission.RECORDINGS_LISTEN in refused["permissions"]
        path = f"/v1/users/{await centre.user(Role.AGENT)}"
        problem(await clerk.patch(path, json={"roles": ["agent", "admin"]}), 403, "escalation_refused")

    async def test_nobody_takes_over_a_person_who_may_more(self, centre: Centre, clerk: httpx.AsyncClient) -> None:
        path = f"/v1/users/{await centre.user(Role.BILLING)}"
        for change in ({"password": "a new long password"}, {"email": "mine@ours.example"}):
            problem(await clerk.patch(path, json=change), 403, "escalation_refused")
        problem(await clerk.post(f"{path}/invitation"), 403, "escalation_refused")
        assert (await clerk.patch(path, json={"name": "Bill"})).status_code == 200

    async def test_a_role_that_others_hold_cannot_be_widened_from_below(
        self, centre: Centre, clerk: httpx.AsyncClient
    ) -> None:
        owner = await centre.client()
        role = await made(owner, "/v1/roles", name="Auditor", permissions=["audit.read"])
        widened = {"permissions": ["audit.read", "queues.read"]}
        problem(await clerk.patch(f"/v1/roles/{role['id']}", json=widened), 403, "escalation_refused")

    async def test_admins_make_supervisors_but_nobody_who_spends_money(self, centre: Centre) -> None:
        admin = await centre.client(Role.ADMIN)
        for role in (Role.SUPERVISOR, Role.QUALITY, Role.AGENT, Role.ANALYST, Role.DEVELOPER, Role.ADMIN):
            await made(admin, "/v1/users", email=f"{role}2@ours.example", name="N", password=PASSWORD, roles=[role])
        new = {"email": "b2@ours.example", "name": "N", "password": PASSWORD, "roles": ["billing"]}
        refused = problem(await admin.post("/v1/users", json=new), 403, "escalation_refused")
        assert Permission.PLAN_WRITE in refused["permissions"]
