"""Calls between two endpoints: set-up, hang-up, CANCEL and everything that crosses on the way (RFC 3261 9, 13, 15)."""

import pytest

from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InfoReceived,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    ResponseReceived,
)
from gateway.sip.parser import parse_message
from tests.unit.gateway.sip.pair import ANSWER, OFFER, Pair


def method_of(data: bytes) -> str:
    return data.split(b" ", 1)[0].decode()


def status_of(data: bytes) -> str:
    return data.split(b" ", 2)[1].decode()


class TestAnsweredCall:
    def test_offer_progress_answer_and_ack_arrive(self) -> None:
        pair = Pair()
        session = pair.invite()
        pair.run(1)
        received = pair.callee.only(InviteReceived)
        assert received.request.body == OFFER
        assert received.request.from_.display_name == "Alice"
        pair.do(lambda now: pair.callee.endpoint.ring(received.session, now, 183, b"early"))
        pair.run(1)
        pair.do(lambda now: pair.callee.endpoint.accept(received.session, ANSWER, now))
        pair.run(1)
        progress = pair.caller.only(ProgressReceived)
        assert (progress.session, progress.status, progress.body) == (session, 183, b"early")
        accepted = pair.caller.only(InviteAccepted)
        assert (accepted.session, accepted.body, accepted.answer_needed) == (session, b"", False)  # the 183 told it
        assert pair.callee.only(Acknowledged).session == received.session

    def test_100_is_sent_at_once_and_told_to_nobody(self) -> None:
        pair = Pair()
        pair.invite()
        pair.run(0.1)
        assert pair.callee.sent_start_lines() == ["SIP/2.0 100 Trying"]
        assert pair.caller.events == []

    @pytest.mark.parametrize("caller_hangs_up", [True, False])
    def test_either_side_hangs_up(self, caller_hangs_up: bool) -> None:
        pair = Pair()
        caller_session, callee_session = pair.established()
        side, session = (pair.caller, caller_session) if caller_hangs_up else (pair.callee, callee_session)
        other = pair.callee if caller_hangs_up else pair.caller
        pair.do(lambda now: side.endpoint.hang_up(session, now))
        pair.run(1)
        assert side.only(DialogTerminated).cause == "bye_sent"
        ended = other.only(DialogTerminated)
        assert ended.cause == "bye_received"
        assert ended.request is not None
        assert ended.request.method == "BYE"

    def test_nothing_is_kept_after_the_last_timer(self) -> None:
        pair = Pair()
        pair.caller.endpoint.hang_up(pair.established()[0], pair.now)
        pair.drain()
        pair.run(200)
        for side in (pair.caller, pair.callee):
            assert side.endpoint.counters.transactions == 0
            assert side.endpoint.counters.sessions == 0
            assert side.endpoint.next_timer() is None

    def test_both_hang_up_at_once(self) -> None:
        pair = Pair()
        caller_session, callee_session = pair.established()
        pair.caller.endpoint.hang_up(caller_session, pair.now)
        pair.callee.endpoint.hang_up(callee_session, pair.now)
        pair.drain()
        pair.run(60)
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"
        assert pair.callee.only(DialogTerminated).cause == "bye_sent"
        assert "SIP/2.0 200 OK" in pair.caller.sent_start_lines()

    @pytest.mark.parametrize("provisional_arrives", [True, False])
    def test_offer_in_the_2xx_is_answered_in_the_ack(self, provisional_arrives: bool) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"SIP/2.0 100") and not provisional_arrives
        session = pair.invite(body=b"")
        pair.run(1)
        callee_session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.accept(callee_session, OFFER, now))
        pair.run(0.3)
        assert pair.caller.only(InviteAccepted).answer_needed
        assert pair.callee.of(Acknowledged) == []
        pair.do(lambda now: pair.caller.endpoint.acknowledge(session, ANSWER, now))
        pair.run(1)
        assert pair.callee.only(Acknowledged).body == ANSWER

    @pytest.mark.parametrize("caller_ends", [True, False])
    def test_the_call_ends_before_the_offer_in_the_2xx_is_answered(self, caller_ends: bool) -> None:
        pair = Pair()
        session = pair.invite(body=b"")
        pair.run(1)
        callee_session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.accept(callee_session, OFFER, now))
        pair.run(0.3)
        if caller_ends:
            pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(60)
        assert pair.caller.only(DialogTerminated).cause == ("bye_sent" if caller_ends else "bye_received")
        assert pair.callee.only(DialogTerminated).cause == ("bye_received" if caller_ends else "ack_timeout")

    def test_info_is_answered_and_told_once(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.drop = lambda data: data.startswith(b"SIP/2.0 200") and b" INFO" in data and pair.now < 1004
        identity = pair.caller.endpoint.send_in_dialog(
            session, "INFO", pair.now, b"Signal=5\r\nDuration=160\r\n", "application/dtmf-relay"
        )
        pair.drain()
        pair.run(20)
        told = pair.callee.only(InfoReceived)
        assert (told.content_type, told.body[:8]) == ("application/dtmf-relay", b"Signal=5")
        response = pair.caller.only(ResponseReceived)
        assert (response.transaction, response.response.status) == (identity, 200)

    def test_options_inside_the_dialog_says_what_we_can(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.send_in_dialog(session, "OPTIONS", now))
        pair.run(1)
        response = pair.caller.only(ResponseReceived).response
        assert "INVITE" in response.tokens("allow")
        assert response.headers.get("accept") == "application/sdp, multipart/mixed"

    def test_a_dialog_that_the_peer_forgot_ends(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.callee.new_endpoint()
        pair.do(lambda now: pair.caller.endpoint.send_in_dialog(session, "INFO", now))
        pair.run(60)
        assert pair.caller.only(DialogTerminated).cause == "peer_gone"

    def test_a_peer_that_forgot_the_dialog_before_its_ack_ends_it_too(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"ACK")
        _, callee_session = pair.established(expect_ack=False)
        pair.caller.new_endpoint()
        pair.do(lambda now: pair.callee.endpoint.send_in_dialog(callee_session, "INFO", now))
        pair.run(1)
        assert pair.callee.only(DialogTerminated).cause == "peer_gone"


class TestRefusedCall:
    def test_486_is_repeated_until_timer_h_without_ack(self) -> None:
        pair = Pair(latency=0.0)
        pair.invite()
        pair.run(0)
        pair.drop = lambda data: data.startswith(b"ACK")
        start = pair.now
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.reject(session, 486, now))
        pair.run(100)
        times = [round(at - start, 3) for at, data in pair.callee.sent if b"486" in data[:12]]
        assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]

    def test_the_ack_stops_the_repetition(self) -> None:
        pair = Pair()
        pair.invite()
        pair.run(1)
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.reject(session, 486, now, "Mittagspause"))
        pair.run(100)
        assert [line for line in pair.callee.sent_start_lines() if "486" in line] == ["SIP/2.0 486 Mittagspause"]
        failed = pair.caller.only(InviteFailed)
        assert (failed.status, failed.reason) == (486, "Mittagspause")
        assert failed.response is not None

    def test_a_silent_peer_times_out_after_64_t1(self) -> None:
        pair = Pair()
        pair.drop = lambda _data: True
        start = pair.now
        pair.invite()
        pair.run(31.9)
        assert pair.caller.events == []
        pair.run(1)
        failed = pair.caller.only(InviteFailed)
        assert (failed.status, failed.response) == (408, None)
        assert [round(at - start, 1) for at, _ in pair.caller.sent] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]

    def test_rejecting_by_hang_up_uses_its_status(self) -> None:
        pair = Pair()
        pair.invite()
        pair.run(1)
        session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.hang_up(session, now, 603))
        pair.run(1)
        assert pair.caller.only(InviteFailed).status == 603


