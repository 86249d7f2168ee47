"""What tenants' configuration tells signalling and routing: read-only values, refreshed on `DirectoryChanged`."""

from datetime import datetime
from uuid import UUID

import msgspec

from kernel.contracts.agents import WRAP_UP_LIMIT_SECONDS, AgentRules
from kernel.contracts.base import Message
from kernel.contracts.queues import LANGUAGE, Distribution, SkillLevel, WaitingRules
from kernel.contracts.telephony import PartyAddress
from kernel.contracts.trunks import DigestAlgorithm, SrtpPolicy, TrunkOptions
from kernel.primitives.ids import NumberId, PhoneId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret

RING_SECONDS = 20.0  # three rings; long enough to put down a cup
WRAP_UP_SECONDS = 60.0  # the industry's mean after-call work
SERVICE_LEVEL_SECONDS = 20.0  # "80 % in 20 s"
SHORT_ABANDON_SECONDS = 20.0  # shorter ones are counted apart
DISPOSITIONS = ("resolved", "follow_up", "wrong_number")
NOT_READY_REASONS = ("break", "meal", "training", "meeting", "back_office")


class QueueRules(msgspec.Struct, frozen=True, kw_only=True):
    queue: QueueId
    name: str
    priority: int = 0  # the higher is served first, across all queues of an agent
    ring_seconds: float = RING_SECONDS
    wrap_up_seconds: float = WRAP_UP_SECONDS
    wrap_up_limit_seconds: float = WRAP_UP_LIMIT_SECONDS  # however often it is extended
    service_level_seconds: float = SERVICE_LEVEL_SECONDS
    short_abandon_seconds: float = SHORT_ABANDON_SECONDS
    greeting: tuple[str, ...] = ("greeting",)
    music: str = "music"
    record: bool = True
    dispositions: tuple[str, ...] = DISPOSITIONS
    distribution: Distribution = Distribution()
    waiting: WaitingRules = WaitingRules()


class AgentProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One of the tenant's own agents, or a guest: an agent of the tenant `home` who may serve `queues` by a live grant.

    A guest works with the seat of the home tenant, whatever `has_seat` says here; `until` is when the grant ends by
    itself. `weight` is the agent's part where calls are given out in proportion. By `telephone` the agent may work in
    place of the browser, and with `telephone_only` cannot do otherwise; with `telephone_kept` it is called once, and
    its line kept up between calls. Of guests their home says so.
    """

    agent: UserId
    name: str
    queues: tuple[QueueId, ...]
    has_seat: bool
    home: TenantId | None = None
    until: datetime | None = None
    skills: tuple[SkillLevel, ...] = ()
    weight: int = 1
    telephone: PartyAddress | None = None
    telephone_only: bool = False
    telephone_kept: bool = False


class NumberRoute(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls to `called` lead: to `forward`, a number outside or a telephone of ours, else through the call flow
    with the id `flow`, else to the queue, which is also where calls go whose flow is not live."""

    number: NumberId
    called: PhoneNumber
    queue: QueueId
    forward: PartyAddress | None = None
    flow: UUID | None = None


class SeatPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Who may log in: holders of one of the `seats`; `concurrent`: anybody, while fewer than `seats` are logged in.

    `contacts` are name and e-mail address of those who can get more seats.
    """

    plan: str
    seats: int
    concurrent: bool = False
    contacts: tuple[tuple[str, str], ...] = ()


class CallLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What fraud or a mistake can cost a tenant at most; None: no limit.

    `countries` (ISO 3166-1 alpha-2) may be dialled; nothing is dialled before `closed_until`, for the day's spend is
    reached.
    """

    calls_at_once: int | None = None
    calls_per_second: int | None = None
    countries: tuple[str, ...] | None = None
    premium: bool = False
    closed_until: datetime | None = None


class TenantDirectory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything routing needs of one tenant; `clients` are those in whose directories its agents are guests."""

    tenant: TenantId
    name: str
    time_zone: str  # IANA name
    currency: str
    queues: tuple[QueueRules, ...]
    agents: tuple[AgentProfile, ...]
    numbers: tuple[NumberRoute, ...]
    outbound_trunk: TrunkId | None
    outbound_caller: PhoneNumber | None
    not_ready_reasons: tuple[str, ...] = NOT_READY_REASONS
    agent_rules: AgentRules = AgentRules()
    clients: tuple[TenantId, ...] = ()
    seats: SeatPolicy | None = None  # None: no plan yet
    limits: CallLimits = CallLimits()
    vips: frozenset[PhoneNumber] = frozenset()  # callers whom queues serve first
    blocked: frozenset[PhoneNumber] = frozenset()  # callers who are turned away
    language: str = LANGUAGE  # BCP 47: in which its agents are spoken to
    suspended: bool = False  # it does not pay: calls in progress finish, no new ones and no log-ins


class TrunkConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's side: recognised by source address, dialled at `host:port`."""

    trunk: TrunkId
    tenant: TenantId
    name: str
    sources: tuple[str, ...]  # IP networks in CIDR notation, each optionally with a port as "net#port"
    host: str
    port: int  # 0: found by DNS with the transport (RFC 3263)
    transport: str  # "udp", "tcp" or "tls"
    username: str = ""
    password: Secret | None = None
    signing_key: Secret | None = None  # PEM
    tls_key: Secret | None = None  # PEM, of options.tls.certificate
    codecs: tuple[str, ...] = ("PCMU", "PCMA")  # also G722 and opus
    srtp: SrtpPolicy = "optional"  # optional: answered where offered, offered in clear
    region: str | None = None  # ISO 3166-1: how national numbers of this carrier are read
    options: TrunkOptions = TrunkOptions()


class DiallingRules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every call that leaves a tenant, whichever its trunk; `numbers` are its own.

    `region` (ISO 3166-1 alpha-2) is the country whose national numbers its telephones dial; None: of no country.
    """

    tenant: TenantId
    numbers: frozenset[PhoneNumber] = frozenset()
    region: str | None = None
    limits: CallLimits = CallLimits()
    suspended: bool = False


class PhoneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Who registers with us, or calls, as `name@domain`; `domain` is the tenant's alone.

    An agent's telephone, or the peer of a `trunk`, whose id is `phone` then. `may_transfer`: it may have us call others
    by REFER; of a peer its trunk says so.
    """

    phone: PhoneId
    tenant: TenantId
    agent: UserId | None
    name: str
    domain: str
    secret: Secret
    algorithm: DigestAlgorithm = "MD5"
    trunk: TrunkId | None = None
    may_transfer: bool = True


class DomainConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone domain of the tenant's, and what is shown over TLS to who asks for it; empty: what the operator has.

    `certificate` is a chain in PEM, ours first, and `key` its private key.
    """

    tenant: TenantId
    domain: str
    certificate: str = ""
    key: Secret | None = None


class DirectoryChanged(Message, frozen=True, tag="directory_changed"):
    """On `directory.<tenant>` after every committed change of configuration."""
