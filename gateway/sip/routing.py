"""Where a message goes next (RFC 3261 8.1.2, 12.2.1.1, 18.2.2; RFC 3263; RFC 3581)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from gateway.sip.errors import SipError
from gateway.sip.flow import Destination, DnsQuery, Flow, HostPort, Target, Transport, shown_as
from gateway.sip.grammar import MAX_RECALLED
from gateway.sip.message import Request
from gateway.sip.uri import Uri
from gateway.sip.via import Via

DEFAULT_PORT = 5060
DEFAULT_TLS_PORT = 5061
MAX_LITERAL_LENGTH = 64  # an IPv6 address has 45 characters, and may name an interface
ONE_WAY: tuple[Transport, ...] = ("WS", "WSS")  # browsers take no connections (RFC 7118 5)
_DEFAULT_PORTS: dict[Transport, int] = {"TLS": DEFAULT_TLS_PORT, "WS": 80, "WSS": 443}  # RFC 7118 7


def default_port(transport: Transport) -> int:
    """Return the port that a URI without one means (19.1.2)."""
    return _DEFAULT_PORTS.get(transport, DEFAULT_PORT)


def is_ip_literal(host: str) -> bool:
    """Whether `host` (without brackets) needs no DNS."""
    return len(host) <= MAX_LITERAL_LENGTH and _address(host) is not None


@lru_cache(MAX_RECALLED)
def _address(literal: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(literal)
    except ValueError:
        return None


def _is_private(literal: str) -> bool:
    address = _address(literal)
    return address is not None and address.is_private


def mark_hop(top: Via, flow: Flow) -> Via:
    """Write where a request really came from into its top Via; the same object where nothing has to be added."""
    wants_port = "rport" in top.params
    if not wants_port and top.host.strip("[]") == flow.remote.host:
        return top
    marks = {"received": flow.remote.host}
    if wants_port:
        marks["rport"] = str(flow.remote.port)
    return Via(top.transport, top.host, top.port, top.params.with_values(marks), top.version)


def mark_via(request: Request, flow: Flow) -> None:
    """Write where a request really came from into its top Via (18.2.1, RFC 3581 4)."""
    hops = request.first_vias
    marked = mark_hop(hops[0], flow)
    if marked is not hops[0]:
        request.set_first_vias((marked, *hops[1:]))


def response_destination(request: Request, flow: Flow) -> Destination:
    """Where the responses to `request` go (18.2.2, RFC 3581 4).

    Never to `maddr` or to a name: a response goes to the host that the request came from.
    """
    return via_destination(request.top_via, flow)


def via_destination(via: Via, flow: Flow) -> Destination:
    """Where the responses go to a request with the top Via `via` (18.2.2, RFC 3581 4)."""
    if flow.reliable:
        return flow
    if "rport" in via.params:
        return flow
    return Flow(flow.transport, flow.local, HostPort(flow.remote.host, via.port or DEFAULT_PORT))


def fallback_destination(request: Request, flow: Flow, identity: str) -> Destination:
    """Where responses go when the connection of the request is gone (18.2.2); none can be opened to a browser.

    `identity` is our TLS identity there.
    """
    if flow.transport in ONE_WAY:
        return flow
    remote = HostPort(flow.remote.host, request.top_via.port or default_port(flow.transport))
    return shown_as(Target(flow.transport, remote), identity)


def next_hop(request: Request) -> str:
    """Return the URI that the request is to be sent to (8.1.2)."""
    if request.to_strict_router or "route" not in request.headers:
        return request.target
    first = request.routes[0]
    return first.uri_text if first.uri.is_loose_router else request.target


def _is_behind_nat(host: str, base: Destination) -> bool:
    """Whether `host` is a private address of somebody whom we reach at a public one."""
    if host == base.remote.host or not is_ip_literal(host) or not is_ip_literal(base.remote.host):
        return False
    return _is_private(host) and not _is_private(base.remote.host)


def locate(uri_text: str, base: Destination | None, base_is_open: bool) -> Destination | DnsQuery:
    """Find where `uri_text` is, given how the dialog has been reached so far (`base`).

    An open connection to the same host is used again, whatever its port. Some can only be reached the way they came:
    a browser, which names itself `*.invalid` (RFC 7118 5), who asks for it by `ob` (RFC 5626 4.3), and a phone behind
    NAT that names an address of its private network while it came from a public one. Raises SipError 416 for a URI
    that SIP does not route.
    """
    uri = Uri.parse(uri_text)
    if not uri.is_sip:
        raise SipError(416, "Unsupported URI scheme")
    host = uri.bare_host
    transport = uri.transport or (base.transport if base else "UDP")
    if base and (host.lower().endswith(".invalid") or uri.has_param("ob") or base.transport in ONE_WAY):
        return base
    if base and _is_behind_nat(host, base):
        return base
    if not is_ip_literal(host):
        if base_is_open and base:
            return base
        return DnsQuery(host, uri.transport, uri.port, uri.scheme == "sips")
    remote = HostPort(host, uri.port or default_port(transport))
    if base and base.transport == transport and (base.remote == remote or (base_is_open and base.remote.host == host)):
        return base
    return Target(transport, remote)
