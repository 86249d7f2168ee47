"""3xx answers to our INVITE, routes that it begins with, and the reason that goes with its end."""

import pytest

from gateway.sip.calls import Credentials, OutgoingInvite
from gateway.sip.events import Cancelled, DialogTerminated, InviteAccepted, InviteFailed, InviteReceived, SipEvent
from gateway.sip.flow import Target
from gateway.sip.message import Request
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from gateway.sip.redirects import RedirectRule
from tests.unit.gateway.sip.pair import ANSWER, CALLEE, OFFER, Pair

RULE = RedirectRule(hosts=frozenset({CALLEE.host, "192.0.2.3"}))
BYE_REASON = (("Reason", "Q.850;cause=16"),)


def call(
    rule: RedirectRule | None = RULE, route: tuple[str, ...] = (), credentials: Credentials | None = None
) -> OutgoingInvite:
    return OutgoingInvite(
        target=f"sip:desk@{CALLEE.host}",
        from_=NameAddr.of("sip:alice@caller.example"),
        destination=None if route else Target("UDP", CALLEE),
        route=route,
        body=OFFER,
        redirects=rule,
        credentials=credentials,
    )


def invites(pair: Pair) -> list[Request]:
    messages = [parse_message(data) for _, data in pair.caller.sent if data.startswith(b"INVITE")]
    found: dict[str, Request] = {}
    for message in messages:
        assert isinstance(message, Request)
        found.setdefault(message.top_via.branch, message)
    return list(found.values())


class Answers:
    """Gives each INVITE the next answer: (302, contacts) or (status, ""); 200 accepts."""

    def __init__(self, pair: Pair, *answers: tuple[int, str]) -> None:
        self._pair = pair
        self._answers = list(answers)
        pair.callee.react = self.react

    def react(self, event: SipEvent, now: float) -> None:
        if not isinstance(event, InviteReceived):
            return
        status, contacts = self._answers.pop(0)
        endpoint = self._pair.callee.endpoint
        if status == 200:
            endpoint.accept(event.session, ANSWER, now)
        else:
            headers = (("Contact", contacts),) if contacts else ()
            endpoint.reject(event.session, status, now, headers=headers)


def place(pair: Pair, invite: OutgoingInvite) -> None:
    pair.do(lambda now: pair.caller.endpoint.invite(invite, now))
    pair.run(60)


