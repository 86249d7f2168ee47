"""Jobs that take longer than a request."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from kernel.contracts.personal import Person
from kernel.primitives.ids import TenantId
from tenants.audit import Origin

EXPORT_KEPT = timedelta(days=7)  # time to fetch it; a copy of everything kept of a person is not left lying longer


class JobKind(StrEnum):
    EXPORT = "export"
    ERASURE = "erasure"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # a hold was set before it began
    FAILED = "failed"


class PrivacyJob(msgspec.Struct, frozen=True, kw_only=True):
    """`person` is forgotten when the job's result is; `progress` counts things dealt with of `total`."""

    id: UUID
    tenant: TenantId
    kind: JobKind
    state: JobState = JobState.QUEUED
    person: Person | None
    fingerprint: str
    origin: Origin
    requested_at: datetime
    finished_at: datetime | None = None
    progress: int = 0
    total: int | None = None
    detail: str = ""
    certificate: dict[str, Any] | None = None
    blob: str | None = None
    bytes: int = 0
    sha256: str = ""

    @property
    def file_until(self) -> datetime | None:
        return None if self.blob is None or self.finished_at is None else self.finished_at + EXPORT_KEPT
