"""Rows of webhooks. No body of a delivery is kept: it is made from the log for each attempt."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field

from kernel.ports.rows import Row, SequenceNumber, UtcDateTime

URL_LENGTH = 2_000  # what servers take


class WebhookRow(Row, table=True):
    """`disabled` says why nothing is sent to it."""

    __tablename__ = "webhooks"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    name: str = Field(max_length=100)
    url: str = Field(max_length=URL_LENGTH)
    events: list[str] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes
    former: bytes | None
    former_until: datetime | None = Field(sa_type=UtcDateTime)
    disabled: str | None = Field(max_length=20)
    revision: int


class WebhookProgressRow(Row, table=True):
    """How far in the log an endpoint has been told, and how it fares; written by who delivers."""

    __tablename__ = "webhook_progress"

    tenant_id: UUID = Field(primary_key=True)
    webhook_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=SequenceNumber)
    failures: int
    failing_since: datetime | None = Field(sa_type=UtcDateTime)
    next_at: datetime | None = Field(sa_type=UtcDateTime)
    error: str = Field(max_length=100)
    delivered_at: datetime | None = Field(sa_type=UtcDateTime)


class WebhookParkedRow(Row, table=True):
    """An event that an endpoint did not take: where it stands in the log, and nothing of what it says."""

    __tablename__ = "webhook_parked"

    tenant_id: UUID = Field(primary_key=True)
    webhook_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=SequenceNumber)
    type: str = Field(max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
    parked_at: datetime = Field(sa_type=UtcDateTime)
    error: str = Field(max_length=100)
    again: bool
