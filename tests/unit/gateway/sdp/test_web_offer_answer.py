"""Offer/answer with a browser: ICE, DTLS and all, by the same machine as with telephones."""

import msgspec
import pytest

from gateway.sdp.crypto import Protection
from gateway.sdp.errors import SdpError
from gateway.sdp.media_address import MediaAddress
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sdp.web_transport import Fingerprint, WebTransport
from tests.unit.gateway.sdp.chromium_offer import OFFER, PRINT

NOWHERE = LocalMedia(host="0.0.0.0", port=0)
RTP = LocalMedia(host="192.0.2.1", port=20_000)


def end() -> LocalMedia:
    addresses = (MediaAddress("192.0.2.1", 40_000), MediaAddress("2001:db8::1", 40_000))
    print_ = Fingerprint("sha-256", PRINT)
    web = WebTransport(ufrag="ours", password="password-of-22-letters", fingerprint=print_, addresses=addresses)
    return LocalMedia(host="192.0.2.1", port=40_000, web=web)


def peer(media: LocalMedia, state: OfferAnswerState | None = None, codecs: tuple[str, ...] = ("PCMU",)) -> OfferAnswer:
    return OfferAnswer(media, state or OfferAnswerState(session_id=1), codecs, Protection("required"))


def browsers(old: str = "", new: str = "") -> bytes:
    """A browser's offer, with a change."""
    assert not old or old in OFFER
    return OFFER.replace(old, new).encode()


def answered(body: bytes) -> bytes:
    """What a browser makes of our offer, as far as it matters: its own ends, and that it begins."""
    lines = [line for line in body.decode().split("\r\n") if not line.startswith(("a=candidate", "a=ice-lite"))]
    text = "\r\n".join(lines).replace("a=setup:actpass", "a=setup:active")
    return text.replace("a=ice-ufrag:ours", "a=ice-ufrag:theirs").encode()


def test_the_kind_of_an_offer_is_known_before_there_is_an_end_of_ours() -> None:
    undecided = peer(NOWHERE)
    undecided.receive_offer(browsers())
    assert undecided.offered_web is not None
    assert undecided.offered_web.fingerprints == (Fingerprint("sha-256", PRINT),)


def test_an_offer_is_answered_with_our_end_and_nothing_of_an_address() -> None:
    ours = peer(end())
    ours.receive_offer(browsers())
    text = ours.make_answer().decode()
    for line in (
        "a=ice-lite",
        "a=group:BUNDLE 0",
        "a=mid:0",
        "a=setup:passive",
        "a=ice-ufrag:ours",
        f"a=fingerprint:sha-256 {PRINT}",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 40000 typ host",
        "a=rtcp-mux",
        "a=msid:cordboard cordboard-audio",
    ):
        assert f"{line}\r\n" in text
    assert "a=crypto" not in text
    agreed = ours.negotiated
    assert agreed is not None
    assert agreed.web is not None
    assert (agreed.web.ufrag, agreed.remote, agreed.rtcp_mux, agreed.direction) == ("EsAw", None, True, "sendrecv")
    assert agreed.payloads[0].encoding == "PCMU"


def test_our_offer_lets_the_browser_begin() -> None:
    ours = peer(end(), codecs=("opus", "PCMU"))
    text = ours.make_offer().decode()
    assert "UDP/TLS/RTP/SAVPF" in text
    assert "a=setup:actpass\r\n" in text
    agreed = ours.receive_answer(answered(text.encode()))
    assert agreed.web is not None
    assert (agreed.web.ufrag, agreed.payloads[0].encoding) == ("theirs", "opus")


def test_a_browser_that_does_not_begin_is_refused() -> None:
    ours = peer(end())
    body = answered(ours.make_offer()).replace(b"setup:active", b"setup:passive")
    with pytest.raises(SdpError):
        ours.receive_answer(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [("a=setup:actpass", "a=setup:passive"), ("a=rtcp-mux\r\n", ""), ("a=ice-ufrag:EsAw\r\n", "")],
)
def test_what_cannot_be_served_is_refused_with_488(old: str, new: str) -> None:
    with pytest.raises(SdpError) as refused:
        peer(NOWHERE).receive_offer(browsers(old, new))
    assert refused.value.status == 488


def test_a_leg_stays_of_its_kind() -> None:
    plain = OfferAnswer(RTP, OfferAnswerState(session_id=2)).make_offer()
    with pytest.raises(SdpError):
        peer(end()).receive_offer(plain)
    with pytest.raises(SdpError):
        OfferAnswer(RTP, OfferAnswerState(session_id=2)).receive_offer(browsers())


def test_hold_and_back_leave_transport_and_credentials_alone() -> None:
    ours = peer(end())
    ours.receive_offer(browsers())
    first = ours.make_answer()
    ours.receive_offer(browsers("a=sendrecv", "a=sendonly"))
    held = ours.make_answer().decode()
    assert ours.negotiated is not None
    assert ours.negotiated.held_by_peer
    assert "a=recvonly\r\n" in held
    assert "a=msid:" not in held
    ours.receive_offer(browsers())
    again = ours.make_answer()
    assert [line for line in again.split(b"\r\n") if not line.startswith(b"o=")] == [
        line for line in first.split(b"\r\n") if not line.startswith(b"o=")
    ]


def test_an_address_of_zeros_is_no_hold_where_ice_finds_the_way() -> None:
    assert b"c=IN IP4 0.0.0.0" in browsers()
    ours = peer(end())
    ours.receive_offer(browsers())
    ours.make_answer()
    assert ours.negotiated is not None
    assert not ours.negotiated.held_by_peer


def test_a_later_offer_of_ours_is_the_same_association_in_another_process() -> None:
    ours = peer(end())
    ours.receive_offer(browsers())
    ours.make_answer()
    media, state = msgspec.msgpack.decode(
        msgspec.msgpack.encode((end(), ours.state)), type=tuple[LocalMedia, OfferAnswerState]
    )
    text = OfferAnswer(media, state).make_offer().decode()
    assert "a=ice-ufrag:ours\r\n" in text
    assert "a=mid:0\r\n" in text
    assert "a=setup:actpass\r\n" in text
