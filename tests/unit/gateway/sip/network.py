"""Endpoints, and relays between them, on one virtual clock: latency per direction, loss, copies, re-order.

On reliable transports nothing is lost, doubled or overtaken. Whoever sends to an address that nobody has is not heard.
"""

import heapq
import random
from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.sip.calls import EndpointSettings, ListenAddress, OutgoingInvite
from gateway.sip.events import (
    Cancelled,
    DialogChanged,
    DialogTerminated,
    InviteFailed,
    InviteReceived,
    ResolveNeeded,
    SipEvent,
)
from gateway.sip.flow import Flow, HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr
from tests.unit.gateway.sip.leaks import leaks
from tests.unit.gateway.sip.pair import OFFER, Side

ENDS = (Cancelled, InviteFailed, DialogTerminated)
SPREAD = 0.1  # seconds by which a message may come later where the network re-orders
QUIET = 64 * 0.5 + 160.0  # 64*T1 after the last message, and as long as an unanswered re-INVITE is waited for before


class Node(Protocol):
    """Whoever has an address."""

    address: HostPort

    def receive(self, data: bytes, source: HostPort, now: float) -> None: ...

    def drain(self, now: float) -> list[tuple[HostPort, bytes]]:
        """What it sends now, and where to."""
        ...

    def next_timer(self) -> float | None: ...

    def handle_timer(self, now: float) -> None: ...


class Phone(Side):
    """An endpoint with the legs that it knows by name, and how it reacts."""

    def __init__(self, name: str, number: int, seed: int, transport: Transport, **settings: object) -> None:
        address = HostPort(f"192.0.2.{number}", 5060)
        own = EndpointSettings(
            addresses=(ListenAddress(transport, address),),
            contact_user=name,
            **settings,  # type: ignore[arg-type]
        )
        super().__init__(address, seed * 100 + number, own)
        self.name = name
        self.transport: Transport = transport
        self.sessions: list[str] = []  # in the order in which they began
        self.closed: set[str] = set()  # those that it refused, of which nothing more is told
        self.names: Mapping[str, tuple[HostPort, ...]] = {}  # what DNS tells, best first

    def receive(self, data: bytes, source: HostPort, now: float) -> None:
        self.endpoint.receive(data, Flow(self.transport, self.address, source), now)

    def next_timer(self) -> float | None:
        return self.endpoint.next_timer()

    def handle_timer(self, now: float) -> None:
        self.endpoint.handle_timer(now)

    def drain(self, now: float) -> list[tuple[HostPort, bytes]]:
        while event := self.endpoint.next_event():
            self._take(event, now)
        out: list[tuple[HostPort, bytes]] = []
        for transmit in self.endpoint.outgoing():
            if transmit.data:
                self.sent.append((now, transmit.data))
                out.append((transmit.destination.remote, transmit.data))
        return out

    def _take(self, event: SipEvent, now: float) -> None:
        if isinstance(event, DialogChanged):
            self.saved[event.session] = event
            return
        if isinstance(event, ResolveNeeded):
            places = self.names.get(event.query.host, ())
            self.endpoint.resolved(event.query, [Target(self.transport, place) for place in places], now)
            return
        if isinstance(event, InviteReceived):
            self.sessions.append(event.session)
        self.events.append(event)
        if self.react:
            self.react(event, now)

    def call(self, other: "Phone", now: float, via: tuple["Node", ...] = (), host: str = "", **more: object) -> str:
        """Call directly, by a route set of loose routers, or at a `host` that DNS knows."""
        fields: dict[str, object] = {"body": OFFER, **more}
        session = self.endpoint.invite(
            OutgoingInvite(
                target=f"sip:{other.name}@{host or other.address.host}",
                from_=NameAddr.of(f"sip:{self.name}@caller.example"),
                destination=None if host else Target(self.transport, (via[0] if via else other).address),
                route=tuple(f"<sip:{node.address.host};lr>" for node in via),
                **fields,  # type: ignore[arg-type]
            ),
            now,
        )
        self.sessions.append(session)
        return session

    def ends(self, session: str) -> list[SipEvent]:
        return [event for event in self.events if isinstance(event, ENDS) and event.session == session]


