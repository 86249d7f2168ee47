"""The formats that the engine knows, in the words of a description (RFC 3551, 3389, 4733, 7587)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from gateway.sdp.media import Attribute, Media
from gateway.sdp.negotiation import AgreedPayload
from gateway.sdp.payload_type import TELEPHONE_EVENT, PayloadType

G711: tuple[str, ...] = ("PCMU", "PCMA")
CODECS: tuple[str, ...] = (*G711, "G722", "opus")
MAX_RECALLED = 128  # choices, the latest used: peers offer the same few lists; the longest take some 10 MB
COMFORT_NOISE = "CN"
PTIME_MS = 20
EVENTS = "0-15"  # the sixteen DTMF digits (RFC 4733 3.2)
OPUS_WISHES = "minptime=10;useinbandfec=1"  # what we like to be sent

# What we call them where the peer has not given them numbers yet. G.722 counts at 8 kHz (RFC 3551 4.5.2).
OFFERED: Mapping[str, PayloadType] = {
    "PCMU": PayloadType(0, "PCMU"),
    "PCMA": PayloadType(8, "PCMA"),
    "G722": PayloadType(9, "G722"),
    "opus": PayloadType(111, "opus", 48_000, 2),
}
_EVENT_NUMBERS = {8000: 101, 48_000: 110}
_DYNAMIC = range(96, 128)
_REGISTERED = (*CODECS, COMFORT_NOISE, TELEPHONE_EVENT)
_NAMES = {spelling: name for name in _REGISTERED for spelling in (name, name.lower())}


def is_codec(payload: PayloadType, names: Iterable[str]) -> bool:
    """Whether it is one of these, at the rate that it has."""
    known = OFFERED.get(registered_name(payload))
    return known is not None and known.encoding in names and payload.means_same(known)


def is_event(payload: PayloadType) -> bool:
    return payload.encoding.lower() == TELEPHONE_EVENT and payload.clock_rate in _EVENT_NUMBERS


def registered_name(payload: PayloadType) -> str:
    """The encoding name as the registry writes it; names compare without case (RFC 8866 6.6)."""
    name = payload.encoding
    return _NAMES.get(name) or _NAMES.get(name.lower(), name)


@lru_cache(MAX_RECALLED)
def usable(offered: tuple[PayloadType, ...], wanted: tuple[str, ...]) -> tuple[PayloadType, ...]:
    """Those wanted, and wider ones for a peer that has nothing else: a G.711 law that is not wanted stays out."""
    allowed = {*wanted, *CODECS} - ({*G711} - {*wanted})
    return tuple(payload for payload in offered if is_codec(payload, allowed))


@lru_cache(MAX_RECALLED)
def choose(offered: tuple[PayloadType, ...], wanted: tuple[str, ...], agreed: str | None) -> tuple[PayloadType, ...]:
    """One codec with what goes along: the one in use, else the peer's first of those wanted, else of those usable."""
    candidates = usable(offered, wanted)
    if not candidates:
        return ()
    codec = min(candidates, key=lambda one: (registered_name(one) != agreed, registered_name(one) not in wanted))
    noise = [p for p in offered if registered_name(p) == COMFORT_NOISE and p.clock_rate == codec.clock_rate][:1]
    return (codec, *noise, *_events(offered, (codec,)))


@lru_cache(MAX_RECALLED)
def in_common(theirs: tuple[PayloadType, ...], ours: tuple[PayloadType, ...]) -> tuple[PayloadType, ...]:
    """What both have, in their order and under their numbers, sound before telephone events (RFC 3264 6.1)."""
    both = tuple(payload for payload in theirs if any(payload.means_same(own) for own in ours))
    audio = tuple(payload for payload in both if is_codec(payload, CODECS))
    return (*audio, *_events(both, audio)) if audio else ()


def to_offer(names: Iterable[str], agreed: tuple[AgreedPayload, ...]) -> tuple[PayloadType, ...]:
    """These codecs and their telephone events; a number keeps the meaning that it got (RFC 3264 8.3.2)."""
    numbers = {(payload.encoding, payload.clock_rate): payload.number for payload in agreed}
    taken = set(numbers.values())
    codecs = [OFFERED[name] for name in names]
    rates = sorted({codec.clock_rate for codec in codecs}, key=[8000, 48_000].index)
    wanted = codecs + [PayloadType(_EVENT_NUMBERS[rate], TELEPHONE_EVENT, rate) for rate in rates]
    offered: list[PayloadType] = []
    for payload in wanted:
        number = numbers.get((payload.encoding, payload.clock_rate))
        if number is None:
            number = payload.number if payload.number not in taken else _free(taken)
            taken.add(number)
        offered.append(PayloadType(number, payload.encoding, payload.clock_rate, payload.channels))
    return tuple(offered)


def attributes_of(payloads: Iterable[PayloadType]) -> list[Attribute]:
    """rtpmap and fmtp."""
    named = [PayloadType(p.number, registered_name(p), p.clock_rate, p.channels) for p in payloads]
    attributes: list[Attribute] = [("rtpmap", str(payload)) for payload in named]
    for payload in named:
        if payload.encoding == TELEPHONE_EVENT:
            attributes.append(("fmtp", f"{payload.number} {EVENTS}"))
        elif payload.encoding == "opus":
            attributes.append(("fmtp", f"{payload.number} {OPUS_WISHES}"))
    return attributes


def agreed_payload(payload: PayloadType, media: Media) -> AgreedPayload:
    """With what the peer's fmtp says that it likes to be sent (RFC 7587 6.1)."""
    wishes: set[str] = set()
    for text in media.get_all("fmtp"):
        number, _, parameters = text.partition(" ")
        if number == str(payload.number):
            wishes = {wish.strip().lower().replace(" ", "") for wish in parameters.split(";")}
    name = registered_name(payload)
    opus = name == "opus"
    return AgreedPayload(
        payload.number,
        name,
        payload.clock_rate,
        fec=opus and "useinbandfec=1" in wishes,
        dtx=opus and "usedtx=1" in wishes,
    )


def payload_type(agreed: AgreedPayload) -> PayloadType:
    return PayloadType(agreed.number, agreed.encoding, agreed.clock_rate, 2 if agreed.encoding == "opus" else 1)


def _events(offered: tuple[PayloadType, ...], codecs: tuple[PayloadType, ...]) -> tuple[PayloadType, ...]:
    """Telephone events, one for each rate of the codecs (RFC 4733 2.1), or at least the first."""
    events = [payload for payload in offered if is_event(payload)]
    rates = dict.fromkeys(codec.clock_rate for codec in codecs)
    fitting = [next((event for event in events if event.clock_rate == rate), None) for rate in rates]
    found = tuple(event for event in fitting if event is not None)
    return found or tuple(events[:1])


def _free(taken: set[int]) -> int:
    return next(number for number in _DYNAMIC if number not in taken)