class TestRedirection:
    def test_the_best_place_is_called_within_the_same_call(self) -> None:
        pair = Pair()
        Answers(pair, (302, "<sip:desk@192.0.2.3>;q=0.1, <sip:desk@192.0.2.2:5070>;q=0.7"), (486, ""), (200, ""))
        place(pair, call())
        sent = invites(pair)
        assert [one.target for one in sent] == ["sip:desk@192.0.2.2", "sip:desk@192.0.2.2:5070", "sip:desk@192.0.2.3"]
        assert [one.cseq.number for one in sent] == [1, 2, 3]
        assert len({one.call_id for one in sent}) == len({one.from_.tag for one in sent}) == 1
        assert len({one.headers.get("contact") for one in sent}) == 1
        assert all(len(one.contacts) == 1 for one in sent)
        assert len(pair.caller.of(InviteAccepted)) == 1

    def test_after_the_last_place_its_answer_is_the_calls(self) -> None:
        pair = Pair()
        Answers(pair, (301, "<sip:desk@192.0.2.3>"), (486, ""))
        place(pair, call())
        assert pair.caller.only(InviteFailed).status == 486

    def test_a_global_failure_ends_the_search(self) -> None:
        pair = Pair()
        Answers(pair, (300, "<sip:desk@192.0.2.3>, <sip:desk@192.0.2.2:5070>"), (603, ""))
        place(pair, call())
        assert (pair.caller.only(InviteFailed).status, len(invites(pair))) == (603, 2)

    def test_a_loop_ends(self) -> None:
        pair = Pair()
        Answers(pair, (302, "<sip:desk@192.0.2.3>"), (302, f"<sip:desk@{CALLEE.host}>, <sip:desk@192.0.2.3>"))
        place(pair, call())
        assert (pair.caller.only(InviteFailed).status, len(invites(pair))) == (302, 2)

    def test_no_more_than_so_many_places_are_tried(self) -> None:
        pair = Pair()
        Answers(pair, *((302, f"<sip:desk@192.0.2.3:{port}>") for port in range(6000, 6020)))
        place(pair, call())
        assert len(invites(pair)) == 1 + RULE.limit

    @pytest.mark.parametrize(
        "contact",
        [
            "<sip:desk@192.0.2.99>",  # a host that nobody allowed
            "<sip:+870123456@192.0.2.3>",  # another number, which may cost anything
            "<sip:192.0.2.3>",
            "<tel:+870123456>",
            "<sip:desk@192.0.2.3?Replaces=x>",
            "*",
        ],
    )
    def test_nobody_is_called_whom_we_did_not_mean(self, contact: str) -> None:
        pair = Pair()
        Answers(pair, (302, contact))
        place(pair, call())
        assert (pair.caller.only(InviteFailed).status, len(invites(pair))) == (302, 1)

    @pytest.mark.parametrize("status", [305, 380])
    def test_other_redirections_are_not_followed(self, status: int) -> None:
        pair = Pair()
        Answers(pair, (status, "<sip:desk@192.0.2.3>"))
        place(pair, call())
        assert len(invites(pair)) == 1

    def test_without_a_rule_nothing_is_followed(self) -> None:
        pair = Pair()
        Answers(pair, (302, "<sip:desk@192.0.2.3>"))
        place(pair, call(rule=None))
        assert pair.caller.only(InviteFailed).status == 302

    def test_hanging_up_ends_the_search(self) -> None:
        pair = Pair()
        session = ""

        def react(event: SipEvent, now: float) -> None:
            if isinstance(event, InviteReceived):
                headers = (("Contact", "<sip:desk@192.0.2.3>"),)
                pair.callee.endpoint.reject(event.session, 302, now, headers=headers)
                pair.caller.endpoint.hang_up(session, now)

        pair.callee.react = react
        session = pair.caller.endpoint.invite(call(), pair.now)
        pair.drain()
        pair.run(60)
        assert (pair.caller.only(InviteFailed).status, len(invites(pair))) == (302, 1)


class TestRoutes:
    def test_a_strict_first_hop_becomes_the_request_uri(self) -> None:
        pair = Pair()
        place(pair, call(route=(f"<sip:{CALLEE.host}>", "<sip:edge.example;lr>")))
        (invite,) = invites(pair)
        assert invite.target == f"sip:{CALLEE.host}"
        assert [route.uri_text for route in invite.routes] == ["sip:edge.example;lr", f"sip:desk@{CALLEE.host}"]

    def test_a_redirected_call_goes_on_through_the_proxy(self) -> None:
        pair = Pair()
        Answers(pair, (302, "<sip:desk@192.0.2.3>"), (200, ""))
        place(pair, call(route=(f"<sip:{CALLEE.host};lr>",)))
        assert [one.target for one in invites(pair)] == [f"sip:desk@{CALLEE.host}", "sip:desk@192.0.2.3"]
        assert [len(one.routes) for one in invites(pair)] == [1, 1]
        assert len(pair.caller.of(InviteAccepted)) == 1


class TestReason:
    def test_goes_with_the_bye(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now, headers=BYE_REASON))
        pair.run(1)
        request = pair.callee.only(DialogTerminated).request
        assert request is not None
        assert request.headers.get("reason") == "Q.850;cause=16"

    def test_goes_with_the_cancel(self) -> None:
        pair = Pair()
        session = pair.invite()
        pair.run(0.5)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now, headers=BYE_REASON))
        pair.run(1)
        assert pair.callee.only(Cancelled).request.headers.get("reason") == "Q.850;cause=16"

    def test_goes_with_the_refusal(self) -> None:
        pair = Pair()
        pair.invite()
        pair.run(0.5)
        received = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.hang_up(received, now, 486, BYE_REASON))
        pair.run(1)
        response = pair.caller.only(InviteFailed).response
        assert response is not None
        assert response.headers.get("reason") == "Q.850;cause=16"
