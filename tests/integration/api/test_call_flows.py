"""Call flows by the API: drafted, checked, tried, published, rolled back; and nobody else's."""

import wave
from io import BytesIO
from typing import Any

import httpx
import pytest
from api_server import OURS, THEIRS, Centre, problem

from api.openapi.flow_examples import BODIES
from api.schemas.flows import FlowInput
from media.prompts.convert import RATE, as_wav
from tenants.directory import Role

DOCUMENT: dict[str, Any] = next(one.document for one in BODIES if isinstance(one, FlowInput))


def changed(**nodes: Any) -> dict[str, Any]:
    return DOCUMENT | {"nodes": DOCUMENT["nodes"] | nodes}


async def made(client: httpx.AsyncClient, document: dict[str, Any] = DOCUMENT, name: str = "main") -> str:
    answer = await client.post("/v1/flows", json={"name": name, "document": document})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_flow_is_published_changed_and_rolled_back(centre: Centre) -> None:
    owner = await centre.client()
    path = f"/v1/flows/{await made(owner)}"
    assert (await owner.post(f"{path}/check")).json() == {"problems": []}
    first = (await owner.post(f"{path}/publish", json={"note": "first"})).json()
    assert (first["live"], first["draft"]) == (1, None)
    problem(await owner.post(f"{path}/publish", json={}), 409, "no_flow_draft")

    second = changed(bye={"kind": "hang_up", "cause": "refused"})
    assert (await owner.put(f"{path}/draft", json={"document": second})).status_code == 200
    assert (await owner.post(f"{path}/publish", json={})).json()["live"] == 2
    back = (await owner.post(f"{path}/roll-back", json={"version": 1})).json()
    assert (back["live"], [one["number"] for one in back["versions"]]) == (1, [1, 2])
    old = (await owner.get(f"{path}/document", params={"version": 2})).json()
    assert old["document"]["nodes"]["bye"]["cause"] == "refused"
    problem(await owner.post(f"{path}/roll-back", json={"version": 9}), 404, "unknown_flow_version")
    actions = [entry.action for entry in await centre.audit()]
    assert actions[:5] == ["flow.rolled_back", "flow.published", "flow.draft_saved", "flow.published", "flow.created"]


