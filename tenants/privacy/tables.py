"""What privacy keeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class RetentionPolicyRow(Row, table=True):
    """A tenant's own times; without a row it has the product's."""

    __tablename__ = "retention_policies"

    tenant_id: UUID = Field(primary_key=True)
    revision: int
    days: dict[str, Any] = Field(sa_type=JSON)
    queues: dict[str, Any] = Field(sa_type=JSON)


class RetentionMarkRow(Row, table=True):
    """Everything of a kind from before `swept_until` was dealt with; `swept_at` is when that was last looked after."""

    __tablename__ = "retention_marks"

    tenant_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=16)
    swept_until: datetime = Field(sa_type=UtcDateTime)
    swept_at: datetime = Field(sa_type=UtcDateTime)


class LegalHoldRow(Row, table=True):
    __tablename__ = "legal_holds"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    kind: str = Field(max_length=16)
    subject_id: UUID | None
    value: str = Field(max_length=300)
    reason: str = Field(max_length=1000)
    set_by: UUID | None
    set_at: datetime = Field(sa_type=UtcDateTime)
    lifted_by: UUID | None
    lifted_at: datetime | None = Field(sa_type=UtcDateTime)


class PrivacyJobRow(Row, table=True):
    """`alive_at` is when whoever runs it last said so; `person` and `origin` are MessagePack."""

    __tablename__ = "privacy_jobs"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16, index=True)
    person: bytes | None
    fingerprint: str = Field(max_length=32)
    origin: bytes
    requested_at: datetime = Field(sa_type=UtcDateTime)
    alive_at: datetime | None = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    progress: int
    total: int | None
    detail: str
    certificate: dict[str, Any] | None = Field(sa_type=JSON)
    blob: str | None
    bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
