"""Settings of queues, skills and marked callers: kept as sent, told to routing, and of one tenant alone."""

from typing import Any
from uuid import UUID

import httpx
from api_server import OURS, THEIRS, Centre, email, log_in, problem

from kernel.contracts.base import TenantScope
from kernel.contracts.directory import TenantDirectory
from kernel.contracts.queues import OverflowCause, SkillLevel, Strategy, ToNumber
from kernel.primitives.phone import PhoneNumber
from tenants.directory import Role, load_tenant_directory

NUMBER = "+442079460018"
NEEDS = [{"accepts": {"kind": "at_least", "skill": "german", "level": 7}}]
SETTINGS: dict[str, Any] = {
    "distribution": {"strategy": "round_robin", "needs": NEEDS, "last_agent": {"hold_seconds": 30}},
    "waiting": {
        "capacity": 20,
        "overflows": [{"when": "full", "to": {"kind": "number", "number": NUMBER}}],
        "comfort": {"prompts": ["patience"], "say_position": True, "say_wait": True, "language": "de-AT"},
        "callbacks": {"attempts": 5, "calendar": "evenings"},
    },
}


async def told(centre: Centre, tenant: str) -> TenantDirectory:
    """What routing is told of the tenant."""
    scope = TenantScope(UUID(tenant))  # type: ignore[arg-type]
    return await load_tenant_directory(centre.database, scope, centre.clock.now())


async def tenant_of(client: httpx.AsyncClient) -> str:
    return (await client.get("/v1/tenant")).json()["id"]


async def make_calendar(client: httpx.AsyncClient, name: str = "evenings") -> str:
    calendar = {"time_zone": "Europe/Berlin", "weekly": {"monday": [{"since": "18:00", "until": "20:00"}]}}
    made = await client.post("/v1/calendars", json={"name": name, "calendar": calendar})
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def test_hours_of_callbacks_are_those_of_a_calendar_that_is_there(centre: Centre) -> None:
    owner = await centre.client()
    named = {"waiting": {"callbacks": {"calendar": "evenings"}}}
    refused = problem(await owner.post("/v1/queues", json={"name": "German", **named}), 422, "invalid_input")
    assert refused["errors"][0]["field"] == "waiting.callbacks.calendar"
    queue = (await owner.post("/v1/queues", json={"name": "German", "waiting": {}})).json()["id"]
    problem(await owner.patch(f"/v1/queues/{queue}", json=named), 422, "invalid_input")

    calendar = await make_calendar(owner)
    assert (await owner.patch(f"/v1/queues/{queue}", json=named)).status_code == 200
    kept = problem(await owner.delete(f"/v1/calendars/{calendar}"), 409, "still_in_use")
    assert [one["id"] for one in kept["used_by"]] == [queue]
    await owner.patch(f"/v1/queues/{queue}", json={"waiting": {}})
    assert (await owner.delete(f"/v1/calendars/{calendar}")).status_code == 204


async def test_settings_of_a_queue_reach_routing(centre: Centre) -> None:
    owner = await centre.client()
    await make_calendar(owner)
    made = await owner.post("/v1/queues", json={"name": "German", **SETTINGS})
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["waiting"]["overflows"][0]["to"] == {"kind": "number", "number": NUMBER}
    assert (await owner.get(f"/v1/queues/{body['id']}")).json() == body

    directory = await told(centre, await tenant_of(owner))
    rules = next(queue for queue in directory.queues if str(queue.queue) == body["id"])
    assert rules.distribution.strategy is Strategy.ROUND_ROBIN
    assert (rules.waiting.callbacks.attempts, rules.waiting.callbacks.calendar) == (5, "evenings")
    assert rules.waiting.comfort is not None
    assert rules.waiting.comfort.language == "de-AT"
    (overflow,) = rules.waiting.overflows
    assert (overflow.when, overflow.to) == (OverflowCause.FULL, ToNumber(PhoneNumber(NUMBER)))

    wrong = {"waiting": {"overflows": [{"when": "full", "to": {"kind": "number", "number": "12"}}]}}
    refused = problem(await owner.patch(f"/v1/queues/{body['id']}", json=wrong), 422, "invalid_input")
    assert refused["errors"][0]["field"] == "waiting.overflows.0.to.number"
    emptied = await owner.patch(f"/v1/queues/{body['id']}", json={"waiting": {}})
    assert emptied.json()["waiting"]["capacity"] is None
    assert emptied.json()["distribution"] == body["distribution"]


async def test_skills_and_marks_reach_routing_and_no_other_tenant(centre: Centre) -> None:
    owner = await centre.client()
    agents = (await owner.get("/v1/users", params={"role": "agent"})).json()["items"]
    agent = agents[0]["id"]
    skills = {"skills": [{"skill": "german", "level": 7}], "weight": 3}
    assert (await owner.put(f"/v1/skills/{agent}", json=skills)).json() == {"user_id": agent, **skills}
    twice = {"skills": [{"skill": "german", "level": 7}, {"skill": "german", "level": 2}]}
    problem(await owner.put(f"/v1/skills/{agent}", json=twice), 422, "invalid_input")
    marked = await owner.post("/v1/marked-callers", json={"number": NUMBER, "mark": "vip"})
    assert marked.status_code == 201
    again = await owner.post("/v1/marked-callers", json={"number": NUMBER, "mark": "blocked"})
    problem(again, 409, "caller_marked")

    directory = await told(centre, await tenant_of(owner))
    profile = next(one for one in directory.agents if str(one.agent) == agent)
    assert (profile.skills, profile.weight) == ((SkillLevel("german", 7),), 3)
    assert (directory.vips, directory.blocked) == ({PhoneNumber(NUMBER)}, frozenset())

    async with centre.stranger() as theirs:
        await log_in(theirs, email(Role.OWNER, THEIRS))
        problem(await theirs.put(f"/v1/skills/{agent}", json=skills), 404, "not_found")
        problem(await theirs.delete(f"/v1/marked-callers/{marked.json()['id']}"), 404, "not_found")
        assert (await theirs.get("/v1/skills")).json() == {"agents": []}
        assert (await theirs.get("/v1/marked-callers")).json()["items"] == []
        other = await told(centre, await tenant_of(theirs))
        assert other.vips == frozenset()

    assert (await owner.delete(f"/v1/marked-callers/{marked.json()['id']}")).status_code == 204
    assert (await told(centre, await tenant_of(owner))).vips == frozenset()
    async with centre.stranger() as agents_desk:
        await log_in(agents_desk, email(Role.AGENT, OURS))
        problem(await agents_desk.put(f"/v1/skills/{agent}", json=skills), 403, "forbidden")
