"""A browser's offer and our ICE-lite answer (RFC 8829, RFC 8839, RFC 8842): one audio line on the shared UDP port."""

from typing import Literal

import msgspec

from gateway.sdp.codecs import G711, agreed_payload, attributes_of, is_codec, is_event, payload_type
from gateway.sdp.connection import Connection
from gateway.sdp.description import SessionDescription
from gateway.sdp.direction import Direction, restrict, reverse
from gateway.sdp.errors import SdpError
from gateway.sdp.media import Attribute, Media
from gateway.sdp.negotiation import AgreedPayload
from gateway.sdp.origin import Origin
from gateway.sdp.payload_type import TELEPHONE_EVENT
from gateway.sdp.web_transport import (
    PeerTransport,
    WebTransport,
    is_web,
    read_peer,
    session_attributes,
    stream_attribute,
    transport_attributes,
)

WEBRTC_CODECS: tuple[str, ...] = (*G711, "opus")

# What the browser asks for: `trunk` is bridged without transcoding, `opus` bears bad networks (in-band FEC).
BrowserAudio = Literal["trunk", "opus"]


class BrowserOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of a browser's offer; `payloads` are those that we know, in the browser's order."""

    description: SessionDescription
    index: int  # of the audio line among all media lines
    mid: str
    transport: PeerTransport
    direction: Direction
    payloads: tuple[AgreedPayload, ...]


class LocalTransport(WebTransport, frozen=True, kw_only=True):
    """Our end."""

    session_id: int
    version: int = 1  # grows with every answer of one connection


class BrowserAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The text for the browser, and what it comes to in our words: our DTLS role, direction and payloads."""

    text: str
    setup: Literal["active", "passive"]
    direction: Direction
    payloads: tuple[AgreedPayload, ...]


def parse_browser_offer(text: str) -> BrowserOffer:
    """Read an offer; SdpError 400 where something is missing, 488 where it has no audio that we can use."""
    description = SessionDescription.parse(text.encode("utf-8", "surrogateescape"))
    index = _audio_index(description)
    media = description.media[index]
    return BrowserOffer(
        description=description,
        index=index,
        mid=media.get("mid") or "",
        transport=read_peer(description, media),
        direction=description.direction_of(media),
        payloads=_payloads(media),
    )


def build_browser_answer(
    offer: BrowserOffer, local: LocalTransport, direction: Direction = "sendrecv", audio: BrowserAudio = "trunk"
) -> BrowserAnswer:
    """Write the answer: the codecs in common and telephone events; every other media line is rejected."""
    payloads = _chosen(offer.payloads, audio)
    agreed = restrict(direction, reverse(offer.direction))
    setup: Literal["active", "passive"] = "active" if offer.transport.setup == "passive" else "passive"
    lines = [media.rejected() for media in offer.description.media]
    lines[offer.index] = _audio(offer, local, payloads, agreed, setup)
    connection = Connection.of(local.addresses[0].host)
    description = SessionDescription(
        origin=Origin("-", str(local.session_id), str(local.version), connection.address_type, connection.address),
        attributes=session_attributes(offer.mid),
        media=tuple(lines),
    )
    text = bytes(description).decode("utf-8", "surrogateescape")
    return BrowserAnswer(text=text, setup=setup, direction=agreed, payloads=payloads)


def _audio(
    offer: BrowserOffer,
    local: LocalTransport,
    payloads: tuple[AgreedPayload, ...],
    direction: Direction,
    setup: Literal["active", "passive"],
) -> Media:
    attributes: list[Attribute] = [("mid", offer.mid), (direction, None)]
    if direction in ("sendrecv", "sendonly"):
        attributes.append(stream_attribute())
    attributes += attributes_of(payload_type(payload) for payload in payloads)
    attributes += [("ptime", "20"), ("rtcp-mux", None), *transport_attributes(local, setup)]
    return Media(
        kind="audio",
        port=local.addresses[0].port,
        protocol=offer.description.media[offer.index].protocol,
        formats=tuple(str(payload.number) for payload in payloads),
        connection=Connection.of(local.addresses[0].host),
        attributes=tuple(attributes),
    )


def _audio_index(description: SessionDescription) -> int:
    for index, media in enumerate(description.media):
        if media.kind == "audio" and media.port != 0 and is_web(media):
            return index
    raise SdpError(488, "No audio line of a browser")


def _payloads(media: Media) -> tuple[AgreedPayload, ...]:
    found = tuple(
        agreed_payload(payload, media)
        for payload in media.payload_types
        if is_codec(payload, WEBRTC_CODECS) or is_event(payload)
    )
    if not any(payload.encoding in WEBRTC_CODECS for payload in found):
        raise SdpError(488, "No codec that we know")
    return found


def _chosen(payloads: tuple[AgreedPayload, ...], audio: BrowserAudio) -> tuple[AgreedPayload, ...]:
    """Both G.711 codecs stay, so that a trunk of either law is bridged without transcoding; Opus goes first where it is
    asked for, and comes in where there is nothing else."""
    g711 = tuple(payload for payload in payloads if payload.encoding in G711)
    opus = tuple(payload for payload in payloads if payload.encoding == "opus")
    chosen = (*opus, *g711) if audio == "opus" or not g711 else g711
    rates = {payload.clock_rate for payload in chosen}
    events = [payload for payload in payloads if payload.encoding == TELEPHONE_EVENT]
    fitting = {payload.clock_rate: payload for payload in reversed(events) if payload.clock_rate in rates}
    return (*chosen, *([fitting[rate] for rate in sorted(fitting)] or events[:1]))
