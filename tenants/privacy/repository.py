"""The rows of one tenant's privacy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack, unpack
from kernel.contracts.personal import DataKind, Person
from kernel.primitives.errors import RevisionMismatch
from kernel.primitives.ids import TenantId, UserId
from tenants.audit import Origin
from tenants.privacy.holds import HoldKind, LegalHold, masked
from tenants.privacy.model import JobKind, JobState, PrivacyJob
from tenants.privacy.retention import Policy, policy_of
from tenants.privacy.tables import LegalHoldRow, PrivacyJobRow, RetentionMarkRow, RetentionPolicyRow

_policies = RetentionPolicyRow.table()
_marks = RetentionMarkRow.table()
_holds = LegalHoldRow.table()
_jobs = PrivacyJobRow.table()


class RetentionRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def policy(self) -> tuple[Policy, int]:
        """With its revision, 0 while the tenant has none of its own."""
        row = (
            await self._session.execute(select(_policies).where(_policies.c.tenant_id == self._tenant))
        ).one_or_none()
        if row is None:
            return Policy(), 0
        return policy_of(row.days, {UUID(key): days for key, days in row.queues.items()}), row.revision

    async def replace(self, policy: Policy, revision: int) -> None:
        """RevisionMismatch unless the tenant's still has `revision`. What was kept longer is looked at again."""
        values = {
            "days": {kind.value: days for kind, days in policy.days.items()},
            "queues": {
                str(key): {kind.value: days for kind, days in own.items()} for key, own in policy.queues.items()
            },
            "revision": revision + 1,
        }
        mine = (_policies.c.tenant_id == self._tenant, _policies.c.revision == revision)
        if revision == 0:
            await self._session.execute(insert(_policies).values(tenant_id=self._tenant, **values))
        else:
            changed = update(_policies).where(*mine).values(**values).returning(_policies.c.revision)
            if (await self._session.scalars(changed)).first() is None:
                raise RevisionMismatch("Read it again, then repeat your change.")
        await self.look_again()

    async def look_again(self) -> None:
        """At everything, with the next sweep."""
        await self._session.execute(delete(_marks).where(_marks.c.tenant_id == self._tenant))

    async def mark(self, kind: DataKind) -> tuple[datetime, datetime] | None:
        """`swept_until` and `swept_at`."""
        query = select(_marks.c.swept_until, _marks.c.swept_at).where(*self._of(kind))
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.swept_until, row.swept_at)

    async def put_mark(self, kind: DataKind, swept_until: datetime, swept_at: datetime) -> None:
        await self._session.execute(delete(_marks).where(*self._of(kind)))
        values = {"kind": kind.value, "swept_until": swept_until, "swept_at": swept_at}
        await self._session.execute(insert(_marks).values(tenant_id=self._tenant, **values))

    def _of(self, kind: DataKind) -> tuple[Any, ...]:
        return (_marks.c.tenant_id == self._tenant, _marks.c.kind == kind.value)


class HoldRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def add(self, hold: LegalHold) -> None:
        values = {
            "id": hold.id,
            "kind": hold.kind.value,
            "subject_id": hold.subject,
            "value": hold.value,
            "reason": hold.reason,
            "set_by": hold.set_by,
            "set_at": hold.set_at,
        }
        await self._session.execute(insert(_holds).values(tenant_id=self._tenant, **values))

    async def page(self, before: UUID | None, limit: int) -> Sequence[LegalHold]:
        """Newest first, lifted ones too."""
        query = select(_holds).where(_holds.c.tenant_id == self._tenant)
        if before is not None:
            query = query.where(_holds.c.id < before)
        return [_hold(row) for row in await self._session.execute(query.order_by(_holds.c.id.desc()).limit(limit))]

    async def in_force(self) -> Sequence[LegalHold]:
        query = select(_holds).where(_holds.c.tenant_id == self._tenant, _holds.c.lifted_at.is_(None))
        return [_hold(row) for row in await self._session.execute(query.order_by(_holds.c.id))]

    async def get(self, key: UUID) -> LegalHold | None:
        query = select(_holds).where(_holds.c.tenant_id == self._tenant, _holds.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _hold(row)

    async def lift(self, hold: LegalHold, by: UserId | None, at: datetime) -> None:
        """Who was held is not kept longer than the hold."""
        mine = (_holds.c.tenant_id == self._tenant, _holds.c.id == hold.id, _holds.c.lifted_at.is_(None))
        value = masked(hold.value) if hold.value else ""
        await self._session.execute(update(_holds).where(*mine).values(lifted_by=by, lifted_at=at, value=value))


class JobRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def add(self, job: PrivacyJob) -> None:
        await self._session.execute(insert(_jobs).values(**_job_values(job)))

    async def page(self, before: UUID | None, limit: int) -> Sequence[PrivacyJob]:
        """Newest first."""
        query = select(_jobs).where(_jobs.c.tenant_id == self._tenant)
        if before is not None:
            query = query.where(_jobs.c.id < before)
        return [read_job(row) for row in await self._session.execute(query.order_by(_jobs.c.id.desc()).limit(limit))]

    async def get(self, key: UUID) -> PrivacyJob | None:
        query = select(_jobs).where(_jobs.c.tenant_id == self._tenant, _jobs.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else read_job(row)

    async def claim(self, key: UUID, now: datetime, dead_since: datetime) -> bool:
        """Whether this process has it now: nobody else runs it, or whoever did was last alive before `dead_since`."""
        free = or_(_jobs.c.state == JobState.QUEUED.value, _jobs.c.alive_at < dead_since)
        mine = (_jobs.c.tenant_id == self._tenant, _jobs.c.id == key, _jobs.c.finished_at.is_(None), free)
        claimed = update(_jobs).where(*mine).values(state=JobState.RUNNING.value, alive_at=now).returning(_jobs.c.id)
        return (await self._session.scalars(claimed)).first() is not None

    async def tell(self, key: UUID, progress: int, total: int, now: datetime) -> None:
        mine = (_jobs.c.tenant_id == self._tenant, _jobs.c.id == key)
        await self._session.execute(update(_jobs).where(*mine).values(progress=progress, total=total, alive_at=now))

    async def save(self, job: PrivacyJob) -> None:
        mine = (_jobs.c.tenant_id == self._tenant, _jobs.c.id == job.id)
        await self._session.execute(update(_jobs).where(*mine).values(**_job_values(job)))

    async def finished_before(self, moment: datetime) -> Sequence[PrivacyJob]:
        """Exports whose file is still there."""
        query = select(_jobs).where(
            _jobs.c.tenant_id == self._tenant, _jobs.c.finished_at < moment, _jobs.c.blob.is_not(None)
        )
        return [read_job(row) for row in await self._session.execute(query)]


def _hold(row: Row[Any]) -> LegalHold:
    return LegalHold(
        id=row.id,
        kind=HoldKind(row.kind),
        subject=row.subject_id,
        value=row.value,
        reason=row.reason,
        set_by=None if row.set_by is None else UserId(row.set_by),
        set_at=row.set_at,
        lifted_by=None if row.lifted_by is None else UserId(row.lifted_by),
        lifted_at=row.lifted_at,
    )


def read_job(row: Row[Any]) -> PrivacyJob:
    return PrivacyJob(
        id=row.id,
        tenant=TenantId(row.tenant_id),
        kind=JobKind(row.kind),
        state=JobState(row.state),
        person=None if row.person is None else unpack(row.person, Person),
        fingerprint=row.fingerprint,
        origin=unpack(row.origin, Origin),
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        progress=row.progress,
        total=row.total,
        detail=row.detail,
        certificate=row.certificate,
        blob=row.blob,
        bytes=row.bytes,
        sha256=row.sha256,
    )


def _job_values(job: PrivacyJob) -> dict[str, Any]:
    values = msgspec.structs.asdict(job)
    values["tenant_id"] = values.pop("tenant")
    packed = {"person": None if job.person is None else pack(job.person), "origin": pack(job.origin)}
    return values | packed | {"kind": job.kind.value, "state": job.state.value}