class TestCancel:
    def test_ringing_call_is_cancelled(self) -> None:
        pair = Pair()
        session = pair.invite()
        pair.run(1)
        callee_session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.ring(callee_session, now))
        pair.run(1)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(1)
        assert pair.callee.only(Cancelled).session == callee_session
        assert pair.caller.only(InviteFailed).status == 487
        cancel = next(parse_message(data) for _, data in pair.caller.sent if data.startswith(b"CANCEL"))
        invite = parse_message(pair.caller.sent[0][1])
        assert cancel.headers.get("via") == invite.headers.get("via")
        assert cancel.cseq.number == invite.cseq.number

    def test_cancel_waits_for_a_provisional(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"SIP/2.0 100") and pair.now < 1002
        session = pair.invite()
        pair.run(0.1)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(0.1)
        assert "CANCEL" not in {method_of(data) for _, data in pair.caller.sent}
        pair.run(30)
        assert "CANCEL" in {method_of(data) for _, data in pair.caller.sent}
        assert pair.caller.only(InviteFailed).status == 487

    @pytest.mark.parametrize("body", [OFFER, b""])
    def test_a_2xx_that_crosses_the_cancel_is_acknowledged_and_hung_up(self, body: bytes) -> None:
        pair = Pair()
        session = pair.invite(body)
        pair.run(1)
        callee_session = pair.callee.only(InviteReceived).session
        pair.caller.endpoint.hang_up(session, pair.now)
        pair.callee.endpoint.accept(callee_session, ANSWER, pair.now)
        pair.drain()
        pair.run(60)
        assert pair.caller.only(InviteFailed).status == 487
        assert pair.caller.of(InviteAccepted) == []
        assert pair.callee.only(DialogTerminated).cause == "bye_received"
        methods = [method_of(data) for _, data in pair.caller.sent]
        assert methods[methods.index("ACK") : methods.index("ACK") + 2] == ["ACK", "BYE"]

    @pytest.mark.parametrize("body", [OFFER, b""])
    def test_a_2xx_instead_of_any_provisional_after_hang_up(self, body: bytes) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"SIP/2.0 100")
        session = pair.invite(body)
        pair.run(0.1)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        callee_session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.accept(callee_session, ANSWER, now))
        pair.run(60)
        assert pair.caller.only(InviteFailed).status == 487
        assert pair.callee.only(DialogTerminated).cause == "bye_received"

    def test_a_cancel_without_effect_ends_after_64_t1(self) -> None:
        pair = Pair()
        session = pair.invite()
        pair.run(1)
        pair.drop = lambda data: data.startswith(b"CANCEL")
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(31)
        assert pair.caller.events == []
        pair.run(2)
        assert pair.caller.only(InviteFailed).status == 487
        assert pair.caller.endpoint.counters.sessions == 0

    def test_a_cancel_for_nothing_is_answered_481(self) -> None:
        pair = Pair()
        session = pair.invite()
        pair.run(1)
        pair.callee.new_endpoint()
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(1)
        assert pair.callee.sent_start_lines()[-1].startswith("SIP/2.0 481")

    def test_early_bye_of_the_caller_ends_the_invite_with_487(self) -> None:
        pair = Pair()
        pair.invite()
        pair.run(1)
        callee_session = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.ring(callee_session, now))
        ringing = parse_message(pair.callee.sent[-1][1])
        bye = (
            "BYE sip:desk@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKbye1\r\n"
            f"From: {ringing.headers.get('from')}\r\nTo: {ringing.headers.get('to')}\r\n"
            f"Call-ID: {ringing.call_id}\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        pair.inject(pair.callee, bye)
        assert pair.callee.sent_start_lines()[-2:] == ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]
        assert pair.callee.only(Cancelled).session == callee_session


