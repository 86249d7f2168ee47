"""MESSAGE and INFO, in and out of dialogs (RFC 3428, RFC 6086)."""

from collections.abc import Callable

import pytest

from gateway.sip.events import InfoReceived, InviteReceived, RequestReceived, ResponseReceived, SipEvent
from gateway.sip.flow import Target
from gateway.sip.info_digits import DTMF_RELAY, read_digit, write_digit
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from tests.unit.gateway.sip.pair import CALLEE, Pair

TEXT = "text/plain"
TEXTS = frozenset({"MESSAGE"})


def ask(pair: Pair, method: str, body: bytes, content_type: str, lines: str = "") -> Response:
    """Send a request inside an established call; returns the answer."""
    session, _ = pair.established()
    if lines:
        line = f"\r\n{lines}\r\nMax-Forwards:".encode()
        pair.distort = lambda data: (
            data.replace(b"\r\nMax-Forwards:", line) if data.startswith(method.encode()) else data
        )
    pair.do(lambda now: pair.caller.endpoint.send_in_dialog(session, method, now, body, content_type))
    pair.run(1)
    return pair.caller.only(ResponseReceived).response


def answer_texts(pair: Pair) -> Callable[[SipEvent, float], None]:
    """An application that takes what it is sent."""

    def react(event: SipEvent, now: float) -> None:
        if isinstance(event, RequestReceived):
            pair.callee.endpoint.send_response(event.transaction, Response.to_request(event.request, 202, "tag"), now)

    return react


class TestMessage:
    def test_in_a_call(self) -> None:
        pair = Pair(methods=TEXTS)
        pair.callee.react = answer_texts(pair)
        assert ask(pair, "MESSAGE", "Grüß Gott".encode(), TEXT).status == 202
        received = pair.callee.only(RequestReceived)
        assert (received.session, received.request.body.decode()) == (
            pair.callee.only(InviteReceived).session,
            "Grüß Gott",
        )

    def test_outside_a_call_it_is_told_once_though_it_comes_twice(self) -> None:
        pair = Pair(methods=TEXTS)
        pair.callee.react = answer_texts(pair)
        endpoint = pair.caller.endpoint
        request = endpoint.make_request("MESSAGE", f"sip:x@{CALLEE.host}", NameAddr.of("sip:a@b"))
        request.set_body(b"hello", "text/plain;charset=utf-8")
        endpoint.send_request(request, Target("UDP", CALLEE), pair.now)
        pair.delay = lambda data: 1.0 if data.startswith(b"SIP/2.0 202") else 0.0
        pair.drain()
        pair.run(3)
        received = pair.callee.only(RequestReceived)
        assert (received.session, received.request.body) == ("", b"hello")
        assert pair.caller.only(ResponseReceived).response.status == 202

    def test_is_refused_where_nobody_reads(self) -> None:
        pair = Pair()
        response = ask(pair, "MESSAGE", b"x", TEXT)
        assert response.status == 405
        assert "MESSAGE" not in response.tokens("allow")

    def test_is_announced_where_it_is_read(self) -> None:
        pair = Pair(methods=TEXTS)
        pair.established()
        invite = parse_message(pair.caller.sent[0][1])
        assert isinstance(invite, Request)
        assert "MESSAGE" in invite.tokens("allow")


class TestInfo:
    def test_a_key(self) -> None:
        pair = Pair()
        assert ask(pair, "INFO", write_digit("#"), DTMF_RELAY).status == 200
        received = pair.callee.only(InfoReceived)
        assert read_digit(received.content_type, received.body) == "#"

    @pytest.mark.parametrize(
        ("body", "content_type", "lines", "status"),
        [
            (b"", "", "", 200),
            (b"<media_control/>", "application/media_control+xml", "", 415),
            (b"5", "application/dtmf", "Info-Package: dtmf", 469),
        ],
    )
    def test_anything_else(self, body: bytes, content_type: str, lines: str, status: int) -> None:
        pair = Pair()
        assert ask(pair, "INFO", body, content_type, lines).status == status
        assert pair.callee.of(InfoReceived) == []
