"""Bodies of several parts: the description is found, the rest ignored unless it must not be (RFC 5621)."""

import pytest

from gateway.sip.bodies import MAX_PARTS, keep_description, take_description
from gateway.sip.errors import SipError
from gateway.sip.headers import Headers
from gateway.sip.message import Request

SDP_PART = "Content-Type: application/sdp\r\n\r\nv=0\r\n"
ISUP = "Content-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling={}\r\n\r\n\x01\x00"
OPTIONAL = ISUP.format("optional")


def mixed(*parts: str, boundary: str = "unique-1", kind: str = "multipart/mixed") -> Request:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return message(body.encode(), ("Content-Type", f'{kind};boundary="{boundary}"'))


def message(body: bytes, *headers: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:a@b", Headers(list(headers)), body)


def taken(request: Request) -> bytes:
    take_description(request)
    assert request.content_type == ("application/sdp" if request.body else "")
    assert request.headers.get("content-length") in (None, str(len(request.body)))
    return request.body


class TestDescription:
    def test_alone_it_is_left_as_it_is(self) -> None:
        request = message(b"v=0", ("Content-Type", "application/sdp"), ("Content-Length", "3"))
        before = bytes(request)
        take_description(request)
        assert bytes(request) == before

    @pytest.mark.parametrize("parts", [(SDP_PART,), (SDP_PART, OPTIONAL), (OPTIONAL, SDP_PART)])
    def test_is_found_among_other_parts(self, parts: tuple[str, ...]) -> None:
        assert taken(mixed(*parts)) == b"v=0\r\n"

    @pytest.mark.parametrize("kind", ["multipart/alternative", "multipart/related", "Multipart/Mixed"])
    def test_is_found_in_every_kind_of_multipart(self, kind: str) -> None:
        assert taken(mixed(SDP_PART, kind=kind)) == b"v=0\r\n"

    def test_is_found_in_a_multipart_within(self) -> None:
        inner = bytes(mixed(SDP_PART, boundary="inner").body).decode()
        part = f"Content-Type: multipart/alternative;\r\n boundary=inner\r\n\r\n{inner}"
        assert taken(mixed(ISUP.format("optional"), part)) == b"v=0\r\n"

    def test_in_base64(self) -> None:
        part = "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0w\r\nDQo="
        assert taken(mixed(part)) == b"v=0\r\n"

    def test_of_another_disposition_is_none_of_the_session(self) -> None:
        early = "Content-Type: application/sdp\r\nContent-Disposition: early-session;handling=optional\r\n\r\nv=0 early"
        assert taken(mixed(early, SDP_PART)) == b"v=0\r\n"


class TestOtherParts:
    def test_one_that_has_to_be_understood_is_415(self) -> None:
        with pytest.raises(SipError) as caught:
            take_description(mixed(SDP_PART, ISUP.format("required")))
        assert caught.value.status == 415

    @pytest.mark.parametrize(
        "headers",
        [
            [("Content-Type", "application/ISUP")],
            [("Content-Type", "application/sdp"), ("Content-Encoding", "gzip")],
            [("Content-Type", "multipart/mixed")],
            [],
        ],
    )
    def test_an_unknown_body_alone_is_415(self, headers: list[tuple[str, str]]) -> None:
        with pytest.raises(SipError) as caught:
            take_description(message(b"what", *headers))
        assert caught.value.status == 415

    def test_an_unknown_body_that_may_be_ignored_is(self) -> None:
        optional = ("Content-Disposition", "signal; handling=optional")
        assert taken(message(b"\x01", ("Content-Type", "application/ISUP"), optional)) == b""

    def test_what_cannot_be_refused_loses_them(self) -> None:
        response = mixed(SDP_PART, ISUP.format("required"))
        keep_description(response)
        assert response.body == b""
        response = mixed(ISUP.format("optional"), SDP_PART)
        keep_description(response)
        assert response.body == b"v=0\r\n"


def test_parts_have_a_limit() -> None:
    request = mixed(*["Content-Type: text/plain\r\n\r\nx"] * MAX_PARTS, SDP_PART)
    keep_description(request)
    assert request.body == b""
