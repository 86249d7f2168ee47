"""Session descriptions: read with tolerance, written and read back the same (RFC 8866)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sdp.connection import Connection
from gateway.sdp.description import MAX_LINES, MAX_MEDIA, SessionDescription
from gateway.sdp.errors import SdpError
from gateway.sdp.media import MAX_FORMATS, Media
from gateway.sdp.origin import Origin
from gateway.sdp.payload_type import PayloadType

WORDS = st.text("abcXYZ019-._", min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), min_size=1, max_size=12).map(
    str.strip
)
ATTRIBUTES = st.lists(st.tuples(WORDS, st.none() | VALUES), max_size=4).map(tuple)
CONNECTIONS = st.none() | st.sampled_from([Connection("IP4", "192.0.2.1"), Connection("IP6", "2001:db8::1")])
MEDIA = st.builds(
    Media,
    kind=st.sampled_from(["audio", "video", "application"]),
    port=st.integers(0, 65535),
    port_count=st.integers(1, 4),
    protocol=st.sampled_from(["RTP/AVP", "UDP/TLS/RTP/SAVPF"]),
    formats=st.lists(WORDS, min_size=1, max_size=4).map(tuple),
    connection=CONNECTIONS,
    attributes=ATTRIBUTES,
    other=st.lists(st.tuples(st.sampled_from("bik"), WORDS), max_size=2).map(tuple),
)
DESCRIPTIONS = st.builds(
    SessionDescription,
    origin=st.builds(Origin, WORDS, WORDS, WORDS, st.just("IP4"), WORDS),
    name=st.just("-"),
    connection=CONNECTIONS,
    attributes=ATTRIBUTES,
    media=st.lists(MEDIA, max_size=3).map(tuple),
)


@given(DESCRIPTIONS)
def test_round_trip(description: SessionDescription) -> None:
    assert SessionDescription.parse(bytes(description)) == description


@given(DESCRIPTIONS)
def test_line_ends_do_not_matter(description: SessionDescription) -> None:
    data = bytes(description)
    assert SessionDescription.parse(data.replace(b"\r\n", b"\n")) == description
    assert SessionDescription.parse(data + b"\r\n\r\n") == description


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(SdpError):
        SessionDescription.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0\r\n",
        "v=1\r\no=- 1 1 IN IP4 1.2.3.4\r\n",
        "v=0\r\no=- 1 1 IP4 1.2.3.4\r\n",
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nm=audio\r\n",
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nm=audio 70000 RTP/AVP 0\r\n",
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nm=audio -1 RTP/AVP 0\r\n",
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nc=IN\r\n",
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nhello\r\n",
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n" + "a=x\r\n" * MAX_LINES,
        "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n" + "m=audio 1 RTP/AVP 0\r\n" * (MAX_MEDIA + 1),
    ],
)
def test_what_is_no_description(text: str) -> None:
    with pytest.raises(SdpError) as caught:
        SessionDescription.parse(text.encode())
    assert caught.value.status == 400


def test_bytes_that_are_no_utf_8_survive() -> None:
    data = b"v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=caf\xe9\r\nt=0 0\r\n"
    assert bytes(SessionDescription.parse(data)) == data


class TestPayloadTypes:
    def test_numbers_and_maps(self) -> None:
        media = Media(
            kind="audio",
            port=1,
            protocol="RTP/AVP",
            formats=("0", "101", "96", "18", "77", "x"),
            attributes=(
                ("rtpmap", "101 telephone-event/8000"),
                ("rtpmap", "96 opus/48000/2"),
                ("rtpmap", "77 broken"),
                ("rtpmap", "nonsense"),
            ),
        )
        assert media.payload_types == (
            PayloadType(0, "PCMU"),
            PayloadType(101, "telephone-event"),
            PayloadType(96, "opus", 48_000, 2),
            PayloadType(18, "G729"),
        )

    def test_a_list_longer_than_there_are_numbers_is_cut(self) -> None:
        media = Media(kind="audio", port=1, protocol="RTP/AVP", formats=("0",) * MAX_FORMATS + ("8",))
        assert media.payload_types == (PayloadType(0, "PCMU"),) * MAX_FORMATS

    def test_a_map_may_redefine_a_number(self) -> None:
        media = Media(kind="audio", port=1, protocol="RTP/AVP", formats=("0",), attributes=(("rtpmap", "0 PCMA/8000"),))
        assert media.payload_types == (PayloadType(0, "PCMA"),)
