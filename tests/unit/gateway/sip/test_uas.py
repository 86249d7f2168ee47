"""What the endpoint answers to requests that are no calls, or no good (RFC 3261 8.2, 12.2.2)."""

import pytest

from gateway.sip.events import InviteReceived, RequestReceived
from gateway.sip.extensions import METHODS
from gateway.sip.message import Request, Response
from gateway.sip.parser import parse_message
from tests.unit.gateway.sip.pair import Pair


def request(
    method: str = "OPTIONS",
    target: str = "sip:desk@192.0.2.2",
    *extra: str,
    body: str = "",
    to_tag: str = "",
    branch: str = "z9hG4bKone",
    cseq: str | None = None,
    version: str = "SIP/2.0",
    via: str | None = None,
) -> bytes:
    lines = [
        f"{method} {target} {version}",
        via or f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch}",
        "Max-Forwards: 70",
        "From: <sip:alice@caller.example>;tag=fromtag",
        f"To: <sip:desk@192.0.2.2>{';tag=' + to_tag if to_tag else ''}",
        "Call-ID: call-1",
        f"CSeq: {cseq or '1 ' + method}",
        *extra,
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def answer_to(data: bytes, pair: Pair | None = None) -> Response:
    pair = pair or Pair()
    pair.inject(pair.callee, data)
    (sent,) = pair.callee.sent
    message = parse_message(sent[1])
    assert isinstance(message, Response)
    return message


class TestStatelessAnswers:
    def test_options_says_what_we_can(self) -> None:
        response = answer_to(request())
        assert response.status == 200
        assert set(response.tokens("allow")) == set(METHODS)
        assert response.headers.get("accept") == "application/sdp, multipart/mixed"
        assert "supported" in response.headers

    @pytest.mark.parametrize("method", ["BYE", "INFO", "INVITE", "OPTIONS"])
    def test_a_request_of_an_unknown_dialog_is_answered_481(self, method: str) -> None:
        assert answer_to(request(method, to_tag="gone")).status == 481

    def test_bye_without_dialog_is_answered_481(self) -> None:
        assert answer_to(request("BYE")).status == 481

    def test_cancel_of_nothing_is_answered_481(self) -> None:
        assert answer_to(request("CANCEL")).status == 481

    @pytest.mark.parametrize(
        ("method", "status"),
        [("SUBSCRIBE", 489), ("REFER", 403), ("NOTIFY", 481), ("MESSAGE", 405), ("REGISTER", 405), ("FROB", 501)],
    )
    def test_other_methods(self, method: str, status: int) -> None:
        response = answer_to(request(method))
        assert response.status == status
        assert ("allow" in response.headers) == (status == 405)

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (request(version="SIP/7.0"), 505),
            (request(version="SIP/2.0 "), 400),
            (request(target="tel:+431234"), 416),
            (request(target="sip:a@b?Route=x"), 400),
            (request(target="<sip:a@b>"), 400),
            (request("OPTIONS", "sip:a@b", "Require: 100rel, frob"), 420),
            (request("OPTIONS", cseq="1 INVITE"), 400),
            (request("OPTIONS", cseq="2147483648 OPTIONS"), 400),
            (request("OPTIONS", "sip:a@b", "Max-Forwards: 3"), 400),
            (request("OPTIONS", "sip:a@b", "Call-ID: second"), 400),
            (request("OPTIONS", "sip:a@b", "Expires: 99999999999"), 400),
            (request("OPTIONS", "sip:a@b", 'Contact: "x" <sip:a@b>;expires=x'), 400),
            (request("OPTIONS", "sip:a@b", "Contact: sip:a@b?Route=x"), 400),
            (request("OPTIONS", "sip:a@b", "Date: Fri, 01 Jan 2010 16:00:00 EST"), 400),
            (request("INVITE", "sip:a@b", "Content-Type: text/plain", body="hello"), 415),
            (
                request("INVITE", "sip:a@b", "Content-Type: application/sdp", "Content-Encoding: gzip", body="v=0"),
                415,
            ),
            (request("INVITE").replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), 483),
            (request().replace(b"Content-Length: 0", b"Content-Length: 5"), 400),
            (request().replace(b"Content-Length: 0", b"Content-Length: -1"), 400),
        ],
    )
    def test_bad_requests_get_their_status(self, data: bytes, status: int) -> None:
        pair = Pair()
        assert answer_to(data, pair).status == status
        assert pair.callee.endpoint.counters.rejected == 1
        assert pair.callee.events == []

    def test_refused_extensions_are_named(self) -> None:
        response = answer_to(request("INVITE", "sip:a@b", "Require: 100rel, frob", "Require: Timer, other"))
        assert response.tokens("unsupported") == ("frob", "other")

    def test_the_same_request_gets_the_same_answer(self) -> None:
        pair = Pair()
        pair.inject(pair.callee, request("BYE"))
        pair.inject(pair.callee, request("BYE"))
        assert pair.callee.sent[0][1] == pair.callee.sent[1][1]

    def test_answers_copy_the_headers_verbatim(self) -> None:
        odd = request().replace(
            b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone",
            b"v:  SIP / 2.0 / UDP 192.0.2.1 : 5060;branch=z9hG4bK*+!'%66~\r\nVia: SIP/2.0/TCP sbc01;branch=z9hG4bKx%41",
        )
        response = answer_to(odd)
        vias = list(response.headers.get_all("via"))
        assert vias == [
            "SIP / 2.0 / UDP 192.0.2.1 : 5060;branch=z9hG4bK*+!'%66~",
            "SIP/2.0/TCP sbc01;branch=z9hG4bKx%41",
        ]

    @pytest.mark.parametrize(
        "data",
        [
            b"hello",
            b"INVITE\r\n\r\n",
            request(via="X: 1"),
            request(via="Via: SIP/2.0/UDP ;branch=x"),
            b"SIP/2.0 99 Low\r\n\r\n",
            b"SIP/2.0 200 OK\r\n\r\n",
            request().replace(b"Call-ID: call-1", b"Call-ID: a\nb"),
        ],
    )
    def test_what_cannot_be_answered_is_counted(self, data: bytes) -> None:
        pair = Pair()
        pair.inject(pair.callee, data)
        assert pair.callee.sent == []
        assert pair.callee.endpoint.counters.malformed == 1

    def test_too_large_a_message_is_counted_apart(self) -> None:
        pair = Pair()
        pair.inject(pair.callee, request("OPTIONS", "sip:a@b", "X: " + "x" * 70_000))
        assert pair.callee.sent == []
        assert pair.callee.endpoint.counters.oversized == 1


