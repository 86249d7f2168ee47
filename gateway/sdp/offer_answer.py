"""Offer/answer as a machine for SIP audio (RFC 3264): one stream, in clear, with keys (RFC 4568) or by ICE and DTLS.

Every answer is made from the offer at hand, never taken from an earlier one. The o= version grows with every change of
what we say and stays while we repeat ourselves (8).
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from gateway.sdp.codecs import G711, PTIME_MS, attributes_of, choose, in_common, to_offer, usable
from gateway.sdp.connection import Connection
from gateway.sdp.crypto import PLAIN, SECURE_PROTOCOLS, AgreedKeys, CryptoAttribute, Protection, agree, first_usable
from gateway.sdp.description import SessionDescription
from gateway.sdp.direction import Direction, restrict, reverse, sends
from gateway.sdp.errors import SdpError
from gateway.sdp.media import Attribute, Media
from gateway.sdp.negotiation import LocalMedia, Negotiated
from gateway.sdp.origin import Origin
from gateway.sdp.outcome import has_usable_address, outcome, their_direction
from gateway.sdp.payload_type import PayloadType
from gateway.sdp.web_transport import (
    PROTOCOL,
    DtlsSetup,
    PeerTransport,
    WebTransport,
    beginner,
    is_web,
    session_attributes,
    stream_attribute,
    transport_attributes,
)

FIRST_MID = "0"  # of the one audio line that we offer
_PLAIN_PROTOCOLS = ("RTP/AVP", "RTP/AVPF")


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


class OfferAnswerState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that has to be saved for another process to go on; descriptions are bytes as sent or received."""

    session_id: int
    version: int = 0
    position: Position = Position.STABLE
    last_sent: bytes = b""  # also where it was an offer that was refused
    offer: bytes = b""  # the open one, ours or theirs
    local: bytes = b""  # the last agreed pair
    remote: bytes = b""
    negotiated: Negotiated | None = None

    def __repr__(self) -> str:
        return f"OfferAnswerState({self.position}, version {self.version})"  # the descriptions may hold keys


