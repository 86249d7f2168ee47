"""The core on real sockets: receive, drain events, send, set one timer. Nobody awaits in between."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from secrets import token_bytes
from ssl import SSLContext
from typing import Protocol, TypeVar

import structlog
from msgspec.structs import replace

from gateway.guard.bans import MALFORMED
from gateway.io.certificates import ServerCertificates
from gateway.io.client_identities import ClientIdentities
from gateway.io.counters import IoCounters
from gateway.io.door import Door, Guard
from gateway.io.keep_alive import SWEEP_SECONDS, KeptFlows, pause_of
from gateway.io.listeners import DriverSettings, Listener
from gateway.io.pool import ConnectionPool
from gateway.io.stun import binding_answer, is_response, is_stun
from gateway.io.tokens import SystemTokens
from gateway.io.udp import UdpSocket, bind_udp
from gateway.io.weather import Weather
from gateway.sip.calls import EndpointSettings, ListenAddress
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import AliasAsked, ResolveNeeded, SipEvent
from gateway.sip.flow import Destination, DnsQuery, Flow, HostPort, Target, Transmit
from gateway.sip.tls_identity import PeerCertificate, TlsIdentity
from gateway.sip.tokens import TokenSource
from kernel.contracts.carriers import TrunkReason

_log = structlog.get_logger(__name__)
_Result = TypeVar("_Result")


class Resolver(Protocol):
    """Who looks names up."""

    async def resolve(self, query: DnsQuery) -> Sequence[Target]:
        """Return places, best first; empty where there are none."""
        ...


class SipDriver:
    """Made by `open_driver`. `do` is the way to the endpoint's verbs; it may be called from the event handler."""

    def __init__(
        self,
        is_known: Callable[[Flow], bool],
        on_event: Callable[[SipEvent], None],
        resolver: Resolver,
        guard: Guard | None = None,
    ) -> None:
        self._on_event = on_event
        self._resolver = resolver
        self._loop = asyncio.get_running_loop()
        self._endpoint: SipEndpoint | None = None
        self._udp: list[UdpSocket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self._draining = False
        self._is_open = False
        self._identities: ClientIdentities | None = None
        self._watch: asyncio.TimerHandle | None = None
        self.io_counters = IoCounters()
        self._guard = guard or Guard()
        self._door = Door(self._guard, is_known, self.io_counters, self._loop.time)
        self.pool = ConnectionPool(self.io_counters, self._door, self, self._tls_of_client)
        self._kept = KeptFlows(token_bytes)
        self._weather = Weather(self._guard.admission)
        self._settings = DriverSettings(listeners=())
        self.addresses: tuple[ListenAddress, ...] = ()

    async def open(self, settings: DriverSettings, tokens: TokenSource) -> None:
        """Bind everything; OSError where an address cannot be had."""
        self._settings = settings
        addresses: list[ListenAddress] = []
        for listener in settings.listeners:
            bound = await self._bind(listener)
            ipv6 = ip_address(listener.host).version == 6
            addresses.append(ListenAddress(listener.transport, listener.advertised or bound, ipv6))
        self.addresses = tuple(addresses)
        addresses += _for_sending_only(addresses)
        own = EndpointSettings(
            addresses=tuple(addresses),
            user_agent=settings.user_agent,
            contact_user=settings.contact_user,
            methods=settings.methods,
            session_expires=settings.session_expires,
            min_se=settings.min_se,
        )
        overload = self._guard.admission
        self._endpoint = SipEndpoint(own, tokens, self._door.lets_in, self._guard.gate, settings.watch, overload)
        self._is_open = True
        self._watch = self._loop.call_later(SWEEP_SECONDS, self.look_after)
        self._weather.start()

    async def _bind(self, listener: Listener) -> HostPort:
        if listener.transport != "UDP":
            certificates = self._certificates(listener)
            place = listener.transport, listener.host, listener.port
            return await self.pool.listen(place, certificates, listener.origins)
        bound = bind_udp(listener.host, listener.port)
        _, socket = await self._loop.create_datagram_endpoint(
            lambda: UdpSocket(self.io_counters, self._datagram), sock=bound
        )
        self._udp.append(socket)
        return socket.local

    def _certificates(self, listener: Listener) -> ServerCertificates | None:
        if listener.tls is None:
            return None
        find = self._settings.server_identity
        return ServerCertificates(listener.tls, identity=find if listener.transport == "TLS" else _for_pages(find))

    async def close(self) -> None:
        """Close all sockets; calls are left to another process."""
        self._is_open = False
        self._weather.stop()
        for timer in (self._timer, self._watch):
            if timer is not None:
                timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in self._udp:
            socket.close()
        await self.pool.close()

    @property
    def endpoint(self) -> SipEndpoint:
        """For reading; verbs go through `do`."""
        if self._endpoint is None:
            raise RuntimeError("The driver is not open")
        return self._endpoint

    def do(self, verb: Callable[[SipEndpoint, float], _Result]) -> _Result:
        """Call `verb(endpoint, now)` and carry out what follows from it."""
        try:
            return verb(self.endpoint, self._loop.time())
        finally:
            self._drain()

    def drop(self, flow: Flow) -> None:
        """Close a connection, for example of a trunk that was removed; its calls go on over another one."""
        self.pool.close_flow(flow)

    def peer(self, flow: Flow) -> PeerCertificate | None:
        """Who the peer of a TLS connection proved to be by its certificate; None where it showed none."""
        return self.pool.peer(flow)

    def shown_on(self, flow: Flow) -> str:
        """The name of the TlsIdentity that the peer of a connection knows us by; empty: the gateway's own."""
        return self.pool.shown_on(flow)

    def flow_to(self, destination: Destination) -> Flow | None:
        """By which a place is reached now; None: by no connection yet."""
        if isinstance(destination, Flow):
            return destination
        if destination.transport != "UDP":
            return self.pool.flow_to(destination)
        socket = self._socket_for(destination)
        return Flow("UDP", socket.local, destination.remote) if socket is not None else None

    def reason(self, destination: Destination) -> TrunkReason | None:
        """Why a request to this place could not be sent; None where no connection was tried."""
        if isinstance(destination, Target):
            return self.pool.reason(destination)
        return TrunkReason.CONNECTION_CLOSED if destination.reliable else None

    def keep_open(self, flow: Flow, flow_timer: int | None, random: float) -> None:
        """Show the peer of an outbound flow in time that we live, and ask it the same; `FlowClosed` tells its end.

        `flow_timer` is in seconds (RFC 5626 4.4); None: its own. Keep-alives are spread by `random` of [0, 1).
        """
        pause = pause_of(flow, flow_timer, random)
        if flow.transport == "UDP":
            self._kept.add(flow, pause, self._loop.time())
        else:
            self.pool.keep(flow, pause)

    def let_go(self, flow: Flow) -> None:
        """End `keep_open`."""
        self._kept.discard(flow)
        self.pool.keep(flow, None)

    # --- inputs ---

    def _datagram(self, data: bytes, flow: Flow) -> None:
        if not is_stun(data):
            self.received(data, flow)
        elif is_response(data):
            if not self._kept.answered(data, flow):
                self.closed(flow)
        elif self._door.lets_in(flow) and (answer := binding_answer(data, flow.remote)) is not None:
            self.io_counters.stun_answered += 1
            self._send(Transmit(flow, answer))

    def received(self, data: bytes, flow: Flow) -> None:
        """Take bytes from a socket."""
        if not self._is_open:
            return
        endpoint = self.endpoint
        counters = endpoint.counters
        before = counters.malformed + counters.oversized
        self._let(lambda now: endpoint.receive(data, flow, now))
        if counters.malformed + counters.oversized > before:
            self._door.strike(flow, MALFORMED)

    def closed(self, flow: Destination, identity: str = "") -> None:
        """Take the end of a connection, whose peer knew us by this TLS identity."""
        self._let(lambda now: self.endpoint.flow_closed(flow, now, identity))

    def progress(self, flow: Flow) -> tuple[int, bool]:
        """How many messages a connection brought, and whether the rest of one is missing."""
        if not flow.is_stream:  # a WebSocket's messages are whole, and the handshake was the first word
            return 1, False
        return self.endpoint.stream_state(flow)

    def look_after(self) -> None:
        """Watch connections and hold places open; called by itself every `SWEEP_SECONDS`."""
        if self._watch is not None:
            self._watch.cancel()
        now = self._loop.time()
        self._watch = self._loop.call_later(SWEEP_SECONDS, self.look_after)
        try:
            self.pool.sweep(now)
            for flow in self._kept.dead():
                self.io_counters.connections_dead += 1
                self.closed(flow)
            for transmit in self._kept.due(now):
                self.io_counters.keep_alives_sent += 1
                self._send(transmit)
        except Exception:
            self.io_counters.faults += 1
            _log.exception("sip connections not looked after")

    def _wake(self) -> None:
        self._timer = None
        self._let(self.endpoint.handle_timer)

    def _let(self, happen: Callable[[float], None]) -> None:
        """Carry an input out; a fault of ours costs this one input, never the timers and calls that wait behind it."""
        if not self._is_open:  # other sockets are still being bound, or the last ones are being closed
            return
        try:
            happen(self._loop.time())
        except Exception:
            self.io_counters.faults += 1
            _log.exception("sip input failed")
        self._drain()

    # --- outputs ---

    def _drain(self) -> None:
        if self._draining:
            return  # a verb called by the event handler: the loop below goes on with what it left
        self._draining = True
        endpoint = self.endpoint
        try:
            while not endpoint.is_drained:
                while (event := endpoint.next_event()) is not None:
                    self._tell(event)
                for transmit in endpoint.outgoing():
                    self._send(transmit)
        finally:
            self._draining = False
        self._arm(endpoint)

    def _tell(self, event: SipEvent) -> None:
        if isinstance(event, ResolveNeeded):
            task = self._loop.create_task(self._resolve(event.query))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if isinstance(event, AliasAsked):
            self.pool.alias(event.flow, event.host, event.port)
            return
        try:
            self._on_event(event)
        except Exception:
            self.io_counters.failed_handlers += 1
            _log.exception("sip event handler failed", event_type=type(event).__name__)

    async def _resolve(self, query: DnsQuery) -> None:
        targets: Sequence[Target] = ()
        try:
            targets = await self._resolver.resolve(query)
        except Exception:
            self.io_counters.failed_handlers += 1
            _log.exception("resolver failed")
        self._let(lambda now: self.endpoint.resolved(query, targets, now))

    def _send(self, transmit: Transmit) -> None:
        destination = transmit.destination
        if destination.transport != "UDP":
            if transmit.data:
                self.pool.send(transmit.data, destination)
            if transmit.close and isinstance(destination, Flow):
                self.pool.close_flow(destination)
            return
        socket = self._socket_for(destination)
        if socket is None:
            self.io_counters.send_errors += 1
        else:
            socket.send(transmit.data, destination.remote)

    def _socket_for(self, destination: Destination) -> UdpSocket | None:
        if isinstance(destination, Flow):
            for socket in self._udp:
                if socket.local == destination.local:
                    return socket
        ipv6 = ":" in destination.remote.host
        for socket in self._udp:
            if (":" in socket.local.host) == ipv6:
                return socket
        return None

    def _tls_of_client(self, identity: str) -> SSLContext:
        if self._identities is None:
            own = next((listener.tls for listener in self._settings.listeners if listener.tls is not None), None)
            settings = self._settings
            self._identities = ClientIdentities(settings.identity, settings.client_tls or own, settings.trusted_ca)
        return self._identities.context(identity)

    def _arm(self, endpoint: SipEndpoint) -> None:
        when = endpoint.next_timer()
        if when is None:
            return
        if self._timer is not None:
            if self._wake_at <= when:
                return  # waking too early is cheaper than setting a timer anew for every message
            self._timer.cancel()
        # Kept here: uvloop gives a handle without `when` for a moment that has come.
        self._wake_at = when
        self._timer = self._loop.call_at(when, self._wake)


def _for_pages(find: Callable[[str], TlsIdentity | None]) -> Callable[[str], TlsIdentity | None]:
    """Browsers would ask their users which certificate to show: trunks' peers do not come over WebSocket."""

    def shown(name: str) -> TlsIdentity | None:
        found = find(name)
        return None if found is None or not found.certificate else replace(found, trusted_ca="")

    return shown


def _for_sending_only(bound: Sequence[ListenAddress]) -> list[ListenAddress]:
    """TLS without a listener of its own: the peer answers, and asks, on the connection that we opened."""
    if any(address.transport == "TLS" for address in bound):
        return []
    return [ListenAddress("TLS", own.address, own.ipv6) for own in bound if own.transport == "TCP"]


async def open_driver(
    settings: DriverSettings,
    is_known: Callable[[Flow], bool],
    on_event: Callable[[SipEvent], None],
    resolver: Resolver,
    tokens: TokenSource | None = None,
    guard: Guard | None = None,
) -> SipDriver:
    """Bind the sockets and start; `on_event` must not block and gets no `ResolveNeeded`."""
    driver = SipDriver(is_known, on_event, resolver, guard)
    try:
        await driver.open(settings, tokens or SystemTokens())
    except OSError:
        await driver.close()
        raise
    return driver