class TestUnknownSources:
    @pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "BYE", "REGISTER"])
    def test_a_stranger_gets_nothing_but_a_counter(self, method: str) -> None:
        pair = Pair()
        pair.callee.known = False
        pair.inject(pair.callee, request(method))
        pair.inject(pair.callee, b"garbage that nobody parses")
        assert (pair.callee.sent, pair.callee.events) == ([], [])
        counters = pair.callee.endpoint.counters
        assert (counters.received, counters.unknown_source, counters.malformed) == (2, 2, 0)

    def test_keep_alives_are_no_messages(self) -> None:
        pair = Pair()
        for data in (b"\r\n\r\n", b"\r\n", b"\0\0\0\0", b""):
            pair.inject(pair.callee, data)
        assert pair.callee.endpoint.counters.keep_alives == 4
        assert pair.callee.endpoint.counters.received == 0
        assert pair.callee.sent == []


class TestWhereAnswersGo:
    def sent_to(self, via: str) -> tuple[str, int]:
        pair = Pair()
        pair.callee.endpoint.receive(request(via=via), pair.flow_to(pair.callee, 40_000), pair.now)
        (transmit,) = pair.callee.endpoint.outgoing()
        return transmit.destination.remote.host, transmit.destination.remote.port

    def test_with_rport_to_the_true_source(self) -> None:
        assert self.sent_to("Via: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKa;rport") == ("192.0.2.1", 40_000)

    def test_without_rport_to_the_port_of_the_via(self) -> None:
        assert self.sent_to("Via: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKa") == ("192.0.2.1", 5062)
        assert self.sent_to("Via: SIP/2.0/UDP pbx.invalid;branch=z9hG4bKa") == ("192.0.2.1", 5060)

    def test_never_to_maddr(self) -> None:
        via = "Via: SIP/2.0/UDP 10.0.0.1;maddr=203.0.113.9;branch=z9hG4bKa"
        assert self.sent_to(via) == ("192.0.2.1", 5060)

    def test_the_true_source_is_written_into_the_via(self) -> None:
        pair = Pair()
        via = "Via: SIP/2.0/UDP 10.0.0.1:5062;rport;branch=z9hG4bKa, SIP/2.0/TCP far;branch=z9hG4bKb"
        pair.callee.endpoint.receive(request(via=via), pair.flow_to(pair.callee, 40_000), pair.now)
        (transmit,) = pair.callee.endpoint.outgoing()
        assert list(parse_message(transmit.data).headers.get_all("via")) == [
            "SIP/2.0/UDP 10.0.0.1:5062;rport=40000;branch=z9hG4bKa;received=192.0.2.1, SIP/2.0/TCP far;branch=z9hG4bKb"
        ]


