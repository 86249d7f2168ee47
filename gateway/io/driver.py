"""The core on real sockets: receive, drain events, send, set one timer. Nobody awaits in between."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Protocol, TypeVar

import msgspec
import structlog

from gateway.io.counters import IoCounters
from gateway.io.tcp import TcpPool
from gateway.io.tokens import SystemTokens
from gateway.io.udp import UdpSocket
from gateway.sip.calls import EndpointSettings, ListenAddress
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import ResolveNeeded, SipEvent
from gateway.sip.flow import Destination, DnsQuery, Flow, HostPort, Target, Transmit, Transport
from gateway.sip.gate import Gate
from gateway.sip.tokens import TokenSource
from gateway.sip.watch import Watch

_log = structlog.get_logger(__name__)
_Result = TypeVar("_Result")


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A socket to bind, port 0 for a free one; `advertised` is how peers reach it where that differs (NAT, a name)."""

    transport: Transport
    host: str
    port: int = 5060
    advertised: HostPort | None = None


class DriverSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to bind, who we are (see `EndpointSettings`), and who looks on."""

    listeners: tuple[Listener, ...]
    user_agent: str = "Cordboard"
    contact_user: str = "cordboard"
    methods: frozenset[str] = frozenset()
    watch: Watch | None = None


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
        gate: Gate | None = None,
    ) -> None:
        self._is_known = is_known
        self._gate = gate
        self._on_event = on_event
        self._resolver = resolver
        self._loop = asyncio.get_running_loop()
        self._endpoint: SipEndpoint | None = None
        self._udp: list[UdpSocket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._draining = False
        self._is_open = False
        self.io_counters = IoCounters()
        self._tcp = TcpPool(self.io_counters, is_known, self)
        self.addresses: tuple[ListenAddress, ...] = ()

    async def open(self, settings: DriverSettings, tokens: TokenSource) -> None:
        """Bind everything; OSError where an address cannot be had."""
        addresses: list[ListenAddress] = []
        for listener in settings.listeners:
            bound = await self._bind(listener)
            ipv6 = ip_address(listener.host).version == 6
            addresses.append(ListenAddress(listener.transport, listener.advertised or bound, ipv6))
        self.addresses = tuple(addresses)
        own = EndpointSettings(
            addresses=self.addresses,
            user_agent=settings.user_agent,
            contact_user=settings.contact_user,
            methods=settings.methods,
        )
        self._endpoint = SipEndpoint(own, tokens, self._is_known, self._gate, settings.watch)
        self._is_open = True

    async def _bind(self, listener: Listener) -> HostPort:
        if listener.transport == "TCP":
            return await self._tcp.listen(listener.host, listener.port)
        if listener.transport != "UDP":
            raise ValueError(f"No listener for {listener.transport}")
        _, socket = await self._loop.create_datagram_endpoint(
            lambda: UdpSocket(self.io_counters, self.received), local_addr=(listener.host, listener.port)
        )
        self._udp.append(socket)
        return socket.local

    async def close(self) -> None:
        """Close all sockets; calls are left to another process."""
        self._is_open = False
        if self._timer:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in self._udp:
            socket.close()
        await self._tcp.close()

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
        self._tcp.close_flow(flow)

    # --- inputs ---

    def received(self, data: bytes, flow: Flow) -> None:
        """Take bytes from a socket."""
        self._let(lambda now: self.endpoint.receive(data, flow, now))

    def closed(self, flow: Destination) -> None:
        """Take the end of a connection."""
        self._let(lambda now: self.endpoint.flow_closed(flow, now))

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
        try:
            endpoint = self.endpoint
            while True:
                while (event := endpoint.next_event()) is not None:
                    self._tell(event)
                sent = False
                for transmit in endpoint.outgoing():
                    sent = True
                    self._send(transmit)
                if not sent:
                    break
        finally:
            self._draining = False
        self._arm()

    def _tell(self, event: SipEvent) -> None:
        if isinstance(event, ResolveNeeded):
            task = self._loop.create_task(self._resolve(event.query))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
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
        if destination.transport == "TCP":
            if transmit.data:
                self._tcp.send(transmit.data, destination)
            if transmit.close and isinstance(destination, Flow):
                self._tcp.close_flow(destination)
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

    def _arm(self) -> None:
        when = self.endpoint.next_timer()
        if when is None:
            return
        if self._timer is not None:
            if self._timer.when() <= when:
                return  # waking too early is cheaper than setting a timer anew for every message
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._wake)


async def open_driver(
    settings: DriverSettings,
    is_known: Callable[[Flow], bool],
    on_event: Callable[[SipEvent], None],
    resolver: Resolver,
    tokens: TokenSource | None = None,
    gate: Gate | None = None,
) -> SipDriver:
    """Bind the sockets and start; `on_event` must not block and gets no `ResolveNeeded`."""
    driver = SipDriver(is_known, on_event, resolver, gate)
    try:
        await driver.open(settings, tokens or SystemTokens())
    except OSError:
        await driver.close()
        raise
    return driver
