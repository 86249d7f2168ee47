"""503 for new calls in an overload, before they are parsed; nobody else is refused (RFC 3261 21.5.4)."""

import pytest

from gateway.sip.calls import EndpointSettings, ListenAddress
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import InviteReceived
from gateway.sip.flow import Flow, HostPort
from gateway.sip.message import Response
from gateway.sip.parser import parse_message
from tests.unit.gateway.sip.pair import SeededTokens

OWN, PEER = HostPort("192.0.2.1", 5060), HostPort("192.0.2.2", 5062)
INVITE = (
    "INVITE sip:15550100@192.0.2.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 10.0.0.9:5060;rport;branch=z9hG4bKnew, SIP/2.0/UDP x.example\r\n"
    "v: SIP/2.0/UDP y.example;branch=z9hG4bKother\r\n"
    "Max-Forwards: 70\r\nf: <sip:a@b>;tag=1\r\nTo: <sip:15550100@192.0.2.1>\r\n"
    "Call-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.2>\r\nContent-Length: 0\r\n\r\n"
)


class Busy:
    """Refuses everything it is asked."""

    def __init__(self) -> None:
        self.busy = True
        self.asked = 0

    def is_shedding(self, _now: float) -> bool:
        return self.busy

    def refuses(self, _now: float) -> int | None:
        self.asked += 1
        return 7


class Strict:
    """Trusts nobody."""

    def trusts(self, _flow: Flow) -> bool:
        return False

    def screen(self, *_request: object) -> bool:
        return False

    def way_to(self, _contact: str) -> None:
        return None


class Station:
    def __init__(self, *, trusted: bool = True) -> None:
        self.busy = Busy()
        settings = EndpointSettings(addresses=(ListenAddress("UDP", OWN),))
        gate = None if trusted else Strict()
        self.endpoint = SipEndpoint(settings, SeededTokens(1), lambda _flow: True, gate=gate, overload=self.busy)

    def receive(self, text: str) -> list[Response]:
        self.endpoint.receive(text.encode(), Flow("UDP", OWN, PEER), 0.0)
        messages = [parse_message(transmit.data) for transmit in self.endpoint.outgoing()]
        return [message for message in messages if isinstance(message, Response)]


def test_a_new_call_gets_a_whole_503() -> None:
    station = Station()
    (response,) = station.receive(INVITE)
    assert (response.status, response.headers.get("retry-after")) == (503, "7")
    assert list(response.headers.get_all("via")) == [
        "SIP/2.0/UDP 10.0.0.9:5060;rport=5062;branch=z9hG4bKnew;received=192.0.2.2, SIP/2.0/UDP x.example",
        "SIP/2.0/UDP y.example;branch=z9hG4bKother",
    ]
    assert (response.call_id, str(response.cseq), response.from_.tag) == ("c1", "1 INVITE", "1")
    assert response.to.tag
    assert station.receive(INVITE)[0].to.tag == response.to.tag, "a repeated INVITE gets the same answer"
    assert station.endpoint.next_event() is None
    assert station.endpoint.counters.refused_early == 2
    assert station.endpoint.counters.transactions == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("To: <sip:15550100@192.0.2.1>", "To: <sip:15550100@192.0.2.1> ; TAG=x"),
        ("INVITE sip:15550100@", "INVITE sip:112@"),
        ("INVITE sip:15550100@", "INVITE sip:15@"),
        ("INVITE sip:15550100@192.0.2.1 ", "INVITE tel:723141;phone-context=example.ne "),
        ("INVITE sip:15550100@192.0.2.1 ", "INVITE urn:service:sos.fire "),
        ("Max-Forwards: 70", "Priority: Emergency"),
        ("Max-Forwards: 70", "Resource-Priority: esnet.0"),
        ("Max-Forwards: 70", "Subject: a\r\n folded line"),
        ("Call-ID: c1", "Call-ID: c1\r\ni: c2"),
        ("INVITE sip", "OPTIONS sip"),
    ],
)
def test_what_is_urgent_or_strange_is_read(old: str, new: str) -> None:
    station = Station()
    assert old in INVITE
    assert [response.status for response in station.receive(INVITE.replace(old, new))] != [503]
    assert station.busy.asked == 0


def test_a_call_that_was_admitted_is_not_refused_when_it_repeats_itself() -> None:
    station = Station()
    station.busy.busy = False
    assert [response.status for response in station.receive(INVITE)] == [100]
    assert isinstance(station.endpoint.next_event(), InviteReceived)
    station.busy.busy = True
    assert [response.status for response in station.receive(INVITE)] == [100]
    assert station.busy.asked == 0


def test_a_stranger_is_not_even_told_that_we_are_busy() -> None:
    assert Station(trusted=False).receive(INVITE) == []
