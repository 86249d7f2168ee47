"""Drivers on loopback, and what they told."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.io.certificates import TlsFiles
from gateway.io.door import Guard
from gateway.io.driver import SipDriver, open_driver
from gateway.io.listeners import DriverSettings, Listener
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import InviteReceived, SipEvent
from gateway.sip.flow import Destination, DnsQuery, Flow, Target, Transport
from gateway.sip.name_addr import NameAddr
from gateway.sip.tls_identity import TlsIdentity
from tests.certificates import Authority

HOST = "127.0.0.1"
FROM = NameAddr.of("sip:alice@caller.example")


class FixedResolver:
    """Knows one place for every name."""

    def __init__(self) -> None:
        self.targets: list[Target] = []
        self.fails = False

    async def resolve(self, query: DnsQuery) -> Sequence[Target]:
        if self.fails:
            raise RuntimeError("no name server")
        return self.targets


class Station:
    """A driver and what it told."""

    def __init__(self) -> None:
        self.events: list[SipEvent] = []
        self.known = True
        self.trusted = False
        self.guard = Guard(is_trusted=lambda _flow: self.trusted)
        self.resolver = FixedResolver()
        self.react: Callable[[SipEvent], None] = lambda _event: None
        self.driver: SipDriver = None  # type: ignore[assignment]  # set by `start`

    async def start(self, *listeners: Listener, settings: DriverSettings | None = None) -> "Station":
        settings = settings or DriverSettings(listeners=listeners or (listener("UDP"), listener("TCP")))
        self.driver = await open_driver(
            settings, lambda _flow: self.known, self.on_event, self.resolver, guard=self.guard
        )
        return self

    def on_event(self, event: SipEvent) -> None:
        self.events.append(event)
        self.react(event)

    def count(self, kind: type[SipEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def target(self, transport: Transport, name: str = "") -> Target:
        address = next(a.address for a in self.driver.addresses if a.transport == transport)
        return Target(transport, address, name)

    def answer_calls(self) -> None:
        def react(event: SipEvent) -> None:
            if isinstance(event, InviteReceived):
                self.driver.do(lambda endpoint, now: endpoint.accept(event.session, b"v=0 answer", now))

        self.react = react

    def invite(self, destination: Destination | None, target: str = "sip:desk@centre.example") -> str:
        call = OutgoingInvite(target=target, from_=FROM, destination=destination, body=b"v=0 offer")
        return self.driver.do(lambda endpoint, now: endpoint.invite(call, now))

    @property
    def invited_on(self) -> Flow:
        return next(event.flow for event in self.events if isinstance(event, InviteReceived))


def listener(transport: Transport, host: str = HOST) -> Listener:
    return Listener(transport=transport, host=host, port=0)


def identity(owner: str, files: TlsFiles | None = None, believes: Authority | None = None) -> TlsIdentity:
    return TlsIdentity(
        owner=owner,
        certificate=Path(files.certificate).read_text() if files is not None else "",
        key=Path(files.key).read_text() if files is not None else "",
        trusted_ca=Path(believes.file).read_text() if believes is not None else "",
    )
