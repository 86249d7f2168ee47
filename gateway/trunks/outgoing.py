"""How a trunk is dialled: its configuration and two numbers become an attempt."""

from collections.abc import Sequence
from ipaddress import IPv6Address

import msgspec

from gateway.sip.calls import Credentials, HeaderLines
from gateway.sip.flow import Flow, HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr
from gateway.sip.tls_identity import TlsIdentity
from gateway.sip.uri import format_host
from gateway.trunks.arriving import contact_user
from gateway.trunks.attempt import Attempt
from gateway.trunks.caller import show_caller, shown_number, uri_host
from gateway.trunks.carried import NOTHING, Carried, Diverter, Redirected, diversion_lines, history_lines
from gateway.trunks.ports import RegisteredPlace
from gateway.trunks.proving import tls_owner
from gateway.trunks.sources import read_address
from gateway.trunks.writing import write_number
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.primitives.phone import PhoneNumber

TRANSPORTS: dict[str, Transport] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS"}
SUFFIXES = {"udp": "", "tcp": ";transport=tcp", "tls": ";transport=tls"}
DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


def attempt_through(
    trunk: TrunkConfig,
    called: PhoneNumber,
    caller: PhoneNumber | None,
    rules: DiallingRules,
    carried: Carried = NOTHING,
    flow: Flow | None = None,
) -> Attempt:
    """The INVITE of a call through `trunk`; `carried` is what a forwarded call brings along, `flow` the way there."""
    emergency = bool(called.emergency)
    written = write_number(called, trunk.region, trunk.options.numbers)
    number = shown_number(trunk.options.caller, caller, rules.numbers)
    shown = show_caller(trunk, caller if number is not None else carried.diverted_by, rules, emergency=emergency)
    signed = number is not None and number == caller
    host = uri_host(trunk)
    place = f"{host}{SUFFIXES[trunk.transport]}" if trunk.options.domain else dialled(trunk)
    return Attempt(
        trunk=trunk.trunk,
        called=called,
        caller=caller,
        carried=carried,
        named=shown.number,
        target=f"sip:{written}@{place}",
        from_=shown.from_,
        to=NameAddr.of(f"sip:{written}@{host}"),
        headers=(*shown.headers, *_carried(trunk, carried, written, rules, signed=signed)),
        destination=flow or destination_of(trunk),
        route=route_of(trunk),
        credentials=credentials_of(trunk),
        contact_user=contact_user(trunk.trunk) if trunk.options.registration else "",
        tls=tls_name(trunk),
        outbound=flow is not None,
        codecs=trunk.codecs,
        srtp=trunk.srtp,
        ipv6=":" in flow.remote.host if flow else isinstance(read_address(trunk.host), IPv6Address),
        fails_over_on=frozenset(trunk.options.fail_over.statuses),
        answer_within_seconds=trunk.options.fail_over.answer_within_seconds,
        queue_seconds=trunk.options.limits.queue_seconds,
        limited=not emergency,
    )


def attempts_through(
    trunk: TrunkConfig,
    called: PhoneNumber,
    caller: PhoneNumber | None,
    rules: DiallingRules,
    carried: Carried = NOTHING,
    flow: Flow | None = None,
) -> list[Attempt]:
    """By the flow that the carrier keeps to, where there is one, then as the trunk is dialled (RFC 5626 4.3)."""
    dialled_anew = attempt_through(trunk, called, caller, rules, carried)
    if flow is None:
        return [dialled_anew]
    by_flow = attempt_through(trunk, called, caller, rules, carried, flow)
    return [by_flow, msgspec.structs.replace(dialled_anew, instead_of=flow)]


def attempt_to(
    place: RegisteredPlace,
    trunk: TrunkConfig,
    called: PhoneNumber,
    caller: PhoneNumber | None,
    rules: DiallingRules,
    carried: Carried = NOTHING,
) -> Attempt:
    """The same for a peer that registers: the number at its Contact, by the way that its REGISTER came."""
    attempt = attempt_through(_by_its_domain(trunk), called, caller, rules, carried)
    contact = place.uri.rpartition("@")[2].partition("?")[0].removeprefix("sip:")
    return msgspec.structs.replace(
        attempt,
        target=_at(contact, attempt),
        destination=place.destination,
        route=place.route,
        ipv6=":" in place.destination.remote.host,
    )


