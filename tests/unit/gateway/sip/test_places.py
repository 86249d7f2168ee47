"""Where a request goes when a place is dead, busy or too narrow (RFC 3261 18.1.1, RFC 3263 4.3)."""

from collections.abc import Sequence

import pytest

from gateway.sip.calls import MAX_DATAGRAM_BYTES, EndpointSettings, ListenAddress, OutgoingInvite
from gateway.sip.dead_targets import FIRST_SECONDS, LONGEST_SECONDS, MAX_PLACES, DeadTargets
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import InviteFailed, ProgressReceived, ResolveNeeded, ResponseReceived
from gateway.sip.exchange import FAIL_OVER_SECONDS
from gateway.sip.flow import Flow, HostPort, Target, Transmit, Transport
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from gateway.sip.routing import locate
from tests.unit.gateway.sip.pair import SeededTokens

OWN = HostPort("192.0.2.1", 5060)


def place(host: str, transport: Transport = "UDP") -> Target:
    return Target(transport, HostPort(host, 5060))


FIRST, SECOND = place("198.51.100.1"), place("198.51.100.2")


class Caller:
    """One endpoint that dials a name with several places."""

    def __init__(self, *transports: Transport) -> None:
        addresses = tuple(ListenAddress(transport, OWN) for transport in transports or ("UDP", "TCP"))
        self.endpoint = SipEndpoint(EndpointSettings(addresses=addresses), SeededTokens(1), lambda _flow: True)

    def dial(self, places: Sequence[Target], now: float, body: bytes = b"v=0", avoid: HostPort | None = None) -> None:
        from_ = NameAddr.of("sip:2@us.example")
        call = OutgoingInvite(target="sip:1@carrier.example", from_=from_, body=body, avoid=avoid)
        self.endpoint.invite(call, now)
        event = self.endpoint.next_event()
        assert isinstance(event, ResolveNeeded)
        self.endpoint.resolved(event.query, places, now)

    def sent(self) -> list[Transmit]:
        return list(self.endpoint.outgoing())

    def sent_to(self) -> list[object]:
        return [transmit.destination for transmit in self.sent()]

    def answer(self, transmit: Transmit, status: int, now: float, headers: tuple[tuple[str, str], ...] = ()) -> None:
        request = parse_message(transmit.data)
        assert isinstance(request, Request)
        response = Response.to_request(request, status, "far")
        for name, value in headers:
            response.headers.add(name, value)
        destination = transmit.destination
        self.endpoint.receive(bytes(response), Flow(destination.transport, OWN, destination.remote), now)

    def wait(self, until: float) -> None:
        while (when := self.endpoint.next_timer()) is not None and when <= until:
            self.endpoint.handle_timer(when)


