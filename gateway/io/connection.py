"""One connection of any kind: a socket, below TLS and WebSocket where it has them."""

import asyncio
import socket
import ssl
from enum import Enum, auto
from typing import Protocol, cast

import structlog

from gateway.io.liveness import Liveness
from gateway.io.tls_layer import TlsLayer, failure, reason_of
from gateway.io.web_layer import WebLayer
from gateway.sip.flow import Flow, HostPort, Target, Transport
from gateway.sip.framing import PING, PONG
from gateway.sip.tls_identity import PeerCertificate
from kernel.contracts.carriers import TrunkReason

MAX_UNSENT_BYTES = 1 << 20  # a peer that does not read is dropped
UNACKNOWLEDGED_MS = 30_000  # the system gives a connection up whose peer took nothing for so long (TCP_USER_TIMEOUT)

log = structlog.get_logger(__name__)


class Loss(Enum):
    """Why a connection of ours is over, for the counters."""

    CLOSED = auto()
    HANDSHAKE = auto()
    SLOW_READER = auto()


class ConnectionUser(Protocol):
    """Who holds the connections."""

    def connected(self, connection: "Connection", flow: Flow, /) -> bool:
        """Take a new connection before its handshake; False closes it."""
        ...

    def opened(self, connection: "Connection", /) -> None:
        """Take the news that it can be used."""
        ...

    def received(self, data: bytes, flow: Flow, /) -> None:
        """Take bytes of a stream, or one message of a WebSocket."""
        ...

    def lost(self, connection: "Connection", loss: Loss, /) -> None:
        """Take the news that it is gone."""
        ...


