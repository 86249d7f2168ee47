"""Nothing answers strangers; telephones are asked who they are."""

import pytest

from gateway.registrar.admission import STRANGE_REQUEST
from gateway.sip.message import Response
from tests.unit.gateway.registrar.rig import ALICE, BOB, ONE, OTHER_ALICE, Site, authorize, flow, phone, register

FLOW = flow()


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("REGISTER", "sip:unknown.example"),
        ("REGISTER", "sip:192.0.2.1"),
        ("INVITE", "sip:100@192.0.2.1"),
        ("INVITE", "sip:100@unknown.example"),
        ("OPTIONS", "sip:one.example"),
        ("OPTIONS", "sip:100@192.0.2.1"),
        ("SUBSCRIBE", "sip:alice@one.example"),
        ("FOO", "sip:alice@one.example"),
        ("CANCEL", "sip:alice@one.example"),
        ("ACK", "sip:alice@one.example"),
    ],
)
def test_a_stranger_gets_no_answer(method: str, target: str) -> None:
    site = Site()
    assert site.send(site.request(method, target, "x@one.example", "alice@one.example"), FLOW) == []


def test_a_stranger_inside_a_dialog_that_is_not_there_gets_no_answer() -> None:
    site = Site()
    request = site.request("BYE", "sip:alice@one.example", "x@one.example", "alice@one.example>;tag=x;x=<x")
    request.headers.set("To", "<sip:alice@one.example>;tag=x")
    assert site.send(request, FLOW) == []


def test_malformed_requests_of_strangers_get_no_answer() -> None:
    site = Site()
    request = site.request("REGISTER", "sip:one.example", "alice@one.example", "alice@one.example")
    request.headers.set("CSeq", "1 INVITE")
    assert site.send(request, FLOW) == []
    assert site.endpoint.counters.screened == 1


def test_a_domain_without_telephones_is_none_of_ours() -> None:
    site = Site(OTHER_ALICE)
    assert site.send(site.request("REGISTER", "sip:one.example", "alice@one.example", "alice@one.example"), FLOW) == []


def test_what_scanners_send_to_a_domain_of_ours_strikes() -> None:
    site = Site()
    site.send(site.request("OPTIONS", "sip:one.example", "x@one.example", "alice@one.example"), FLOW)
    assert site.strikes.all == [("198.51.100.7", STRANGE_REQUEST)]


def test_a_challenge_keeps_nothing() -> None:
    site = Site()
    for method in ("REGISTER", "INVITE"):
        site.send(site.request(method, "sip:one.example", "alice@one.example", "alice@one.example"), FLOW)
    assert site.endpoint.counters.transactions == 0
    assert site.endpoint.counters.sessions == 0
    assert site.endpoint.counters.challenged == 2
    assert site.endpoint.next_timer() is None


class TestInvite:
    def ask(self, site: Site, target: str = "sip:+442071838750@one.example", caller: str = "alice") -> list[Response]:
        request = site.request(
            "INVITE", target, f"{caller}@one.example", "x@one.example", contact="<sip:alice@198.51.100.7>"
        )
        (challenge,) = site.send(request, FLOW)
        assert challenge.status == 407
        return site.send(authorize(request, challenge, ALICE), FLOW)

    def test_of_a_telephone_is_let_in_when_it_proved_itself(self) -> None:
        site = Site()
        assert [answer.status for answer in self.ask(site)] == [100]
        assert site.admission.caller(site.invites[0].request) == ALICE

    def test_repeated_is_the_same_call(self) -> None:
        site = Site()
        request = site.request(
            "INVITE", "sip:1@one.example", "alice@one.example", "1@one.example", contact="<sip:alice@198.51.100.7>"
        )
        (challenge,) = site.send(request, FLOW)
        again = authorize(request, challenge, ALICE)
        assert [site.send(again, FLOW)[0].status for _ in range(3)] == [100, 100, 100]
        assert len(site.invites) == 1

    def test_in_the_name_of_another_is_refused(self) -> None:
        site = Site(ALICE, phone(4, ONE, "carol", "one.example"))
        assert [answer.status for answer in self.ask(site, caller="carol")] == [403]
        assert site.invites == []

    def test_to_a_domain_of_nobody_is_told_to_registered_telephones_only(self) -> None:
        site = Site()
        request = site.request("INVITE", "sip:1@far.example", "alice@one.example", "1@far.example")
        assert site.send(request, FLOW) == []
        register(site, BOB, FLOW)
        assert [answer.status for answer in site.send(request, FLOW)] == [404]


class TestRegisteredFlow:
    def test_gets_answers_to_all_else(self) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        options = site.request("OPTIONS", "sip:one.example", "alice@one.example", "one@one.example")
        assert [answer.status for answer in site.send(options, FLOW)] == [200]
        publish = site.request("PUBLISH", "sip:one.example", "alice@one.example", "one@one.example")
        assert [answer.status for answer in site.send(publish, FLOW)] == [405]

    def test_is_challenged_all_the_same(self) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        invite = site.request("INVITE", "sip:1@one.example", "alice@one.example", "1@one.example")
        assert [answer.status for answer in site.send(invite, FLOW)] == [407]

    def test_ends_with_the_registration(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, expires="60")
        site.registrations.expire(site.now + 61)
        options = site.request("OPTIONS", "sip:one.example", "alice@one.example", "one@one.example")
        assert site.send(options, FLOW) == []