class Network:
    """Runs its nodes until a time, or until nothing is left to happen."""

    def __init__(
        self, seed: int = 1, loss: float = 0.0, copies: float = 0.0, transport: Transport = "UDP", latency: float = 0.02
    ) -> None:
        self.now = 1000.0
        self.transport: Transport = transport
        self.seed = seed
        self.loss, self.copies = loss, copies
        self.latency: dict[HostPort, float] = {}  # of what leaves this address
        self.default_latency = latency
        self.spread = SPREAD if loss else 0.0
        self.delay: Callable[[Node, bytes], float | None] = lambda _node, _data: 0.0  # None: it is lost
        self.nodes: dict[HostPort, Node] = {}
        self.phones: dict[str, Phone] = {}
        self.trail: list[tuple[str, str]] = []  # who sent what, by its first word or status
        self.close: Callable[[], None] = lambda: None  # ends by force what loss left standing
        self._random = random.Random(seed)
        self._wire: list[tuple[float, int, Node, HostPort, bytes]] = []
        self._later: list[tuple[float, int, Callable[[float], None]]] = []
        self._last: dict[tuple[HostPort, HostPort], float] = {}
        self._count = 0

    def phone(self, name: str, **settings: object) -> Phone:
        phone = Phone(name, len(self.nodes) + 1, self.seed, self.transport, **settings)
        self.phones[name] = phone
        self.add(phone)
        return phone

    def add(self, node: Node) -> None:
        self.nodes[node.address] = node

    def at(self, delay: float, action: Callable[[float], None]) -> None:
        """Let something happen in `delay` seconds."""
        self._count += 1
        heapq.heappush(self._later, (self.now + delay, self._count, action))

    def run(self, seconds: float = QUIET) -> None:
        end = self.now + seconds
        self._drain()
        while (due := self._next_time()) is not None and due <= end:
            self.now = max(self.now, due)
            while self._later and self._later[0][0] <= self.now:
                heapq.heappop(self._later)[2](self.now)
                self._drain()
            while self._wire and self._wire[0][0] <= self.now:
                _, _, sender, place, data = heapq.heappop(self._wire)
                receiver = self.nodes.get(place)
                if receiver is not None:
                    receiver.receive(data, sender.address, self.now)
                    self._drain()
            for node in self.nodes.values():
                node.handle_timer(self.now)
            self._drain()
        self.now = end

    def _drain(self) -> None:
        for node in self.nodes.values():
            for place, data in node.drain(self.now):
                self._send(node, place, data)

    def _send(self, node: Node, place: HostPort, data: bytes) -> None:
        name = node.name if isinstance(node, Phone) else "proxy"
        self.trail.append((name, _label(data)))
        extra = self.delay(node, data)
        reliable = self.transport != "UDP"
        if extra is None or (not reliable and self._random.random() < self.loss):
            return
        for _ in range(1 if reliable or self._random.random() >= self.copies else 2):
            when = self.now + self.latency.get(node.address, self.default_latency) + extra
            when += 0.0 if reliable else self._random.uniform(0.0, self.spread)
            if reliable:
                when = self._last[node.address, place] = max(when, self._last.get((node.address, place), 0.0))
            self._count += 1
            heapq.heappush(self._wire, (when, self._count, node, place, data))

    def _next_time(self) -> float | None:
        times = [heap[0][0] for heap in (self._wire, self._later) if heap]
        times += [timer for node in self.nodes.values() if (timer := node.next_timer()) is not None]
        return min(times, default=None)

    def assert_settled(self) -> None:
        """Nothing runs, nothing is kept, and every session ended exactly once."""
        for phone in self.phones.values():
            assert phone.endpoint.next_timer() is None, f"{phone.name} has a timer"
            assert leaks(phone.endpoint) == [], phone.name
            counters = phone.endpoint.counters
            assert (counters.sessions, counters.transactions) == (0, 0), phone.name
            for session in phone.sessions:
                told = len(phone.ends(session))
                assert told == (session not in phone.closed), f"{phone.name}: {session} ended {told} times"


def _label(data: bytes) -> str:
    first, _, rest = data.split(b"\r\n", 1)[0].decode("utf-8", "replace").partition(" ")
    return rest[:3] if first == "SIP/2.0" else first
