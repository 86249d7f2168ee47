"""What all parts of one endpoint share: who we are, the queues to the outside, the timers and the figures."""

from collections import deque
from collections.abc import Callable, Sequence

from gateway.sip.calls import SDP, EndpointSettings, HeaderLines, ListenAddress
from gateway.sip.counters import SipCounters
from gateway.sip.dead_targets import DeadTargets
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.events import ResolveNeeded, SipEvent
from gateway.sip.extensions import ACCEPT, ALLOW, SUPPORTED
from gateway.sip.flow import (
    Destination,
    DnsQuery,
    Flow,
    Target,
    Transmit,
    Transport,
    identity_of,
    shown_as,
)
from gateway.sip.message import Response
from gateway.sip.routing import locate
from gateway.sip.timers import TimerHeap
from gateway.sip.tokens import TokenSource
from gateway.sip.transactions.server import ServerTransaction
from gateway.sip.uri import format_host_port
from gateway.sip.watch import Watch

_CONTACT_TRANSPORTS: dict[Transport, str] = {
    "UDP": "",
    "TCP": ";transport=tcp",
    "TLS": ";transport=tls",
    "WS": ";transport=ws",
    "WSS": ";transport=ws",  # RFC 7118 5.2 knows no other
}

Located = Callable[[Sequence[Destination], float], None]


class Core:
    """Passive: it queues and looks up, and decides nothing."""

    def __init__(self, settings: EndpointSettings, tokens: TokenSource, watch: Watch | None = None) -> None:
        self.settings = settings
        self.tokens = tokens
        self.watch = watch
        self.counters = SipCounters()
        self.abilities: HeaderLines = (("Allow", self.allow), ("Supported", SUPPORTED))
        """What whoever begins, answers or refreshes a session says of itself (13.2.1)."""
        self.timers = TimerHeap()
        self.events: deque[SipEvent] = deque()
        self.outbox: deque[Transmit] = deque()
        self.open_flows: set[Flow] = set()
        self.way_to: Callable[[str], Flow | None] = lambda _contact: None
        """The present connection of who registered with a Contact."""
        self.dead = DeadTargets()
        self._waiting: dict[DnsQuery, list[tuple[Located, Destination | None, str]]] = {}

    def transmit(self, destination: Destination, data: bytes, close: bool = False) -> None:
        """Queue bytes to send."""
        self.counters.sent += 1
        if self.watch is not None and data:
            self.watch.sent(data, destination)
        self.outbox.append(Transmit(destination, data, close))

    def begins(self, session: str, call_id: str) -> None:
        """Tell who looks on that a session's messages have this Call-ID."""
        if self.watch is not None:
            self.watch.session(session, call_id)

    def is_open(self, destination: Destination | None) -> bool:
        """Whether `destination` is a connection that exists."""
        return isinstance(destination, Flow) and destination in self.open_flows

    def own_address(self, destination: Destination) -> ListenAddress:
        """Return the address under which the peer at `destination` reaches us; MisuseError where there is none."""
        found = self._find_address(destination.transport, destination.remote.host)
        if found is None:
            raise MisuseError(f"No {destination.transport} address of ours for {destination.remote.host}")
        return found

    def _find_address(self, transport: Transport, remote: str) -> ListenAddress | None:
        ipv6 = ":" in remote
        for address in self.settings.addresses:
            if address.transport == transport and address.ipv6 == ipv6:
                return address
        return None

    def ways(self, place: Destination, size: int, now: float) -> list[Destination]:
        """How to send `size` bytes to `place`: TCP before UDP where a datagram may not carry them (18.1.1)."""
        if place.transport != "UDP" or size <= self.settings.max_datagram:
            return [place]
        stream = Target("TCP", place.remote)
        if self._find_address("TCP", place.remote.host) is None or self.dead.is_dead(stream, now):
            return [place]
        return [stream, place]

    def via(self, destination: Destination, branch: str) -> tuple[str, str]:
        """Write a Via value of ours and its sent-by; asks for the true source port (RFC 3581) over UDP."""
        sent_by = format_host_port(self.own_address(destination).address)
        rport = "" if destination.reliable else ";rport"
        return f"SIP/2.0/{destination.transport} {sent_by};branch={branch}{rport}", sent_by.lower()

    def contact(self, destination: Destination, user: str = "", *, outbound: bool = False) -> str:
        """Write our Contact value for the peer at `destination`.

        `outbound`: what it begins in the dialog is to come by the flow of this request (RFC 5626 4.3).
        """
        address = self.own_address(destination)
        params = f"{_CONTACT_TRANSPORTS[address.transport]}{';ob' if outbound else ''}"
        return f"<sip:{user or self.settings.contact_user}@{format_host_port(address.address)}{params}>"

    def respond(
        self,
        server: ServerTransaction,
        status: int,
        now: float,
        headers: HeaderLines = (),
        body: bytes = b"",
        to_tag: str = "",
    ) -> bytes:
        """Answer the request of a transaction, where there is a body with a description; returns what was sent."""
        lines = (*headers, ("Content-Type", SDP)) if body else headers
        response = Response.to_request(server.request, status, to_tag, headers=lines, body=body)
        server.respond(response, now)
        return server.sent

    def capabilities(self) -> HeaderLines:
        """Say what we understand, as an answer to OPTIONS does (11.2)."""
        return (
            ("Allow", self.allow),
            ("Accept", ACCEPT),
            ("Accept-Encoding", "identity"),
            ("Supported", SUPPORTED),
            ("Allow-Events", "refer"),
        )

    @property
    def allow(self) -> str:
        """The methods that are taken, also those of the application (20.5)."""
        return ", ".join((ALLOW, *sorted(self.settings.methods)))

    def needs_peer(self, uri_text: str, base: Destination | None) -> bool:
        """Whether nobody but the peer can open the connection `base` again that leads to `uri_text`."""
        if not isinstance(base, Flow) or not base.reliable:
            return False
        try:
            return locate(uri_text, base, base_is_open=False) == base
        except SipError:  # SIP does not route it, so it is reached by `base` alone
            return True

    def locate(self, uri_text: str, base: Destination | None, then: Located, now: float, identity: str = "") -> None:
        """Call `then` with the places of `uri_text`, best first: now, or when `resolved` tells. None found: `base`.

        They are reached under `identity`, else under that of `base`.
        """
        identity = identity or identity_of(base)
        try:
            found = locate(uri_text, base, self.is_open(base))
            if isinstance(found, Flow) and found.reliable and found not in self.open_flows:
                found = self.way_to(uri_text) or found  # a connection that only the peer could open again
        except SipError:
            then((base,) if base else (), now)
            return
        if not isinstance(found, DnsQuery):
            then((shown_as(found, identity),), now)
            return
        if found not in self._waiting:
            self._waiting[found] = []
            self.events.append(ResolveNeeded(found))
        self._waiting[found].append((then, base, identity))

    def resolved(self, query: DnsQuery, targets: Sequence[Target], now: float) -> None:
        """Continue what waits for `query`."""
        for then, base, identity in self._waiting.pop(query, []):
            places = [shown_as(target, identity) for target in targets]
            then(places or ((base,) if base else ()), now)
