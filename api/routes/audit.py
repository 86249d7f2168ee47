"""The audit: read, taken out as a file, and verified."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from api.paging import Paging
from api.schemas.audit import AuditBody, AuditBreakBody, AuditVerificationBody
from api.schemas.common import Page
from api.times import aware
from api.work import Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import UserId
from tenants.audit import AuditFilter, AuditRepository, Head, Link

CSV = "text/csv"
READ_AT_ONCE = 500  # entries of one reading, some 200 kB
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute: a User-Agent is anybody's text


def _body(link: Link) -> AuditBody:
    entry = link.entry
    return AuditBody(
        id=entry.id,
        sequence=link.sequence,
        at=entry.at,
        user_id=entry.origin.user,
        grant_id=entry.origin.grant,
        actor=entry.origin.actor,
        address=entry.origin.address,
        agent=entry.origin.agent,
        action=entry.action,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        detail=entry.detail,
        previous_hash=link.previous.hex(),
        hash=link.hash.hex(),
    )


def _key(link: Link) -> UUID:
    return link.entry.id


def provide_audit_filter(
    user_id: Annotated[UUID | None, QueryParameter(description="Who acted.")] = None,
    action: Annotated[str | None, QueryParameter(description="Such as `queue.changed`.", max_length=64)] = None,
    subject_kind: Annotated[str | None, QueryParameter(description="Such as `recording`.", max_length=32)] = None,
    subject_id: Annotated[UUID | None, QueryParameter(description="What was acted on.")] = None,
    since: Annotated[datetime | None, QueryParameter(description="At this time or later.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Before this time.")] = None,
) -> AuditFilter:
    return AuditFilter(
        user=None if user_id is None else UserId(user_id),
        action=action,
        subject_kind=subject_kind,
        subject=subject_id,
        since=None if since is None else aware("since", since),
        until=None if until is None else aware("until", until),
    )


@get("/v1/audit", operation_id="list_audit", tags=["Audit"])
async def list_audit(
    work: NamedDependency[Work], paging: NamedDependency[Paging], audit_filter: NamedDependency[AuditFilter]
) -> Page[AuditBody]:
    """Who did what, from where and as whom; newest first."""
    async with work.read() as unit:
        repository = AuditRepository(unit.uow.session, work.principal.scope)
        found = await repository.links(paging.after, paging.one_more, audit_filter)
    return paging.page_by(found, _key, _body)


def _given(wanted: AuditFilter) -> dict[str, Any]:
    return {name: str(value) for name, value in msgspec.structs.asdict(wanted).items() if value is not None}


def _cell(value: object) -> str:
    """As text that no spreadsheet takes for a formula."""
    text = "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(rows: list[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


async def _csv(work: Work, wanted: AuditFilter) -> AsyncIterator[bytes]:
    yield _lines([AuditBody.__struct_fields__])
    before: UUID | None = None
    while True:
        async with work.read() as unit:
            links = await AuditRepository(unit.uow.session, work.principal.scope).links(before, READ_AT_ONCE, wanted)
        if not links:
            return
        yield _lines([msgspec.structs.astuple(_body(link)) for link in links])
        before = links[-1].entry.id


@get("/v1/audit/export", operation_id="export_audit", media_type=CSV, tags=["Audit"])
async def export_audit(work: NamedDependency[Work], audit_filter: NamedDependency[AuditFilter]) -> Response[Any]:
    """The same as CSV, newest first, all of it. Who takes it out is written down in it."""
    async with work.write() as unit:
        await unit.tenant_unit.audit("audit.exported", None, filter=_given(audit_filter))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return Stream(_csv(work, audit_filter), media_type=CSV, headers=headers)


@get("/v1/audit/verification", operation_id="verify_audit", tags=["Audit"])
async def verify_audit(
    work: NamedDependency[Work],
    head: Annotated[
        str | None, QueryParameter(description="A `head` of an earlier verification, kept elsewhere.", max_length=100)
    ] = None,
) -> AuditVerificationBody:
    """Walk the whole chain and name the first entry that was changed, removed, moved or put in."""
    try:
        kept = None if head is None else Head.parse(head)
    except ValueError as error:
        problem = {"field": "head", "code": "not_a_head", "detail": "as an earlier verification gave it"}
        raise InvalidInput("Send the head as it was given.", errors=[problem]) from error
    async with work.read() as unit:
        holds, broken = await AuditRepository(unit.uow.session, work.principal.scope).verify(kept)
    shown = None
    if broken is not None:
        shown = AuditBreakBody(sequence=broken.sequence, entry_id=broken.entry, reason=broken.reason)
    return AuditVerificationBody(whole=broken is None, head=str(holds), broken=shown)


HANDLERS = [list_audit, export_audit, verify_audit]
