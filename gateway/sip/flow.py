"""Where bytes come from and go to, as the core sees it (RFC 3261 18, RFC 5626 2)."""

from typing import Literal

import msgspec

Transport = Literal["UDP", "TCP", "TLS", "WS", "WSS"]


class HostPort(msgspec.Struct, frozen=True, gc=False):
    """An IP literal (never a name; IPv6 without brackets) and a port."""

    host: str
    port: int


class Flow(msgspec.Struct, frozen=True, tag="flow", gc=False):
    """One UDP address pair or one open connection; `local` and `remote` as the socket names them."""

    transport: Transport
    local: HostPort
    remote: HostPort

    @property
    def is_stream(self) -> bool:
        """Whether messages have to be cut out of it; UDP and WebSockets (RFC 7118 5) keep them apart."""
        return self.transport in ("TCP", "TLS")

    @property
    def reliable(self) -> bool:
        """Whether the transport delivers in order, so that requests are not retransmitted (RFC 3261 17.1.1.2)."""
        return self.transport != "UDP"


class Target(msgspec.Struct, frozen=True, tag="target", gc=False):
    """A remote address without a connection yet: the driver picks the socket, or finds or opens a connection.

    `name` is the host name for SNI that a TLS peer's certificate has to bear (RFC 5922 7.2); empty: its address.
    `identity` is the name of the TlsIdentity that is shown over TLS; empty: the gateway's own.
    """

    transport: Transport
    remote: HostPort
    name: str = ""
    identity: str = ""

    @property
    def reliable(self) -> bool:
        """Whether the transport delivers in order, so that requests are not retransmitted (RFC 3261 17.1.1.2)."""
        return self.transport != "UDP"


Destination = Flow | Target


def identity_of(destination: Destination | None) -> str:
    """The TLS identity by which a place is reached; empty: the gateway's own, or the peer connected."""
    return destination.identity if isinstance(destination, Target) else ""


def shown_as(destination: Destination, identity: str) -> Destination:
    """The same place, reached under this identity where that can be."""
    if not identity or not isinstance(destination, Target) or destination.transport != "TLS":
        return destination
    return msgspec.structs.replace(destination, identity=identity)


class Transmit(msgspec.Struct, frozen=True, gc=False):
    """One whole message for the driver to send; `close` asks to close the connection after it."""

    destination: Destination
    data: bytes
    close: bool = False


class DnsQuery(msgspec.Struct, frozen=True, gc=False):
    """A next hop to look up by RFC 3263; `transport` and `port` are None where the URI leaves them open."""

    host: str
    transport: Transport | None
    port: int | None
    secure: bool = False