class Layers:
    """What lies between the socket and SIP; `tls` and `web` are made when the connection is let in."""

    def __init__(
        self,
        transport: Transport,
        context: ssl.SSLContext | None,
        target: Target | None,
        origins: tuple[str, ...] = (),
    ) -> None:
        self.transport: Transport = transport
        self._origins = origins
        self._context = context
        self._target = target
        self.tls: TlsLayer | None = None
        self.web: WebLayer | None = None

    @property
    def has_handshake(self) -> bool:
        """Whether something has to be agreed before SIP flows."""
        return self.transport != "TCP"

    def make(self) -> None:
        """Begin; a client's first bytes are then waiting. ValueError, ssl.SSLError: it cannot be."""
        target = self._target
        host = "" if target is None else target.name or target.remote.host
        if self._context is not None:
            self.tls = TlsLayer(self._context, server=target is None, name=host)
        if self.transport in ("WS", "WSS"):
            shown = f"[{host}]" if ":" in host else host
            self.web = (
                WebLayer.of_server(self._origins)
                if target is None
                else WebLayer.of_client(f"{shown}:{target.remote.port}", secure=self.transport == "WSS")
            )
        if target is not None:
            self._start()

    def _start(self) -> None:
        if self.tls is not None:
            self.tls.start()
        elif self.web is not None:
            self.web.start()

    @property
    def ready(self) -> bool:
        """Whether SIP may flow."""
        return (self.tls is None or self.tls.ready) and (self.web is None or self.web.ready)

    @property
    def ended(self) -> bool:
        """Whether the peer, or a rule that it broke, ended the connection."""
        return (self.tls is not None and self.tls.ended) or (self.web is not None and self.web.ended)

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes of the socket; returns pieces of a stream, or messages. ssl.SSLError ends the connection."""
        if self.tls is not None:
            was_ready = self.tls.ready
            data = self.tls.receive(data)
            if self.tls.ready and not was_ready and self.web is not None and self._target is not None:
                self.web.start()
        if self.web is not None:
            return self.web.receive(data) if data else []
        return [data] if data else []

    def send(self, data: bytes) -> None:
        """Take a message to send."""
        if self.web is not None:
            self.web.send(data)
        elif self.tls is not None:
            self.tls.send(data)

    def ping(self) -> None:
        """Ask whether the peer is there."""
        if self.web is not None:
            self.web.ping()
        else:
            self.send(PING)

    def close(self) -> None:
        """Say goodbye."""
        if self.web is not None:
            self.web.close()

    def outgoing(self, *, last: bool = False) -> bytes:
        """Drain what the socket has to send; `last` adds the goodbye of TLS."""
        data = self.web.outgoing() if self.web is not None else b""
        if self.tls is None:
            return data
        if data and self.tls.ready:
            self.tls.send(data)
        if last:
            self.tls.close()
        return self.tls.outgoing()


class Connection(asyncio.Protocol):
    """`target`: where we opened it to; None for one that was taken."""

    def __init__(self, user: ConnectionUser, layers: Layers, target: Target | None) -> None:
        self._user = user
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self.layers = layers
        self.target = target
        self.flow: Flow | None = None
        self.peer: PeerCertificate | None = None  # known when the connection is ready
        self.life = Liveness(0.0, 0.0, ours=target is not None)
        self.reason: TrunkReason | None = None  # why TLS failed, or ended
        self._loss = Loss.CLOSED

    @property
    def identity(self) -> str:
        """The name of the TlsIdentity that the peer was shown; empty: the gateway's own."""
        if self.target is not None:
            return self.target.identity
        return self.layers.tls.identity if self.layers.tls is not None else ""

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the door decide, then begin the handshake."""
        self._transport = cast(asyncio.Transport, transport)
        local = transport.get_extra_info("sockname")
        remote = transport.get_extra_info("peername")
        if local is None or remote is None:  # gone before it was taken
            self._transport.abort()
            return
        flow = Flow(self.layers.transport, HostPort(local[0], local[1]), HostPort(remote[0], remote[1]))
        self.life.opened_at = self.life.heard_at = self._loop.time()
        if not self._user.connected(self, flow):
            self._transport.abort()
            return
        self.flow = flow
        _watch(transport.get_extra_info("socket"))
        try:
            self.layers.make()
        except (ValueError, ssl.SSLError):
            self.abort(Loss.HANDSHAKE)
            return
        self._flush()
        self._check_ready()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the socket through the layers."""
        flow = self.flow
        if flow is None or self._transport is None:
            return
        self.life.heard(self._loop.time())
        layers = self.layers
        if not layers.has_handshake:
            self._receive(data, flow)
            return
        try:
            pieces = layers.receive(data)
        except ssl.SSLError as error:
            self._tell_why(error, flow)
            self._flush()  # the alert that says why
            self._close(Loss.CLOSED if self.life.ready else Loss.HANDSHAKE)
            return
        self._check_ready()
        if layers.web is not None and layers.web.pongs:
            self.life.ponged()
        for piece in pieces:
            self._receive(piece, flow)
        self._flush()
        if layers.ended:
            self._close(Loss.CLOSED if self.life.ready else Loss.HANDSHAKE)

    def _tell_why(self, error: ssl.SSLError, flow: Flow) -> None:
        """Whose certificate was wrong, and how: by TLS 1.3 the peer refuses ours when the connection is in use."""
        self.reason = reason_of(error)
        ours = "connected" if self.target is not None else "accepted"
        remote = f"{flow.remote.host}:{flow.remote.port}"
        log.warning("tls.failed", remote=remote, transport=flow.transport, side=ours, reason=failure(error))

    def _receive(self, data: bytes, flow: Flow) -> None:
        if data == PONG:
            self.life.ponged()
        self._user.received(data, flow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who holds us."""
        if self.flow is not None:
            loss = self._loss
            if loss is Loss.CLOSED and not self.life.ready:
                loss = Loss.HANDSHAKE
            self._user.lost(self, loss)

    # --- what the pool does ---

    def send(self, data: bytes) -> bool:
        """Send; False where it cannot be used, or the peer lets too much wait, which ends it."""
        transport = self._transport
        if transport is None or transport.is_closing() or not self.life.ready:
            return False
        if self.layers.has_handshake:
            try:
                self.layers.send(data)
                data = self.layers.outgoing()
            except (ssl.SSLError, RuntimeError):  # the peer is saying goodbye
                return False
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.abort(Loss.SLOW_READER)
            return False
        return True

    def ping(self) -> None:
        """Ask whether the peer is there."""
        self.life.pinged_at = self._loop.time()
        if not self.layers.has_handshake:
            self.send(PING)
        elif self.life.ready:
            self.layers.ping()
            self._flush()

    def close(self) -> None:
        """Close when what waits is sent."""
        self._close(Loss.CLOSED)

    def abort(self, loss: Loss = Loss.CLOSED) -> None:
        """Close at once."""
        self._loss = loss
        if self._transport is not None:
            self._transport.abort()

    # --- inside ---

    def _check_ready(self) -> None:
        if self.flow is not None and not self.life.ready and self.layers.ready and not self.layers.ended:
            self.life.ready = True
            self.peer = self.layers.tls.peer if self.layers.tls is not None else None
            self._flush()
            self._user.opened(self)

    def _flush(self) -> None:
        if self._transport is not None and (data := self.layers.outgoing()):
            self._transport.write(data)

    def _close(self, loss: Loss) -> None:
        self._loss = loss
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self.layers.close()
        if data := self.layers.outgoing(last=True):
            transport.write(data)
        transport.close()


def _watch(sock: socket.socket | None) -> None:
    """Let the system find out that a peer is gone."""
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
