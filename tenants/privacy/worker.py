"""Carries out what people asked for, and once a day what the retention times say."""

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import or_, select

from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.ports.bus import Bus, Subscription
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import Ids
from tenants.audit import Origin
from tenants.privacy.certificate import Erased, Kept, certificate
from tenants.privacy.errors import PersonOnHold
from tenants.privacy.export import write_zip
from tenants.privacy.holds import LegalHold, holding
from tenants.privacy.keeper import ERASE_ORDER, Keeper
from tenants.privacy.model import EXPORT_KEPT, JobKind, JobState, PrivacyJob
from tenants.privacy.ports import ExportStore, Tenants
from tenants.privacy.repository import HoldRepository, JobRepository, RetentionRepository, read_job
from tenants.privacy.retention import Policy
from tenants.privacy.service import JOBS, require_free
from tenants.privacy.tables import PrivacyJobRow
from tenants.unit import TenantUnit

POLL_SECONDS = 30.0  # how long a job waits that nobody told of: its process died
DEAD_AFTER = timedelta(minutes=10)  # a batch takes seconds
SWEEP_EVERY = timedelta(days=1)
BATCH = 200  # erased between two signs of life
BUSY = "the call goes on"
PROMISED = "the callback is open"
HELD = "legal hold"
EVER = datetime(1970, 1, 1, tzinfo=UTC)
SWEEPER = Origin(user=None, address="", agent="retention", actor="system")

_jobs = PrivacyJobRow.table()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class PrivacyPorts:
    """`folder` takes an export while it is written."""

    database: Database
    bus: Bus
    keeper: Keeper
    exports: ExportStore
    tenants: Tenants
    folder: Path
    clock: Clock
    ids: Ids


