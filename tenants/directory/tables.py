"""Rows of the directory."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class Provider(Row, table=True):
    """Who runs centres for tenants: above all tenants. Its own people are users of the home tenant."""

    __tablename__ = "providers"

    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=100)
    home_tenant_id: UUID | None = Field(default=None, unique=True)  # no foreign key: tenants refer to providers already
    revision: int


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
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_reason: str | None = Field(default=None, max_length=500)
    revision: int


class DepartmentRow(Row, table=True):
    __tablename__ = "departments"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    parent_id: UUID | None = Field(default=None, foreign_key="departments.id", index=True)
    name: str = Field(max_length=100)
    revision: int


class CustomRoleRow(Row, table=True):
    __tablename__ = "custom_roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    name: str = Field(max_length=100)
    description: str = Field(max_length=500)
    permissions: list[str] = Field(sa_type=JSON)
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
    custom_roles: list[str] = Field(sa_type=JSON, default_factory=list)  # ids; one that is gone gives nothing
    department_id: UUID | None = Field(default=None, index=True)
    password_hash: str = Field(max_length=255)
    active: bool
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int


class InvitationRow(Row, table=True):
    """For a person to set the first password; `token_hash` is SHA-256 of what the link holds."""

    __tablename__ = "invitations"

    user_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    token_hash: bytes = Field(unique=True, max_length=32)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    founding: bool  # of a client's first owner, by its provider


class AgentSkillsRow(Row, table=True):
    """Of a tenant's own agents, and of the provider's people who work for it."""

    __tablename__ = "agent_skills"

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True, index=True)
    skills: list[dict[str, Any]] = Field(sa_type=JSON)
    weight: int


class AgentTelephoneRow(Row, table=True):
    """One of `phone` and `e164`."""

    __tablename__ = "agent_telephones"

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True, index=True)
    phone: str | None = Field(max_length=64)
    e164: str | None = Field(max_length=16)
    only: bool
    mode: str = Field(max_length=16)


class MarkedCallerRow(Row, table=True):
    __tablename__ = "marked_callers"
    __table_args__ = (UniqueConstraint("tenant_id", "e164", name="uq_marked_callers_number"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    e164: str = Field(max_length=16)
    mark: str = Field(max_length=10)
    marked_at: datetime = Field(sa_type=UtcDateTime)
    note: str = Field(max_length=200)
    revision: int


class TeamRow(Row, table=True):
    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    department_id: UUID | None = Field(default=None, foreign_key="departments.id", index=True)
    name: str = Field(max_length=100)
    revision: int


class TeamMemberRow(Row, table=True):
    """A lead need not take calls, and may lead several teams."""

    __tablename__ = "team_members"

    team_id: UUID = Field(foreign_key="teams.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True, index=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    lead: bool


class GrantRow(Row, table=True):
    """That a person of the provider, or all with a role there, may act in the tenant. Never deleted.

    Either `user_id` or `provider_role` is set; `given_at` is None while the client has not agreed.
    """

    __tablename__ = "grants"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    provider_id: UUID = Field(foreign_key="providers.id", index=True)
    user_id: UUID | None = Field(default=None, index=True)
    provider_role: str | None = Field(default=None, max_length=20)
    roles: list[str] = Field(sa_type=JSON)
    permissions: list[str] = Field(sa_type=JSON)
    reason: str = Field(max_length=500)
    until: datetime = Field(sa_type=UtcDateTime)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    asked_by: UUID
    given_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    given_by: UUID | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = None
    closing: str | None = Field(default=None, max_length=20)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_by: UUID | None = None
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
    distribution: dict[str, Any] = Field(sa_type=JSON, default_factory=dict, sa_column_kwargs={"server_default": "{}"})
    waiting: dict[str, Any] = Field(sa_type=JSON, default_factory=dict, sa_column_kwargs={"server_default": "{}"})
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
    forward_number: str | None = Field(default=None, max_length=16)
    forward_phone: str | None = Field(default=None, max_length=64)
    flow_id: UUID | None = None  # no foreign key: another module's
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
    sealed_inbound_password: bytes | None = None
    sealed_signing_key: bytes | None = None
    sealed_tls_key: bytes | None = None
    codecs: list[str] = Field(sa_type=JSON)
    region: str | None = Field(default=None, max_length=2)
    srtp: str = Field(default="optional", max_length=8)
    options: dict[str, Any] = Field(sa_type=JSON)
    revision: int


class PhoneDomainRow(Row, table=True):
    """A domain names the tenant whose telephones register in it."""

    __tablename__ = "phone_domains"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    domain: str = Field(max_length=253, unique=True)
    certificate: str | None = None
    sealed_tls_key: bytes | None = None
    revision: int


class PhoneRow(Row, table=True):
    """User names are unlike within a tenant, whichever of its domains they are in."""

    __tablename__ = "phones"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="uq_phones_name"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    domain_id: UUID = Field(foreign_key="phone_domains.id", index=True)
    name: str = Field(max_length=64)
    algorithm: str = Field(max_length=11)
    sealed_secret: bytes
    may_transfer: bool = True
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