async def test_with_a_key_one_is_published_once(centre: Centre) -> None:
    owner, key = await centre.client(), {"Idempotency-Key": "once"}
    path = f"/v1/flows/{await made(owner)}/publish"
    first, again = [await owner.post(path, json={}, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json()), again.text
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_skill_that_nobody_has_is_told_before_callers_wait_for_it(centre: Centre) -> None:
    owner = await centre.client()
    queue = (await centre.queue())["id"]
    needs = {"kind": "queue", "queue": queue, "skills": [{"skill": "german", "level": 3}], "on_full": "bye"}
    path = f"/v1/flows/{await made(owner, {'start': 'wait', 'nodes': {'wait': needs, 'bye': {'kind': 'hang_up'}}})}"
    told = problem(await owner.post(f"{path}/publish", json={}), 422, "flow_not_valid")
    assert [(one["node"], one["field"], one["code"]) for one in told["problems"]] == [
        ("wait", "skills.0", "unknown_name")
    ]
    agent = await centre.user(Role.AGENT)
    answer = await owner.put(f"/v1/skills/{agent}", json={"skills": [{"skill": "german", "level": 5}]})
    assert answer.is_success, answer.text
    assert (await owner.post(f"{path}/publish", json={})).json()["live"] == 1


async def test_what_stands_against_publishing_is_told_with_its_node(centre: Centre) -> None:
    owner = await centre.client()
    queue = (await centre.queue(domain=THEIRS))["id"]  # another tenant's
    broken = changed(
        bye={"kind": "queue", "queue": queue, "on_full": "nowhere"}, lost={"kind": "play", "prompts": ["greting"]}
    )
    path = f"/v1/flows/{await made(owner, broken)}"
    told = problem(await owner.post(f"{path}/publish", json={}), 422, "flow_not_valid")
    found = {(one["node"], one["field"], one["code"]) for one in told["problems"]}
    assert found >= {
        ("bye", "queue", "unknown_name"),
        ("bye", "on_full", "unknown_node"),
        ("lost", "prompts.0", "unknown_name"),
        ("lost", "next", "not_connected"),
    }
    assert "did you mean 'greeting'?" in next(one["message"] for one in told["problems"] if one["field"] == "prompts.0")
    assert (await owner.get(path)).json()["live"] is None


async def test_a_document_that_is_no_flow_is_refused_with_its_place(centre: Centre) -> None:
    owner = await centre.client()
    wrong = changed(bye={"kind": "hang_up", "cause": "tired"})
    told = problem(await owner.post("/v1/flows", json={"name": "main", "document": wrong}), 422, "unreadable_flow")
    assert told["at"] == "nodes.bye.cause"
    problem(await owner.post("/v1/flows", json={"name": "Main Line", "document": DOCUMENT}), 422, "invalid_input")
    await made(owner)
    problem(await owner.post("/v1/flows", json={"name": "main", "document": DOCUMENT}), 409, "name_in_use")


async def test_a_draft_is_tried_without_a_telephone(centre: Centre) -> None:
    owner = await centre.client()
    path = f"/v1/flows/{await made(owner)}"
    script = [{"do": "press", "keys": "1"}, {"do": "press", "keys": "9", "early": False}]
    told = (await owner.post(f"{path}/try", json={"script": script})).json()
    assert (told["stop"], told["ending"]) == ("ended", "hung_up")
    went = [(line["node"], line["to"]) for line in told["lines"] if line["kind"] == "goes"]
    assert went[:3] == [("welcome", "main"), ("main", "welcome"), ("welcome", "main")]
    problem(await owner.post(f"{path}/try", json={"script": [{"do": "sing"}]}), 422, "invalid_input")
    problem(await owner.post(f"{path}/try", json={"called": "12"}), 422, "invalid_input")


async def test_somebody_elses_change_is_not_overwritten(centre: Centre) -> None:
    owner, admin = await centre.client(), await centre.client(Role.ADMIN)
    path = f"/v1/flows/{await made(owner)}"
    tag = (await owner.get(path)).headers["ETag"]
    assert (await admin.put(f"{path}/draft", json={"document": changed()})).status_code == 200
    answer = await owner.put(f"{path}/draft", json={"document": DOCUMENT}, headers={"If-Match": tag})
    problem(answer, 412, "revision_mismatch")


async def test_numbers_lead_to_the_own_flows_only_and_hold_them(centre: Centre) -> None:
    owner, stranger = await centre.client(), await centre.client(domain=THEIRS)
    queue = (await centre.queue())["id"]
    ours, theirs = await made(owner), await made(stranger)
    number = {"e164": "+442071838750", "queue_id": queue}
    told = problem(await owner.post("/v1/numbers", json=number | {"flow_id": theirs}), 422, "invalid_input")
    assert told["errors"][0]["code"] == "no_such_flow"
    answer = await owner.post("/v1/numbers", json=number | {"flow_id": ours})
    assert answer.json()["flow_id"] == ours
    used = problem(await owner.delete(f"/v1/flows/{ours}"), 409, "named_by_flows")["used_by"]
    assert used == [{"kind": "number", "id": answer.json()["id"]}]
    assert (await owner.patch(f"/v1/numbers/{answer.json()['id']}", json={"flow_id": None})).json()["flow_id"] is None
    assert (await owner.delete(f"/v1/flows/{ours}")).status_code == 204
    problem(await owner.get(f"/v1/flows/{theirs}"), 404, "not_found")


async def test_routing_is_told_what_is_live(centre: Centre) -> None:
    owner = await centre.client()
    queue, flow = (await centre.queue())["id"], await made(owner)
    await owner.post("/v1/numbers", json={"e164": "+442071838750", "queue_id": queue, "flow_id": flow})
    directory = await centre.directories.directory(await centre.tenant(OURS))
    assert [str(route.flow) for route in directory.numbers] == [flow]


async def test_what_live_flows_name_stays(centre: Centre) -> None:
    owner = await centre.client()
    prompt = (await owner.post("/v1/prompts", json={"name": "closed", "text": "We are closed."})).json()
    hours = {"name": "office", "calendar": {"time_zone": "Europe/Berlin"}}
    calendar = (await owner.post("/v1/calendars", json=hours)).json()
    document = changed(
        welcome={"kind": "hours", "calendar": "office", "open": "main", "closed": "closed"},
        closed={"kind": "play", "prompts": ["closed"], "next": "bye"},
        main=DOCUMENT["nodes"]["main"] | {"options": {"1": "bye"}},
    )
    path = f"/v1/flows/{await made(owner, document)}"
    assert (await owner.post(f"{path}/publish", json={})).status_code == 200
    for one in (f"/v1/prompts/{prompt['id']}", f"/v1/calendars/{calendar['id']}"):
        told = problem(await owner.delete(one), 409, "named_by_flows")
        assert told["used_by"] == [{"kind": "flow", "id": "main"}]
    await owner.delete(path)
    for one in (f"/v1/prompts/{prompt['id']}", f"/v1/calendars/{calendar['id']}"):
        assert (await owner.delete(one)).status_code == 204


async def test_calendars_are_checked(centre: Centre) -> None:
    owner = await centre.client()
    for calendar in (
        {"time_zone": "Berlin"},
        {"time_zone": "UTC", "holidays": {"country": "XX"}},
        {"time_zone": "UTC", "weekly": {"monday": [{"since": "9", "until": "10:00"}]}},
    ):
        problem(await owner.post("/v1/calendars", json={"name": "office", "calendar": calendar}), 422, "wrong_calendar")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_only_who_may_changes_flows(centre: Centre, role: Role) -> None:
    client = await centre.client(role)
    problem(await client.post("/v1/flows", json={"name": "main", "document": DOCUMENT}), 403, "forbidden")


async def test_a_prompt_is_spoken_uploaded_and_heard_by_its_tenant_only(centre: Centre) -> None:
    owner, stranger = await centre.client(), await centre.client(domain=THEIRS)
    prompt = (await owner.post("/v1/prompts", json={"name": "hello", "text": "Hello", "language": "en"})).json()
    path = f"/v1/prompts/{prompt['id']}"
    assert prompt["seconds"] == 1.0
    sound = as_wav(bytes(4 * RATE))
    octets = {"Content-Type": "application/octet-stream"}
    assert (await owner.put(f"{path}/sound", content=sound, headers=octets)).json()["seconds"] == 2.0
    heard = await owner.get(f"{path}/sound")
    with wave.open(BytesIO(heard.content)) as file:
        assert file.getnframes() == 2 * RATE
    problem(await owner.put(f"{path}/sound", content=b"#EXTM3U\n", headers=octets), 422, "wrong_prompt")
    problem(await stranger.get(f"{path}/sound"), 404, "not_found")
    problem(await stranger.put(f"{path}/sound", content=sound, headers=octets), 404, "not_found")
    problem(await owner.post("/v1/prompts", json={"name": "spoken-1"}), 422, "invalid_input")


async def test_a_credential_is_never_shown(centre: Centre) -> None:
    owner = await centre.client()
    answer = await owner.post("/v1/flow-credentials", json={"name": "crm", "value": "Bearer s3cret"})
    assert answer.status_code == 201
    assert "s3cret" not in answer.text + (await owner.get("/v1/flow-credentials")).text
    assert "s3cret" not in str(await centre.audit())
    problem(await owner.post("/v1/flow-credentials", json={"name": "x", "value": "a\nb"}), 422, "invalid_input")


ROBOT = {"name": "reception", "url": "wss://robot.example.com/calls", "secret": "s3cret", "note": "by sales"}


async def test_a_robot_is_kept_with_a_secret_that_is_never_shown(centre: Centre) -> None:
    owner, stranger = await centre.client(), await centre.client(domain=THEIRS)
    answer = await owner.post("/v1/robots", json=ROBOT)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    path = f"/v1/robots/{shown['id']}"
    assert (shown["url"], shown["has_secret"]) == (ROBOT["url"], True)
    assert "s3cret" not in answer.text + (await owner.get("/v1/robots")).text + str(await centre.audit())
    assert (await stranger.get("/v1/robots")).json()["items"] == []
    problem(await stranger.get(path), 404, "not_found")
    problem(await owner.post("/v1/robots", json=ROBOT), 409, "name_in_use")

    change = {"url": "wss://robot.example.com/v2"}
    kept = (await owner.put(path, json=change)).json()
    assert (kept["url"], kept["has_secret"], kept["note"]) == (change["url"], True, "")
    assert (await owner.put(path, json=change | {"secret": None})).json()["has_secret"] is False
    answer = await owner.put(path, json=change, headers={"If-Match": '"1"'})
    problem(answer, 412, "revision_mismatch")
    actions = [entry.action for entry in await centre.audit()]
    assert actions[:3] == ["robot.changed", "robot.changed", "robot.created"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://robot.example.com/"},
        {"url": "ws://robot.example.com/"},
        {"url": "wss://127.0.0.1/"},
        {"url": "wss://robot.example.com:22/"},
        {"secret": "a\nb"},
        {"note": "x" * 501},
    ],
)
async def test_what_no_robot_can_be_is_refused(centre: Centre, wrong: dict[str, str]) -> None:
    owner = await centre.client()
    problem(await owner.post("/v1/robots", json=ROBOT | wrong), 422, "wrong_robot")


