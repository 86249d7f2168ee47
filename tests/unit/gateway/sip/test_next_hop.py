"""Where requests go: literals, names, routes, other places (RFC 3263, RFC 3261 8.1.2)."""

import pytest

from gateway.sip.calls import OutgoingInvite
from gateway.sip.errors import SipError
from gateway.sip.events import (
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    RequestFailed,
    ResolveNeeded,
    ResponseReceived,
)
from gateway.sip.flow import Destination, DnsQuery, Flow, HostPort, Target
from gateway.sip.name_addr import NameAddr
from gateway.sip.routing import locate
from tests.unit.gateway.sip.pair import CALLEE, CALLER, Pair

BASE = Flow("UDP", HostPort("192.0.2.2", 5060), HostPort("192.0.2.1", 5060))
TCP = Flow("TCP", HostPort("192.0.2.2", 5060), HostPort("192.0.2.1", 40_000))
FROM = NameAddr.of("sip:alice@caller.example")


@pytest.mark.parametrize(
    ("uri", "base", "is_open", "expected"),
    [
        ("sip:a@192.0.2.9", None, False, Target("UDP", HostPort("192.0.2.9", 5060))),
        ("sip:a@192.0.2.9:5070;transport=TCP", None, False, Target("TCP", HostPort("192.0.2.9", 5070))),
        ("sips:a@[2001:db8::1]", None, False, Target("TLS", HostPort("2001:db8::1", 5061))),
        ("sip:a@192.0.2.1", BASE, False, BASE),
        ("sip:a@192.0.2.1:5062", BASE, False, Target("UDP", HostPort("192.0.2.1", 5062))),
        ("sip:a@192.0.2.1;transport=tcp", TCP, True, TCP),
        ("sip:a@192.0.2.1;transport=tcp", TCP, False, Target("TCP", HostPort("192.0.2.1", 5060))),
        ("sip:k3j4@x8s7.invalid;transport=ws", BASE, False, BASE),
        ("sip:a@pbx.example", None, False, DnsQuery("pbx.example", None, None)),
        ("sip:a@pbx.example:5070;transport=udp", BASE, False, DnsQuery("pbx.example", "UDP", 5070)),
        ("sip:a@pbx.example", TCP, True, TCP),
    ],
)
def test_locating(uri: str, base: Destination | None, is_open: bool, expected: Destination | DnsQuery) -> None:
    assert locate(uri, base, is_open) == expected


def test_other_schemes_are_not_routed() -> None:
    with pytest.raises(SipError):
        locate("tel:+43", None, False)


class TestNames:
    def invite(self, pair: Pair, route: tuple[str, ...] = ()) -> str:
        call = OutgoingInvite(target="sip:desk@pbx.example", from_=FROM, route=route, body=b"v=0")
        session = pair.caller.endpoint.invite(call, pair.now)
        pair.drain()
        return session

    def test_the_call_waits_for_the_name(self) -> None:
        pair = Pair()
        session = self.invite(pair)
        query = pair.caller.only(ResolveNeeded).query
        assert query == DnsQuery("pbx.example", None, None)
        assert pair.caller.sent == []
        pair.do(lambda now: pair.caller.endpoint.resolved(query, [Target("UDP", CALLEE)], now))
        pair.run(1)
        callee_session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.accept(callee_session, b"v=0", now))
        pair.run(1)
        assert pair.caller.only(InviteAccepted).session == session

    def test_a_name_that_does_not_exist_fails_the_call(self) -> None:
        pair = Pair()
        self.invite(pair)
        pair.do(lambda now: pair.caller.endpoint.resolved(pair.caller.only(ResolveNeeded).query, [], now))
        assert pair.caller.only(InviteFailed).status == 503

    def test_hanging_up_before_the_name_is_known_sends_nothing(self) -> None:
        pair = Pair()
        session = self.invite(pair)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        query = pair.caller.only(ResolveNeeded).query
        pair.do(lambda now: pair.caller.endpoint.resolved(query, [Target("UDP", CALLEE)], now))
        assert pair.caller.sent == []
        assert (pair.caller.only(InviteFailed).session, pair.caller.only(InviteFailed).status) == (session, 487)

    def test_a_silent_place_is_left_for_the_next(self) -> None:
        pair = Pair()
        self.invite(pair)
        pair.drop = lambda _data: pair.now < 1030
        places = [Target("UDP", HostPort("192.0.2.50", 5060)), Target("UDP", CALLEE)]
        pair.do(lambda now: pair.caller.endpoint.resolved(pair.caller.only(ResolveNeeded).query, places, now))
        pair.run(40)
        assert len(pair.callee.events) == 1
        assert pair.caller.of(InviteFailed) == []

    def test_two_calls_ask_once(self) -> None:
        pair = Pair()
        self.invite(pair)
        self.invite(pair)
        query = pair.caller.only(ResolveNeeded).query
        pair.do(lambda now: pair.caller.endpoint.resolved(query, [Target("UDP", CALLEE)], now))
        assert len(pair.caller.sent) == 2

    def test_a_preloaded_route_decides(self) -> None:
        pair = Pair()
        self.invite(pair, route=(f"<sip:{CALLEE.host};lr>",))
        assert pair.caller.of(ResolveNeeded) == []
        assert b"\r\nRoute: <sip:192.0.2.2;lr>\r\n" in pair.caller.sent[0][1]
        assert pair.caller.sent_start_lines() == ["INVITE sip:desk@pbx.example SIP/2.0"]


class TestOptions:
    def test_a_trunk_is_probed(self) -> None:
        pair = Pair()
        endpoint = pair.caller.endpoint
        request = endpoint.make_request("OPTIONS", f"sip:{CALLEE.host}", FROM)
        identity = endpoint.send_request(request, None, pair.now)
        pair.drain()
        pair.run(1)
        assert pair.caller.only(ResponseReceived).transaction == identity

    def test_a_silent_trunk_is_told_after_64_t1(self) -> None:
        pair = Pair()
        pair.drop = lambda _data: True
        endpoint = pair.caller.endpoint
        start = pair.now
        endpoint.send_request(endpoint.make_request("OPTIONS", "sip:x", FROM), Target("UDP", CALLEE), pair.now)
        pair.drain()
        pair.run(40)
        assert pair.caller.only(RequestFailed).status == 408
        times = [round(at - start, 1) for at, _ in pair.caller.sent]
        assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]

    def test_without_an_address_of_ours_for_the_transport_it_fails(self) -> None:
        pair = Pair()
        endpoint = pair.caller.endpoint
        endpoint.send_request(endpoint.make_request("OPTIONS", "sip:x", FROM), Target("TCP", CALLER), pair.now)
        pair.drain()
        assert pair.caller.only(RequestFailed).status == 503
