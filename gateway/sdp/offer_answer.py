"""Offer/answer as a machine for SIP audio (RFC 3264): one stream, G.711 and telephone events.

Every answer is made from the offer at hand, never taken from an earlier one. The o= version grows with every change of
what we say and stays while we repeat ourselves (8).
"""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address

import msgspec

from gateway.sdp.connection import Connection
from gateway.sdp.description import SessionDescription
from gateway.sdp.direction import Direction, restrict, reverse, sends
from gateway.sdp.errors import SdpError
from gateway.sdp.media import Attribute, Media
from gateway.sdp.negotiation import AgreedPayload, LocalMedia, MediaAddress, Negotiated
from gateway.sdp.origin import Origin
from gateway.sdp.payload_type import TELEPHONE_EVENT, PayloadType

CODECS: tuple[str, ...] = ("PCMU", "PCMA")
PTIME_MS = 20
MAX_PTIME_MS = 200
_AUDIO_PROTOCOLS = ("RTP/AVP", "RTP/AVPF")
_STATIC_NUMBERS = {"PCMU": 0, "PCMA": 8}
_DEFAULT_EVENT_NUMBER = 101
_EVENTS = "0-15"  # the sixteen DTMF digits (RFC 4733 3.2)


class Position(StrEnum):
    """RFC 3264 4: at most one offer is open."""

    STABLE = "stable"
    LOCAL_OFFER = "local offer"
    REMOTE_OFFER = "remote offer"


class Move(StrEnum):
    """What either side does."""

    SEND_OFFER = "send offer"
    RECEIVE_OFFER = "receive offer"
    SEND_ANSWER = "send answer"
    RECEIVE_ANSWER = "receive answer"
    ROLL_BACK = "roll back"  # the offer was refused: what was agreed before holds on (RFC 3261 14.1)


MOVES: Mapping[tuple[Position, Move], Position] = {
    (Position.STABLE, Move.SEND_OFFER): Position.LOCAL_OFFER,
    (Position.STABLE, Move.RECEIVE_OFFER): Position.REMOTE_OFFER,
    (Position.STABLE, Move.ROLL_BACK): Position.STABLE,
    (Position.LOCAL_OFFER, Move.RECEIVE_ANSWER): Position.STABLE,
    (Position.LOCAL_OFFER, Move.ROLL_BACK): Position.STABLE,
    (Position.REMOTE_OFFER, Move.SEND_ANSWER): Position.STABLE,
    (Position.REMOTE_OFFER, Move.ROLL_BACK): Position.STABLE,
}


class OfferAnswerState(msgspec.Struct, kw_only=True):
    """All that has to be saved for another process to go on; descriptions are bytes as sent or received."""

    session_id: int
    version: int = 0
    position: Position = Position.STABLE
    last_sent: bytes = b""  # also where it was an offer that was refused
    offer: bytes = b""  # the open one, ours or theirs
    local: bytes = b""  # the last agreed pair
    remote: bytes = b""
    negotiated: Negotiated | None = None


