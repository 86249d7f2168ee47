"""Privacy over HTTP: asked for by a client, carried out by the worker, fetched by the client."""

import io
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from api_history import CALLER, History
from api_server import THEIRS, Centre, problem

from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackFirst, CallbackRequested
from kernel.primitives.ids import CallbackId, EventId, QueueId
from tenants.directory import Role

PERSON = {"phone": CALLER.e164}


@pytest.fixture
async def call(centre: Centre, tmp_path: Path) -> str:
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    history = History(centre, await centre.tenant())
    call = await history.whole_call(agent, QueueId(UUID(queue["id"])))
    await history.recording(call, tmp_path)
    return str(call)


async def promise(centre: Centre) -> None:
    tenant, now = await centre.tenant(), centre.clock.now()
    asked = CallbackRequested(
        id=EventId(UUID(int=1)),
        tenant=tenant,
        at=now,
        callback=CallbackId(UUID(int=2)),
        queue=QueueId(UUID(int=3)),
        number=CALLER,
        first=CallbackFirst.AGENT,
        priority=0,
        since=now,
        expires=now,
    )
    async with centre.database.write(TenantScope(tenant)) as unit:
        await unit.append(asked)


class TestRetention:
    async def test_a_tenant_has_the_products_times_until_it_has_its_own(self, centre: Centre) -> None:
        queue, owner = await centre.queue(), await centre.client()
        first = await owner.get("/v1/privacy/retention")
        assert first.json()["days"] == {
            "recordings": 365,
            "calls": 1095,
            "notes": 1095,
            "callbacks": 1095,
            "contacts": 3650,
            "marked_callers": 3650,
        }
        own = {"days": {"recordings": 90}, "queues": {queue["id"]: {"recordings": 30}}}
        changed = await owner.put("/v1/privacy/retention", json=own, headers={"If-Match": first.headers["etag"]})
        assert changed.status_code == 200, changed.text
        assert changed.json()["days"]["recordings"] == 90
        assert (await owner.get("/v1/privacy/retention")).json()["queues"] == {queue["id"]: {"recordings": 30}}
        late = await owner.put("/v1/privacy/retention", json=own, headers={"If-Match": first.headers["etag"]})
        problem(late, 412, "revision_mismatch")
        theirs = (await (await centre.client(Role.OWNER, THEIRS)).get("/v1/privacy/retention")).json()
        assert theirs["days"]["recordings"] == 365
        assert (await centre.audit())[0].detail["days"] == {"recordings": [365, 90]}

    @pytest.mark.parametrize(
        "wrong", [{"days": {"recordings": 0}}, {"days": {"music": 1}}, {"days": {}, "queues": {str(UUID(int=7)): {}}}]
    )
    async def test_what_makes_no_sense_is_refused(self, centre: Centre, wrong: dict[str, object]) -> None:
        wrong = wrong if "queues" not in wrong else {"days": {}, "queues": {str(UUID(int=7)): {"notes": 5}}}
        problem(await (await centre.client()).put("/v1/privacy/retention", json=wrong), 422, "invalid_input")


class TestHolds:
    async def test_a_hold_is_set_shown_and_lifted(self, centre: Centre, call: str) -> None:
        owner = await centre.client()
        answer = await owner.post("/v1/privacy/holds", json={"call_id": call, "reason": "case 12"})
        assert answer.status_code == 201, answer.text
        path = answer.headers["location"]
        shown = (await owner.get(path)).json()
        assert (shown["kind"], shown["subject_id"], shown["reason"]) == ("call", call, "case 12")
        assert shown["set_by"] == str(await centre.user(Role.OWNER))
        problem(await (await centre.client(Role.OWNER, THEIRS)).get(path), 404, "not_found")
        assert (await owner.delete(path)).status_code == 204
        problem(await owner.delete(path), 409, "conflict")
        assert (await owner.get("/v1/privacy/holds")).json()["items"][0]["lifted_at"] is not None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reason": "x"},
            {"reason": "x", "phone": CALLER.e164, "email": "a@example.org"},
            {"reason": "", "phone": CALLER.e164},
            {"reason": "x", "phone": "12"},
            {"reason": "x", "call_id": str(UUID(int=5))},
            {"reason": "x", "recording_id": str(UUID(int=5))},
        ],
    )
    async def test_what_cannot_be_held_is_refused(self, centre: Centre, wrong: dict[str, str]) -> None:
        problem(await (await centre.client()).post("/v1/privacy/holds", json=wrong), 422, "invalid_input")

    async def test_what_another_tenant_has_cannot_be_held(self, centre: Centre, call: str) -> None:
        stranger = await centre.client(Role.OWNER, THEIRS)
        problem(await stranger.post("/v1/privacy/holds", json={"call_id": call, "reason": "x"}), 422, "invalid_input")


