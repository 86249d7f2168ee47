"""What the other side's description says of one audio line, and what it comes to (RFC 3264 6-8)."""

from gateway.sdp.codecs import PTIME_MS, agreed_payload
from gateway.sdp.connection import is_ip_literal
from gateway.sdp.crypto import AgreedKeys
from gateway.sdp.description import SessionDescription
from gateway.sdp.direction import Direction, sends
from gateway.sdp.errors import SdpError
from gateway.sdp.media import Media
from gateway.sdp.media_address import MediaAddress
from gateway.sdp.negotiation import Negotiated
from gateway.sdp.payload_type import PayloadType
from gateway.sdp.web_transport import beginner, is_web

MAX_PTIME_MS = 200


def their_direction(description: SessionDescription, media: Media) -> Direction:
    """Their direction; an address of zeros takes away their receiving (8.4, hold of RFC 2543)."""
    direction = description.direction_of(media)
    connection = description.connection_of(media)
    if connection and connection.is_hold and not is_web(media):  # a browser's address is what ICE finds
        return "sendonly" if sends(direction) else "inactive"
    return direction


def has_usable_address(description: SessionDescription, media: Media) -> bool:
    connection = description.connection_of(media)
    return connection is not None and is_ip_literal(connection.address)


def outcome(
    description: SessionDescription,
    media: Media,
    payloads: tuple[PayloadType, ...],
    direction: Direction,
    mux: bool,
    keys: AgreedKeys | None,
) -> Negotiated:
    """SdpError 488 where nothing can be sent to them."""
    if is_web(media):
        return Negotiated(
            payloads=tuple(agreed_payload(payload, media) for payload in payloads),
            direction=direction,
            remote=None,
            remote_rtcp=None,
            rtcp_mux=True,
            ptime_ms=_ptime(media),
            web=beginner(description, media),
        )
    connection = description.connection_of(media)
    if connection is None or not has_usable_address(description, media):
        raise SdpError(488, "No address to send to")
    muxed = mux and media.has("rtcp-mux")
    remote = None if connection.is_hold else MediaAddress(connection.address, media.port)
    return Negotiated(
        payloads=tuple(agreed_payload(payload, media) for payload in payloads),
        direction=direction,
        remote=remote,
        remote_rtcp=_rtcp_address(media, remote, muxed),
        rtcp_mux=muxed,
        ptime_ms=_ptime(media),
        keys=keys,
    )


def _rtcp_address(media: Media, remote: MediaAddress | None, muxed: bool) -> MediaAddress | None:
    """RFC 3605, RFC 5761; the next port where nothing is said."""
    if remote is None or muxed:
        return remote
    words = (media.get("rtcp") or "").split()
    if words and words[0].isascii() and words[0].isdigit() and len(words[0]) <= 5 and int(words[0]) <= 65535:
        host = words[3] if len(words) == 4 and is_ip_literal(words[3]) else remote.host
        return MediaAddress(host, int(words[0]))
    return MediaAddress(remote.host, min(remote.port + 1, 65535))


def _ptime(media: Media) -> int:
    text = media.get("ptime") or ""
    if text.isascii() and text.isdigit() and len(text) <= 3 and 0 < int(text) <= MAX_PTIME_MS:
        return int(text)
    return PTIME_MS