class OfferAnswer:
    """One SIP leg's negotiation. `state` is plain data, to be saved after each call and handed to another process."""

    def __init__(
        self,
        media: LocalMedia,
        state: OfferAnswerState,
        codecs: tuple[str, ...] = CODECS,
    ) -> None:
        """`codecs`: what may be used of PCMU and PCMA, most wanted first. A new leg starts with a fresh state."""
        self._media = media
        self._codecs = codecs
        self.state = state

    @property
    def negotiated(self) -> Negotiated | None:
        """What was agreed last."""
        return self.state.negotiated

    def make_offer(self, direction: Direction = "sendrecv") -> bytes:
        """Write an offer (5, 8). SdpError 491 while another one is open."""
        self._move(Move.SEND_OFFER)
        audio = self._offered_audio(direction)
        agreed = self._agreed_local_media()
        lines = [media.rejected() for media in agreed]
        index = _audio_index(agreed)
        if index is None:
            lines.append(audio)
        else:
            lines[index] = audio
        self.state.offer = self._describe(tuple(lines))
        return self.state.offer

    def receive_answer(self, body: bytes) -> Negotiated:
        """Read the answer to our offer (7). SdpError 488 where nothing is left of it; the offer stays open then."""
        self._expect(Move.RECEIVE_ANSWER)
        offer = SessionDescription.parse(self.state.offer)
        answer = SessionDescription.parse(body)
        index = _audio_index(offer.media)
        if index is None or len(answer.media) != len(offer.media):
            raise SdpError(488, "The answer has other media lines than the offer")
        ours, theirs = offer.media[index], answer.media[index]
        if theirs.port == 0:
            raise SdpError(488, "The answer rejects the audio")
        payloads = _common(theirs.payload_types, ours.payload_types)
        allowed = reverse(_their_direction(answer, theirs))
        wanted = offer.direction_of(ours)
        negotiated = _outcome(answer, theirs, payloads, restrict(wanted, allowed), "rtcp-mux" in _names(ours))
        self._move(Move.RECEIVE_ANSWER)
        self._agree(self.state.offer, body, negotiated)
        return negotiated

    def receive_offer(self, body: bytes) -> None:
        """Read an offer. SdpError 488 where we can use nothing of it, 400 where it cannot be read, 491 on glare."""
        self._expect(Move.RECEIVE_OFFER)
        offer = SessionDescription.parse(body)
        if self._acceptable(offer) is None:
            raise SdpError(488, "No audio that we can use")
        self._move(Move.RECEIVE_OFFER)
        self.state.offer = body

    def make_answer(self, direction: Direction = "sendrecv") -> bytes:
        """Write the answer to the open offer (6); `direction` is what we want, the offer may allow less."""
        self._expect(Move.SEND_ANSWER)
        offer = SessionDescription.parse(self.state.offer)
        index = self._acceptable(offer)
        if index is None:
            raise SdpError(488, "No audio that we can use")
        theirs = offer.media[index]
        allowed = reverse(_their_direction(offer, theirs))
        mux = "rtcp-mux" in _names(theirs)
        payloads = self._chosen(theirs)
        negotiated = _outcome(offer, theirs, payloads, restrict(direction, allowed), mux)
        lines = [media.rejected() for media in offer.media]
        lines[index] = self._audio(payloads, negotiated.direction, theirs.protocol, mux)
        body = self._describe(tuple(lines))
        self._move(Move.SEND_ANSWER)
        self._agree(body, self.state.offer, negotiated)
        return body

    def roll_back(self) -> None:
        """Drop the open offer, if there is one."""
        self._move(Move.ROLL_BACK)
        self.state.offer = b""

    # --- the machine ---

    def _expect(self, move: Move) -> Position:
        position = MOVES.get((self.state.position, move))
        if position is None:
            raise SdpError(491, f"Not possible now: {move} at {self.state.position}")
        return position

    def _move(self, move: Move) -> None:
        self.state.position = self._expect(move)

    def _agree(self, local: bytes, remote: bytes, negotiated: Negotiated) -> None:
        self.state.local = local
        self.state.remote = remote
        self.state.negotiated = negotiated
        self.state.offer = b""

    # --- what we say ---

    def _agreed_local_media(self) -> tuple[Media, ...]:
        """The media lines so far: a later offer keeps their number and order (8)."""
        return SessionDescription.parse(self.state.local).media if self.state.local else ()

    def _offered_audio(self, direction: Direction) -> Media:
        """All codecs, the agreed one first; payload numbers keep their meaning (8.3.2)."""
        agreed = self.state.negotiated
        event = (agreed.telephone_event if agreed else None) or _DEFAULT_EVENT_NUMBER
        first = agreed.payloads[0].encoding if agreed else self._codecs[0]
        names = sorted(self._codecs, key=lambda name: name != first)
        payloads = [PayloadType(_STATIC_NUMBERS[name], name) for name in names]
        payloads.append(PayloadType(event, TELEPHONE_EVENT))
        return self._audio(tuple(payloads), direction, "RTP/AVP", mux=agreed.rtcp_mux if agreed else True)

    def _audio(self, payloads: tuple[PayloadType, ...], direction: Direction, protocol: str, mux: bool) -> Media:
        attributes: list[Attribute] = [("rtpmap", str(payload)) for payload in payloads]
        attributes += [("fmtp", f"{p.number} {_EVENTS}") for p in payloads if p.encoding == TELEPHONE_EVENT]
        attributes += [("ptime", str(PTIME_MS)), (direction, None)]
        if mux:
            attributes.append(("rtcp-mux", None))
        if self._media.rtcp_port not in (None, self._media.port + 1):
            attributes.append(("rtcp", str(self._media.rtcp_port)))
        return Media(
            kind="audio",
            port=self._media.port,
            protocol=protocol,
            formats=tuple(str(payload.number) for payload in payloads),
            attributes=tuple(attributes),
        )

    def _describe(self, media: tuple[Media, ...]) -> bytes:
        connection = Connection.of(self._media.host)
        same = bytes(self._description(media, connection, self.state.version))
        if same != self.state.last_sent:
            self.state.version += 1
            same = bytes(self._description(media, connection, self.state.version))
        self.state.last_sent = same
        return same

    def _description(self, media: tuple[Media, ...], connection: Connection, version: int) -> SessionDescription:
        origin = Origin("-", str(self.state.session_id), str(version), connection.address_type, connection.address)
        return SessionDescription(origin=origin, connection=connection, media=media)

    # --- what they say ---

    def _acceptable(self, offer: SessionDescription) -> int | None:
        """Find the first audio line that we can answer."""
        for index, media in enumerate(offer.media):
            if (
                media.kind == "audio"
                and media.port != 0
                and media.protocol in _AUDIO_PROTOCOLS
                and any(_is_codec(payload, self._codecs) for payload in media.payload_types)
                and _has_usable_address(offer, media)
            ):
                return index
        return None

    def _chosen(self, offered: Media) -> tuple[PayloadType, ...]:
        """One codec, the one in use where it is offered again, else the peer's first choice; and telephone events."""
        candidates = [payload for payload in offered.payload_types if _is_codec(payload, self._codecs)]
        agreed = self.state.negotiated
        if agreed:
            candidates.sort(key=lambda payload: payload.encoding.upper() != agreed.payloads[0].encoding)
        codec = candidates[0]
        chosen = [PayloadType(codec.number, codec.encoding.upper())]
        chosen += [payload for payload in offered.payload_types if _is_event(payload)][:1]
        return tuple(chosen)