class TestFailOver:
    def test_a_silent_place_is_left_and_tried_last_next_time(self) -> None:
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0)
        caller.wait(FAIL_OVER_SECONDS - 0.1)
        assert set(caller.sent_to()) == {FIRST}
        caller.wait(FAIL_OVER_SECONDS)
        assert caller.sent_to() == [SECOND]
        assert caller.endpoint.counters.failed_over == 1
        caller.dial([FIRST, SECOND], FAIL_OVER_SECONDS)
        assert caller.sent_to() == [SECOND]
        caller.dial([FIRST, SECOND], FAIL_OVER_SECONDS + FIRST_SECONDS + 1)
        assert FIRST in caller.sent_to()

    def test_a_place_that_answers_again_is_as_good_as_the_others(self) -> None:
        """Tried as a last resort, and found alive, it comes first again long before its time is over."""
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0)
        caller.wait(FAIL_OVER_SECONDS)
        caller.sent()
        caller.dial([FIRST], FAIL_OVER_SECONDS)
        (again,) = [transmit for transmit in caller.sent() if transmit.destination == FIRST]
        caller.answer(again, 100, FAIL_OVER_SECONDS + 0.1)
        caller.dial([FIRST, SECOND], FAIL_OVER_SECONDS + 0.2)
        assert caller.sent_to() == [FIRST]

    def test_any_answer_ends_the_patience(self) -> None:
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0)
        caller.answer(caller.sent()[0], 100, 0.1)
        caller.wait(20.0)
        assert caller.sent_to() == []

    def test_a_busy_place_sends_us_on(self) -> None:
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0)
        caller.answer(caller.sent()[0], 503, 0.1)
        assert caller.sent_to() == [FIRST, SECOND], "the ACK of the 503, and the INVITE"

    def test_the_last_busy_place_is_the_outcome(self) -> None:
        caller = Caller()
        caller.dial([FIRST], 0.0)
        caller.answer(caller.sent()[0], 503, 0.1)
        event = caller.endpoint.next_event()
        assert isinstance(event, InviteFailed)
        assert event.status == 503

    def test_a_place_that_answered_by_another_way_is_not_asked_again(self) -> None:
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0, avoid=FIRST.remote)
        caller.wait(FAIL_OVER_SECONDS * 2)
        assert set(caller.sent_to()) == {SECOND}
        caller = Caller()
        caller.dial([FIRST], 0.0, avoid=FIRST.remote)
        assert caller.sent_to() == []
        event = caller.endpoint.next_event()
        assert isinstance(event, InviteFailed)
        assert (event.status, event.response) == (503, None)

    def test_where_it_rang_it_stays(self) -> None:
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0)
        invite = caller.sent()[0]
        caller.answer(invite, 180, 0.1)
        assert isinstance(caller.endpoint.next_event(), ProgressReceived)
        caller.answer(invite, 503, 0.2)
        assert caller.sent_to() == [FIRST]

    def test_a_late_answer_of_a_place_that_was_left_changes_nothing(self) -> None:
        caller = Caller()
        caller.dial([FIRST, SECOND], 0.0)
        late = caller.sent()[0]
        caller.wait(FAIL_OVER_SECONDS)
        caller.sent()
        caller.answer(late, 486, FAIL_OVER_SECONDS + 0.1)
        assert caller.endpoint.next_event() is None

    def test_a_request_outside_calls_has_one_outcome(self) -> None:
        caller = Caller()
        endpoint = caller.endpoint
        ping = endpoint.make_request("OPTIONS", "sip:carrier.example", NameAddr.of("sip:us.example"))
        endpoint.send_request(ping, None, 0.0)
        event = endpoint.next_event()
        assert isinstance(event, ResolveNeeded)
        endpoint.resolved(event.query, [FIRST, SECOND], 0.0)
        late = caller.sent()[0]
        caller.wait(FAIL_OVER_SECONDS)
        second = next(transmit for transmit in caller.sent() if transmit.destination == SECOND)
        caller.answer(late, 200, FAIL_OVER_SECONDS + 0.1)
        assert endpoint.next_event() is None
        caller.answer(second, 200, FAIL_OVER_SECONDS + 0.2)
        assert isinstance(endpoint.next_event(), ResponseReceived)
        caller.wait(100.0)
        assert endpoint.next_event() is None


class TestLargeRequests:
    LARGE = b"v=0" + b"x" * MAX_DATAGRAM_BYTES

    def test_a_large_request_goes_over_tcp(self) -> None:
        caller = Caller()
        caller.dial([FIRST], 0.0, self.LARGE)
        (sent,) = caller.sent()
        assert sent.destination == place(FIRST.remote.host, "TCP")
        assert b"SIP/2.0/TCP" in sent.data
        assert b";transport=tcp>" in sent.data, "the Contact has to fit"
        assert caller.endpoint.counters.switched_to_tcp == 1

    def test_where_tcp_is_refused_it_goes_in_a_datagram_after_all(self) -> None:
        caller = Caller()
        caller.dial([FIRST], 0.0, self.LARGE)
        (sent,) = caller.sent()
        caller.endpoint.flow_closed(sent.destination, 0.1)
        (again,) = caller.sent()
        assert again.destination == FIRST
        assert b"SIP/2.0/UDP" in again.data
        caller.dial([FIRST], 1.0, self.LARGE)
        assert caller.sent_to() == [FIRST], "TCP is not tried again for a while"

    def test_a_503_over_tcp_is_not_asked_again_over_udp(self) -> None:
        caller = Caller()
        caller.dial([FIRST], 0.0, self.LARGE)
        caller.answer(caller.sent()[0], 503, 0.1)
        assert isinstance(caller.endpoint.next_event(), InviteFailed)

    def test_a_small_request_stays_a_datagram(self) -> None:
        caller = Caller()
        caller.dial([FIRST], 0.0)
        assert caller.sent_to() == [FIRST]

    def test_without_tcp_of_ours_it_stays_a_datagram(self) -> None:
        caller = Caller("UDP")
        caller.dial([FIRST], 0.0, self.LARGE)
        assert caller.sent_to() == [FIRST]


