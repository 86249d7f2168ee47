"""Trunks: how calls come from and go to carriers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.certificates import TlsCertificateBody
from api.schemas.common import Body, Input
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.trunks import (
    CallerRules,
    FailOver,
    HealthCheck,
    InboundAccount,
    NumberRules,
    RedirectPolicy,
    Registration,
    Signing,
    SrtpPolicy,
    TransferPolicy,
    TrunkLimits,
    TrunkTls,
)

Transport = Literal["udp", "tcp", "tls"]


class TrunkBody(Body, frozen=True):
    """Passwords are never told; `has_password` says whether there is one of ours, `inbound` has the peer's.

    `signing`: our INVITEs are signed (STIR/SHAKEN) by a key that is never told either. `tls_expires_at`: when the first
    certificate of the chain in `tls` ends; `tls_certificate`: more of it.
    """

    id: UUID
    name: str
    sources: tuple[str, ...]
    host: str
    port: int
    transport: Transport
    username: str
    has_password: bool
    codecs: tuple[str, ...]
    region: str | None
    srtp: SrtpPolicy
    outbound: bool
    priority: int
    weight: int
    emergency: bool
    may_transfer: bool
    redirects: RedirectPolicy
    transfer: TransferPolicy
    domain: str
    numbers: NumberRules
    caller: CallerRules
    limits: TrunkLimits
    fail_over: FailOver
    health: HealthCheck
    registration: Registration | None
    inbound: InboundAccount | None
    signing: Signing | None
    tls: TrunkTls | None
    tls_expires_at: datetime | None
    tls_certificate: TlsCertificateBody | None


class TrunkInput(Input, frozen=True):
    """`sources` are IP networks in CIDR notation, each optionally with a port as `net#port`; port 0: found by DNS.

    `inbound`: who calls by this trunk proves it by `inbound_password`; `host` may be missing where the peer registers.

    `signing`: we vouch for callers by `signing_key`, a private key of P-256 in PEM.

    `tls` names the certificate that is shown to the carrier over TLS, with its private key `tls_key`, and who may have
    signed the carrier's.

    Calls out try trunks from the lowest `priority` on, equals by `weight`; `emergency` trunks take emergency numbers.
    """

    name: str
    sources: tuple[str, ...]
    host: str = ""
    port: int = 5060
    transport: Transport = "udp"
    username: str = ""
    password: str | None = None
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    region: str | None = None
    srtp: SrtpPolicy = "optional"
    outbound: bool = True
    priority: int = 0
    weight: int = 1
    emergency: bool = False
    may_transfer: bool = False
    redirects: RedirectPolicy = "refuse"
    transfer: TransferPolicy = "bridge"
    domain: str = ""
    numbers: NumberRules | UnsetType = UNSET
    caller: CallerRules | UnsetType = UNSET
    limits: TrunkLimits | UnsetType = UNSET
    fail_over: FailOver | UnsetType = UNSET
    health: HealthCheck | UnsetType = UNSET
    registration: Registration | None = None
    inbound: InboundAccount | None = None
    inbound_password: str | None = None
    signing: Signing | None = None
    signing_key: str | None = None
    tls: TrunkTls | None = None
    tls_key: str | None = None


class TrunkChange(Input, frozen=True):
    """Only what is present changes, a group of settings as a whole; `password: null` removes it."""

    name: str | UnsetType = UNSET
    sources: tuple[str, ...] | UnsetType = UNSET
    host: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    transport: Transport | UnsetType = UNSET
    username: str | UnsetType = UNSET
    password: str | UnsetType | None = UNSET
    codecs: tuple[str, ...] | UnsetType = UNSET
    region: str | UnsetType | None = UNSET
    srtp: SrtpPolicy | UnsetType = UNSET
    outbound: bool | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    weight: int | UnsetType = UNSET
    emergency: bool | UnsetType = UNSET
    may_transfer: bool | UnsetType = UNSET
    redirects: RedirectPolicy | UnsetType = UNSET
    transfer: TransferPolicy | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    numbers: NumberRules | UnsetType = UNSET
    caller: CallerRules | UnsetType = UNSET
    limits: TrunkLimits | UnsetType = UNSET
    fail_over: FailOver | UnsetType = UNSET
    health: HealthCheck | UnsetType = UNSET
    registration: Registration | UnsetType | None = UNSET
    inbound: InboundAccount | UnsetType | None = UNSET
    inbound_password: str | UnsetType | None = UNSET
    signing: Signing | UnsetType | None = UNSET
    signing_key: str | UnsetType | None = UNSET
    tls: TrunkTls | UnsetType | None = UNSET
    tls_key: str | UnsetType | None = UNSET


class TrunkPreviewInput(Input, frozen=True):
    """A call to try on paper; `arriving` is a number as the carrier writes it, such as `0044207…`."""

    called: str | None = None
    caller: str | None = None
    arriving: str | None = None


class HeaderBody(Body, frozen=True):
    name: str
    value: str


class TrunkPreviewBody(Body, frozen=True):
    """What would be sent; None where nothing was asked. `arriving` is E.164, None also where it is no number."""

    request_uri: str | None = None
    from_header: str | None = None
    to_header: str | None = None
    headers: tuple[HeaderBody, ...] = ()
    arriving: str | None = None


class TrunkStateBody(Body, frozen=True):
    """What one gateway found; `health` is unknown without OPTIONS, `registration` none where we do not register.

    `status`: the SIP status that decided (408: no answer), 0: none yet. Health or registration changed at `since`.

    `reason` says what is wrong, since `reason_since`; null: nothing is. Of a trunk that neither answers nor is
    registered it says why it does not answer.
    """

    gateway: str
    health: Literal["unknown", "up", "down"]
    registration: Literal["none", "trying", "registered", "waiting"]
    status: int
    since: datetime
    reason: TrunkReason | None
    reason_since: datetime | None


class TrunkStatesBody(Body, frozen=True):
    """Empty while no gateway watches the trunk, for neither OPTIONS nor registration is set."""

    gateways: tuple[TrunkStateBody, ...]


class NamedTrunkStatesBody(TrunkStatesBody, frozen=True):
    """The same of one of several trunks."""

    trunk_id: UUID
    name: str
