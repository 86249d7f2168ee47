"""Calls and requests that have to prove who they are (RFC 3261 22)."""

import pytest

from gateway.sip.calls import Credentials
from gateway.sip.digest import DigestServer, Verdict
from gateway.sip.digest_hash import Algorithm, hash_password
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    RequestReceived,
    ResponseReceived,
    SipEvent,
)
from gateway.sip.flow import Target
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from tests.unit.gateway.sip.pair import ANSWER, CALLEE, Pair

RIGHT = Credentials("alice", "correct horse")


def server_for(algorithm: Algorithm = "MD5") -> DigestServer:
    ha1 = hash_password(algorithm, "alice", "trunk.example", "correct horse")
    return DigestServer("trunk.example", b"key", {"alice": ha1}.get, algorithm)


def guard(pair: Pair, server: DigestServer, seen: list[Verdict], forget: int = 0) -> None:
    """Let the callee challenge INVITEs; the first `forget` right answers are called stale."""
    left = [forget]

    def react(event: SipEvent, now: float) -> None:
        if not isinstance(event, InviteReceived):
            return
        verdict = server.verify(event.request, now)
        if verdict is Verdict.ACCEPTED and left[0]:
            left[0] -= 1
            verdict = Verdict.STALE
        seen.append(verdict)
        if verdict is Verdict.ACCEPTED:
            pair.callee.endpoint.accept(event.session, ANSWER, now)
        else:
            challenge = server.challenge(now, stale=verdict is Verdict.STALE)
            pair.callee.endpoint.reject(event.session, 401, now, headers=(("WWW-Authenticate", challenge),))

    pair.callee.react = react


class TestInvite:
    @pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
    def test_the_challenge_is_answered_once(self, algorithm: Algorithm) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(algorithm), seen)
        session = pair.invite(credentials=RIGHT)
        pair.run(2)
        assert seen == [Verdict.MISSING, Verdict.ACCEPTED]
        assert pair.caller.only(InviteAccepted).session == session
        invites = [parse_message(data) for _, data in pair.caller.sent if data.startswith(b"INVITE")]
        assert [invite.cseq.number for invite in invites] == [1, 2]
        assert len({invite.call_id for invite in invites}) == 1
        assert len({invite.top_via.branch for invite in invites}) == 2
        ack = parse_message(pair.caller.sent[-1][1])
        assert ack.headers.get("authorization") == invites[1].headers.get("authorization")
        assert ack.cseq.number == 2

    def test_a_wrong_password_is_tried_once(self) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(), seen)
        pair.invite(credentials=Credentials("alice", "wrong"))
        pair.run(2)
        assert seen == [Verdict.MISSING, Verdict.REFUSED]
        assert pair.caller.only(InviteFailed).status == 401

    def test_without_credentials_the_challenge_is_the_end(self) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(), seen)
        pair.invite()
        pair.run(2)
        assert pair.caller.only(InviteFailed).status == 401

    @pytest.mark.parametrize(("forgotten", "accepted"), [(1, True), (2, False)])
    def test_a_stale_nonce_is_answered_once_more(self, forgotten: int, accepted: bool) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(), seen, forget=forgotten)
        pair.invite(credentials=RIGHT)
        pair.run(3)
        assert len(pair.caller.of(InviteAccepted)) == accepted
        assert len(pair.caller.of(InviteFailed)) == (not accepted)

    def test_the_bye_carries_credentials_with_the_next_count(self) -> None:
        pair, seen = Pair(), list[Verdict]()
        server = server_for()
        guard(pair, server, seen)
        session = pair.invite(credentials=RIGHT)
        pair.run(2)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(2)
        bye = parse_message(pair.caller.sent[-1][1])
        assert isinstance(bye, Request)
        assert server.verify(bye, pair.now) is Verdict.ACCEPTED
        assert "nc=00000002" in (bye.headers.get("authorization") or "")
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"

    def test_an_invite_sent_again_is_cancelled_after_its_own_provisional_only(self) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(), seen)
        pair.drop = lambda data: data.startswith(b"INVITE") and b"\r\nCSeq: 2 " in data and pair.now < 1001
        session = pair.invite(credentials=RIGHT)
        pair.run(0.2)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(0.2)
        assert not any(line.startswith("CANCEL") for line in pair.caller.sent_start_lines())
        pair.callee.react = None
        pair.run(5)
        cancel = next(parse_message(data) for _, data in pair.caller.sent if data.startswith(b"CANCEL"))
        assert cancel.cseq.number == 2
        assert pair.caller.only(InviteFailed).status == 487

    def test_an_invite_sent_again_into_silence_is_cancelled_all_the_same(self) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(), seen)
        pair.drop = lambda data: data.startswith(b"INVITE") and b"\r\nCSeq: 2 " in data
        session = pair.invite(credentials=RIGHT)
        pair.run(0.2)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(60)
        assert pair.caller.only(InviteFailed).status == 487

    def test_an_invite_sent_again_into_silence_times_out(self) -> None:
        pair, seen = Pair(), list[Verdict]()
        guard(pair, server_for(), seen)
        pair.drop = lambda data: data.startswith(b"INVITE") and b"\r\nCSeq: 2 " in data
        pair.invite(credentials=RIGHT)
        pair.run(60)
        assert pair.caller.only(InviteFailed).status == 408

    def test_hanging_up_stops_answering_challenges(self) -> None:
        pair = Pair()
        session = pair.invite(credentials=RIGHT)
        pair.run(0.5)
        callee_session = pair.callee.only(InviteReceived).session
        pair.caller.endpoint.hang_up(session, pair.now)
        challenge = server_for().challenge(pair.now)
        pair.callee.endpoint.reject(callee_session, 401, pair.now, headers=(("WWW-Authenticate", challenge),))
        pair.drain()
        pair.run(60)
        assert len([line for line in pair.caller.sent_start_lines() if line.startswith("INVITE")]) == 1
        assert pair.caller.only(InviteFailed).status == 401


class TestOtherRequests:
    def test_register_is_sent_again_with_credentials(self) -> None:
        pair = Pair(methods=frozenset({"REGISTER"}))
        server = server_for()

        def react(event: SipEvent, now: float) -> None:
            if isinstance(event, RequestReceived):
                verdict = server.verify(event.request, now)
                response = Response.to_request(event.request, 200 if verdict is Verdict.ACCEPTED else 401, "tag")
                if verdict is not Verdict.ACCEPTED:
                    response.headers.add("WWW-Authenticate", server.challenge(now))
                pair.callee.endpoint.send_response(event.transaction, response, now)

        pair.callee.react = react
        endpoint = pair.caller.endpoint
        request = endpoint.make_request(
            "REGISTER", "sip:trunk.example", NameAddr.of("sip:alice@trunk.example"), (("Expires", "60"),)
        )
        identity = endpoint.send_request(request, Target("UDP", CALLEE), pair.now, RIGHT)
        pair.drain()
        pair.run(2)
        response = pair.caller.only(ResponseReceived)
        assert (response.transaction, response.response.status) == (identity, 200)
        assert response.response.cseq.number == 2
