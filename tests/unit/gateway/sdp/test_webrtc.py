"""A Chromium offer and the ICE-lite answer to it (RFC 8829, RFC 8839, RFC 8842)."""

import pytest

from gateway.sdp.description import SessionDescription
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import AgreedPayload, MediaAddress
from gateway.sdp.web_transport import Fingerprint
from gateway.sdp.webrtc import (
    LocalTransport,
    build_browser_answer,
    parse_browser_offer,
)
from tests.unit.gateway.sdp.chromium_offer import OFFER, PRINT

LOCAL = LocalTransport(
    ufrag="leg1",
    password="p" * 24,
    fingerprint=Fingerprint("sha-256", PRINT),
    addresses=(MediaAddress("192.0.2.1", 40_000), MediaAddress("2001:db8::1", 40_000)),
    session_id=77,
)


def test_what_is_needed_of_the_offer_is_read() -> None:
    offer = parse_browser_offer(OFFER)
    assert (offer.transport.ufrag, offer.transport.password) == ("EsAw", "bP+XJMM09aR8AiX1jdukzR6Y")
    assert offer.transport.fingerprints == (Fingerprint("sha-256", PRINT),)
    assert (offer.transport.setup, offer.mid, offer.direction) == ("actpass", "0", "sendrecv")
    assert offer.payloads == (
        AgreedPayload(111, "opus", 48_000, fec=True),
        AgreedPayload(0, "PCMU"),
        AgreedPayload(8, "PCMA"),
        AgreedPayload(110, "telephone-event", 48_000),
        AgreedPayload(126, "telephone-event"),
    )


def test_credentials_may_stand_at_session_level() -> None:
    moved = OFFER
    for line in ("a=ice-ufrag:EsAw", "a=ice-pwd:bP+XJMM09aR8AiX1jdukzR6Y", f"a=fingerprint:sha-256 {PRINT.lower()}"):
        moved = moved.replace(line + "\r\n", "", 1).replace("t=0 0\r\n", f"t=0 0\r\n{line}\r\n")
    assert parse_browser_offer(moved).transport.ufrag == "EsAw"


def test_the_answer_is_ice_lite_and_complete() -> None:
    answer = build_browser_answer(parse_browser_offer(OFFER), LOCAL)
    description = SessionDescription.parse(answer.text.encode())
    audio, video = description.media
    assert description.get("ice-lite") == ""
    assert description.get("group") == "BUNDLE 0"
    assert (audio.port, audio.protocol, audio.formats) == (40_000, "UDP/TLS/RTP/SAVPF", ("0", "8", "126"))
    assert (audio.get("mid"), audio.get("setup"), audio.direction) == ("0", "passive", "sendrecv")
    assert (audio.get("ice-ufrag"), audio.get("ice-pwd")) == ("leg1", "p" * 24)
    assert audio.get("fingerprint") == f"sha-256 {PRINT}"
    assert audio.get("rtcp-mux") == ""
    assert audio.get("extmap") is None
    assert audio.get_all("candidate") == [
        "1 1 udp 2130706431 192.0.2.1 40000 typ host",
        "2 1 udp 2130706175 2001:db8::1 40000 typ host",
    ]
    assert (video.port, video.get("mid")) == (0, "1")
    assert (answer.setup, answer.direction) == ("passive", "sendrecv")
    assert answer.text.endswith("\r\n")


@pytest.mark.parametrize(
    ("offered", "answered"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
def test_dtls_roles(offered: str, answered: str) -> None:
    offer = parse_browser_offer(OFFER.replace("a=setup:actpass", f"a=setup:{offered}"))
    assert build_browser_answer(offer, LOCAL).setup == answered


@pytest.mark.parametrize(
    ("offered", "answered"), [("sendrecv", "sendrecv"), ("recvonly", "sendonly"), ("inactive", "inactive")]
)
def test_directions(offered: str, answered: str) -> None:
    offer = parse_browser_offer(OFFER.replace("a=sendrecv", f"a={offered}"))
    assert build_browser_answer(offer, LOCAL).direction == answered


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("a=ice-ufrag:EsAw\r\n", "", 400),
        ("a=ice-pwd:bP+XJMM09aR8AiX1jdukzR6Y\r\n", "", 400),
        (f"a=fingerprint:sha-256 {PRINT.lower()}\r\n", "", 400),
        (f"a=fingerprint:sha-256 {PRINT.lower()}\r\n", "a=fingerprint:sha-256\r\n", 400),
        ("a=setup:actpass", "a=setup:holdconn", 400),
        ("a=rtcp-mux\r\n", "", 488),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "m=audio 9 UDP/TLS/RTP/SAVPF 63 126", 488),
        ("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP", 488),
        ("m=audio 9", "m=audio 0", 488),
        ("o=-", "x", 400),
    ],
)
def test_offers_that_we_cannot_take(old: str, new: str, status: int) -> None:
    with pytest.raises(SdpError) as caught:
        parse_browser_offer(OFFER.replace(old, new))
    assert caught.value.status == status