class TestNewCalls:
    def test_a_repeated_invite_is_one_call(self) -> None:
        pair = Pair()
        for _ in range(3):
            pair.inject(pair.callee, request("INVITE"))
        assert len(pair.callee.of(InviteReceived)) == 1
        assert pair.callee.sent_start_lines() == ["SIP/2.0 100 Trying"] * 3

    def test_the_same_call_on_another_path_is_a_loop(self) -> None:
        pair = Pair()
        pair.inject(pair.callee, request("INVITE"))
        pair.inject(pair.callee, request("INVITE", branch="z9hG4bKtwo"))
        assert pair.callee.sent_start_lines()[-1] == "SIP/2.0 482 Loop Detected"
        assert len(pair.callee.of(InviteReceived)) == 1

    def test_an_rfc_2543_peer_without_branch_is_served(self) -> None:
        pair = Pair()
        invite = request("INVITE", via="Via: SIP/2.0/UDP 192.0.2.1:5060")
        pair.inject(pair.callee, invite)
        pair.inject(pair.callee, invite)
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.reject(session, 486, now))
        to = parse_message(pair.callee.sent[-1][1]).headers.get("to") or ""
        ack = request("ACK", via="Via: SIP/2.0/UDP 192.0.2.1:5060").replace(
            b"To: <sip:desk@192.0.2.2>", f"To: {to}".encode()
        )
        pair.inject(pair.callee, ack)
        sent = len(pair.callee.sent)
        pair.run(60)
        assert len(pair.callee.sent) == sent

    def test_a_full_gateway_says_when_to_come_back(self) -> None:
        pair = Pair(max_sessions=2)
        for number in range(3):
            call = request("INVITE", branch=f"z9hG4bK{number}").replace(b"Call-ID: call-1", b"Call-ID: %d" % number)
            pair.inject(pair.callee, call)
        assert len(pair.callee.of(InviteReceived)) == 2
        refused = parse_message(pair.callee.sent[-1][1])
        assert refused.start_line.startswith("SIP/2.0 503")
        assert refused.headers.get("retry-after") == "10"

    def test_record_route_and_contact_are_in_the_answer(self) -> None:
        pair = Pair()
        routes = ("Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>", "Record-Route: <sip:p0.example;lr>")
        pair.inject(pair.callee, request("INVITE", "sip:a@b", *routes))
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.ring(session, now))
        ringing = parse_message(pair.callee.sent[-1][1])
        assert list(ringing.headers.get_all("record-route")) == [
            "<sip:p2.example;lr>, <sip:p1.example;lr>",
            "<sip:p0.example;lr>",
        ]
        assert ringing.contacts[0].uri_text == "sip:cordboard@192.0.2.2:5060"

    def test_ringing_is_repeated_every_minute(self) -> None:
        pair = Pair()
        pair.inject(pair.callee, request("INVITE"))
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.ring(session, now))
        pair.run(150)
        assert [line for line in pair.callee.sent_start_lines() if "180" in line] == ["SIP/2.0 180 Ringing"] * 3

    def test_a_request_older_than_the_last_one_is_answered_500(self) -> None:
        pair = Pair()
        pair.established()
        ack = parse_message(next(data for _, data in pair.caller.sent if data.startswith(b"ACK")))

        def info(cseq: int, branch: str) -> bytes:
            return (
                f"INFO sip:x@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch={branch}\r\n"
                f"From: {ack.headers.get('from')}\r\nTo: {ack.headers.get('to')}\r\nCall-ID: {ack.call_id}\r\n"
                f"CSeq: {cseq} INFO\r\nContent-Length: 0\r\n\r\n"
            ).encode()

        pair.inject(pair.callee, info(9, "z9hG4bKa"))
        pair.inject(pair.callee, info(8, "z9hG4bKb"))
        assert pair.callee.sent_start_lines()[-2:] == ["SIP/2.0 200 OK", "SIP/2.0 500 CSeq out of order"]

    def test_a_second_invite_before_the_answer_has_to_wait(self) -> None:
        pair = Pair()
        pair.inject(pair.callee, request("INVITE"))
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.ring(session, now))
        tag = parse_message(pair.callee.sent[-1][1]).to.tag
        pair.inject(pair.callee, request("INVITE", to_tag=tag, branch="z9hG4bKtwo", cseq="2 INVITE"))
        response = parse_message(pair.callee.sent[-1][1])
        assert response.start_line.startswith("SIP/2.0 500")
        assert "retry-after" in response.headers

    @pytest.mark.parametrize("method", ["UPDATE", "PRACK"])
    def test_update_and_prack_live_in_dialogs_only(self, method: str) -> None:
        assert answer_to(request(method, to_tag="x")).status == 481
        assert answer_to(request(method)).status == 481


class TestApplicationMethods:
    def test_the_application_answers_what_it_asked_for(self) -> None:
        pair = Pair(methods=frozenset({"PUBLISH"}))
        pair.inject(pair.callee, request("PUBLISH"))
        received = pair.callee.only(RequestReceived)
        response = Response.to_request(received.request, 202, "tag")
        pair.do(lambda now: pair.callee.endpoint.send_response(received.transaction, response, now))
        pair.inject(pair.callee, request("PUBLISH"))
        assert pair.callee.sent_start_lines() == ["SIP/2.0 202 Accepted"] * 2
        assert len(pair.callee.of(RequestReceived)) == 1


def test_an_ack_is_never_answered() -> None:
    pair = Pair()
    pair.inject(pair.callee, request("ACK", to_tag="gone"))
    pair.inject(pair.callee, request("ACK", target="tel:1"))
    assert pair.callee.sent == []
    assert pair.callee.endpoint.counters.stray_acks == 1


def test_stray_responses_are_counted() -> None:
    pair = Pair()
    ours = parse_message(request(via="Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKnobody"))
    assert isinstance(ours, Request)
    pair.inject(pair.callee, bytes(Response.to_request(ours, 200)))
    assert pair.callee.endpoint.counters.stray_responses == 1
    assert pair.callee.sent == []
