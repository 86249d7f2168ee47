"""Which servers that tenants name may be asked (server-side request forgery): by the URL and what its host resolves to.

The caller of `refusal` connects to exactly the addresses that were judged, and follows no redirect without asking
`redirect` first: a name that resolves differently the second time gains nothing.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec

HTTPS_PORTS = frozenset({443, 8443})  # 8443: the usual second one; others are for other protocols
HTTP_PORTS = frozenset({80, 8080})
WEB_SOCKETS = {"ws": "http", "wss": "https"}
REDIRECTS = 2  # a name to its canonical form, and one more
HOST_LENGTH = 253  # RFC 1035 2.3.4, as text

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

NOT_OURS_TO_ASK: tuple[IPNetwork, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # the host's side of virtual machines at Azure: a global address that is none
        "192.0.0.0/24",  # RFC 6890; its 192.0.0.192 tells instances' data at Oracle
        "192.88.99.0/24",  # 6to4 relays (RFC 7526), gone
        "100.64.0.0/10",  # RFC 6598; its 100.100.100.200 tells instances' data at Alibaba
        "64:ff9b:1::/48",  # RFC 8215: where IPv4 stands in it, the network alone knows
        "2001::/23",  # RFC 2928: Teredo and other special ones
        "fec0::/10",  # site-local (RFC 3879)
    )
)
"""Beside all that `ipaddress` does not call global."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 2.1
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 2.5.5.1
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]|\\")


class Refused(StrEnum):
    UNREADABLE = "unreadable"  # characters that URLs do not have, or parts that parsers read differently
    SCHEME = "scheme"  # neither https, nor http to a host of the operator's list
    USER_INFO = "user_info"
    HOST = "host"  # no host name or global address
    PORT = "port"
    UNRESOLVED = "unresolved"
    ADDRESS = "address"  # private, link-local, loopback, multicast, a metadata service, or ours
    REDIRECTS = "redirects"  # too many, or from https to http


class WebRules(msgspec.Struct, frozen=True, kw_only=True):
    """`plain_hosts` (lower case) may be asked by http; `closed`: the operator's own networks.

    `private`: all of our own networks and loopback may be asked too, at any port, and by http: where everybody who can
    name a server is trusted.
    """

    private: bool = False
    plain_hosts: frozenset[str] = frozenset()
    https_ports: frozenset[int] = HTTPS_PORTS
    http_ports: frozenset[int] = HTTP_PORTS
    closed: tuple[str, ...] = ()


def refusal(url: str, addresses: Sequence[str], rules: WebRules) -> Refused | None:
    """None when the URL may be asked at every one of `addresses` (all to which its host resolved, IP literals)."""
    wrong = url_refusal(url, rules)
    if wrong is not None:
        return wrong
    if not addresses:
        return Refused.UNRESOLVED
    closed = tuple(ipaddress.ip_network(network) for network in rules.closed)
    open_to_us = rules.private or all(_may_be_asked(address, closed) for address in addresses)
    return None if open_to_us else Refused.ADDRESS


def as_http(url: str) -> str:
    """A WebSocket begins as a request by HTTP(S), and is judged as one (RFC 6455 3)."""
    scheme, mark, rest = url.partition("://")
    return f"{WEB_SOCKETS.get(scheme.lower(), scheme)}{mark}{rest}"


def redirect(url: str, location: str, hops: int, rules: WebRules) -> str | Refused:
    """Where an answer of `url` sends us after `hops` redirects before: the URL to resolve and judge next."""
    try:
        target = urljoin(url, location)
    except ValueError:
        return Refused.UNREADABLE
    down = url.lower().startswith("https:") and not target.lower().startswith("https:")
    if hops >= REDIRECTS or down:
        return Refused.REDIRECTS
    return url_refusal(target, rules) or target


def url_refusal(url: str, rules: WebRules) -> Refused | None:
    """What can be said before the host is resolved."""
    parts = _split(url)
    if parts is None:
        return Refused.UNREADABLE
    if "@" in parts.netloc:
        return Refused.USER_INFO
    host = parts.hostname or ""
    if not (host and rules.private) and not _is_host(host):
        return Refused.HOST
    if parts.scheme != "https" and not (parts.scheme == "http" and (rules.private or host in rules.plain_hosts)):
        return Refused.SCHEME
    return _port_refusal(parts, rules)


def _split(url: str) -> SplitResult | None:
    if _NOT_IN_URLS.search(url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _port_refusal(parts: SplitResult, rules: WebRules) -> Refused | None:
    try:
        port = parts.port
    except ValueError:
        return Refused.PORT
    if rules.private:
        return None if port != 0 else Refused.PORT
    secure = parts.scheme == "https"
    allowed = rules.https_ports if secure else rules.http_ports
    return None if (port or (443 if secure else 80)) in allowed and port != 0 else Refused.PORT


def _is_host(host: str) -> bool:
    """A name whose last label is a word (so none that some resolvers read as a number), or a global address."""
    literal = _address(host)
    if literal is not None:
        return _may_be_asked(host, ())
    labels = host.removesuffix(".").split(".")
    named = len(host) <= HOST_LENGTH and all(_LABEL.fullmatch(label) for label in labels)
    return named and len(labels) > 1 and labels[-1][0].isalpha()


def _may_be_asked(address: str, closed: tuple[IPNetwork, ...]) -> bool:
    found = _address(address)
    if found is None:
        return False
    return all(_is_outside(one, closed) for one in _within(found))


def _is_outside(address: IPAddress, closed: tuple[IPNetwork, ...]) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return not any(address.version == net.version and address in net for net in (*NOT_OURS_TO_ASK, *closed))


def _within(address: IPAddress) -> Iterator[IPAddress]:
    """The addresses that are meant: IPv4 inside IPv6 is judged as IPv4, for a gateway would take it there."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inside = address.ipv4_mapped or address.sixtofour
    if address in _NAT64 or address in _COMPATIBLE:
        inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inside is not None:
        yield inside
    if address.ipv4_mapped is None and address not in _NAT64:
        yield address


def _address(text: str) -> IPAddress | None:
    """None too for one with a zone (RFC 4007): it means an interface of ours."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None
