"""ICE and DTLS of one audio line in a description (RFC 8839, RFC 8842): ours, which is ICE-lite, and a browser's."""

from typing import Literal

import msgspec

from gateway.sdp.description import SessionDescription
from gateway.sdp.errors import SdpError
from gateway.sdp.media import Attribute, Media
from gateway.sdp.media_address import MediaAddress

PROTOCOL = "UDP/TLS/RTP/SAVPF"
# RFC 8445 5.1.2.1: 2^24 * 126 (host) + 2^8 * 65535 - component 1, less one for each further address.
HOST_PRIORITY = 2130706431
STREAM = "cordboard"

DtlsSetup = Literal["active", "passive", "actpass"]
_SETUPS: tuple[DtlsSetup, ...] = ("active", "passive", "actpass")


class Fingerprint(msgspec.Struct, frozen=True):
    """A certificate's hash (RFC 8122 5): `sha-256` and pairs of upper-case hexadecimal digits with colons."""

    algorithm: str
    value: str


class WebTransport(msgspec.Struct, frozen=True, kw_only=True):
    """Our end: ICE credentials of the leg, the certificate, and the addresses of the shared port, best first."""

    ufrag: str
    password: str
    fingerprint: Fingerprint
    addresses: tuple[MediaAddress, ...]


class PeerTransport(msgspec.Struct, frozen=True, kw_only=True):
    """The browser's end, as far as an ICE-lite agent needs it: checks come from the browser (RFC 8445 2.5)."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    setup: DtlsSetup


def is_web(media: Media) -> bool:
    return media.protocol == PROTOCOL


def read_peer(description: SessionDescription, media: Media) -> PeerTransport:
    """SdpError 400 where something is missing, 488 without multiplexed RTCP."""
    texts = media.get_all("fingerprint") or [
        value or "" for name, value in description.attributes if name == "fingerprint"
    ]
    peer = PeerTransport(
        ufrag=_of(description, media, "ice-ufrag"),
        password=_of(description, media, "ice-pwd"),
        fingerprints=tuple(_parse_fingerprint(text) for text in texts),
        setup=_parse_setup(_of(description, media, "setup")),
    )
    if not peer.fingerprints:
        raise SdpError(400, "Missing fingerprint")
    if not media.has("rtcp-mux"):
        raise SdpError(488, "Only multiplexed RTCP is served")  # RFC 8834 4.5: browsers must offer it
    return peer


def beginner(description: SessionDescription, media: Media) -> PeerTransport:
    """A browser that begins the DTLS handshake, as all do that are let: our side only answers. SdpError 400, 488."""
    peer = read_peer(description, media)
    if peer.setup == "passive":
        raise SdpError(488, "The browser must be able to begin the DTLS handshake")
    return peer


def transport_attributes(local: WebTransport, setup: DtlsSetup) -> list[Attribute]:
    """Ours, of an audio line."""
    attributes: list[Attribute] = [
        ("ice-ufrag", local.ufrag),
        ("ice-pwd", local.password),
        ("fingerprint", f"{local.fingerprint.algorithm} {local.fingerprint.value}"),
        ("setup", setup),
    ]
    for position, address in enumerate(local.addresses):
        priority = HOST_PRIORITY - (position << 8)
        attributes.append(("candidate", f"{position + 1} 1 udp {priority} {address.host} {address.port} typ host"))
    return [*attributes, ("end-of-candidates", None)]


def session_attributes(mid: str) -> tuple[Attribute, ...]:
    """Ours, of the session."""
    return (("ice-lite", None), ("group", f"BUNDLE {mid}"), ("msid-semantic", " WMS *"))


def stream_attribute() -> Attribute:
    """Which stream our sound is, for the browser's page (RFC 8830)."""
    return ("msid", f"{STREAM} {STREAM}-audio")


def _of(description: SessionDescription, media: Media, name: str) -> str:
    value = media.get(name) or description.get(name)
    if not value:
        raise SdpError(400, f"Missing {name}")
    return value


def _parse_fingerprint(text: str) -> Fingerprint:
    algorithm, _, value = text.partition(" ")
    if not value:
        raise SdpError(400, "Malformed fingerprint")
    return Fingerprint(algorithm.lower(), value.strip().upper())


def _parse_setup(text: str) -> DtlsSetup:
    for setup in _SETUPS:
        if text == setup:
            return setup
    raise SdpError(400, "Malformed setup")
