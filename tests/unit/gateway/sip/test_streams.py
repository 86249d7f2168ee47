"""Calls over connections: framing, keep-alives, lost connections (RFC 3261 18, RFC 5626 3.5.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sip.errors import SipError
from gateway.sip.events import DialogTerminated, InviteFailed, InviteReceived, RequestFailed
from gateway.sip.flow import Flow, HostPort, Target, identity_of
from gateway.sip.framing import PING, StreamFramer
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import MAX_MESSAGE_BYTES
from tests.unit.gateway.sip.pair import ANSWER, CALLEE, OFFER, Pair

MESSAGE = b"OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\nl : 4\r\n\r\nbody"
OTHER = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


class TestFraming:
    @given(st.lists(st.integers(1, 20), max_size=30))
    def test_messages_come_out_however_the_stream_is_cut(self, cuts: list[int]) -> None:
        stream = MESSAGE + PING + OTHER + b"\r\n" + MESSAGE
        framer, found, position = StreamFramer(), list[bytes](), 0
        for cut in [*cuts, len(stream)]:
            found += framer.feed(stream[position : position + cut])
            position += cut
        assert found == [MESSAGE, PING, OTHER, MESSAGE]

    def test_byte_by_byte(self) -> None:
        framer, found = StreamFramer(), list[bytes]()
        for byte in MESSAGE + PING + OTHER:
            found += framer.feed(bytes([byte]))
        assert found == [MESSAGE, PING, OTHER]

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            (b"OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n", 400),
            (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: x\r\n\r\n", 400),
            (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n", 400),
            (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n", 400),
            (b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 99999\r\n\r\n", 413),
            (b"x" * (MAX_MESSAGE_BYTES + 1), 413),
        ],
    )
    def test_what_cannot_be_framed_ends_the_stream(self, head: bytes, status: int) -> None:
        with pytest.raises(SipError) as caught:
            list(StreamFramer().feed(head))
        assert caught.value.status == status

    def test_a_folded_content_length_is_read(self) -> None:
        folded = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length:\r\n  4\r\n\r\nbody"
        assert list(StreamFramer().feed(folded)) == [folded]


class TestEndpointOnStreams:
    def test_a_ping_is_answered_with_a_pong(self) -> None:
        pair = Pair(transport="TCP")
        pair.inject(pair.callee, PING)
        assert [data for _, data in pair.callee.sent] == [b"\r\n"]

    def test_a_stranger_gets_no_pong(self) -> None:
        pair = Pair(transport="TCP")
        pair.callee.known = False
        pair.inject(pair.callee, PING)
        assert pair.callee.sent == []

    def test_garbage_closes_the_connection(self) -> None:
        pair = Pair(transport="TCP")
        flow = pair.flow_to(pair.callee, 5060)
        pair.callee.endpoint.receive(b"OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n", flow, pair.now)
        (transmit,) = pair.callee.endpoint.outgoing()
        assert (transmit.destination, transmit.data, transmit.close) == (flow, b"", True)

    def test_requests_are_not_retransmitted(self) -> None:
        pair = Pair(transport="TCP")
        pair.drop = lambda _data: True
        pair.invite()
        pair.run(100)
        assert len(pair.caller.sent) == 1
        assert pair.caller.only(InviteFailed).status == 408

    def test_a_connection_that_cannot_be_opened_fails_the_call(self) -> None:
        pair = Pair(transport="TCP")
        pair.drop = lambda _data: True
        pair.invite()
        pair.do(lambda now: pair.caller.endpoint.flow_closed(Target("TCP", CALLEE), now))
        assert pair.caller.only(InviteFailed).status == 503

    def test_a_lost_connection_fails_an_open_request(self) -> None:
        pair = Pair(transport="TCP")
        pair.drop = lambda _data: True
        endpoint = pair.caller.endpoint
        options = endpoint.make_request("OPTIONS", "sip:192.0.2.2", NameAddr.of("sip:a@b"))
        endpoint.send_request(options, Target("TCP", CALLEE), pair.now)
        pair.drain()
        pair.do(lambda now: endpoint.flow_closed(Target("TCP", CALLEE), now))
        assert pair.caller.only(RequestFailed).status == 503
        pair.run(100)
        assert endpoint.counters.transactions == 0

    def test_the_answer_finds_another_way_when_the_connection_is_gone(self) -> None:
        pair = Pair(transport="TCP")
        pair.invite()
        pair.run(1)
        session = pair.callee.only(InviteReceived).session
        flow = pair.flow_to(pair.callee, 5060)
        pair.do(lambda now: pair.callee.endpoint.flow_closed(flow, now))
        pair.callee.endpoint.reject(session, 486, pair.now)
        (transmit,) = pair.callee.endpoint.outgoing()
        assert transmit.destination == Target("TCP", HostPort("192.0.2.1", 5060))

    @pytest.mark.parametrize(
        ("trunks", "early", "shown"),
        [("", False, "domain"), ("trunk", False, "trunk"), ("trunk", True, "trunk"), ("", True, "domain")],
    )
    def test_it_is_shown_whose_the_call_is_or_else_who_was_called(self, trunks: str, early: bool, shown: str) -> None:
        pair = Pair(transport="TLS")
        pair.invite()
        pair.run(1)
        session, callee = pair.callee.only(InviteReceived).session, pair.callee.endpoint
        flow = pair.flow_to(pair.callee, 5060)
        if early:
            callee.show_as(session, trunks)
        pair.do(lambda now: callee.flow_closed(flow, now, "domain"))
        if not early:
            callee.show_as(session, trunks)
        callee.reject(session, 486, pair.now)
        (transmit,) = callee.outgoing()
        assert transmit.destination == Target("TLS", HostPort("192.0.2.1", 5060), identity=shown)

    def test_requests_in_a_call_are_answered_as_whose_it_is(self) -> None:
        pair = Pair(transport="TLS")
        session, called = pair.established()
        callee = pair.callee.endpoint
        callee.show_as(called, "trunk")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, OFFER, now))
        pair.run(0.1)
        pair.do(lambda now: callee.flow_closed(pair.flow_to(pair.callee, 5060), now, "domain"))
        callee.answer_reinvite(called, ANSWER, pair.now)
        (transmit,) = callee.outgoing()
        assert identity_of(transmit.destination) == "trunk"

    def test_an_open_connection_is_used_for_requests_of_the_dialog(self) -> None:
        pair = Pair(transport="TCP")
        _, callee_session = pair.established()
        pair.callee.endpoint.hang_up(callee_session, pair.now)
        (transmit,) = pair.callee.endpoint.outgoing()
        assert isinstance(transmit.destination, Flow)

    def test_who_names_a_contact_that_sip_does_not_route_is_hung_up_on_where_they_called_from(self) -> None:
        pair = Pair(transport="TCP")
        pair.distort = lambda data: re.sub(rb"<sip:cordboard@192.0.2.1.*?>", b"<im:alice@caller.example>", data)
        _, callee_session = pair.established()
        pair.do(lambda now: pair.callee.endpoint.hang_up(callee_session, now))
        assert pair.callee.sent_start_lines()[-1] == "BYE im:alice@caller.example SIP/2.0"
        pair.run(1)
        assert pair.callee.only(DialogTerminated).cause == "bye_sent"

    def test_a_bye_that_is_lost_with_its_connection_goes_by_a_new_one(self) -> None:
        pair = Pair(transport="TCP")
        session, _ = pair.established()
        place, caller = Target("TCP", CALLEE), pair.caller.endpoint
        pair.drop = lambda data: data.startswith(b"BYE")
        pair.do(lambda now: caller.hang_up(session, now))
        pair.drop = lambda _data: False
        caller.flow_closed(place, pair.now)
        (again,) = caller.outgoing()
        assert again.destination == place
        assert again.data.startswith(b"BYE")

    def test_a_bye_that_no_connection_can_be_opened_for_is_the_end(self) -> None:
        pair = Pair(transport="TCP")
        session, _ = pair.established()
        place, caller = Target("TCP", CALLEE), pair.caller.endpoint
        pair.drop = lambda data: data.startswith(b"BYE")
        pair.do(lambda now: caller.hang_up(session, now))
        pair.do(lambda now: caller.flow_closed(place, now))
        assert pair.caller.of(DialogTerminated) == []
        pair.do(lambda now: caller.flow_closed(place, now))
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"
        assert [line.split()[0] for line in pair.caller.sent_start_lines()].count("BYE") == 2

    def test_a_whole_call(self) -> None:
        pair = Pair(transport="TCP")
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(100)
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"
        assert pair.callee.endpoint.counters.transactions == 0
