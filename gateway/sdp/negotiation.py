"""What an offer and its answer come to for one audio stream (RFC 3264 5-8)."""

import msgspec

from gateway.sdp.crypto import AgreedKeys
from gateway.sdp.direction import Direction
from gateway.sdp.media_address import MediaAddress
from gateway.sdp.web_transport import PeerTransport, WebTransport


class AgreedPayload(msgspec.Struct, frozen=True):
    """One payload type that both sides know; `fec` and `dtx` are what the peer likes to be sent (RFC 7587 6.1)."""

    number: int
    encoding: str  # PCMU, PCMA, G722, opus, CN or telephone-event
    clock_rate: int = 8000
    fec: bool = False
    dtx: bool = False


class LocalMedia(msgspec.Struct, frozen=True, kw_only=True):
    """Our end: an IP literal, the RTP port and its RTCP port (None: RTP port + 1); port 0: none yet.

    `web` where the far end is a browser: host and port are the first of its addresses then.
    """

    host: str
    port: int
    rtcp_port: int | None = None
    web: WebTransport | None = None


class Negotiated(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, in our words: `direction` is what we do, `payloads[0]` is the audio codec that we send.

    `remote` is None where the peer asked for nothing (c=0.0.0.0), and where it is a browser (`web`), which ICE finds;
    `ptime_ms` is the packet time that it wants.
    """

    payloads: tuple[AgreedPayload, ...]
    direction: Direction
    remote: MediaAddress | None
    remote_rtcp: MediaAddress | None
    rtcp_mux: bool
    ptime_ms: int = 20
    keys: AgreedKeys | None = None  # None: in clear, or by DTLS
    web: PeerTransport | None = None

    @property
    def held_by_peer(self) -> bool:
        """Whether the peer does not want to hear us."""
        return self.direction in ("recvonly", "inactive")

    @property
    def codec(self) -> str:
        """What is spoken."""
        spoken = (payload.encoding for payload in self.payloads if payload.encoding not in ("telephone-event", "CN"))
        return next(spoken, "")

    @property
    def telephone_event(self) -> int | None:
        """The payload type of RFC 4733 digits."""
        for payload in self.payloads:
            if payload.encoding == "telephone-event":
                return payload.number
        return None
