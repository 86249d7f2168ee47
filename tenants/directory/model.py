"""The entities of a tenant's configuration; `revision` counts the changes of each."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from kernel.contracts.directory import (
    DISPOSITIONS,
    NOT_READY_REASONS,
    RING_SECONDS,
    SERVICE_LEVEL_SECONDS,
    SHORT_ABANDON_SECONDS,
    WRAP_UP_SECONDS,
)
from kernel.contracts.queues import Distribution, WaitingRules
from kernel.contracts.trunks import SrtpPolicy, TrunkOptions
from kernel.primitives.ids import NumberId, PhoneId, ProviderId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from tenants.directory.permissions import Permission
from tenants.directory.roles import Role

FIRST_REVISION = 1
Algorithm = Literal["MD5", "SHA-256", "SHA-512-256"]


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    revision: int = FIRST_REVISION


class Tenant(Entity, frozen=True):
    """`outbound_*`: what agents' own calls use."""

    id: TenantId
    provider: ProviderId
    name: str
    time_zone: str  # IANA name
    currency: str  # ISO 4217
    locale: str  # BCP 47
    outbound_trunk: TrunkId | None = None
    outbound_number: NumberId | None = None
    not_ready_reasons: tuple[str, ...] = NOT_READY_REASONS
    closed_at: datetime | None = None
    closed_reason: str | None = None


class User(Entity, frozen=True):
    id: UserId
    email: str
    name: str
    roles: tuple[Role, ...]
    custom_roles: tuple[UUID, ...] = ()
    department: UUID | None = None
    active: bool = True


class CustomRole(Entity, frozen=True):
    """A named set of permissions that the tenant made itself."""

    id: UUID
    name: str
    description: str = ""
    permissions: tuple[Permission, ...] = ()


class Department(Entity, frozen=True):
    """Departments form a tree; `parent` None: at its top."""

    id: UUID
    name: str
    parent: UUID | None = None


class Team(Entity, frozen=True):
    """`leads` need not be members, and lead without taking calls."""

    id: UUID
    name: str
    department: UUID | None = None
    members: tuple[UserId, ...] = ()
    leads: tuple[UserId, ...] = ()


class Queue(Entity, frozen=True):
    id: QueueId
    name: str
    priority: int = 0
    ring_seconds: float = RING_SECONDS
    wrap_up_seconds: float = WRAP_UP_SECONDS
    service_level_seconds: float = SERVICE_LEVEL_SECONDS
    short_abandon_seconds: float = SHORT_ABANDON_SECONDS
    greeting: tuple[str, ...] = ("greeting",)
    music: str = "music"
    record: bool = True
    dispositions: tuple[str, ...] = DISPOSITIONS
    distribution: Distribution = Distribution()
    waiting: WaitingRules = WaitingRules()
    agents: tuple[UserId, ...] = ()


class Number(Entity, frozen=True):
    """Calls go to `forward_number` or to the telephone `forward_phone` where one of them is set, else through `flow`
    where there is one, else to the queue."""

    id: NumberId
    called: PhoneNumber
    queue: QueueId
    forward_number: PhoneNumber | None = None
    forward_phone: str | None = None
    flow: UUID | None = None


class Trunk(Entity, frozen=True):
    """The sealed secrets open only with the server's key and this trunk's id; the inbound password is the peer's."""

    id: TrunkId
    name: str
    sources: tuple[str, ...]
    host: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    username: str = ""
    sealed_password: bytes | None = None
    sealed_inbound_password: bytes | None = None
    sealed_signing_key: bytes | None = None
    sealed_tls_key: bytes | None = None
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    region: str | None = None
    srtp: SrtpPolicy = "optional"
    options: TrunkOptions = TrunkOptions()


class PhoneDomain(Entity, frozen=True):
    """A domain that telephones register in; it leads to one tenant only.

    `certificate` is the chain in PEM that is shown there over TLS, empty: what the operator has; `sealed_tls_key` opens
    only with the server's key and this domain's id.
    """

    id: UUID
    domain: str
    certificate: str = ""
    sealed_tls_key: bytes | None = None


class Phone(Entity, frozen=True):
    """An agent's telephone; `sealed_secret` opens only with the server's key and this telephone's id."""

    id: PhoneId
    user: UserId
    domain: UUID
    name: str
    algorithm: Algorithm = "MD5"
    sealed_secret: bytes = b""
    may_transfer: bool = True
