"""Privacy: retention, legal holds, and what is kept of a person: shown, exported, erased."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Stream

from api.paging import Paging
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.privacy import (
    BoundsBody,
    CertificateBody,
    HoldBody,
    HoldInput,
    Kind,
    PersonBody,
    PersonInput,
    PrivacyJobBody,
    RetentionBody,
    RetentionInput,
)
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import CallId, RecordingId
from tenants.directory import QueueRepository
from tenants.privacy import (
    AUDIT_MINIMUM_DAYS,
    BOUNDS,
    HoldKind,
    JobKind,
    JobState,
    LegalHold,
    Policy,
    PrivacyJob,
    as_text,
    person_of,
)
from tenants.privacy.errors import ExportGone, JobNotDone

HOLDS = "/v1/privacy/holds"
JOBS = "/v1/privacy/jobs"
ZIP = "application/zip"


# --- how long ---


def _policy(policy: Policy) -> RetentionBody:
    return RetentionBody(
        days={kind.value: days for kind, days in policy.days.items()},
        queues={key: {kind.value: days for kind, days in own.items()} for key, own in policy.queues.items()},
        bounds={kind.value: BoundsBody(**bounds._asdict()) for kind, bounds in BOUNDS.items()},
        audit_minimum_days=AUDIT_MINIMUM_DAYS,
    )


@get("/v1/privacy/retention", operation_id="get_retention", tags=["Privacy"])
async def get_retention(work: NamedDependency[Work]) -> Response[RetentionBody]:
    """How many days each kind of data is kept, by queue."""
    async with work.read() as unit:
        policy, revision = await unit.privacy.policy()
    return shown(_policy(policy), revision)


def _days(days: Mapping[Kind, int]) -> dict[str, int]:
    return dict(days.items())


@put("/v1/privacy/retention", operation_id="set_retention", tags=["Privacy"])
async def set_retention(
    data: JSONBody[RetentionInput], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[RetentionBody]:
    """Keep data for other times. What is due by them is erased within a day, for good."""
    async with work.write() as unit:
        queues = await QueueRepository(unit.uow.session, work.principal.scope).names()
        own = {key: _days(days) for key, days in data.queues.items()}
        policy, revision = await unit.privacy.set_policy(_days(data.days), own, set(queues), expected)
    return shown(_policy(policy), revision)


# --- what is held ---


def _hold(hold: LegalHold) -> HoldBody:
    return HoldBody(
        id=hold.id,
        kind=hold.kind.value,
        subject_id=hold.subject,
        value=hold.value,
        reason=hold.reason,
        set_by=hold.set_by,
        set_at=hold.set_at,
        lifted_by=hold.lifted_by,
        lifted_at=hold.lifted_at,
    )


@get("/v1/privacy/holds", operation_id="list_holds", tags=["Privacy"])
async def list_holds(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[HoldBody]:
    """Legal holds, newest first, lifted ones too."""
    async with work.read() as unit:
        found = await unit.privacy.holds(paging.after, paging.one_more)
    return paging.page(found, _hold)


@get("/v1/privacy/holds/{id:uuid}", operation_id="get_hold", tags=["Privacy"])
async def get_hold(key: NamedDependency[UUID], work: NamedDependency[Work]) -> HoldBody:
    """What is held, since when, by whom and why."""
    async with work.read() as unit:
        return _hold(await unit.privacy.hold(key))


async def _require_there(work: Work, data: HoldInput) -> None:
    """InvalidInput for a call or a recording that the tenant does not have."""
    scope, services = work.principal.scope, work.services
    missing: list[dict[str, str]] = []
    if data.call_id is not None and await services.insight.get_call(scope, CallId(data.call_id)) is None:
        missing.append({"field": "call_id", "code": "no_such_call", "detail": str(data.call_id)})
    if data.recording_id is not None:
        recording = await services.recordings.get(scope, RecordingId(data.recording_id))
        if recording is None:
            missing.append({"field": "recording_id", "code": "no_such_recording", "detail": str(data.recording_id)})
    if missing:
        raise InvalidInput("There is no such thing to hold.", errors=missing)


@post("/v1/privacy/holds", operation_id="create_hold", tags=["Privacy"])
async def create_hold(data: JSONBody[HoldInput], work: NamedDependency[Work]) -> Response[HoldBody]:
    """Keep a call with all that was kept of it, one recording, or all of a person: nothing held is erased."""
    given = [value for value in (data.call_id, data.recording_id, data.phone, data.email) if value is not None]
    if len(given) != 1:
        problem = {"field": "call_id", "code": "exactly_one", "detail": "or recording_id, phone, email"}
        raise InvalidInput("Name exactly one thing or person to hold.", errors=[problem])
    await _require_there(work, data)

    async def do(unit: Unit) -> Response[HoldBody]:
        if data.call_id is not None:
            hold = await unit.privacy.hold_thing(HoldKind.CALL, data.call_id, data.reason)
        elif data.recording_id is not None:
            hold = await unit.privacy.hold_thing(HoldKind.RECORDING, data.recording_id, data.reason)
        else:
            hold = await unit.privacy.hold_person(person_of(data.phone, data.email), data.reason)
        return created(_hold(hold), 1, HOLDS, hold.id)

    return await work.create(do)


@delete("/v1/privacy/holds/{id:uuid}", operation_id="lift_hold", status_code=204, tags=["Privacy"])
async def lift_hold(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """End a hold; what it kept beyond its time is erased within a day."""
    async with work.write() as unit:
        await unit.privacy.lift(key)


# --- a person ---


@post("/v1/privacy/person", operation_id="find_person", status_code=200, tags=["Privacy"])
async def find_person(data: JSONBody[PersonInput], work: NamedDependency[Work]) -> PersonBody:
    """How much is kept of a person, and whether it is held. That somebody looked is written down."""
    asked = person_of(data.phone, data.email)
    person, records = await work.services.keeper.find(work.principal.scope, asked)
    found = Counter(record.kind.value for record in records)
    async with work.write() as unit:
        holds = await unit.privacy.looked_up(asked, found)
    return PersonBody(
        phones=tuple(number.e164 for number in person.phones),
        emails=person.emails,
        found=dict(found),
        holds=tuple(hold.id for hold in holds),
    )


def _job(job: PrivacyJob) -> PrivacyJobBody:
    return PrivacyJobBody(
        id=job.id,
        kind=job.kind.value,
        state=job.state.value,
        person=job.fingerprint,
        requested_by=job.origin.user,
        requested_at=job.requested_at,
        finished_at=job.finished_at,
        progress=job.progress,
        total=job.total,
        detail=job.detail,
        bytes=job.bytes,
        sha256=job.sha256,
        file_until=job.file_until,
    )


async def _request(work: Work, kind: JobKind, data: PersonInput) -> Response[PrivacyJobBody]:
    person = person_of(data.phone, data.email)

    async def do(unit: Unit) -> Response[PrivacyJobBody]:
        job = await unit.privacy.request(kind, person)
        return Response(_job(job), status_code=202, headers={"Location": f"{JOBS}/{job.id}"})

    return await work.create(do)


@post("/v1/privacy/exports", operation_id="create_export", status_code=202, tags=["Privacy"])
async def create_export(data: JSONBody[PersonInput], work: NamedDependency[Work]) -> Response[PrivacyJobBody]:
    """Put all that is kept of a person into a ZIP; Location names the job to follow."""
    return await _request(work, JobKind.EXPORT, data)


@post("/v1/privacy/erasures", operation_id="create_erasure", status_code=202, tags=["Privacy"])
async def create_erasure(data: JSONBody[PersonInput], work: NamedDependency[Work]) -> Response[PrivacyJobBody]:
    """Erase all that is kept of a person, for good; refused while the person is held."""
    return await _request(work, JobKind.ERASURE, data)


@get("/v1/privacy/jobs", operation_id="list_privacy_jobs", tags=["Privacy"])
async def list_privacy_jobs(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[PrivacyJobBody]:
    """Exports and erasures, newest first."""
    async with work.read() as unit:
        found = await unit.privacy.jobs(paging.after, paging.one_more)
    return paging.page(found, _job)


@get("/v1/privacy/jobs/{id:uuid}", operation_id="get_privacy_job", tags=["Privacy"])
async def get_privacy_job(key: NamedDependency[UUID], work: NamedDependency[Work]) -> PrivacyJobBody:
    """How far an export or erasure is."""
    async with work.read() as unit:
        return _job(await unit.privacy.job(key))


@get("/v1/privacy/jobs/{id:uuid}/file", operation_id="get_export_file", media_type=ZIP, tags=["Privacy"])
async def get_export_file(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[Any]:
    """An export's ZIP. Who takes it is written down."""
    async with work.write() as unit:
        job = await unit.privacy.job(key)
        if job.kind is not JobKind.EXPORT or job.state is not JobState.DONE:
            raise JobNotDone("Wait until the job is done; only exports have a file.")
        if job.blob is None:
            raise ExportGone("Ask for a new export.")
        await unit.tenant_unit.audit("person.export_taken", job.id, person=job.fingerprint)
    headers = {
        "Content-Disposition": f'attachment; filename="{job.id}.zip"',
        "Content-Length": str(job.bytes),
        "Cache-Control": "no-store",
    }
    return Stream(work.services.exports.open(work.principal.scope, job.blob), media_type=ZIP, headers=headers)


@get("/v1/privacy/jobs/{id:uuid}/certificate", operation_id="get_certificate", tags=["Privacy"])
async def get_certificate(key: NamedDependency[UUID], work: NamedDependency[Work]) -> CertificateBody:
    """What an erasure erased and what it kept, as a document and as words."""
    async with work.read() as unit:
        job = await unit.privacy.job(key)
    if job.certificate is None:
        raise JobNotDone("Only an erasure that is done has a certificate.")
    return CertificateBody(certificate=job.certificate, text=as_text(job.certificate))


HANDLERS = [
    get_retention,
    set_retention,
    list_holds,
    get_hold,
    create_hold,
    lift_hold,
    find_person,
    create_export,
    create_erasure,
    list_privacy_jobs,
    get_privacy_job,
    get_export_file,
    get_certificate,
]