class OfferAnswer:
    """One SIP leg's negotiation. `state` is plain data, to be saved after each call and handed to another process."""

    def __init__(
        self,
        media: LocalMedia,
        state: OfferAnswerState,
        codecs: tuple[str, ...] = G711,
        protection: Protection = PLAIN,
    ) -> None:
        """`codecs`: most wanted first; an offer with none of them may choose a wider one. `state` is fresh at first."""
        self._media = media
        self._codecs = codecs
        self._protection = protection
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
            index = _refused_audio_index(agreed)  # the peer may give it back (8.1)
        if self._media.web is not None:
            mid = (agreed[index].get("mid") if index is not None else None) or FIRST_MID
            audio = _with_transport(audio, self._media.web, mid, "actpass")  # RFC 8842 5.2
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
        if theirs.port == 0 and self.state.negotiated is not None:
            return self._answered_without_audio(body)
        if theirs.port == 0:
            raise SdpError(488, "The answer rejects the audio")
        payloads = in_common(theirs.payload_types, ours.payload_types)
        if not payloads:
            raise SdpError(488, "No common codec")
        keys = self._answered_keys(ours, theirs)
        if is_web(ours) != is_web(theirs):
            raise SdpError(488, "The answer has another protocol than the offer")
        allowed = reverse(their_direction(answer, theirs))
        wanted = offer.direction_of(ours)
        mux = ours.has("rtcp-mux")
        negotiated = outcome(answer, theirs, payloads, restrict(wanted, allowed), mux, keys)
        self._move(Move.RECEIVE_ANSWER)
        self._agree(self.state.offer, body, negotiated)
        return negotiated

    def receive_offer(self, body: bytes) -> None:
        """Read an offer. SdpError 488 where we can use nothing of it, 400 where it cannot be read, 491 on glare."""
        self._expect(Move.RECEIVE_OFFER)
        offer = SessionDescription.parse(body)
        if self._acceptable(offer) is None and not self._takes_audio_away(offer):
            raise SdpError(488, "No audio that we can use")
        self._move(Move.RECEIVE_OFFER)
        self.state.offer = body

    @property
    def offered_web(self) -> PeerTransport | None:
        """The browser's end in the open offer; None where it is none of a browser."""
        if self.state.position is not Position.REMOTE_OFFER:
            return None
        offer = SessionDescription.parse(self.state.offer)
        index = self._acceptable(offer)
        return beginner(offer, offer.media[index]) if index is not None and is_web(offer.media[index]) else None

    def offered_address(self) -> str | None:
        """Where the open offer wants media; None where there is none."""
        if self.state.position is not Position.REMOTE_OFFER:
            return None
        offer = SessionDescription.parse(self.state.offer)
        index = self._acceptable(offer)
        connection = offer.connection_of(offer.media[index]) if index is not None else None
        return connection.address if connection else None

    def make_answer(self, direction: Direction = "sendrecv") -> bytes:
        """Write the answer to the open offer (6); `direction` is what we want, the offer may allow less."""
        self._expect(Move.SEND_ANSWER)
        offer = SessionDescription.parse(self.state.offer)
        index = self._acceptable(offer)
        if index is None and self._takes_audio_away(offer):
            return self._answer_without_audio(offer)
        if index is None:
            raise SdpError(488, "No audio that we can use")
        theirs = offer.media[index]
        allowed = reverse(their_direction(offer, theirs))
        mux = theirs.has("rtcp-mux")
        payloads = choose(theirs.payload_types, self._codecs, self._codec_in_use)
        keys = self._keys_for(theirs)
        negotiated = outcome(offer, theirs, payloads, restrict(direction, allowed), mux, keys)
        lines = [media.rejected() for media in offer.media]
        own = (keys.own,) if keys else ()
        lines[index] = self._audio(payloads, negotiated.direction, theirs.protocol, mux, own)
        if self._media.web is not None:
            lines[index] = _with_transport(lines[index], self._media.web, theirs.get("mid") or "", "passive")
        body = self._describe(tuple(lines))
        self._move(Move.SEND_ANSWER)
        self._agree(body, self.state.offer, negotiated)
        return body

    def roll_back(self) -> None:
        """Drop the open offer, if there is one."""
        self._move(Move.ROLL_BACK)
        self.state.offer = b""

    # --- no audio for a while: the hold of peers that put port 0 (8.2) ---

    def _takes_audio_away(self, offer: SessionDescription) -> bool:
        """Whether a session that has audio is left without, which may come back; a first offer has to bring some."""
        audio = [media for media in offer.media if media.kind == "audio"]
        return self.state.negotiated is not None and bool(audio) and all(media.port == 0 for media in audio)

    def _answer_without_audio(self, offer: SessionDescription) -> bytes:
        body = self._describe(tuple(media.rejected() for media in offer.media))
        self._move(Move.SEND_ANSWER)
        self._agree(body, self.state.offer, self._silenced())
        return body

    def _answered_without_audio(self, body: bytes) -> Negotiated:
        negotiated = self._silenced()
        self._move(Move.RECEIVE_ANSWER)
        self._agree(self.state.offer, body, negotiated)
        return negotiated

    def _silenced(self) -> Negotiated:
        """What was agreed, with nothing sent and nothing received."""
        if self.state.negotiated is None:
            raise SdpError(488, "No audio that we can use")
        return msgspec.structs.replace(self.state.negotiated, direction="inactive", remote=None, remote_rtcp=None)

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

    @property
    def _codec_in_use(self) -> str | None:
        agreed = self.state.negotiated
        return agreed.payloads[0].encoding if agreed else None

    def _offered_audio(self, direction: Direction) -> Media:
        """All codecs, the agreed one first; payload numbers keep their meaning (8.3.2)."""
        agreed = self.state.negotiated
        first = self._codec_in_use
        names = sorted(dict.fromkeys((*self._codecs, *((first,) if first else ()))), key=lambda name: name != first)
        payloads = to_offer(names, agreed.payloads if agreed else ())
        keys = self._offered_keys(agreed)
        protocol = self._agreed_protocol() or self._first_protocol(secured=bool(keys))
        return self._audio(payloads, direction, protocol, agreed.rtcp_mux if agreed else True, keys)

    def _audio(
        self,
        payloads: tuple[PayloadType, ...],
        direction: Direction,
        protocol: str,
        mux: bool,
        keys: tuple[CryptoAttribute, ...],
    ) -> Media:
        attributes = attributes_of(payloads)
        attributes += [("ptime", str(PTIME_MS)), (direction, None)]
        attributes += [("crypto", str(key)) for key in keys]
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

    # --- keys ---

    @property
    def _is_secured(self) -> bool:
        return self.state.negotiated is not None and self.state.negotiated.keys is not None

    def _agreed_protocol(self) -> str | None:
        index = _audio_index(self._agreed_local_media())
        return None if index is None else self._agreed_local_media()[index].protocol

    def _first_protocol(self, *, secured: bool) -> str:
        if self._media.web is not None:
            return PROTOCOL
        return "RTP/SAVP" if secured else "RTP/AVP"

    def _offered_keys(self, agreed: Negotiated | None) -> tuple[CryptoAttribute, ...]:
        """Ours again where they are agreed, new ones of every suite where they have to be, else none."""
        if self._media.web is not None:
            return ()
        if agreed is not None:
            return (agreed.keys.own,) if agreed.keys else ()
        return tuple(self._protection.offered()) if self._protection.policy == "required" else ()

    def _answered_keys(self, ours: Media, theirs: Media) -> AgreedKeys | None:
        offered = ours.get_all("crypto")
        keys = agree(offered, theirs.get_all("crypto"))
        if offered and keys is None:
            raise SdpError(488, "The answer has no key for our offer")
        return keys

    def _usable_key(self, media: Media) -> CryptoAttribute | None:
        if self._protection.policy == "never" and not self._is_secured:
            return None
        return first_usable(media.get_all("crypto"))

    def _keys_for(self, offered: Media) -> AgreedKeys | None:
        """Our key for the answer: the one in use while the suite is the same, so that nothing changes on our side."""
        theirs = self._usable_key(offered)
        if theirs is None:
            return None
        agreed = self.state.negotiated.keys if self.state.negotiated else None
        same = agreed is not None and agreed.suite == theirs.suite
        own = agreed.local if agreed and same else self._protection.fresh(theirs.suite, theirs.tag).material
        return AgreedKeys(tag=theirs.tag, suite=theirs.suite, local=own, remote=theirs.material)

    def _is_protected_enough(self, media: Media) -> bool:
        """RTP/SAVP only with a key; in clear only where neither the policy nor what was agreed forbids it."""
        if self._usable_key(media) is not None:
            return media.protocol in (*SECURE_PROTOCOLS, *_PLAIN_PROTOCOLS)
        return media.protocol in _PLAIN_PROTOCOLS and self._protection.policy != "required" and not self._is_secured

    def _describe(self, media: tuple[Media, ...]) -> bytes:
        connection = Connection.of(self._media.host)
        last = self.state.last_sent
        if not last or bytes(self._description(media, connection, self.state.version)) != last:
            self.state.version += 1
            last = bytes(self._description(media, connection, self.state.version))
        self.state.last_sent = last
        return last

    def _description(self, media: tuple[Media, ...], connection: Connection, version: int) -> SessionDescription:
        origin = Origin("-", str(self.state.session_id), str(version), connection.address_type, connection.address)
        own = (one.get("mid") for one in media if one.port and is_web(one))
        attributes = session_attributes(next(own, None) or "") if self._media.web is not None else ()
        return SessionDescription(origin=origin, connection=connection, media=media, attributes=attributes)

    # --- what they say ---

    def _acceptable(self, offer: SessionDescription) -> int | None:
        """Find the first audio line that we can answer."""
        for index, media in enumerate(offer.media):
            if (
                media.kind == "audio"
                and media.port != 0
                and usable(media.payload_types, self._codecs)
                and self._has_usable_transport(offer, media)
            ):
                return index
        return None

    def _has_usable_transport(self, offer: SessionDescription, media: Media) -> bool:
        """Whether it is of our end's kind; of any kind while there is no end yet."""
        if is_web(media):
            return (self._media.web is not None or self._media.port == 0) and _begins_dtls(offer, media)
        return self._media.web is None and self._is_protected_enough(media) and has_usable_address(offer, media)


def _with_transport(audio: Media, local: WebTransport, mid: str, setup: DtlsSetup) -> Media:
    attributes: list[Attribute] = [("mid", mid), *audio.attributes, *transport_attributes(local, setup)]
    if sends(audio.direction or "sendrecv"):
        attributes.append(stream_attribute())
    return msgspec.structs.replace(audio, attributes=tuple(attributes))


def _begins_dtls(offer: SessionDescription, media: Media) -> bool:
    try:
        beginner(offer, media)
    except SdpError:
        return False
    return True


def _audio_index(media: tuple[Media, ...]) -> int | None:
    """Find the line that carries our audio: the one that is not rejected."""
    for index, line in enumerate(media):
        if line.kind == "audio" and line.port != 0:
            return index
    return None


def _refused_audio_index(media: tuple[Media, ...]) -> int | None:
    """Find the line that carried our audio once."""
    return next((index for index, line in enumerate(media) if line.kind == "audio"), None)
