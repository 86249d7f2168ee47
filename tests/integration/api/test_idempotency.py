"""A POST with its key is carried out once: each that there is, whatever its handler does, and however copies come."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from api_history import History
from api_operations import World, code, operations
from api_server import Centre, problem
from sqlalchemy import insert

from api import idempotency
from api.auth.tables import IdempotencyRow
from api.idempotency import CARRIED_OUT, IDEMPOTENCY_HEADER
from kernel.contracts.desk import Transfer
from kernel.primitives.ids import QueueId, UserId
from routing.errors import CallGone
from tenants.directory import Role

NOBODY_YET = "who asks is not known before it is answered: no key could be theirs"
ONES_OWN = "a password or a code of one's own: it is good once"
WITHOUT = {
    "log_in": NOBODY_YET,
    "complete_log_in": NOBODY_YET,
    "enrol_at_log_in": NOBODY_YET,
    "accept_invitation": NOBODY_YET,
    "get_access_token": NOBODY_YET,
    "change_password": ONES_OWN,
    "begin_second_factor": ONES_OWN,
    "confirm_second_factor": ONES_OWN,
    "renew_recovery_codes": ONES_OWN,
    "disable_second_factor": ONES_OWN,
}
"""Operations whose key counts for nothing, and why."""
KEY = {IDEMPOTENCY_HEADER: "once"}
OUTSIDE = {"to": {"kind": "number", "number": "+442079460077"}}


@pytest.mark.timeout(120)
async def test_every_post_of_the_document_minds_its_key_but_those_named(centre: Centre, tmp_path: Path) -> None:
    """A key that another request has used already is refused by whoever minds it, before anything else is looked at."""
    client, world = await centre.client(), World(centre, tmp_path)
    assert (await client.post("/v1/departments", json={"name": "Sales"}, headers=KEY)).status_code == 201
    posts = [one for one in operations() if one.method == "post"]
    minding = {one.name for one in posts if code(await world.send(client, one, **KEY)) == "idempotency_key_reused"}
    told = {one.name for one in posts if IDEMPOTENCY_HEADER in one.headers}
    assert minding == {one.name for one in posts} - WITHOUT.keys()
    assert told == minding, "the document says so"


async def test_the_answer_of_what_routing_does_is_given_again(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    body = {"queue_id": queue["id"], "number": "+442079460077"}
    first = await client.post("/v1/callbacks", json=body, headers=KEY)
    await client.delete(first.headers["location"])
    again = await client.post("/v1/callbacks", json=body, headers=KEY)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (await client.get("/v1/callbacks")).json()["items"] == [], "it was promised once"


async def copies(centre: Centre, count: int) -> list[httpx.Response]:
    """Of a transfer by an agent, at the same moment."""
    agent, history = await centre.client(Role.AGENT), History(centre, await centre.tenant())
    call, queue = history.new_call(), QueueId(UUID((await centre.queue(name=f"{count} {centre.ids.new()}"))["id"]))
    await history.write(history.offered(call), history.connected(call, UserId(await centre.user(Role.AGENT)), queue))
    posts = [agent.post(f"/v1/calls/{call}/transfer", json=OUTSIDE, headers=KEY) for _ in range(count)]
    return list(await asyncio.gather(*posts))


async def test_copies_at_the_same_moment_wait_for_one_answer(centre: Centre) -> None:
    assert {answer.status_code for answer in await copies(centre, 5)} == {204}
    assert [type(intent) for _, _, intent in centre.routing.intents] == [Transfer]


async def test_after_a_refusal_the_key_is_as_new(centre: Centre) -> None:
    centre.routing.refusal = CallGone("The call has ended.")
    (answer,) = await copies(centre, 1)
    problem(answer, 409, "call_gone")
    centre.routing.refusal = None
    (answer,) = await copies(centre, 1)
    assert answer.status_code == 204


async def test_a_fault_of_ours_leaves_the_key_as_new(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fall_over(*_: object) -> None:
        raise RuntimeError("a fault")

    client, queue = await centre.client(), await centre.queue()
    body = {"queue_id": queue["id"], "number": "+442079460077"}
    with monkeypatch.context() as patch:
        patch.setattr(centre.routing, "callback", fall_over)
        problem(await client.post("/v1/callbacks", json=body, headers=KEY), 500, "internal_error")
    assert (await client.post("/v1/callbacks", json=body, headers=KEY)).status_code == 201


async def test_while_it_is_carried_out_elsewhere_a_copy_is_told_to_come_again_and_acts_once_that_is_dead(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process leaves it that died between the key and the act."""
    monkeypatch.setattr(idempotency, "PATIENCE", 2 * idempotency.LOOKED_AGAIN)
    client, path = await centre.client(), "/v1/departments"
    request = client.build_request("POST", path, json={"name": "Sales"}, headers=KEY)
    asked = idempotency.fingerprint(centre.services, f"POST {path}\n".encode() + request.content)
    async with centre.database.write() as unit:
        await unit.session.execute(
            insert(IdempotencyRow.table()).values(
                tenant_id=await centre.tenant(),
                user_id=await centre.user(Role.OWNER),
                key="once",
                fingerprint=asked,
                at=centre.clock.now(),
                status=idempotency.NO_ANSWER_YET,
                headers=b"{}",
                body=b"",
            )
        )
    answer = await client.send(request)
    problem(answer, 409, "idempotency_key_in_use")
    assert answer.headers["retry-after"] == "1"
    centre.clock.advance(CARRIED_OUT.total_seconds())
    assert (await client.post(path, json={"name": "Sales"}, headers=KEY)).status_code == 201
    assert len((await client.get(path)).json()["items"]) == 1
