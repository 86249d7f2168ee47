"""Changing an established session, with glare (RFC 3261 14)."""

import pytest

from gateway.sip.events import (
    Acknowledged,
    DialogTerminated,
    ReinviteAccepted,
    ReinviteCancelled,
    ReinviteFailed,
    ReinviteReceived,
)
from gateway.sip.message import Message
from gateway.sip.parser import parse_message
from tests.unit.gateway.sip.pair import Pair, Side

HOLD = b"v=0 sendonly"
HELD = b"v=0 recvonly"


def answer_at_once(pair: Pair, side: Side, body: bytes = HELD) -> None:
    """Let `side` accept every re-INVITE when it is told."""

    def react(event: object, now: float) -> None:
        if isinstance(event, ReinviteReceived):
            side.endpoint.answer_reinvite(event.session, body, now)

    side.react = react


class TestChange:
    @pytest.mark.parametrize("caller_changes", [True, False])
    def test_hold_from_either_side(self, caller_changes: bool) -> None:
        pair = Pair()
        caller_session, callee_session = pair.established()
        side, session = (pair.caller, caller_session) if caller_changes else (pair.callee, callee_session)
        other = pair.callee if caller_changes else pair.caller
        answer_at_once(pair, other)
        acknowledged = len(other.of(Acknowledged))
        pair.do(lambda now: side.endpoint.reinvite(session, HOLD, now))
        pair.run(2)
        assert other.only(ReinviteReceived).body == HOLD
        assert side.only(ReinviteAccepted).body == HELD
        assert len(other.of(Acknowledged)) == acknowledged + 1

    def test_refusal_leaves_the_session_as_it_was(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(1)
        pair.do(lambda now: pair.callee.endpoint.reject_reinvite(callee_session, 488, now))
        pair.run(1)
        assert pair.caller.only(ReinviteFailed).status == 488
        answer_at_once(pair, pair.callee)
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(1)
        assert len(pair.caller.of(ReinviteAccepted)) == 1
        assert pair.caller.of(DialogTerminated) == []

    def test_the_new_contact_is_used_from_then_on(self) -> None:
        pair = Pair()
        _, callee_session = pair.established()
        answer_at_once(pair, pair.callee)
        ack = parse_message(next(data for _, data in pair.caller.sent if data.startswith(b"ACK")))
        pair.inject(
            pair.callee,
            (
                "INVITE sip:cordboard@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKmoved\r\n"
                f"From: {ack.headers.get('from')}\r\nTo: {ack.headers.get('to')}\r\nCall-ID: {ack.call_id}\r\n"
                "CSeq: 7 INVITE\r\nContact: <sip:moved@192.0.2.1:5070>\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
        )
        pair.do(lambda now: pair.callee.endpoint.hang_up(callee_session, now))
        pair.drop = lambda data: data.startswith(b"BYE")
        assert "BYE sip:moved@192.0.2.1:5070 SIP/2.0" not in pair.caller.sent_start_lines()
        assert pair.callee.saved[callee_session].state.remote_target == "sip:moved@192.0.2.1:5070"

    def test_offer_in_the_2xx(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        answer_at_once(pair, pair.callee, b"v=0 their offer")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, b"", now))
        pair.run(0.2)
        accepted = pair.caller.only(ReinviteAccepted)
        assert (accepted.body, accepted.answer_needed) == (b"v=0 their offer", True)
        pair.do(lambda now: pair.caller.endpoint.acknowledge(session, HELD, now))
        pair.run(1)
        assert pair.callee.of(Acknowledged)[-1].body == HELD
        assert pair.callee.of(Acknowledged)[-1].session == callee_session

    def test_the_second_change_waits_for_the_first(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        answer_at_once(pair, pair.callee)
        pair.caller.endpoint.reinvite(session, HOLD, pair.now)
        pair.caller.endpoint.reinvite(session, b"v=0 never sent", pair.now)
        pair.caller.endpoint.reinvite(session, b"v=0 resume", pair.now)
        pair.drain()
        pair.run(5)
        assert [event.body for event in pair.callee.of(ReinviteReceived)] == [HOLD, b"v=0 resume"]
        assert len(pair.caller.of(ReinviteAccepted)) == 2

    def test_a_change_before_the_ack_waits_for_it(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1003
        _, callee_session = pair.established(expect_ack=False)
        answer_at_once(pair, pair.caller)
        pair.do(lambda now: pair.callee.endpoint.reinvite(callee_session, HOLD, now))
        assert not any(line.startswith("INVITE") for line in pair.callee.sent_start_lines())
        pair.run(10)
        assert pair.callee.only(ReinviteAccepted).body == HELD

    def test_an_answer_without_ack_ends_the_call(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        answer_at_once(pair, pair.callee)
        pair.drop = lambda data: data.startswith(b"ACK")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(60)
        assert pair.callee.only(DialogTerminated).cause == "ack_timeout"

    @pytest.mark.parametrize("callee_answers", [True, False])
    def test_who_hangs_up_waits_for_the_ack_of_its_answer(self, callee_answers: bool) -> None:
        """15: no BYE before it; a peer would have to take the BYE while it waits for our 200."""
        pair = Pair()
        caller_session, callee_session = pair.established()
        changer, session = (pair.caller, caller_session) if callee_answers else (pair.callee, callee_session)
        answerer, answering = (pair.callee, callee_session) if callee_answers else (pair.caller, caller_session)
        answer_at_once(pair, answerer)
        pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1003
        pair.do(lambda now: changer.endpoint.reinvite(session, HOLD, now))
        pair.run(0.2)
        pair.do(lambda now: answerer.endpoint.hang_up(answering, now))
        assert not any(line.startswith("BYE") for line in answerer.sent_start_lines())
        pair.run(10)
        assert (answerer.only(DialogTerminated).cause, changer.only(DialogTerminated).cause) == (
            "bye_sent",
            "bye_received",
        )

    def test_who_hangs_up_waits_no_longer_than_its_answer_is_repeated(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        answer_at_once(pair, pair.callee)
        pair.drop = lambda data: data.startswith(b"ACK")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(0.2)
        pair.do(lambda now: pair.callee.endpoint.hang_up(callee_session, now))
        pair.run(35)
        assert pair.callee.only(DialogTerminated).cause == "bye_sent"
        assert pair.caller.only(DialogTerminated).cause == "bye_received"

    def test_a_silent_peer_ends_the_call(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.drop = lambda data: data.startswith(b"INVITE")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(60)
        assert pair.caller.only(ReinviteFailed).status == 408
        assert pair.caller.only(DialogTerminated).cause == "peer_gone"
        assert pair.callee.only(DialogTerminated).cause == "bye_received"

    def test_a_peer_that_only_says_100_is_given_up_and_the_session_goes_on(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(50)
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, b"v=0 next", now))
        pair.run(20)
        assert pair.caller.only(ReinviteFailed).status == 408
        assert pair.callee.only(ReinviteCancelled).session == callee_session
        pair.do(lambda now: pair.callee.endpoint.answer_reinvite(callee_session, HELD, now))
        pair.run(20)
        assert pair.caller.only(ReinviteAccepted).body == HELD
        assert pair.callee.of(ReinviteReceived)[-1].body == b"v=0 next"
        assert pair.caller.of(DialogTerminated) == []

    def test_a_change_that_is_never_answered_leaves_nothing_behind(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(1)
        pair.drop = lambda data: data.startswith(b"SIP/2.0 487")
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(100)
        assert pair.caller.endpoint.counters.transactions == 0
        assert pair.caller.of(ReinviteFailed) == []

    def test_an_answer_after_the_change_was_given_up_is_acknowledged(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        pair.drop = lambda data: data.startswith(b"CANCEL")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(61)
        acknowledged = len(pair.callee.of(Acknowledged))
        pair.do(lambda now: pair.callee.endpoint.answer_reinvite(callee_session, HELD, now))
        pair.run(60)
        assert len(pair.callee.of(Acknowledged)) == acknowledged + 1
        assert pair.callee.of(DialogTerminated) == []


class TestAnotherInviteOfThePeer:
    """An INVITE of the caller while another one is open (14.2); the callee is the side under test."""

    def answer_to_another_invite(self, pair: Pair) -> Message:
        ack = parse_message(next(data for _, data in pair.caller.sent if data.startswith(b"ACK")))
        invite = (
            "INVITE sip:cordboard@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKanother\r\n"
            f"From: {ack.headers.get('from')}\r\nTo: {ack.headers.get('to')}\r\nCall-ID: {ack.call_id}\r\n"
            "CSeq: 90 INVITE\r\nContent-Length: 0\r\n\r\n"
        )
        pair.inject(pair.callee, invite.encode())
        return parse_message(pair.callee.sent[-1][1])

    def test_before_our_answer_it_has_to_wait(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(1)
        response = self.answer_to_another_invite(pair)
        assert response.start_line.startswith("SIP/2.0 500")
        assert 0 <= int(response.headers.get("retry-after") or "-1") <= 10

    def test_before_their_ack_it_is_refused(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        answer_at_once(pair, pair.callee)
        pair.drop = lambda data: data.startswith(b"ACK")
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(0.2)
        assert self.answer_to_another_invite(pair).start_line.startswith("SIP/2.0 491")

    def test_before_our_ack_it_is_refused(self) -> None:
        pair = Pair()
        _, callee_session = pair.established()
        answer_at_once(pair, pair.caller, b"v=0 their offer")
        pair.do(lambda now: pair.callee.endpoint.reinvite(callee_session, b"", now))
        pair.run(0.2)
        assert pair.callee.only(ReinviteAccepted).answer_needed
        assert self.answer_to_another_invite(pair).start_line.startswith("SIP/2.0 491")


class TestGlare:
    def test_both_change_at_once_and_both_succeed_after_back_off(self) -> None:
        pair = Pair()
        caller_session, callee_session = pair.established()
        answer_at_once(pair, pair.caller)
        answer_at_once(pair, pair.callee)
        pair.caller.endpoint.reinvite(caller_session, HOLD, pair.now)
        pair.callee.endpoint.reinvite(callee_session, b"v=0 other", pair.now)
        pair.drain()
        pair.run(20)
        # Whoever owns the Call-ID waits longer, so the callee's offer comes through and voids the caller's own.
        assert len(pair.callee.of(ReinviteAccepted)) == 1
        assert pair.caller.only(ReinviteFailed).status == 491
        assert pair.callee.of(ReinviteFailed) == []
        refusals = [line for line in pair.caller.sent_start_lines() if " 491 " in line]
        assert len(refusals) == 1

    def test_back_off_times_are_those_of_the_rfc(self) -> None:
        pair = Pair()
        caller_session, callee_session = pair.established()
        pair.caller.endpoint.reinvite(caller_session, HOLD, pair.now)
        pair.callee.endpoint.reinvite(callee_session, b"v=0 other", pair.now)
        start = pair.now
        pair.drain()
        pair.run(20)
        again = [
            round(at - start, 3) for at, data in pair.callee.sent if data.startswith(b"INVITE") and at > start + 0.05
        ]
        assert 0.0 <= again[0] - 0.04 <= 2.0

    def test_a_retry_that_meets_nobody_is_sent_unchanged(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(0.5)
        pair.do(lambda now: pair.callee.endpoint.reject_reinvite(callee_session, 491, now))
        answer_at_once(pair, pair.callee)
        start = pair.now
        pair.run(10)
        assert pair.caller.only(ReinviteAccepted).body == HELD
        assert pair.caller.of(ReinviteFailed) == []
        retried = [at for at, data in pair.caller.sent if data.startswith(b"INVITE") and at > start]
        assert 2.1 <= retried[0] - start <= 4.1

    def test_a_peer_that_never_stops_refusing_is_believed(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()

        def refuse(event: object, now: float) -> None:
            if isinstance(event, ReinviteReceived):
                pair.callee.endpoint.reject_reinvite(callee_session, 491, now)

        pair.callee.react = refuse
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(60)
        assert pair.caller.only(ReinviteFailed).status == 491
        assert len(pair.callee.of(ReinviteReceived)) == 6

    def test_our_change_while_theirs_waits_for_an_answer_fails(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(0.5)
        pair.do(lambda now: pair.callee.endpoint.reinvite(callee_session, b"v=0 other", now))
        assert pair.callee.only(ReinviteFailed).status == 491


class TestCrossing:
    def test_bye_while_a_change_is_open_answers_it_487(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(0.5)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(60)
        assert pair.callee.only(DialogTerminated).cause == "bye_received"
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"
        assert any(line.startswith("SIP/2.0 487") for line in pair.callee.sent_start_lines())
        assert pair.caller.of(ReinviteAccepted) == []

    def test_a_change_that_crosses_bye_is_answered_481(self) -> None:
        pair = Pair()
        caller_session, callee_session = pair.established()
        pair.caller.endpoint.reinvite(caller_session, HOLD, pair.now)
        pair.callee.endpoint.hang_up(callee_session, pair.now)
        pair.drain()
        pair.run(60)
        assert any(line.startswith("SIP/2.0 481") for line in pair.callee.sent_start_lines())
        assert pair.caller.only(DialogTerminated).cause == "bye_received"
        assert pair.callee.of(ReinviteReceived) == []

    def test_a_change_can_be_cancelled(self) -> None:
        pair = Pair()
        session, callee_session = pair.established()
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, HOLD, now))
        pair.run(0.5)
        invite = parse_message(next(data for _, data in reversed(pair.caller.sent) if data.startswith(b"INVITE")))
        lines = "".join(f"{name}: {invite.headers.get(name)}\r\n" for name in ("Via", "From", "To", "Call-ID"))
        cancel = (
            f"CANCEL sip:cordboard@192.0.2.2:5060 SIP/2.0\r\n{lines}CSeq: {invite.cseq.number} CANCEL\r\n\r\n"
        ).encode()
        pair.inject(pair.callee, cancel)
        assert pair.callee.only(ReinviteCancelled).session == callee_session
        assert pair.callee.sent_start_lines()[-2:] == ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]
        pair.run(1)
        assert pair.caller.only(ReinviteFailed).status == 487
        assert pair.callee.of(DialogTerminated) == []
