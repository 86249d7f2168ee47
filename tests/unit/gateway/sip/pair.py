"""Two endpoints on one virtual clock, joined by a network with latency, seeded loss and reordering."""

import heapq
import random
from collections.abc import Callable
from typing import TypeVar

from gateway.sip.calls import Credentials, EndpointSettings, ListenAddress, OutgoingInvite
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import Acknowledged, DialogChanged, InviteReceived, SipEvent
from gateway.sip.flow import Flow, HostPort, Target, Transmit, Transport
from gateway.sip.name_addr import NameAddr
from gateway.sip.watch import Watch

Kind = TypeVar("Kind")
CALLER = HostPort("192.0.2.1", 5060)
CALLEE = HostPort("192.0.2.2", 5060)
OFFER = b"v=0 offer"
ANSWER = b"v=0 answer"


class SeededTokens:
    """Reproducible tokens."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token(self) -> str:
        return f"{self._random.getrandbits(64):016x}"

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


class Side:
    """One endpoint, what it told and what it sent; `react` may answer an event at once."""

    def __init__(self, address: HostPort, seed: int, settings: EndpointSettings) -> None:
        self.address = address
        self.settings = settings
        self.tokens = SeededTokens(seed)
        self.known = True
        self._watch: Watch | None = None
        self.endpoint = self.new_endpoint()
        self.events: list[SipEvent] = []
        self.saved: dict[str, DialogChanged] = {}
        self.sent: list[tuple[float, bytes]] = []
        self.react: Callable[[SipEvent, float], None] | None = None

    def new_endpoint(self) -> SipEndpoint:
        """Start over, as another process does."""
        self.endpoint = SipEndpoint(self.settings, self.tokens, lambda _flow: self.known, watch=self._watch)
        return self.endpoint

    def watch(self, watch: Watch) -> None:
        """Start over with somebody who looks on."""
        self._watch = watch
        self.new_endpoint()

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def only(self, kind: type[Kind]) -> Kind:
        """The one event of this kind."""
        (event,) = self.of(kind)
        return event

    def sent_start_lines(self) -> list[str]:
        return [data.split(b"\r\n", 1)[0].decode() for _, data in self.sent]


class Pair:
    """Runs both sides until a time, or until nothing is left to happen."""

    def __init__(
        self,
        seed: int = 1,
        latency: float = 0.02,
        loss: float = 0.0,
        jitter: float = 0.0,
        transport: Transport = "UDP",
        methods: frozenset[str] = frozenset(),
        max_sessions: int = 100,
        session_expires: int = 0,
        min_se: int = 90,
    ) -> None:
        """Without `session_expires` (seconds) no side asks for a session timer, so that nothing is left to happen."""
        self.now = 1000.0
        self.latency = latency
        self.loss = loss
        self.jitter = jitter
        self.transport: Transport = transport
        self.drop: Callable[[bytes], bool] = lambda _data: False
        self.distort: Callable[[bytes], bytes] = lambda data: data
        self.delay: Callable[[bytes], float] = lambda _data: 0.0
        self._random = random.Random(seed)
        self._wire: list[tuple[float, int, Side, Side, bytes]] = []
        self._count = 0
        self.caller, self.callee = (
            Side(
                address,
                seed * 2 + number,
                EndpointSettings(
                    addresses=(ListenAddress(transport, address),),
                    methods=methods,
                    max_sessions=max_sessions,
                    session_expires=session_expires,
                    min_se=min_se,
                ),
            )
            for number, address in enumerate((CALLER, CALLEE))
        )

    def invite(self, body: bytes = OFFER, credentials: Credentials | None = None) -> str:
        call = OutgoingInvite(
            target=f"sip:desk@{CALLEE.host}",
            from_=NameAddr.of("sip:alice@caller.example", "Alice"),
            destination=Target(self.transport, CALLEE),
            body=body,
            credentials=credentials,
        )
        session = self.caller.endpoint.invite(call, self.now)
        self.drain()
        return session

    def established(self, expect_ack: bool = True) -> tuple[str, str]:
        """Make a call and answer it; returns the caller's session and the callee's."""
        session = self.invite()
        self.run(1)
        received = self.callee.only(InviteReceived).session
        self.do(lambda now: self.callee.endpoint.accept(received, ANSWER, now))
        self.run(1)
        assert len(self.callee.of(Acknowledged)) == (1 if expect_ack else 0)
        return session, received

    def flow_to(self, receiver: Side, remote_port: int) -> Flow:
        """A flow from the other side's host and any port."""
        other = self.callee if receiver is self.caller else self.caller
        return Flow(self.transport, receiver.address, HostPort(other.address.host, remote_port))

    def inject(self, receiver: Side, data: bytes) -> None:
        """Let a message arrive that the other endpoint did not send."""
        receiver.endpoint.receive(data, self.flow_to(receiver, 5060), self.now)
        self.drain()

    def do(self, verb: Callable[[float], object]) -> None:
        """Call a verb, then drain."""
        verb(self.now)
        self.drain()

    def drain(self) -> None:
        for side, other in ((self.caller, self.callee), (self.callee, self.caller)):
            self._drain_side(side, other)

    def _drain_side(self, side: Side, other: Side) -> None:
        while event := side.endpoint.next_event():
            if isinstance(event, DialogChanged):
                side.saved[event.session] = event
                continue
            side.events.append(event)
            if side.react:
                side.react(event, self.now)
        for transmit in side.endpoint.outgoing():
            if transmit.data:
                self._send(side, other, transmit)
            if transmit.close:
                side.endpoint.flow_closed(Flow(self.transport, side.address, other.address), self.now)
                other.endpoint.flow_closed(Flow(self.transport, other.address, side.address), self.now)

    def _send(self, side: Side, other: Side, transmit: Transmit) -> None:
        side.sent.append((self.now, transmit.data))
        if self.drop(transmit.data) or self._random.random() < self.loss:
            return
        when = self.now + self.latency + self._random.uniform(0.0, self.jitter) + self.delay(transmit.data)
        self._count += 1
        heapq.heappush(self._wire, (when, self._count, side, other, self.distort(transmit.data)))

    def run(self, seconds: float = 120.0) -> None:
        """Let this much time pass."""
        end = self.now + seconds
        while True:
            due = self._next_time()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            while self._wire and self._wire[0][0] <= self.now:
                _, _, sender, receiver, data = heapq.heappop(self._wire)
                flow = Flow(self.transport, receiver.address, sender.address)
                receiver.endpoint.receive(data, flow, self.now)
                self.drain()
            for side in (self.caller, self.callee):
                side.endpoint.handle_timer(self.now)
            self.drain()
        self.now = end

    def _next_time(self) -> float | None:
        times = [self._wire[0][0]] if self._wire else []
        for side in (self.caller, self.callee):
            timer = side.endpoint.next_timer()
            if timer is not None:
                times.append(timer)
        return min(times) if times else None
