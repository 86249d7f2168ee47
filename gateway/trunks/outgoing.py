"""How a trunk is dialled: its configuration and two numbers become an attempt."""

from ipaddress import IPv6Address

import msgspec

from gateway.sip.calls import Credentials, HeaderLines
from gateway.sip.flow import HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import format_host
from gateway.trunks.arriving import contact_user
from gateway.trunks.attempt import Attempt
from gateway.trunks.caller import show_caller, shown_number, uri_host
from gateway.trunks.carried import NOTHING, Carried, diversion_lines, history_lines
from gateway.trunks.ports import RegisteredPlace
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
) -> Attempt:
    """The INVITE of a call through `trunk`; `carried` is what a forwarded call brings along."""
    emergency = bool(called.emergency)
    written = write_number(called, trunk.region, trunk.options.numbers)
    number = shown_number(trunk.options.caller, caller, rules.numbers)
    shown = show_caller(trunk, caller if number is not None else carried.diverted_by, rules, emergency=emergency)
    signed = number is not None and number == caller
    host = uri_host(trunk)
    place = f"{host}{SUFFIXES[trunk.transport]}" if trunk.options.domain else dialled(trunk)
    return Attempt(
        trunk=trunk.trunk,
        target=f"sip:{written}@{place}",
        from_=shown.from_,
        to=NameAddr.of(f"sip:{written}@{host}"),
        headers=(*shown.headers, *_carried(trunk, carried, written, rules, signed=signed)),
        destination=destination_of(trunk),
        route=route_of(trunk),
        credentials=credentials_of(trunk),
        contact_user=contact_user(trunk.trunk) if trunk.options.registration else "",
        codecs=trunk.codecs,
        srtp=trunk.srtp,
        ipv6=isinstance(read_address(trunk.host), IPv6Address),
        fails_over_on=frozenset(trunk.options.fail_over.statuses),
        answer_within_seconds=trunk.options.fail_over.answer_within_seconds,
        queue_seconds=trunk.options.limits.queue_seconds,
        limited=not emergency,
    )


def attempt_to(
    place: RegisteredPlace,
    trunk: TrunkConfig,
    called: PhoneNumber,
    caller: PhoneNumber | None,
    rules: DiallingRules,
    carried: Carried = NOTHING,
) -> Attempt:
    """The same for a peer that registers: the number at its Contact, by the way that its REGISTER came."""
    inbound = trunk.options.inbound
    named = msgspec.structs.replace(trunk, host=inbound.domain) if inbound is not None else trunk
    attempt = attempt_through(named, called, caller, rules, carried)
    contact = place.uri.rpartition("@")[2].partition("?")[0].removeprefix("sip:")
    number = attempt.target.partition("@")[0]
    return msgspec.structs.replace(
        attempt,
        target=f"{number}@{contact}",
        destination=place.destination,
        route=place.route,
        ipv6=":" in place.destination.remote.host,
    )


def dialled(trunk: TrunkConfig) -> str:
    """The host part of a URI that leads to where the trunk is dialled."""
    port = f":{trunk.port}" if trunk.port else ""
    return f"{format_host(trunk.host)}{port}{SUFFIXES[trunk.transport]}"


def destination_of(trunk: TrunkConfig) -> Target | None:
    """Where an IP literal is; a name is looked up for each call."""
    if read_address(trunk.host) is None:
        return None
    return Target(TRANSPORTS[trunk.transport], HostPort(trunk.host, trunk.port or DEFAULT_PORTS[trunk.transport]))


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
    way = trunk.options.caller.forwarded_by
    diverter = shown_number(trunk.options.caller, carried.diverted_by, rules.numbers)
    if carried.diverted_by is None or diverter is None or not way:
        return passed
    host, written = uri_host(trunk), write_number(diverter, trunk.region, trunk.options.numbers)
    if way == "diversion":
        return (*diversion_lines(carried, written, host), *passed)
    return (*history_lines(carried, written, called, host), *passed)
