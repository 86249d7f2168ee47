"""The audit over HTTP: filtered, taken out, verified."""

import csv
import io

import pytest
from api_server import THEIRS, Centre, problem

from tenants.directory import Role


async def test_who_what_and_when_are_filtered(centre: Centre) -> None:
    queue = await centre.queue()
    owner = await centre.client()
    user = str(await centre.user(Role.OWNER))

    async def found(**query: str) -> list[str]:
        return [item["action"] for item in (await owner.get("/v1/audit", params=query)).json()["items"]]

    assert await found(action="queue.created", user_id=user) == ["queue.created"]
    assert await found(subject_id=queue["id"]) == ["queue.created"]
    assert set(await found(subject_kind="queue")) == {"queue.created"}
    assert await found(until="2026-03-02T08:00:00Z") == []
    assert "queue.created" in await found(since="2026-03-02T08:00:00Z")
    problem(await owner.get("/v1/audit?since=yesterday"), 422, "invalid_input")


async def test_pages_follow_the_chain_downwards(centre: Centre) -> None:
    for name in ("A", "B", "C"):
        await centre.queue(name=name)
    owner = await centre.client()
    first = (await owner.get("/v1/audit", params={"limit": 2})).json()
    rest = (await owner.get("/v1/audit", params={"limit": 200, "cursor": first["next_cursor"]})).json()
    everything = [*first["items"], *rest["items"]]
    assert [item["sequence"] for item in everything] == list(range(len(everything), 0, -1))
    assert everything[0]["previous_hash"] == everything[1]["hash"]


async def test_taken_out_it_is_the_same_and_tells_who_took_it(centre: Centre) -> None:
    await centre.queue()
    owner = await centre.client()
    answer = await owner.get("/v1/audit/export", headers={"User-Agent": '=HYPERLINK("evil")'})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["action"] for row in rows[:2]] == ["audit.exported", "queue.created"]
    assert rows[0]["agent"] == '\'=HYPERLINK("evil")', "no spreadsheet computes it"
    listed = (await owner.get("/v1/audit", params={"limit": 200})).json()["items"]
    assert [row["hash"] for row in rows] == [item["hash"] for item in listed]
    theirs = await (await centre.client(Role.OWNER, THEIRS)).get("/v1/audit/export")
    assert "queue.created" not in theirs.text


async def test_a_whole_chain_is_verified_and_gives_a_head_to_keep(centre: Centre) -> None:
    owner = await centre.client()
    first = (await owner.get("/v1/audit/verification")).json()
    assert (first["whole"], first["broken"]) == (True, None)
    await centre.queue()
    again = (await owner.get("/v1/audit/verification", params={"head": first["head"]})).json()
    assert again["whole"]
    assert again["head"] != first["head"]


async def test_a_kept_head_that_the_chain_does_not_reach_is_a_break(centre: Centre) -> None:
    owner = await centre.client()
    answer = (await owner.get("/v1/audit/verification", params={"head": "900:" + "ab" * 32})).json()
    assert (answer["whole"], answer["broken"]["entry_id"]) == (False, None)


@pytest.mark.parametrize("head", ["x", "1:zz", "1:ab"])
async def test_what_is_no_head_is_refused(centre: Centre, head: str) -> None:
    problem(await (await centre.client()).get("/v1/audit/verification", params={"head": head}), 422, "invalid_input")