class TestRepeated2xx:
    def test_it_is_repeated_until_the_ack_and_every_copy_is_acknowledged(self) -> None:
        pair = Pair(latency=0.0)
        pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1004
        pair.invite()
        pair.run(0)
        session = pair.callee.only(InviteReceived).session
        start = pair.now
        pair.do(lambda now: pair.callee.endpoint.accept(session, ANSWER, now))
        pair.run(60)
        copies = [round(at - start, 1) for at, data in pair.callee.sent if data.startswith(b"SIP/2.0 200")]
        acks = [data for _, data in pair.caller.sent if data.startswith(b"ACK")]
        assert copies == [0.0, 0.5, 1.5, 3.5, 7.5]
        assert len(acks) == len(copies)
        assert len(set(acks)) == 1, "each copy gets the same ACK"
        assert len(pair.caller.of(InviteAccepted)) == 1
        assert len(pair.callee.of(Acknowledged)) == 1

    def test_it_is_repeated_over_tcp_too(self) -> None:
        pair = Pair(transport="TCP")
        pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1002
        pair.established(expect_ack=False)
        assert len([line for line in pair.callee.sent_start_lines() if line.startswith("SIP/2.0 200")]) > 1

    def test_without_any_ack_the_callee_gives_up_with_bye(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"ACK")
        pair.established(expect_ack=False)
        pair.run(60)
        assert pair.callee.only(DialogTerminated).cause == "ack_timeout"
        assert pair.caller.only(DialogTerminated).cause == "bye_received"

    def test_hang_up_before_the_ack_waits_for_it(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1003
        _, callee_session = pair.established(expect_ack=False)
        pair.do(lambda now: pair.callee.endpoint.hang_up(callee_session, now))
        assert "BYE" not in {method_of(data) for _, data in pair.callee.sent}
        pair.run(60)
        assert pair.callee.only(DialogTerminated).cause == "bye_sent"
        assert pair.caller.only(DialogTerminated).cause == "bye_received"

    def test_bye_before_the_ack_ends_the_repetition(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"ACK")
        caller_session, _ = pair.established(expect_ack=False)
        pair.do(lambda now: pair.caller.endpoint.hang_up(caller_session, now))
        pair.run(60)
        assert pair.callee.only(DialogTerminated).cause == "bye_received"


class TestForking:
    def test_the_second_answer_gets_ack_and_bye(self) -> None:
        pair = Pair()
        session = pair.invite()
        pair.run(1)
        invite = parse_message(pair.caller.sent[0][1])
        head = "".join(f"{name}: {invite.headers.get(name)}\r\n" for name in ("Via", "From", "Call-ID", "CSeq"))

        def answer(tag: str) -> bytes:
            return (
                f"SIP/2.0 200 OK\r\n{head}To: {invite.headers.get('to')};tag={tag}\r\n"
                f"Contact: <sip:{tag}@192.0.2.2>\r\nContent-Length: 0\r\n\r\n"
            ).encode()

        pair.inject(pair.caller, answer("one"))
        pair.inject(pair.caller, answer("two"))
        sent = [data.split(b" SIP", 1)[0].decode() for _, data in pair.caller.sent[1:]]
        assert sent == ["ACK sip:one@192.0.2.2", "ACK sip:two@192.0.2.2", "BYE sip:two@192.0.2.2"]
        assert pair.caller.only(InviteAccepted).session == session
        for number in range(100):
            pair.inject(pair.caller, answer(f"flood{number}"))
        assert len([line for line in pair.caller.sent_start_lines() if line.startswith("BYE")]) < 20
        pair.inject(pair.caller, answer("two"))
        assert pair.caller.sent_start_lines()[-1] == "ACK sip:two@192.0.2.2 SIP/2.0"
        assert len(pair.caller.of(InviteAccepted)) == 1