class TestDeadTargets:
    def test_each_failure_counts_longer(self) -> None:
        dead, now, pauses = DeadTargets(), 0.0, list[float]()
        for _ in range(8):
            dead.failed(FIRST, now)
            start = now
            while dead.is_dead(FIRST, now):
                now += 1
            pauses.append(now - start)
        assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
        assert pauses[-1] == LONGEST_SECONDS

    def test_failures_of_requests_sent_together_are_one(self) -> None:
        dead = DeadTargets()
        for _ in range(10):
            dead.failed(FIRST, 0.0)
        assert not dead.is_dead(FIRST, FIRST_SECONDS)

    def test_a_certificate_that_is_refused_says_nothing_of_the_place_for_others(self) -> None:
        dead = DeadTargets()
        dead.failed(Target("TLS", FIRST.remote, identity="one"), 0.0)
        others = [Target("TLS", FIRST.remote, identity=name) for name in ("one", "two", "")]
        assert [dead.is_dead(place, 1.0) for place in others] == [True, False, False]

    def test_one_answer_makes_it_alive(self) -> None:
        dead = DeadTargets()
        dead.failed(FIRST, 0.0)
        dead.answered(FIRST)
        assert not dead.is_dead(FIRST, 0.0)

    def test_all_dead_are_still_places(self) -> None:
        dead = DeadTargets()
        for one in (FIRST, SECOND):
            dead.failed(one, 0.0)
        assert dead.in_order([FIRST, SECOND], 1.0) == [FIRST, SECOND]

    def test_memory_is_bounded(self) -> None:
        dead = DeadTargets()
        for number in range(MAX_PLACES + 10):
            dead.failed(Target("UDP", HostPort("192.0.2.1", number)), 0.0)
        assert dead.is_dead(Target("UDP", HostPort("192.0.2.1", MAX_PLACES + 9)), 0.0)


class TestTheWayBack:
    NAT = Flow("TLS", OWN, HostPort("8.8.8.8", 40_000))

    @pytest.mark.parametrize(
        ("uri", "base"),
        [
            ("sip:x@abc.invalid;transport=ws", Flow("WSS", OWN, HostPort("198.51.100.9", 40_000))),
            ("sip:x@198.51.100.9:5070;transport=ws", Flow("WSS", OWN, HostPort("198.51.100.9", 40_000))),
            ("sip:x@8.8.4.4;transport=tls;ob", NAT),
            ("sip:x@10.0.0.5:5061;transport=tls", NAT),
            ("sip:x@10.0.0.5", Flow("UDP", OWN, HostPort("8.8.8.8", 40_000))),
        ],
    )
    def test_who_cannot_be_called_is_reached_the_way_it_came(self, uri: str, base: Flow) -> None:
        assert locate(uri, base, base_is_open=True) == base

    def test_a_public_contact_is_followed(self) -> None:
        base = Flow("UDP", OWN, HostPort("8.8.8.8", 40_000))
        assert locate("sip:x@8.8.4.4:5070", base, base_is_open=False) == Target("UDP", HostPort("8.8.4.4", 5070))


class TestOutboundFlows:
    FLOW = Flow("TCP", OWN, SECOND.remote)

    def contact(self, *, outbound: bool, destination: Flow | Target) -> str:
        caller = Caller()
        call = OutgoingInvite(
            target="sip:1@carrier.example",
            from_=NameAddr.of("sip:2@us.example"),
            destination=destination,
            body=b"v=0",
            outbound=outbound,
        )
        caller.endpoint.invite(call, 0.0)
        request = parse_message(caller.sent()[0].data)
        return request.headers.get("contact") or ""

    def test_what_begins_in_the_dialog_is_asked_for_by_the_flow_of_its_invite(self) -> None:
        assert self.contact(outbound=True, destination=self.FLOW).endswith(";transport=tcp;ob>")

    @pytest.mark.parametrize(("outbound", "destination"), [(False, FLOW), (True, place("198.51.100.3"))])
    def test_elsewhere_it_may_come_by_any_way(self, outbound: bool, destination: Flow | Target) -> None:
        assert "ob" not in self.contact(outbound=outbound, destination=destination)
