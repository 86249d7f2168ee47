"""Rows of limits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class LimitsRow(Row, table=True):
    """A tenant without one has no limits but the closed premium numbers."""

    __tablename__ = "limits"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenants.id")
    calls_at_once: int | None = None
    calls_per_second: int | None = None
    countries: list[str] | None = Field(default=None, sa_type=JSON)
    premium: bool
    spend_per_day: int | None = Field(default=None, sa_type=BigInteger)
    closed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int
