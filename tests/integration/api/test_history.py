"""Calls, recordings, indicators and the live view over HTTP."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from api_history import WAV, History
from api_server import OURS, THEIRS, Centre, problem

from api.schemas.calls import CallBody
from insight.kpi.indicators import FORMULA_VERSION
from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, QueueId
from tenants.directory import Role

SPAN = {"since": "2026-03-02T09:00:00Z", "until": "2026-03-02T10:00:00Z"}


async def history_of(centre: Centre, domain: str = OURS) -> History:
    return History(centre, await centre.tenant(domain))


async def test_a_call_record_tells_the_whole_call(centre: Centre, tmp_path: Path) -> None:
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    history = await history_of(centre)
    call = await history.whole_call(agent, QueueId(UUID(queue["id"])))
    body = (await (await centre.client()).get(f"/v1/calls/{call}")).json()
    assert body["id"] == str(call)
    assert (body["direction"], body["outcome"], body["queue_name"], body["agent_name"]) == (
        "inbound",
        "answered",
        "Service",
        "The agent",
    )
    assert (body["caller"], body["called"], body["number"]) == ("+442079460018", "+442071838750", "+442071838750")
    assert (body["wait_seconds"], body["talk_seconds"], body["connected_seconds"]) == (4.0, 30.0, 35.0)
    assert [segment["kind"] for segment in body["segments"]] == ["greeting", "queue", "talk"]
    assert body["end_cause"] == {
        "result": "completed",
        "reason": "hangup_by_caller",
        "sip_code": 200,
        "q850": 16,
    }


async def test_who_left_a_message_or_is_rung_back_is_told_as_described(centre: Centre) -> None:
    queue = QueueId(UUID((await centre.queue())["id"]))
    history = await history_of(centre)
    spoken, promised = history.new_call(), history.new_call()
    await history.write(
        *(history.offered(spoken), history.answered(spoken), history.left(spoken, queue), history.ended(spoken)),
        *(history.offered(promised), history.queued(promised, queue), history.promised(promised, queue)),
        history.ended(promised),
    )
    client = await centre.client()
    for call, outcome in ((spoken, "message_left"), (promised, "callback_promised")):
        answer = await client.get(f"/v1/calls/{call}")
        assert msgspec.json.decode(answer.content, type=CallBody).outcome == outcome


async def test_the_signalling_of_a_call_is_its_own_tenants_and_knows_no_numbers(centre: Centre) -> None:
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    history = await history_of(centre)
    call = await history.whole_call(agent, QueueId(UUID(queue["id"])))
    client = await centre.client()
    problem(await client.get(f"/v1/calls/{call}/trace"), 404, "not_found")
    await history.trace(call)
    answer = await client.get(f"/v1/calls/{call}/trace")
    body = answer.json()
    assert [(one["direction"], one["method"], one["status"], one["cause"]) for one in body["messages"]] == [
        ("received", "INVITE", None, None),
        ("sent", "INVITE", 486, 17),
    ]
    assert body["legs"] == [{"sip_call_id": "a84b4c76e66710", "direction": "inbound"}]
    assert "+44" not in answer.text
    stranger = await centre.client(domain=THEIRS)
    problem(await stranger.get(f"/v1/calls/{call}/trace"), 404, "not_found")


async def test_names_are_shown_after_their_owners_are_gone(centre: Centre) -> None:
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    call = await (await history_of(centre)).whole_call(agent, QueueId(UUID(queue["id"])))
    client = await centre.client()
    await client.delete(f"/v1/users/{agent}")
    await client.delete(f"/v1/queues/{queue['id']}")
    body = (await client.get(f"/v1/calls/{call}")).json()
    assert (body["agent_name"], body["queue_name"]) == ("The agent", "Service")


async def test_calls_are_listed_newest_first_and_filtered(centre: Centre) -> None:
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    other = await centre.queue(name="Other")
    history = await history_of(centre)
    calls = [await history.whole_call(agent, QueueId(UUID(queue["id"])), at=100 * n) for n in range(3)]
    elsewhere = await history.whole_call(agent, QueueId(UUID(other["id"])), at=400)
    client = await centre.client()

    async def listed(**query: str) -> list[str]:
        return [call["id"] for call in (await client.get("/v1/calls", params=query)).json()["items"]]

    newest_first = [str(call) for call in (elsewhere, *reversed(calls))]
    assert await listed() == newest_first
    assert await listed(queue_id=other["id"]) == [str(elsewhere)]
    assert await listed(direction="outbound") == []
    assert await listed(outcome="answered", number="+44 20 7946 0018") == newest_first
    assert await listed(since="2026-03-02T09:01:00Z", until="2026-03-02T09:04:00Z") == [str(calls[2]), str(calls[1])]
    first = (await client.get("/v1/calls", params={"limit": 3})).json()
    rest = (await client.get("/v1/calls", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [call["id"] for call in (*first["items"], *rest["items"])] == newest_first
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "query", ["number=abc", "since=yesterday", "since=2026-03-02T09:00:00", "outcome=lost", "queue_id=x"]
)
async def test_a_filter_that_means_nothing_is_refused(centre: Centre, query: str) -> None:
    problem(await (await centre.client()).get(f"/v1/calls?{query}"), 422, "invalid_input")


async def test_indicators_are_computed_from_the_calls(centre: Centre) -> None:
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    await (await history_of(centre)).whole_call(agent, QueueId(UUID(queue["id"])))
    client = await centre.client()
    body = (await client.get("/v1/indicators", params=SPAN | {"by": "queue"})).json()
    assert body["formula_version"] == FORMULA_VERSION
    (item,) = body["items"]
    assert item["scope"] == {"kind": "queue", "id": queue["id"]}
    assert (item["values"]["service_level"], item["values"]["average_speed_of_answer"]) == (100.0, 4.0)
    theirs = (await (await centre.client(Role.OWNER, THEIRS)).get("/v1/indicators", params=SPAN)).json()
    assert set(theirs["items"][0]["values"].values()) <= {None, 0}


@pytest.mark.parametrize(
    "change",
    [
        {"until": "2026-03-02T09:00:00Z"},
        {"until": "2029-03-02T09:00:00Z"},
        {"granularity": "half_hour", "until": "2026-05-02T09:00:00Z"},
        {"granularity": "minute"},
        {"by": "moon"},
    ],
)
async def test_indicators_of_a_span_that_makes_no_sense(centre: Centre, change: dict[str, str]) -> None:
    problem(await (await centre.client()).get("/v1/indicators", params=SPAN | change), 422, "invalid_input")


async def test_the_live_view_shows_queues_and_people(centre: Centre) -> None:
    agent = await centre.user(Role.AGENT)
    queue = await centre.queue(agents=[str(agent)])
    history = await history_of(centre)
    call = history.new_call()
    waiting = history.queued(call, QueueId(UUID(queue["id"])))
    await history.write(history.offered(call), waiting, history.state(agent, AgentState.AVAILABLE))
    await centre.insight.get_call(await scope(centre), call)  # folded up to the log's end
    body = (await (await centre.client(Role.SUPERVISOR)).get("/v1/live")).json()
    (row,) = body["queues"]
    assert (row["waiting"], row["agents_available"], row["agents_logged_in"]) == (1, 1, 1)
    assert [(member["id"], member["state"]) for member in body["team"]] == [(str(agent), "available")]
    theirs = (await (await centre.client(Role.SUPERVISOR, THEIRS)).get("/v1/live")).json()
    assert (theirs["queues"], [member["state"] for member in theirs["team"]]) == ([], ["logged_out"])


async def scope(centre: Centre):  # type: ignore[no-untyped-def]
    from kernel.contracts.base import TenantScope

    return TenantScope(await centre.tenant())


class TestRecordings:
    @pytest.fixture
    async def path(self, centre: Centre, tmp_path: Path) -> str:
        history = await history_of(centre)
        recording = await history.recording(CallId(centre.ids.new()), tmp_path)
        return f"/v1/recordings/{recording}/audio"

    async def test_the_list_is_of_one_call(self, centre: Centre, tmp_path: Path) -> None:
        history = await history_of(centre)
        calls = [CallId(centre.ids.new()) for _ in range(2)]
        keys = [await history.recording(call, tmp_path) for call in calls]
        client = await centre.client(Role.QUALITY)
        everything = (await client.get("/v1/recordings")).json()["items"]
        assert [item["id"] for item in everything] == [str(key) for key in reversed(keys)]
        (one,) = (await client.get("/v1/recordings", params={"call_id": str(calls[0])})).json()["items"]
        assert (one["id"], one["call_id"], one["bytes"]) == (str(keys[0]), str(calls[0]), len(WAV))
        assert one["gaps"] == [[0.5, 0.1]]
        assert (await client.get(f"/v1/recordings/{keys[0]}")).json() == one

    async def test_the_whole_sound(self, centre: Centre, path: str) -> None:
        answer = await (await centre.client(Role.QUALITY)).get(path)
        assert (answer.status_code, answer.content) == (200, WAV)
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.headers["content-length"] == str(len(WAV))
        assert answer.headers["accept-ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("wanted", "start", "end"),
        [("bytes=0-99", 0, 100), ("bytes=100-", 100, 1024), ("bytes=-24", 1000, 1024), ("bytes=1000-9999", 1000, 1024)],
    )
    async def test_a_part_of_it(self, centre: Centre, path: str, wanted: str, start: int, end: int) -> None:
        answer = await (await centre.client(Role.QUALITY)).get(path, headers={"Range": wanted})
        assert (answer.status_code, answer.content) == (206, WAV[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1024"
        assert answer.headers["content-length"] == str(end - start)

    async def test_a_part_behind_the_end(self, centre: Centre, path: str) -> None:
        answer = await (await centre.client(Role.QUALITY)).get(path, headers={"Range": "bytes=1024-"})
        problem(answer, 416, "range_not_satisfiable")
        assert answer.headers["content-range"] == "bytes */1024"

    async def test_a_part_of_another_version_is_the_whole(self, centre: Centre, path: str) -> None:
        client = await centre.client(Role.QUALITY)
        tag = (await client.get(path)).headers["etag"]
        same = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": tag})
        other = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
        assert (same.status_code, other.status_code) == (206, 200)
        known = await client.get(path, headers={"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")

    async def test_listening_is_audited(self, centre: Centre, path: str) -> None:
        await (await centre.client(Role.QUALITY)).get(path, headers={"Range": "bytes=0-9"})
        entry = (await centre.audit())[0]
        assert (entry.action, entry.origin.user) == ("recording.listened", await centre.user(Role.QUALITY))
        assert (str(entry.subject_id), entry.detail) == (path.split("/")[3], {"start": 0, "length": 10})

    async def test_a_recording_whose_file_is_gone_is_a_problem_and_not_half_an_answer(
        self, centre: Centre, path: str
    ) -> None:
        key = path.split("/")[3]
        await centre.blobs.delete(f"recordings/{await centre.tenant()}/{key}.wav")
        problem(await (await centre.client(Role.QUALITY)).get(path), 404, "not_found")
