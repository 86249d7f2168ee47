"""Callbacks and messages for who leads: filtered lists, what became of them, moving one to others by what was read."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from api_history import History
from api_server import START, THEIRS, Centre, problem

from kernel.contracts.callbacks import CallbackEnded, CallbackFirst, CallbackOutcome, CallbackRequested, CancelReason
from kernel.primitives.ids import CallbackId, EventId, QueueId, TenantId
from kernel.primitives.phone import ERASED, PhoneNumber
from tenants.directory import Role

NUMBER = "+442079460077"


async def promised(client: httpx.AsyncClient, queue: dict[str, Any], number: str = NUMBER) -> httpx.Response:
    answer = await client.post("/v1/callbacks", json={"queue_id": queue["id"], "number": number})
    assert answer.status_code == 201
    return answer


async def test_a_callback_is_moved_by_what_was_read_of_it(centre: Centre) -> None:
    client, queue, other = await centre.client(Role.SUPERVISOR), await centre.queue(), await centre.queue(name="Other")
    made = await promised(client, queue)
    path, tag = made.headers["location"], made.headers["etag"]
    due = (START + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    moved = await client.patch(path, json={"queue_id": other["id"], "due": due}, headers={"If-Match": tag})
    assert (moved.status_code, moved.json()["queue_id"], moved.json()["due"]) == (200, other["id"], due)
    assert moved.json()["state"] == "scheduled"
    assert moved.headers["etag"] == (await client.get(path)).headers["etag"] != tag
    problem(await client.patch(path, json={"due": None}, headers={"If-Match": tag}), 412, "revision_mismatch")
    rung = await client.patch(path, json={"due": None})
    assert (rung.json()["state"], rung.json()["due"], rung.json()["queue_id"]) == ("waiting", None, other["id"])
    problem(await client.patch(path, json={"due": "2020-01-01T00:00:00Z"}), 422, "callback_not_possible")
    theirs = await centre.client(Role.OWNER, THEIRS)
    problem(await theirs.patch(path, json={"due": None}), 404, "not_found")
    problem(await (await centre.client(Role.QUALITY)).patch(path, json={"due": None}), 403, "forbidden")
    assert "callback.moved" in {entry.action for entry in await centre.audit()}


async def test_open_ones_are_found_by_queue_state_and_agent(centre: Centre) -> None:
    client, agent = await centre.client(), str(await centre.user(Role.AGENT))
    queue, other = await centre.queue(agents=[agent]), await centre.queue(name="Other")
    first, second = await promised(client, queue), await promised(client, other)
    await client.patch(second.headers["location"], json={"due": (START + timedelta(hours=1)).isoformat()})
    await client.patch(first.headers["location"], json={"agent_id": agent})
    for query, found in (
        ({"queue_id": queue["id"]}, [first]),
        ({"state": "scheduled"}, [second]),
        ({"agent_id": agent}, [first]),
        ({"agent_id": agent, "state": "scheduled"}, []),
        ({}, [first, second]),
    ):
        items = (await client.get("/v1/callbacks", params=query)).json()["items"]
        assert [one["id"] for one in items] == [one.json()["id"] for one in found], query
    problem(await client.get("/v1/callbacks", params={"state": "lost"}), 422, "invalid_input")


class Past:
    """Callbacks of the log: asked for, and over."""

    def __init__(self, centre: Centre, tenant: TenantId) -> None:
        self._centre = centre
        self._history = History(centre, tenant)
        self._tenant = tenant

    async def over(self, queue: str, outcome: CallbackOutcome, days: int = 0, **more: Any) -> str:
        ids, at = self._centre.ids, START - timedelta(days=days)
        name = CallbackId(ids.new())
        stamp: dict[str, Any] = {"tenant": self._tenant, "at": at, "callback": name}
        requested = CallbackRequested(
            id=EventId(ids.new()),
            **stamp,
            queue=QueueId(UUID(queue)),
            number=more.pop("number", PhoneNumber(NUMBER)),
            first=CallbackFirst.AGENT,
            priority=0,
            since=at,
            expires=at,
        )
        await self._history.write(requested, CallbackEnded(id=EventId(ids.new()), **stamp, outcome=outcome, **more))
        return str(name)


async def test_what_became_of_them_is_told_newest_first_as_long_as_it_matters(centre: Centre) -> None:
    client, queue, other = await centre.client(Role.SUPERVISOR), await centre.queue(), await centre.queue(name="Other")
    past = Past(centre, await centre.tenant())
    done = await past.over(queue["id"], CallbackOutcome.COMPLETED, number=ERASED)
    lapsed = await past.over(other["id"], CallbackOutcome.EXPIRED)
    taken_back = await past.over(queue["id"], CallbackOutcome.CANCELLED, reason=CancelReason.SETTLED)
    long_ago = await past.over(queue["id"], CallbackOutcome.COMPLETED, days=20)
    await promised(client, queue)

    async def found(**query: Any) -> list[str]:
        return [one["id"] for one in (await client.get("/v1/callbacks/ended", params=query)).json()["items"]]

    assert await found() == [taken_back, lapsed, done]
    assert set(await found(days=30)) == {taken_back, lapsed, done, long_ago}
    assert await found(queue_id=other["id"]) == [lapsed]
    assert await found(outcome="completed") == [done]
    page = (await client.get("/v1/callbacks/ended", params={"limit": 2})).json()
    rest = (await client.get("/v1/callbacks/ended", params={"cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [taken_back, lapsed, done]
    assert (page["items"][0]["reason"], rest["items"][0]["number"]) == ("settled", None)
    theirs = await centre.client(Role.OWNER, THEIRS)
    assert (await theirs.get("/v1/callbacks/ended")).json()["items"] == []


async def test_a_message_is_made_an_agent_s_or_another_queue_s(centre: Centre, tmp_path: Path) -> None:
    lead, agent = await centre.client(Role.SUPERVISOR), await centre.user(Role.AGENT)
    queue, other = await centre.queue(agents=[str(agent)]), await centre.queue(name="Other")
    history = History(centre, await centre.tenant())
    call = history.new_call()
    name = await history.recording(call, tmp_path)
    centre.routing.leave(history.tenant, call, QueueId(UUID(queue["id"])), name)
    path = f"/v1/voicemails/{name}"
    tag = (await lead.get(path)).headers["etag"]
    told = await lead.patch(path, json={"owner_id": str(agent)}, headers={"If-Match": tag})
    assert (told.status_code, told.json()["owner_id"]) == (200, str(agent))
    problem(await lead.patch(path, json={"queue_id": other["id"]}, headers={"If-Match": tag}), 412, "revision_mismatch")
    moved = await lead.patch(path, json={"queue_id": other["id"], "owner_id": None})
    assert (moved.json()["queue_id"], moved.json()["owner_id"]) == (other["id"], None)
    assert [one["id"] for one in (await lead.get("/v1/voicemails", params={"queue_id": other["id"]})).json()["items"]]
    problem(await (await centre.client(Role.AGENT)).patch(path, json={"owner_id": None}), 403, "forbidden")
    assert "voicemail.assigned" in {entry.action for entry in await centre.audit()}
    await lead.post(f"{path}/take")
    problem(await lead.patch(path, json={"owner_id": str(agent)}), 409, "voicemail_taken")


async def test_a_message_is_erased_by_who_may_and_not_against_a_hold(centre: Centre, tmp_path: Path) -> None:
    owner, queue = await centre.client(), await centre.queue()
    history = History(centre, await centre.tenant())
    call = history.new_call()
    await history.write(history.offered(call))
    name = await history.recording(call, tmp_path)
    centre.routing.leave(history.tenant, call, QueueId(UUID(queue["id"])), name)
    path = f"/v1/voicemails/{name}"
    problem(await (await centre.client(Role.SUPERVISOR)).delete(path), 403, "forbidden")
    hold = await owner.post("/v1/privacy/holds", json={"call_id": str(call), "reason": "A court."})
    assert hold.status_code == 201, hold.text
    answer = await owner.delete(path)
    problem(answer, 409, "thing_on_hold")
    assert answer.json()["holds"] == [hold.json()["id"]]
    assert (await owner.get(f"{path}/audio")).status_code == 200
    await owner.delete(f"/v1/privacy/holds/{hold.json()['id']}")
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.get(f"{path}/audio")).status_code == 404
    assert (await owner.get(f"/v1/recordings/{name}")).status_code == 404
    assert "voicemail.erased" in {entry.action for entry in await centre.audit()}