def _names(media: Media) -> set[str]:
    return {name for name, _ in media.attributes}


def _is_codec(payload: PayloadType, codecs: tuple[str, ...]) -> bool:
    return payload.encoding.upper() in codecs and payload.clock_rate == 8000 and payload.channels == 1


def _is_event(payload: PayloadType) -> bool:
    return payload.encoding.lower() == TELEPHONE_EVENT and payload.clock_rate == 8000


def _audio_index(media: tuple[Media, ...]) -> int | None:
    """Find the line that carries our audio: the one that is not rejected."""
    for index, line in enumerate(media):
        if line.kind == "audio" and line.port != 0:
            return index
    return None


def _common(theirs: tuple[PayloadType, ...], ours: tuple[PayloadType, ...]) -> tuple[PayloadType, ...]:
    """Keep what both have, in their order and under their numbers, audio before telephone events (6.1)."""
    both = [payload for payload in theirs if any(payload.means_same(own) for own in ours)]
    audio = [PayloadType(payload.number, payload.encoding.upper()) for payload in both if not _is_event(payload)]
    if not audio:
        raise SdpError(488, "No common codec")
    return (*audio, *(payload for payload in both if _is_event(payload)))


def _their_direction(description: SessionDescription, media: Media) -> Direction:
    """Their direction; an address of zeros takes away their receiving (8.4, hold of RFC 2543)."""
    direction = description.direction_of(media)
    connection = description.connection_of(media)
    if connection and connection.is_hold:
        return "sendonly" if sends(direction) else "inactive"
    return direction


def _has_usable_address(description: SessionDescription, media: Media) -> bool:
    connection = description.connection_of(media)
    if connection is None:
        return False
    try:
        ip_address(connection.address)
    except ValueError:
        return False
    return True


def _outcome(
    description: SessionDescription, media: Media, payloads: tuple[PayloadType, ...], direction: Direction, mux: bool
) -> Negotiated:
    connection = description.connection_of(media)
    if connection is None or not _has_usable_address(description, media):
        raise SdpError(488, "No address to send to")
    muxed = mux and "rtcp-mux" in _names(media)
    remote = None if connection.is_hold else MediaAddress(connection.address, media.port)
    return Negotiated(
        payloads=tuple(AgreedPayload(p.number, _registered_name(p), p.clock_rate) for p in payloads),
        direction=direction,
        remote=remote,
        remote_rtcp=_rtcp_address(media, remote, muxed),
        rtcp_mux=muxed,
        ptime_ms=_ptime(media),
    )


def _registered_name(payload: PayloadType) -> str:
    return TELEPHONE_EVENT if _is_event(payload) else payload.encoding.upper()


def _rtcp_address(media: Media, remote: MediaAddress | None, muxed: bool) -> MediaAddress | None:
    """RFC 3605, RFC 5761; the next port where nothing is said."""
    if remote is None or muxed:
        return remote
    words = (media.get("rtcp") or "").split()
    if words and words[0].isascii() and words[0].isdigit() and len(words[0]) <= 5 and int(words[0]) <= 65535:
        host = words[3] if len(words) == 4 and _is_ip(words[3]) else remote.host
        return MediaAddress(host, int(words[0]))
    return MediaAddress(remote.host, min(remote.port + 1, 65535))


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _ptime(media: Media) -> int:
    text = media.get("ptime") or ""
    if text.isascii() and text.isdigit() and len(text) <= 3 and 0 < int(text) <= MAX_PTIME_MS:
        return int(text)
    return PTIME_MS
