"""A person's data leaves every place it was kept in, unless it is held; and what is left still adds up."""

import io
import json
import zipfile
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from rig import ADMIN, DAY, PrivacyRig

from insight.questions import CallFilter
from kernel.contracts.log import CallErased, RecordingDeleted
from kernel.contracts.personal import DataKind
from kernel.contracts.telephony import TrunkParty
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import QueueId, RecordingId
from kernel.primitives.phone import PhoneNumber
from tenants.privacy import HoldKind, JobKind, JobState, person_of
from tenants.privacy.certificate import as_text, digest
from tenants.privacy.errors import PersonOnHold
from tenants.privacy.repository import JobRepository
from tests.fakes import TwoTenants
from tests.unit.insight.story import SALES, SERVICE

CALLER, STRANGER = "+442079460018", "+442079460999"
EMAIL = "dana@example.org"


async def numbers(rig: PrivacyRig, tenants: TwoTenants) -> list[tuple[str | None, str, str]]:
    """Caller, called and note of every call of ours, oldest first."""
    found = await rig.insight.find_calls(tenants.our_scope, CallFilter(limit=50))
    shown = [msgspec.json.decode(one.shown) for one in reversed(found)]
    return [(one["caller"], one["called"], one["note"] or "") for one in shown]


class TestErasure:
    async def test_nothing_of_the_person_is_left_and_the_others_stay(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        forward = TrunkParty(called=PhoneNumber("+442071838788"))
        incoming = await rig.call(tenants.ours, 1, CALLER, note="wants a refund", forward=forward)
        await rig.call(tenants.ours, 2, CALLER, outbound=True)
        other = await rig.call(tenants.ours, 3, STRANGER, note="asks for hours")
        theirs = await rig.call(tenants.theirs, 1, CALLER, note="their note")
        mine = await rig.recording(tenants.ours, incoming)
        others = await rig.recording(tenants.ours, other)
        await rig.recording(tenants.theirs, theirs)
        await rig.contact(tenants.ours, "Dana", CALLER, EMAIL)
        await rig.contact(tenants.ours, "Sam", STRANGER, "sam@example.org")
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert (job.state, job.person) == (JobState.DONE, None)
        ours = "+442071838750"
        assert await numbers(rig, tenants) == [(None, ours, ""), (ours, "", ""), (STRANGER, ours, "asks for hours")]
        stored = await rig.stored(tenants.ours)
        assert CALLER[1:].encode() not in stored
        assert b"wants a refund" not in stored
        assert STRANGER[1:].encode() in stored
        assert await rig.library.get(tenants.our_scope, mine.id) is None
        assert [path.stem for path in (rig.blobs / f"recordings/{tenants.ours}").iterdir()] == [str(others.id)]
        left = await rig.keeper.find(tenants.our_scope, person_of(CALLER, EMAIL))
        assert left.records == []
        assert (await rig.keeper.find(tenants.our_scope, person_of(STRANGER, None))).records != []
        assert CALLER[1:].encode() in await rig.stored(tenants.theirs)

    async def test_a_recount_equals_what_was_folded_live(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        for number in range(3):
            await rig.call(tenants.ours, number, CALLER, note="n", outbound=number == 2)
        await rig.call(tenants.ours, 9, STRANGER)
        await rig.insight.open(tenants.ours)
        await rig.relay.drain()
        await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        await rig.relay.drain()
        assert await rig.insight.recount(tenants.ours) == []

    async def test_by_an_email_address_the_contacts_number_leads_to_the_calls(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        await rig.call(tenants.ours, 1, CALLER, note="n")
        await rig.contact(tenants.ours, "Dana", CALLER, EMAIL)
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(None, "Dana@Example.org"))
        assert job.certificate is not None
        assert job.certificate["erased"] == {"calls": 1, "contacts": 1, "notes": 1}
        assert CALLER[1:].encode() not in await rig.stored(tenants.ours)

    async def test_the_certificate_says_what_when_and_by_whom_and_is_chained(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        call = await rig.call(tenants.ours, 1, CALLER, note="n")
        await rig.recording(tenants.ours, call)
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        told = job.certificate
        assert told is not None
        assert told["erased"] == {"calls": 1, "notes": 1, "recordings": 1}
        assert (told["requested_by"], told["finished_at"]) == (str(ADMIN), rig.clock.now().isoformat())
        assert told["sha256"] == digest(told)
        assert "Erased: 1 recordings" in as_text(told)
        entry, asked = (await rig.audit(tenants.our_scope))[:2]
        assert (entry.action, entry.detail["sha256"]) == ("person.erasure_done", told["sha256"])
        assert asked.action == "person.erasure_requested"
        everything = json.dumps([one.detail for one in await rig.audit(tenants.our_scope)]) + json.dumps(told)
        assert CALLER[1:] not in everything, "the audit is kept for good: it must not know the person"

    async def test_a_call_that_goes_on_is_kept_and_said_so(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        call = await rig.call(tenants.ours, 1, CALLER, ended=False)
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.certificate is not None
        assert job.certificate["kept"] == [["calls", str(call), "the call goes on"]]

    async def test_of_somebody_unknown_nothing_is_certified(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.certificate is not None
        assert "Nothing was kept" in as_text(job.certificate)

    async def test_killed_in_between_it_is_done_again_to_the_end(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        call = await rig.call(tenants.ours, 1, CALLER)
        await rig.recording(tenants.ours, call)
        async with rig.database.write(tenants.our_scope) as unit:
            job = await rig.service(unit, tenants.our_scope).request(JobKind.ERASURE, person_of(CALLER, None))
        found = await rig.keeper.find(tenants.our_scope, person_of(CALLER, None))
        recordings = [record for record in found.records if record.kind is DataKind.RECORDINGS]
        await rig.vault.delete(f"recordings/{tenants.ours}/{recordings[0].id}.wav")  # and then the power went
        await rig.worker.run_jobs()
        async with rig.database.read(tenants.our_scope) as unit:
            done = await rig.service(unit, tenants.our_scope).job(job.id)
        assert done.state is JobState.DONE
        assert await rig.library.find(tenants.our_scope, None, None, 10) == []

    async def test_the_log_tells_that_something_was_erased(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        call = await rig.call(tenants.ours, 1, CALLER)
        recording = await rig.recording(tenants.ours, call)
        await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        events = [entry.event for entry in await rig.database.read_log(tenants.ours)]
        deleted, erased = events[-2:]
        assert isinstance(deleted, RecordingDeleted)
        assert (deleted.recording, deleted.bytes, deleted.reason) == (recording.id, recording.bytes, "erasure")
        assert isinstance(erased, CallErased)
        assert (erased.call, erased.number, erased.note) == (call, True, False)


class TestExport:
    async def test_it_holds_everything_with_the_sound(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        call = await rig.call(tenants.ours, 1, CALLER, note="wants a refund")
        recording = await rig.recording(tenants.ours, call)
        await rig.contact(tenants.ours, "Dana", CALLER, EMAIL)
        await rig.call(tenants.ours, 2, STRANGER)
        job = await rig.job(tenants.our_scope, JobKind.EXPORT, person_of(CALLER, None))
        assert job.blob is not None
        content = b"".join([piece async for piece in rig.vault.open(tenants.our_scope, job.blob)])
        assert len(content) == job.bytes
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            told = {name: archive.read(name) for name in archive.namelist()}
        assert [one["call"] for one in json.loads(told["calls.json"])] == [str(call)]
        assert json.loads(told["notes.json"])[0]["note"] == "wants a refund"
        assert json.loads(told["contacts.json"])[0]["name"] == "Dana"
        sound = b"".join([piece async for piece in rig.library.open(tenants.our_scope, recording.id)])
        assert told[f"recordings/{recording.id}.wav"] == sound
        assert STRANGER.encode() not in b"".join(told.values())
        assert list((rig.folder / "work").iterdir()) == []
        assert (await rig.audit(tenants.our_scope))[0].action == "person.export_done"

    async def test_it_lies_sealed_for_a_week(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.contact(tenants.ours, "Dana", CALLER, EMAIL)
        job = await rig.job(tenants.our_scope, JobKind.EXPORT, person_of(CALLER, None))
        (file,) = (rig.blobs / f"exports/{tenants.ours}").iterdir()
        assert b"Dana" not in file.read_bytes()
        assert file.read_bytes()[:2] != b"PK"
        rig.clock.advance(8 * DAY)
        await rig.worker.sweep_all()
        assert not file.exists()
        async with rig.database.read(tenants.our_scope) as unit:
            old = await rig.service(unit, tenants.our_scope).job(job.id)
        assert (old.blob, old.person) == (None, None)

    async def test_erasing_the_person_takes_their_export_along(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.contact(tenants.ours, "Dana", CALLER, EMAIL)
        await rig.job(tenants.our_scope, JobKind.EXPORT, person_of(CALLER, None))
        await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(None, EMAIL))
        assert list((rig.blobs / f"exports/{tenants.ours}").iterdir()) == []

    async def test_a_recording_that_cannot_be_read_fails_the_job(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        recording = await rig.recording(tenants.ours, await rig.call(tenants.ours, 1, CALLER))
        (rig.blobs / recording.key).write_bytes(b"gone bad")
        job = await rig.job(tenants.our_scope, JobKind.EXPORT, person_of(CALLER, None))
        assert (job.state, job.blob) == (JobState.FAILED, None)


class TestHolds:
    async def test_a_held_person_is_not_erased(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.call(tenants.ours, 1, CALLER)
        async with rig.database.write(tenants.our_scope) as unit:
            hold = await rig.service(unit, tenants.our_scope).hold_person(person_of(CALLER, None), "court order 7")
        async with rig.database.write(tenants.our_scope) as unit:
            with pytest.raises(PersonOnHold) as refused:
                await rig.service(unit, tenants.our_scope).request(JobKind.ERASURE, person_of(CALLER, None))
        assert refused.value.extra["holds"] == [str(hold.id)]
        job = await rig.job(tenants.their_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.state is JobState.DONE, "a hold of one tenant is not one of another"

    async def test_a_hold_set_before_the_job_began_refuses_it(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.call(tenants.ours, 1, CALLER)
        async with rig.database.write(tenants.our_scope) as unit:
            service = rig.service(unit, tenants.our_scope)
            job = await service.request(JobKind.ERASURE, person_of(CALLER, None))
            await service.hold_person(person_of(CALLER, None), "court order 7")
        await rig.worker.run_jobs()
        async with rig.database.read(tenants.our_scope) as unit:
            assert (await rig.service(unit, tenants.our_scope).job(job.id)).state is JobState.REFUSED
        assert CALLER[1:].encode() in await rig.stored(tenants.ours)

    async def test_a_held_recording_is_kept_and_the_certificate_says_why(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        call = await rig.call(tenants.ours, 1, CALLER)
        held, free = [await rig.recording(tenants.ours, call) for _ in range(2)]
        async with rig.database.write(tenants.our_scope) as unit:
            hold = await rig.service(unit, tenants.our_scope).hold_thing(HoldKind.RECORDING, held.id, "complaint 12")
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.certificate is not None
        assert job.certificate["kept"] == [["recordings", str(held.id), f"legal hold {hold.id}"]]
        assert await rig.library.get(tenants.our_scope, held.id) is not None
        assert await rig.library.get(tenants.our_scope, free.id) is None

    async def test_a_lifted_hold_holds_nothing_and_forgets_whom(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.call(tenants.ours, 1, CALLER)
        async with rig.database.write(tenants.our_scope) as unit:
            hold = await rig.service(unit, tenants.our_scope).hold_person(person_of(CALLER, None), "court order 7")
        async with rig.database.write(tenants.our_scope) as unit:
            await rig.service(unit, tenants.our_scope).lift(hold.id)
        async with rig.database.read(tenants.our_scope) as unit:
            lifted = await rig.service(unit, tenants.our_scope).hold(hold.id)
            with pytest.raises(NotFound):
                await rig.service(unit, tenants.their_scope).hold(hold.id)
        assert (lifted.lifted_by, lifted.value) == (ADMIN, "…18")
        assert (await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))).state is JobState.DONE


class TestRetention:
    async def set_days(
        self, rig: PrivacyRig, tenants: TwoTenants, days: dict[str, int], queue: dict[str, int] | None = None
    ) -> None:
        queues: dict[UUID, dict[str, int]] = {} if queue is None else {SERVICE: queue}
        known: set[QueueId] = {SALES, SERVICE}
        async with rig.database.write(tenants.our_scope) as unit:
            await rig.service(unit, tenants.our_scope).set_policy(days, queues, known, None)

    async def test_what_is_due_goes_and_what_is_not_stays(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await self.set_days(rig, tenants, {"recordings": 10, "calls": 30, "notes": 20})
        old = await rig.call(tenants.ours, 1, CALLER, note="old")
        old_recording = await rig.recording(tenants.ours, old)
        rig.clock.advance(25 * DAY)
        young = await rig.call(tenants.ours, 2, STRANGER, note="young")
        young_recording = await rig.recording(tenants.ours, young)
        await rig.worker.sweep_all()
        ours = "+442071838750"
        assert await numbers(rig, tenants) == [(CALLER, ours, ""), (STRANGER, ours, "young")]
        assert await rig.library.get(tenants.our_scope, old_recording.id) is None
        assert await rig.library.get(tenants.our_scope, young_recording.id) is not None
        entry = (await rig.audit(tenants.our_scope))[0]
        assert (entry.action, entry.origin.actor) == ("retention.applied", "system")
        assert entry.detail == {"erased": {"recordings": 1, "notes": 1}}
        rig.clock.advance(6 * DAY)
        await rig.worker.sweep_all()
        assert (await numbers(rig, tenants))[0] == (None, ours, "")
        await rig.relay.drain()
        assert await rig.insight.recount(tenants.ours) == []

    async def test_a_queues_own_time_goes_before_the_tenants(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await self.set_days(rig, tenants, {"recordings": 30}, {"recordings": 5})
        sales = await rig.recording(tenants.ours, await rig.call(tenants.ours, 1, CALLER, queue=SALES))
        service = await rig.recording(tenants.ours, await rig.call(tenants.ours, 2, CALLER, queue=SERVICE))
        nothing: set[RecordingId] = set()
        for days, left in ((6, {sales.id}), (25, nothing)):
            rig.clock.advance(days * DAY)
            await rig.worker.sweep_all()
            found = await rig.library.find(tenants.our_scope, None, None, 10)
            assert {one.id for one in found} == left, (days, service.id)

    async def test_it_runs_once_a_day(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await self.set_days(rig, tenants, {"recordings": 1})
        await rig.recording(tenants.ours, await rig.call(tenants.ours, 1, CALLER))
        await rig.worker.sweep_all()
        rig.clock.advance(DAY - 60)
        await rig.worker.sweep_all()
        assert len(await rig.library.find(tenants.our_scope, None, None, 10)) == 1
        rig.clock.advance(120)
        await rig.worker.sweep_all()
        assert await rig.library.find(tenants.our_scope, None, None, 10) == []

    async def test_what_is_held_stays_until_the_hold_is_lifted(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await self.set_days(rig, tenants, {"recordings": 1, "calls": 30})
        call = await rig.call(tenants.ours, 1, CALLER)
        recording = await rig.recording(tenants.ours, call)
        async with rig.database.write(tenants.our_scope) as unit:
            hold = await rig.service(unit, tenants.our_scope).hold_person(person_of(CALLER, None), "court order 7")
        rig.clock.advance(40 * DAY)
        await rig.worker.sweep_all()
        rig.clock.advance(2 * DAY)
        await rig.worker.sweep_all()
        assert await rig.library.get(tenants.our_scope, recording.id) is not None
        assert CALLER[1:].encode() in await rig.stored(tenants.ours)
        async with rig.database.write(tenants.our_scope) as unit:
            await rig.service(unit, tenants.our_scope).lift(hold.id)
        await rig.worker.sweep_all()
        assert await rig.library.get(tenants.our_scope, recording.id) is None
        assert CALLER[1:].encode() not in await rig.stored(tenants.ours)

    async def test_another_tenants_data_follows_its_own_times(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await self.set_days(rig, tenants, {"recordings": 1})
        theirs = await rig.recording(tenants.theirs, await rig.call(tenants.theirs, 1, CALLER))
        rig.clock.advance(10 * DAY)
        await rig.worker.sweep_all()
        assert await rig.library.get(tenants.their_scope, theirs.id) is not None

    @pytest.mark.parametrize(
        ("days", "queue"),
        [({"recordings": 0}, None), ({"calls": 29}, None), ({"notes": 4000}, None), ({}, {"contacts": 60})],
    )
    async def test_times_out_of_bounds_are_refused(
        self, rig: PrivacyRig, tenants: TwoTenants, days: dict[str, int], queue: dict[str, int] | None
    ) -> None:
        with pytest.raises(InvalidInput):
            await self.set_days(rig, tenants, days, queue)


async def test_a_worker_that_runs_takes_up_a_job_at_once(rig: PrivacyRig, tenants: TwoTenants) -> None:
    await rig.worker.start()
    async with rig.database.write(tenants.our_scope) as unit:
        job = await rig.service(unit, tenants.our_scope).request(JobKind.ERASURE, person_of(CALLER, None))
    for _ in range(500):
        async with rig.database.read(tenants.our_scope) as unit:
            if (await rig.service(unit, tenants.our_scope).job(job.id)).state is JobState.DONE:
                break
        await rig.relay.drain()
    else:
        pytest.fail("the job was not done")
    await rig.worker.close()


async def test_a_job_that_a_dead_process_began_is_begun_again(rig: PrivacyRig, tenants: TwoTenants) -> None:
    scope = tenants.our_scope
    async with rig.database.write(scope) as unit:
        job = await rig.service(unit, scope).request(JobKind.ERASURE, person_of(CALLER, None))
        now = rig.clock.now()
        assert await JobRepository(unit.session, scope).claim(job.id, now, now - timedelta(minutes=10))
    await rig.worker.run_jobs()
    async with rig.database.read(scope) as unit:
        assert (await rig.service(unit, scope).job(job.id)).state is JobState.RUNNING
    rig.clock.advance(601)
    await rig.worker.run_jobs()
    async with rig.database.read(scope) as unit:
        assert (await rig.service(unit, scope).job(job.id)).state is JobState.DONE
