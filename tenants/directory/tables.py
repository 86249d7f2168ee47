"""Rows of the directory."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class Provider(Row, table=True):
    """Who runs centres for tenants: above all tenants."""

    __tablename__ = "providers"

    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=100)


class Tenant(Row, table=True):
    __tablename__ = "tenants"

    id: UUID = Field(primary_key=True)
    provider_id: UUID = Field(foreign_key="providers.id", index=True)
    name: str = Field(max_length=100)
    time_zone: str = Field(max_length=64)
    currency: str = Field(max_length=3)
    locale: str = Field(max_length=35)
    outbound_trunk_id: UUID | None = None
    outbound_number_id: UUID | None = None
    not_ready_reasons: list[str] = Field(sa_type=JSON)
    revision: int


class UserRow(Row, table=True):
    """`login_key` is the folded e-mail address, unique over all tenants; None once removed."""

    __tablename__ = "users"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    email: str = Field(max_length=254)
    login_key: str | None = Field(max_length=254, unique=True)
    name: str = Field(max_length=100)
    roles: list[str] = Field(sa_type=JSON)
    password_hash: str = Field(max_length=255)
    active: bool
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int


class QueueRow(Row, table=True):
    """Kept when removed: call records go on showing its name."""

    __tablename__ = "queues"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=100)
    priority: int
    ring_seconds: float
    wrap_up_seconds: float
    service_level_seconds: float
    short_abandon_seconds: float
    greeting: list[str] = Field(sa_type=JSON)
    music: str = Field(max_length=64)
    record: bool
    dispositions: list[str] = Field(sa_type=JSON)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int


class QueueMemberRow(Row, table=True):
    __tablename__ = "queue_members"

    queue_id: UUID = Field(foreign_key="queues.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True, index=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)


class NumberRow(Row, table=True):
    """A number leads to one tenant only, whoever's trunk it comes by."""

    __tablename__ = "numbers"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    e164: str = Field(max_length=16, unique=True)
    queue_id: UUID = Field(foreign_key="queues.id")
    revision: int


class TrunkRow(Row, table=True):
    __tablename__ = "trunks"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=100)
    sources: list[str] = Field(sa_type=JSON)
    host: str = Field(max_length=253)
    port: int
    transport: str = Field(max_length=3)
    username: str = Field(max_length=100)
    sealed_password: bytes | None = None
    codecs: list[str] = Field(sa_type=JSON)
    region: str | None = Field(default=None, max_length=2)
    revision: int


_queues = QueueRow.table()
Index(
    "uq_queues_name",
    _queues.c.tenant_id,
    _queues.c.name,
    unique=True,
    sqlite_where=_queues.c.removed_at.is_(None),
    postgresql_where=_queues.c.removed_at.is_(None),
)
