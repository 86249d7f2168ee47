"""Where recordings are listed, and the keys that seal them; the sound itself lies in the blob store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class RecordingRow(Row, table=True):
    """One stored recording; `gaps` are [start, length] in seconds."""

    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_tenant", "tenant_id", "id"),
        Index("ix_recordings_call", "tenant_id", "call_id"),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: UUID
    call_id: UUID
    key: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    seconds: float
    channels: int
    bytes: int = Field(sa_type=BigInteger)
    sha256: str
    gaps: list[tuple[float, float]] = Field(sa_type=JSON)
    key_version: int | None = None  # of the tenant's key that sealed it; None: from before there was sealing


class TenantKeyRow(Row, table=True):
    """One version of a tenant's key, wrapped by the server's key whose fingerprint is `server_key`."""

    __tablename__ = "tenant_keys"

    tenant_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    server_key: str = Field(max_length=16)
    wrapped: bytes
