"""A call of a browser outlives its connection: what we begin in it goes by the one that is there (RFC 7118, 5626)."""

import pytest

from gateway.sip.events import DialogTerminated
from gateway.sip.flow import Flow, Transmit
from gateway.sip.message import Request, Response
from gateway.sip.parser import parse_message
from gateway.sip.timers import GIVE_UP, T1
from tests.unit.gateway.registrar.rig import ALICE, BOB, Site, authorize, flow, register

FORMER, LATER = flow(40_000, transport="WSS"), flow(40_001, transport="WSS")
CONTACT = "<sip:x1@abc.invalid;transport=ws>"


def in_a_call(site: Site) -> str:
    """Of alice's browser, which calls and is answered; our tag."""
    register(site, ALICE, FORMER, CONTACT)
    invite = site.request("INVITE", "sip:bob@one.example", "alice@one.example", "bob@one.example", contact=CONTACT)
    challenge = site.send(invite, FORMER)[-1]
    site.send(authorize(invite, challenge, ALICE), FORMER)
    (call,) = site.invites
    site.endpoint.accept(call.session, b"v=0", site.now)
    (answer,) = said(site)
    tag = parse_message(answer.data).to.tag
    site.send(inside(site, "ACK", tag, 2), FORMER)
    return tag


def inside(site: Site, method: str, tag: str, cseq: int) -> Request:
    request = site.request(method, "sip:cordboard@192.0.2.1:5060", "alice@one.example", "bob@one.example", cseq)
    request.headers.set("To", f"<sip:bob@one.example>;tag={tag}")
    return request


def said(site: Site) -> list[Transmit]:
    return [transmit for transmit in site.endpoint.outgoing() if transmit.data]


def hang_up(site: Site) -> Flow:
    """Where our BYE goes."""
    site.endpoint.hang_up(site.invites[0].session, site.now)
    (bye,) = said(site)
    assert bye.data.startswith(b"BYE sip:x1@abc.invalid")
    assert isinstance(bye.destination, Flow)
    return bye.destination


@pytest.mark.parametrize("closed", [True, False])
def test_who_speaks_in_its_call_by_another_connection_is_spoken_to_by_that_one(closed: bool) -> None:
    site = Site()
    tag = in_a_call(site)
    if closed:
        site.close(FORMER)
    assert [answer.status for answer in site.send(inside(site, "OPTIONS", tag, 3), LATER)] == [200]
    assert hang_up(site) == LATER


def test_who_registers_again_by_another_connection_is_spoken_to_by_that_one() -> None:
    site = Site()
    in_a_call(site)
    site.close(FORMER)
    register(site, ALICE, LATER, CONTACT, 3, call_id="again")
    assert hang_up(site) == LATER


def test_a_connection_that_is_open_is_kept_whoever_registers_with_its_contact() -> None:
    site = Site()
    in_a_call(site)
    register(site, BOB, LATER, CONTACT)
    assert hang_up(site) == FORMER


def test_a_connection_that_is_gone_is_all_there_is_of_who_did_not_come_back() -> None:
    site = Site()
    in_a_call(site)
    site.close(FORMER)
    register(site, ALICE, LATER, "<sip:x2@abc.invalid;transport=ws>", 3, call_id="another page")
    assert hang_up(site) == FORMER


def hang_up_out_of_reach(site: Site) -> None:
    """As the driver does: what cannot be sent fails at once."""
    site.close(FORMER)
    site.endpoint.hang_up(site.invites[0].session, site.now)
    said(site)
    site.close(FORMER)


def pass_time(site: Site, seconds: float) -> list[Transmit]:
    site.now += seconds
    site.endpoint.handle_timer(site.now)
    return said(site)


def ends(site: Site) -> list[DialogTerminated]:
    return [event for event in iter(site.endpoint.next_event, None) if isinstance(event, DialogTerminated)]


def request_in(sent: Transmit) -> Request:
    request = parse_message(sent.data)
    assert isinstance(request, Request)
    return request


def answer_to(site: Site, bye: Transmit) -> None:
    site.endpoint.receive(bytes(Response.to_request(request_in(bye), 200)), LATER, site.now)


def test_a_bye_that_no_connection_could_carry_goes_by_the_next_one_that_registers() -> None:
    site = Site()
    in_a_call(site)
    hang_up_out_of_reach(site)
    assert not ends(site)
    assert not pass_time(site, 10.0)
    register(site, ALICE, LATER, CONTACT, 3, call_id="again")
    (bye,) = pass_time(site, T1)
    assert bye.destination == LATER
    assert bye.data.startswith(b"BYE sip:x1@abc.invalid")
    assert not pass_time(site, T1), "once by each connection"
    answer_to(site, bye)
    assert [end.cause for end in ends(site)] == ["bye_sent"]
    assert not pass_time(site, GIVE_UP)


def test_a_bye_that_no_connection_could_carry_goes_by_the_one_that_speaks_in_the_call() -> None:
    site = Site()
    tag = in_a_call(site)
    hang_up_out_of_reach(site)
    site.send(inside(site, "OPTIONS", tag, 3), LATER)
    (bye,) = pass_time(site, T1)
    assert bye.destination == LATER


def test_a_bye_into_a_connection_that_is_dead_unnoticed_goes_by_the_next_one_too() -> None:
    site = Site()
    in_a_call(site)
    assert hang_up(site) == FORMER
    register(site, ALICE, LATER, CONTACT, 3, call_id="again")
    (bye,) = pass_time(site, T1)
    assert bye.destination == LATER
    site.close(FORMER)
    assert not ends(site), "the answer to the second one counts"
    answer_to(site, bye)
    assert [end.cause for end in ends(site)] == ["bye_sent"]


def test_who_does_not_come_back_in_time_is_let_go() -> None:
    site = Site()
    in_a_call(site)
    hang_up_out_of_reach(site)
    for _ in range(int(GIVE_UP / T1)):
        assert not pass_time(site, T1)
    assert [end.cause for end in ends(site)] == ["bye_sent"]
    assert site.endpoint.next_timer() is None or not site.endpoint.counters.sessions
