"""Rows of the library. Documents are JSON as their tenants wrote it, read again by the code that checks them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class FlowRow(Row, table=True):
    """Kept when removed: calls go on through the version that they began with."""

    __tablename__ = "flows"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=64)
    draft: bytes | None = None
    draft_revision: int
    live: int | None = None
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int


class FlowVersionRow(Row, table=True):
    """Never changed."""

    __tablename__ = "flow_versions"

    flow_id: UUID = Field(foreign_key="flows.id", primary_key=True)
    number: int = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    document: bytes
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: UUID
    note: str = Field(max_length=500)


class FlowLiveRow(Row, table=True):
    """Which version was live from when on; `place` counts from 0."""

    __tablename__ = "flow_history"

    flow_id: UUID = Field(foreign_key="flows.id", primary_key=True)
    place: int = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    number: int
    at: datetime = Field(sa_type=UtcDateTime)
    by: UUID
    rolled_back: bool


class CalendarRow(Row, table=True):
    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="uq_calendars_name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=64)
    document: bytes
    revision: int


class PromptRow(Row, table=True):
    """The sound itself lies in the prompt store under `name`."""

    __tablename__ = "prompts"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="uq_prompts_name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=64)
    text: str = Field(max_length=2000)
    language: str = Field(max_length=35)
    seconds: float
    revision: int


class FlowCredentialRow(Row, table=True):
    """The sealed value opens only with the server's key and this row's id."""

    __tablename__ = "flow_credentials"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="uq_flow_credentials_name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=64)
    sealed: bytes
    revision: int


class RobotRow(Row, table=True):
    """`sealed`, None where the robot wants to be shown nothing, opens only with the server's key and this row's id."""

    __tablename__ = "robots"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="uq_robots_name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=64)
    url: str = Field(max_length=2000)
    note: str = Field(max_length=500)
    sealed: bytes | None = None
    revision: int


_flows = FlowRow.table()
Index(
    "uq_flows_name",
    _flows.c.tenant_id,
    _flows.c.name,
    unique=True,
    sqlite_where=_flows.c.removed_at.is_(None),
    postgresql_where=_flows.c.removed_at.is_(None),
)