async def test_a_flow_connects_robots_that_there_are_and_holds_them(centre: Centre) -> None:
    owner = await centre.client()
    talk = {"kind": "robot", "robot": "reception", "otherwise": "bye", "on_failure": "bye"}
    document = {"start": "talk", "nodes": {"talk": talk, "bye": {"kind": "hang_up"}}}
    path = f"/v1/flows/{await made(owner, document)}"
    told = problem(await owner.post(f"{path}/publish", json={}), 422, "flow_not_valid")
    assert [(one["node"], one["field"], one["code"]) for one in told["problems"]] == [("talk", "robot", "unknown_name")]
    robot = (await owner.post("/v1/robots", json=ROBOT)).json()["id"]
    assert (await owner.post(f"{path}/publish", json={})).json()["live"] == 1
    problem(await owner.delete(f"/v1/robots/{robot}"), 409, "named_by_flows")
    other = (await owner.post("/v1/robots", json=ROBOT | {"name": "other"})).json()["id"]
    assert (await owner.delete(f"/v1/robots/{other}")).status_code == 204


async def test_the_schema_of_documents_is_published(centre: Centre) -> None:
    owner = await centre.client()
    schema = (await owner.get("/v1/flow-schema")).json()["document"]
    assert schema["title"] == "Call flow"
    assert {"Menu", "Queue", "HangUp"} <= schema["$defs"].keys()