class PrivacyWorker:
    """Each job and each sweep can be killed anywhere and is done again: what is gone already is no error."""

    def __init__(self, ports: PrivacyPorts) -> None:
        self._ports = ports
        self._wake = asyncio.Event()
        self._subscription: Subscription | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._subscription = await self._ports.bus.subscribe(JOBS, self._told)
        self._task = asyncio.create_task(self._work_for_ever())

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _told(self, subject: str, payload: bytes) -> None:
        self._wake.set()

    async def _work_for_ever(self) -> None:
        while True:
            try:
                await self.run_jobs()
                await self.sweep_all()
            except Exception:
                log.exception("privacy.failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            self._wake.clear()

    # --- jobs ---

    async def run_jobs(self) -> None:
        """Those that wait, or that a dead process began."""
        dead_since = self._ports.clock.now() - DEAD_AFTER
        # operator-wide: one worker serves all tenants
        waiting = or_(_jobs.c.state == JobState.QUEUED.value, _jobs.c.alive_at < dead_since)
        query = select(_jobs).where(_jobs.c.finished_at.is_(None), waiting).order_by(_jobs.c.id)
        async with self._ports.database.read() as unit:
            found = [read_job(row) for row in await unit.session.execute(query)]
        for job in found:
            scope = TenantScope(job.tenant)
            async with self._ports.database.write(scope) as unit:
                claimed = await JobRepository(unit.session, scope).claim(job.id, self._ports.clock.now(), dead_since)
            if claimed:
                await self._run(scope, job)

    async def _run(self, scope: TenantScope, job: PrivacyJob) -> None:
        assert job.person is not None
        try:
            found = await self._ports.keeper.find(scope, job.person)
            if job.kind is JobKind.EXPORT:
                done = await self._export(scope, job, found.records)
            else:
                done = await self._erase_person(scope, job, found.person, found.records)
        except PersonOnHold as error:
            await self._finish(scope, job, "person.erasure_refused", state=JobState.REFUSED, detail=error.detail)
        except (CordboardError, OSError) as error:
            log.exception("privacy.job_failed", job=str(job.id))
            detail = error.detail if isinstance(error, CordboardError) else "The server could not write or read a file."
            await self._finish(scope, job, f"person.{job.kind}_failed", state=JobState.FAILED, detail=detail)
        else:
            await self._finish(scope, job, f"person.{job.kind}_done", state=JobState.DONE, **done)

    async def _finish(self, scope: TenantScope, job: PrivacyJob, action: str, **changes: Any) -> None:
        """An export's person is kept as long as its file, an erasure's no longer."""
        over = changes["state"] is not JobState.DONE or job.kind is JobKind.ERASURE
        person = None if over else job.person
        finished_at = changes.pop("finished_at", None) or self._ports.clock.now()
        done = msgspec.structs.replace(job, person=person, finished_at=finished_at, **changes)
        told: dict[str, Any] = {"person": job.fingerprint, "found": job.total if done.total is None else done.total}
        if done.certificate is not None:
            told |= {name: done.certificate[name] for name in ("erased", "kept", "sha256")}
        async with self._ports.database.write(scope) as unit:
            await JobRepository(unit.session, scope).save(done)
            mine = TenantUnit(unit, scope, job.origin, self._ports.clock, self._ports.ids)
            await mine.audit(action, job.id, **told)

    async def _tell(self, scope: TenantScope, job: PrivacyJob, progress: int, total: int) -> None:
        async with self._ports.database.write(scope) as unit:
            await JobRepository(unit.session, scope).tell(job.id, progress, total, self._ports.clock.now())

    async def _export(self, scope: TenantScope, job: PrivacyJob, records: Sequence[PersonalRecord]) -> dict[str, Any]:
        await self._tell(scope, job, 0, len(records))
        about = {
            "requested_at": job.requested_at.isoformat(),
            "phones": [number.e164 for number in job.person.phones] if job.person else [],
            "emails": list(job.person.emails) if job.person else [],
            "found": dict(Counter(record.kind.value for record in records)),
        }
        await asyncio.to_thread(self._ports.folder.mkdir, parents=True, exist_ok=True)
        file = self._ports.folder / f"{job.id}.zip"
        blob = f"exports/{job.tenant}/{job.id}.zip"
        try:
            await write_zip(file, about, records, lambda record: self._ports.keeper.open(scope, record))
            size, sha256 = await asyncio.to_thread(_measure, file)
            await self._ports.exports.put(scope, blob, file)
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        total = len(records)
        return {"blob": blob, "bytes": size, "sha256": sha256, "progress": total, "total": total}

    async def _erase_person(
        self, scope: TenantScope, job: PrivacyJob, person: Person, records: Sequence[PersonalRecord]
    ) -> dict[str, Any]:
        require_free(await self._holds(scope), person)
        erased: list[PersonalRecord] = []
        kept: list[Kept] = []
        for kind in ERASE_ORDER:
            of_kind = [record for record in records if record.kind is kind]
            for start in range(0, len(of_kind), BATCH):
                due, held = _parted(of_kind[start : start + BATCH], await self._holds(scope))
                await self._ports.keeper.erase(scope, due, Erasure.PERSON)
                erased += due
                kept += held
                await self._tell(scope, job, len(erased) + len(kept), len(records))
        await self._drop_exports(scope, person)
        finished_at = self._ports.clock.now()
        told = Erased(
            job=job.id,
            tenant=str(job.tenant),
            person=job.fingerprint,
            requested_at=job.requested_at,
            requested_by=str(job.origin.user or job.origin.actor),
            finished_at=finished_at,
            records=erased,
            kept=kept,
        )
        total = len(records)
        return {"certificate": certificate(told), "progress": total, "total": total, "finished_at": finished_at}

    async def _holds(self, scope: TenantScope) -> Sequence[LegalHold]:
        """Read before each batch: one that was just set counts."""
        async with self._ports.database.read(scope) as unit:
            return await HoldRepository(unit.session, scope).in_force()

    async def _drop_exports(self, scope: TenantScope, person: Person) -> None:
        """Copies that were made of what is erased now."""
        async with self._ports.database.read(scope) as unit:
            jobs = await JobRepository(unit.session, scope).finished_before(self._ports.clock.now() + EXPORT_KEPT)
        for job in jobs:
            if job.person is not None and _overlap(job.person, person):
                await self._drop(scope, job)

    async def _drop(self, scope: TenantScope, job: PrivacyJob) -> None:
        if job.blob is not None:
            await self._ports.exports.delete(job.blob)
        async with self._ports.database.write(scope) as unit:
            await JobRepository(unit.session, scope).save(msgspec.structs.replace(job, blob=None, person=None))

    # --- retention ---

    async def sweep_all(self) -> None:
        """Every tenant and kind that was not looked after for a day; one that fails does not stop the others."""
        for tenant in await self._ports.tenants.all():
            try:
                await self.sweep(TenantScope(tenant))
            except Exception:
                log.exception("privacy.sweep_failed", tenant=str(tenant))

    async def sweep(self, scope: TenantScope) -> None:
        now = self._ports.clock.now()
        async with self._ports.database.read(scope) as unit:
            retention = RetentionRepository(unit.session, scope)
            policy, _ = await retention.policy()
            old = await JobRepository(unit.session, scope).finished_before(now - EXPORT_KEPT)
            marks = {kind: await retention.mark(kind) for kind in ERASE_ORDER}
        for job in old:
            await self._drop(scope, job)
        counts: Counter[str] = Counter()
        for kind in ERASE_ORDER:
            mark = marks[kind]
            if mark is not None and now - mark[1] < SWEEP_EVERY:
                continue
            erased, resume = await self._sweep_kind(scope, kind, policy, EVER if mark is None else mark[0])
            counts[kind.value] = erased
            async with self._ports.database.write(scope) as unit:
                await RetentionRepository(unit.session, scope).put_mark(kind, resume, now)
        if any(counts.values()):
            async with self._ports.database.write(scope) as unit:
                mine = TenantUnit(unit, scope, SWEEPER, self._ports.clock, self._ports.ids)
                await mine.audit("retention.applied", None, erased={k: n for k, n in counts.items() if n})

    async def _sweep_kind(
        self, scope: TenantScope, kind: DataKind, policy: Policy, since: datetime
    ) -> tuple[int, datetime]:
        """How many were erased, and from when the next sweep must look."""
        now = self._ports.clock.now()
        resume, erased = now - policy.longest(kind), 0
        batch: list[PersonalRecord] = []
        async for record in self._ports.keeper.source(kind).between(scope, kind, since, now - policy.shortest(kind)):
            if record.busy:
                resume = min(resume, record.at)
            batch.append(record)
            if len(batch) == BATCH:
                erased += await self._erase_due(scope, batch, policy, now)
                batch = []
        erased += await self._erase_due(scope, batch, policy, now)
        if erased:
            log.info("privacy.swept", tenant=str(scope.tenant), kind=kind.value, erased=erased)
        return erased, max(since, resume)

    async def _erase_due(
        self, scope: TenantScope, batch: Sequence[PersonalRecord], policy: Policy, now: datetime
    ) -> int:
        holds = await self._holds(scope)
        known = await self._ports.keeper.with_facts(scope, batch)
        due = [record for record in known if policy.is_due(record, now) and holding(holds, record) is None]
        await self._ports.keeper.erase(scope, due, Erasure.RETENTION)
        return len(due)


def _parted(records: Sequence[PersonalRecord], holds: Sequence[LegalHold]) -> tuple[list[PersonalRecord], list[Kept]]:
    """What is erased, and what is kept with the reason why."""
    due: list[PersonalRecord] = []
    kept: list[Kept] = []
    for record in records:
        hold = holding(holds, record)
        if hold is not None:
            kept.append(Kept(record, f"{HELD} {hold.id}"))
        elif record.busy:
            kept.append(Kept(record, PROMISED if record.kind is DataKind.CALLBACKS else BUSY))
        else:
            due.append(record)
    return due, kept


def _overlap(one: Person, other: Person) -> bool:
    return bool(set(one.phones) & set(other.phones) or set(one.emails) & set(other.emails))


def _measure(file: Path) -> tuple[int, str]:
    with file.open("rb") as content:
        return file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest()
