"""How a tenant's trunk is dialled, known, limited and watched: groups of its settings, each with what is usual."""

from typing import Literal

import msgspec

SrtpPolicy = Literal["never", "optional", "required"]
DigestAlgorithm = Literal["MD5", "SHA-256", "SHA-512-256"]
NumberFormat = Literal["e164", "plain", "national", "international"]
IdentityHeader = Literal["", "p_asserted_identity", "p_preferred_identity", "remote_party_id"]
ForwardHeader = Literal["", "diversion", "history_info"]
RedirectPolicy = Literal["refuse", "follow"]
TransferPolicy = Literal["bridge", "refer"]

FAIL_OVER_ON = (408, 500, 502, 503, 504)
"""Statuses that speak of the way and not of the callee: nobody answered (our own 408), or a next hop is unwell."""

ANSWER_WITHIN_SECONDS = 4.0  # an INVITE over UDP has been sent four times by then (RFC 3261 17.1.1.2)
REGISTRATION_SECONDS = 3600  # RFC 3261 10.2.1.1 recommends an hour


class PrefixRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that begins with `prefix` begins with `replacement` instead."""

    prefix: str
    replacement: str = ""


class NumberRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How numbers are written on the wire; of each list the first rule that fits is used, and no other.

    Out: `format`, then `out`, then `tech_prefix` before it. In: `tech_prefix` away, then `arriving`, then read as a
    number of the trunk's region. `format`: e164 `+442071838750`, plain `442071838750`, national `02071838750` (other
    countries as international), international `0049…`.
    """

    format: NumberFormat = "e164"
    out: tuple[PrefixRule, ...] = ()
    tech_prefix: str = ""
    arriving: tuple[PrefixRule, ...] = ()


class CallerRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which number is shown, and how the carrier is told whose call it is.

    `fixed` is shown whatever number a call brings; `own_only`: a number that is not the tenant's gives way to `fixed`,
    or to none. `hidden`: nobody is shown a number (RFC 3323), the carrier still is told by `header`.
    `from_username`: From names the account, the number is told by `header` alone.
    """

    fixed: str | None = None
    own_only: bool = True
    hidden: bool = False
    header: IdentityHeader = ""
    from_username: bool = False
    forwarded_by: ForwardHeader = "diversion"


class TrunkLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None: no limit. A call that finds no room waits `queue_seconds` at most, then goes another way or is refused."""

    channels: int | None = None
    calls_per_second: int | None = None
    queue_seconds: float = 0.0


class FailOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After a refusal of `statuses`, or silence of `answer_within_seconds`, the next trunk is tried."""

    statuses: tuple[int, ...] = FAIL_OVER_ON
    answer_within_seconds: float = ANSWER_WITHIN_SECONDS


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """OPTIONS every `interval_seconds` (0: never); down after so many failures in a row, up after so many answers."""

    interval_seconds: float = 0.0
    down_after: int = 3
    up_after: int = 2


class Registration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """We register at the carrier with the trunk's username and password, so that it knows where to send calls."""

    expires_seconds: int = REGISTRATION_SECONDS


class InboundAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends calls by this trunk proves it by digest, whatever the source: `username` and a password, in the realm
    `domain`, which is one of the tenant's telephone domains.

    `registers`: the peer tells by REGISTER where it is called; the trunk's host counts for nothing then.
    """

    domain: str
    username: str
    algorithm: DigestAlgorithm = "MD5"
    registers: bool = False


class Signing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """We vouch for the callers of calls out by a key of the trunk's, whose certificate lies at `certificate_url`."""

    certificate_url: str


class TrunkTls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a trunk by TLS, in PEM. `certificate` is the chain that we show to the carrier, with the key `tls_key` of the
    trunk; empty: the gateway's own. `trusted_ca` are the authorities that may have signed the carrier's certificate;
    empty: those that the gateway trusts.

    `peer_names`: calls come in by this trunk over connections only whose client certificate bears one of these names.
    `client_ca` are the authorities that sign these certificates themselves: who shows one at a telephone domain of the
    tenant is the trunk's peer, wherever it calls from; empty: those of the gateway, and a source or account besides.
    """

    certificate: str = ""
    trusted_ca: str = ""
    peer_names: tuple[str, ...] = ()
    client_ca: str = ""


class TrunkOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`outbound`: calls may leave this way without being told to. The lowest `priority` comes first; among equals, each
    is first as often as its `weight` says. `emergency`: for emergency numbers, in the same order.

    `domain` stands in URIs where it differs from the host that is dialled. `may_transfer`: far ends behind this trunk
    may have us call others by REFER, at the tenant's cost and within its limits. `redirects`: whether numbers that a
    3xx answer names are dialled instead, by this trunk alone, at the same cost and within the same limits. `transfer`:
    whether who is left of a transfer to a number behind the same trunk is bridged with it, or referred to it.
    """

    outbound: bool = True
    priority: int = 0
    weight: int = 1
    emergency: bool = False
    may_transfer: bool = False
    redirects: RedirectPolicy = "refuse"
    transfer: TransferPolicy = "bridge"
    domain: str = ""
    numbers: NumberRules = NumberRules()
    caller: CallerRules = CallerRules()
    limits: TrunkLimits = TrunkLimits()
    fail_over: FailOver = FailOver()
    health: HealthCheck = HealthCheck()
    registration: Registration | None = None
    inbound: InboundAccount | None = None
    signing: Signing | None = None
    tls: TrunkTls | None = None