class TestPerson:
    async def test_looking_somebody_up_tells_how_much_and_is_written_down(self, centre: Centre, call: str) -> None:
        owner = await centre.client()
        found = (await owner.post("/v1/privacy/person", json=PERSON)).json()
        assert found["found"] == {"calls": 1, "recordings": 1}
        assert (await centre.audit())[0].action == "person.looked_up"
        theirs = (await (await centre.client(Role.OWNER, THEIRS)).post("/v1/privacy/person", json=PERSON)).json()
        assert theirs["found"] == {}

    async def test_a_marked_caller_and_a_promised_one_are_found(self, centre: Centre) -> None:
        owner = await centre.client()
        await owner.post("/v1/marked-callers", json={"number": CALLER.e164, "mark": "blocked"})
        await promise(centre)
        found = (await owner.post("/v1/privacy/person", json=PERSON)).json()
        assert found["found"] == {"callbacks": 1, "marked_callers": 1}

    async def test_an_export_is_asked_for_followed_and_fetched(self, centre: Centre, call: str) -> None:
        owner = await centre.client()
        asked = await owner.post("/v1/privacy/exports", json=PERSON, headers={"Idempotency-Key": "1"})
        again = await owner.post("/v1/privacy/exports", json=PERSON, headers={"Idempotency-Key": "1"})
        assert (asked.status_code, asked.json()["state"], again.json()["id"]) == (202, "queued", asked.json()["id"])
        path = asked.headers["location"]
        problem(await owner.get(f"{path}/file"), 409, "job_not_done")
        await centre.privacy.run_jobs()
        done = (await owner.get(path)).json()
        assert (done["state"], done["progress"], done["total"]) == ("done", 2, 2)
        answer = await owner.get(f"{path}/file")
        assert (answer.headers["content-type"], len(answer.content)) == ("application/zip", done["bytes"])
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert call in archive.read("calls.json").decode()
        assert (await centre.audit())[0].action == "person.export_taken"
        problem(await (await centre.client(Role.OWNER, THEIRS)).get(f"{path}/file"), 404, "not_found")
        centre.clock.advance(8 * 86_400)
        await centre.privacy.sweep_all()
        centre.clock.moment = centre.clock.moment.replace(day=2)
        problem(await owner.get(f"{path}/file"), 410, "export_gone")

    async def test_an_erasure_gives_a_certificate(self, centre: Centre, call: str) -> None:
        owner = await centre.client()
        path = (await owner.post("/v1/privacy/erasures", json=PERSON)).headers["location"]
        problem(await owner.get(f"{path}/certificate"), 409, "job_not_done")
        await centre.privacy.run_jobs()
        told = (await owner.get(f"{path}/certificate")).json()
        assert told["certificate"]["erased"] == {"calls": 1, "recordings": 1}
        assert told["certificate"]["sha256"] in told["text"]
        shown = (await owner.get(f"/v1/calls/{call}")).json()
        assert (shown["caller"], shown["recording_ids"], shown["outcome"]) == (None, [], "answered")
        assert (await owner.get("/v1/recordings")).json()["items"] == []
        assert (await owner.get("/v1/audit/verification")).json()["whole"]

    async def test_a_held_person_is_refused(self, centre: Centre, call: str) -> None:
        owner = await centre.client()
        hold = (await owner.post("/v1/privacy/holds", json=PERSON | {"reason": "case 12"})).json()
        refused = problem(await owner.post("/v1/privacy/erasures", json=PERSON), 409, "person_on_hold")
        assert refused["holds"] == [hold["id"]]

    @pytest.mark.parametrize("wrong", [{}, {"phone": "12"}, {"email": "nobody"}])
    async def test_somebody_must_be_named(self, centre: Centre, wrong: dict[str, str]) -> None:
        for path in ("person", "exports", "erasures"):
            problem(await (await centre.client()).post(f"/v1/privacy/{path}", json=wrong), 422, "invalid_input")