def attempt_again(
    attempt: Attempt, trunk: TrunkConfig, called: PhoneNumber, rules: DiallingRules, by: Redirected
) -> Attempt:
    """The same way to `called`, to which a 3xx of `attempt` led: no other host, and what it names is told."""
    carried = msgspec.structs.replace(attempt.carried, redirected=(*attempt.carried.redirected, by))
    again = attempt_through(_by_its_domain(trunk), called, attempt.caller, rules, carried)
    return msgspec.structs.replace(
        again,
        target=_at(attempt.target.rpartition("@")[2], again),
        destination=attempt.destination,
        outbound=attempt.outbound,
        avoid=attempt.avoid,
        route=attempt.route,
        ipv6=attempt.ipv6,
        limited=attempt.limited,
    )


def registers(trunk: TrunkConfig) -> bool:
    """Whether the peer tells by REGISTER where it is called."""
    return trunk.options.inbound is not None and trunk.options.inbound.registers


def _by_its_domain(trunk: TrunkConfig) -> TrunkConfig:
    """URIs name a peer that registers by the domain in which it does, for it has no host."""
    inbound = trunk.options.inbound
    return msgspec.structs.replace(trunk, host=inbound.domain) if inbound is not None and inbound.registers else trunk


def _at(place: str, attempt: Attempt) -> str:
    """The number of `attempt` at another host part."""
    return f"{attempt.target.partition('@')[0]}@{place}"


def dialled(trunk: TrunkConfig) -> str:
    """The host part of a URI that leads to where the trunk is dialled."""
    port = f":{trunk.port}" if trunk.port else ""
    return f"{format_host(trunk.host)}{port}{SUFFIXES[trunk.transport]}"


def destination_of(trunk: TrunkConfig) -> Target | None:
    """Where an IP literal is; a name is looked up for each call."""
    if read_address(trunk.host) is None:
        return None
    remote = HostPort(trunk.host, trunk.port or DEFAULT_PORTS[trunk.transport])
    return Target(TRANSPORTS[trunk.transport], remote, identity=tls_name(trunk))


def tls_identity(trunk: TrunkConfig) -> TlsIdentity | None:
    """Who we are to the carrier, and whom we believe; None: as to anybody."""
    tls = trunk.options.tls
    if tls is None or trunk.transport != "tls" or not (tls.certificate or tls.trusted_ca):
        return None
    key = trunk.tls_key.reveal() if trunk.tls_key is not None else ""
    return TlsIdentity(owner=tls_owner(trunk), certificate=tls.certificate, key=key, trusted_ca=tls.trusted_ca)


def tls_name(trunk: TrunkConfig) -> str:
    """Of the trunk's identity; empty: it has none."""
    identity = tls_identity(trunk)
    return "" if identity is None else identity.name


def route_of(trunk: TrunkConfig) -> tuple[str, ...]:
    """The way to a proxy that is dialled by name while URIs name the carrier's domain (RFC 3261 8.1.2)."""
    if not trunk.options.domain or destination_of(trunk) is not None:
        return ()
    return (f"<sip:{dialled(trunk)};lr>",)


def credentials_of(trunk: TrunkConfig) -> Credentials | None:
    """What answers the trunk's digest challenges."""
    if not trunk.username or trunk.password is None:
        return None
    return Credentials(trunk.username, trunk.password.reveal())


def _carried(trunk: TrunkConfig, carried: Carried, called: str, rules: DiallingRules, *, signed: bool) -> HeaderLines:
    """An Identity speaks of the caller's number, and goes on only where that number does (`signed`)."""
    identity = carried.identity if signed else ()
    passed = (*(("Identity", value) for value in identity), *carried.location)
    way, diverters = trunk.options.caller.forwarded_by, _diverters(trunk, carried, rules)
    if not way or not diverters:
        return passed
    host = uri_host(trunk)
    if way == "diversion":
        return (*diversion_lines(carried, diverters, host), *passed)
    return (*history_lines(carried, diverters, called, host), *passed)


def _diverters(trunk: TrunkConfig, carried: Carried, rules: DiallingRules) -> Sequence[Diverter]:
    """Ours where the trunk may name it, then those that the trunk itself led the call on from."""

    def written(number: PhoneNumber) -> str:
        return write_number(number, trunk.region, trunk.options.numbers)

    own = carried.diverted_by
    ours = shown_number(trunk.options.caller, own, rules.numbers) if own is not None else None
    forwarded = [] if ours is None else [Diverter(written(ours), carried.reason)]
    return [*forwarded, *(Diverter(written(one.number), told=one.diversion) for one in carried.redirected)]
