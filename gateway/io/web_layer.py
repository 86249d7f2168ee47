"""SIP over WebSocket (RFC 7118) between bytes of a stream and SIP messages, without a socket."""

from collections.abc import Sequence

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Protocol, State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from gateway.sip.parser import MAX_MESSAGE_BYTES

SIP = Subprotocol("sip")  # RFC 7118 4.1; a client that does not ask for it gets 400


class WebLayer:
    """One connection's WebSocket; each message is one SIP message, in a text or a binary frame."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._parts: list[bytes] = []
        self.ready = False
        self.pongs = 0

    @classmethod
    def of_server(cls, origins: Sequence[str] = ()) -> "WebLayer":
        """For a connection that was accepted; of browsers, only from pages of these origins (none: of any)."""
        allowed = [None, *map(Origin, origins)] if origins else None  # None: what is no browser names no page
        return cls(ServerProtocol(subprotocols=[SIP], origins=allowed, max_size=MAX_MESSAGE_BYTES))

    @classmethod
    def of_client(cls, host: str, *, secure: bool) -> "WebLayer":
        """For a connection that we open to `host` (an IPv6 address in brackets); ValueError where it is no host."""
        try:
            uri = parse_uri(f"{'wss' if secure else 'ws'}://{host}/")
        except InvalidURI as error:
            raise ValueError(str(error)) from error
        return cls(ClientProtocol(uri, subprotocols=[SIP], max_size=MAX_MESSAGE_BYTES))

    def start(self) -> None:
        """Begin the handshake of a client."""
        if isinstance(self._protocol, ClientProtocol):
            self._protocol.send_request(self._protocol.connect())

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._protocol.state in (State.CLOSING, State.CLOSED) or self._protocol.close_expected()

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes of the stream; returns whole messages. What breaks the rules ends the connection by itself."""
        self._protocol.receive_data(data)
        messages: list[bytes] = []
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event, messages)
            elif isinstance(event, Request) and isinstance(self._protocol, ServerProtocol):
                self._protocol.send_response(self._protocol.accept(event))
        self.ready = self.ready or self._protocol.state is State.OPEN
        return messages

    def _take(self, frame: Frame, messages: list[bytes]) -> None:
        if frame.opcode is Opcode.PONG:
            self.pongs += 1
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                messages.append(b"".join(self._parts))
                self._parts.clear()

    def send(self, message: bytes) -> None:
        """Send one SIP message: as text where it is UTF-8, which browsers' stacks expect."""
        try:
            message.decode()
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        else:
            self._protocol.send_text(message)

    def ping(self) -> None:
        """Ask whether the peer is there."""
        self._protocol.send_ping(b"")

    def close(self) -> None:
        """Say goodbye."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.GOING_AWAY)

    def outgoing(self) -> bytes:
        """Drain what is to be sent; the empty piece with which the protocol asks for the end is in `ended`."""
        return b"".join(self._protocol.data_to_send())
