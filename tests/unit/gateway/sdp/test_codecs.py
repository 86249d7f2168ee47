"""Which codec an offer and its answer come to: G.711 first, wider ones where nothing else or just they are wanted."""

import pytest

from gateway.sdp.description import SessionDescription
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import AgreedPayload, LocalMedia, Negotiated
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState

MAPS = (
    "a=rtpmap:96 opus/48000/2",
    "a=fmtp:96 useinbandfec=1; usedtx=1",
    "a=rtpmap:97 telephone-event/48000",
    "a=rtpmap:101 telephone-event/8000",
)
OPUS = AgreedPayload(96, "opus", 48_000, fec=True, dtx=True)
EVENT, WIDE_EVENT = AgreedPayload(101, "telephone-event"), AgreedPayload(97, "telephone-event", 48_000)


def side(codecs: tuple[str, ...] = ("PCMU", "PCMA"), number: int = 1) -> OfferAnswer:
    media = LocalMedia(host=f"192.0.2.{number}", port=number * 10_000)
    return OfferAnswer(media, OfferAnswerState(session_id=number), codecs)


def offer(formats: str) -> bytes:
    head = ("v=0", "o=- 9 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0")
    return "\r\n".join([*head, f"m=audio 4000 RTP/AVP {formats}", *MAPS, ""]).encode()


def answered(formats: str, codecs: tuple[str, ...] = ("PCMU", "PCMA")) -> tuple[bytes, Negotiated]:
    ours = side(codecs)
    ours.receive_offer(offer(formats))
    body = ours.make_answer()
    assert ours.negotiated is not None
    return body, ours.negotiated


@pytest.mark.parametrize(
    ("formats", "codecs", "expected"),
    [
        ("96 9 8 101", ("PCMU", "PCMA"), (AgreedPayload(8, "PCMA"), EVENT)),
        ("9 96 101", ("PCMU", "PCMA"), (AgreedPayload(9, "G722"), EVENT)),
        ("96 9 101 97", ("PCMU", "PCMA"), (OPUS, WIDE_EVENT)),
        ("96 101", ("PCMU",), (OPUS, EVENT)),
        ("8 96 97", ("opus", "PCMA"), (AgreedPayload(8, "PCMA"), WIDE_EVENT)),
        ("96 8 97", ("opus", "PCMA"), (OPUS, WIDE_EVENT)),
        ("8 13 101", ("PCMU", "PCMA"), (AgreedPayload(8, "PCMA"), AgreedPayload(13, "CN"), EVENT)),
        ("96 13 97", ("PCMU", "PCMA"), (OPUS, WIDE_EVENT)),
    ],
)
def test_what_is_chosen(formats: str, codecs: tuple[str, ...], expected: tuple[AgreedPayload, ...]) -> None:
    body, negotiated = answered(formats, codecs)
    assert negotiated.payloads == expected
    audio = SessionDescription.parse(body).media[0]
    assert audio.formats == tuple(str(payload.number) for payload in expected)


def test_a_law_that_the_trunk_does_not_want_stays_out() -> None:
    with pytest.raises(SdpError):
        side(("PCMA",)).receive_offer(offer("0 101"))


def test_an_answer_says_what_we_like_to_be_sent() -> None:
    body, _ = answered("96 97")
    for line in (b"a=rtpmap:96 opus/48000/2", b"a=fmtp:96 minptime=10;useinbandfec=1", b"a=fmtp:97 0-15"):
        assert line in body


def test_an_offer_names_the_trunks_codecs_and_an_event_of_each_rate() -> None:
    ours, theirs = side(("opus", "G722", "PCMA")), side(("opus",), 2)
    audio = SessionDescription.parse(ours.make_offer()).media[0]
    assert audio.formats == ("111", "9", "8", "101", "110")
    theirs.receive_offer(ours.state.offer)
    payloads = ours.receive_answer(theirs.make_answer()).payloads
    wide = (AgreedPayload(111, "opus", 48_000, fec=True), AgreedPayload(110, "telephone-event", 48_000))
    assert payloads == wide


def test_numbers_keep_their_meaning_in_later_offers() -> None:
    ours = side(("PCMA", "opus"))
    clashing = offer("8 111").replace(b"rtpmap:101 telephone", b"rtpmap:111 telephone")
    ours.receive_offer(clashing)
    ours.make_answer()
    again = SessionDescription.parse(ours.make_offer()).media[0]
    assert [str(payload) for payload in again.payload_types] == [
        "8 PCMA/8000",
        "96 opus/48000/2",
        "111 telephone-event/8000",
        "110 telephone-event/48000",
    ]


def test_a_wide_codec_in_use_stays_in_our_offers() -> None:
    ours = side()
    ours.receive_offer(offer("9"))
    ours.make_answer()
    assert SessionDescription.parse(ours.make_offer()).media[0].formats[:3] == ("9", "0", "8")
