"""Rows of billing: both tables keep history, nothing in them is overwritten but the end of an assignment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class SeatTermsRow(Row, table=True):
    """Read in the order of `id` (UUIDv7), which is that of their writing."""

    __tablename__ = "seat_terms"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    plan: str = Field(max_length=100)
    price_minor: int
    currency: str = Field(max_length=3)
    seats: int


class SeatAssignmentRow(Row, table=True):
    __tablename__ = "seat_assignments"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    user_id: UUID
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


_assignments = SeatAssignmentRow.table()
Index(
    "uq_seat_assignments_open",
    _assignments.c.tenant_id,
    _assignments.c.user_id,
    unique=True,
    sqlite_where=_assignments.c.until.is_(None),
    postgresql_where=_assignments.c.until.is_(None),
)
