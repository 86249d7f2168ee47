"""A call of a browser outlives its connection: what we begin in it goes by the one that is there (RFC 7118, 5626)."""

import pytest

from gateway.sip.flow import Flow, Transmit
from gateway.sip.message import Request
from gateway.sip.parser import parse_message
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
