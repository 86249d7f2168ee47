"""Reliable provisional responses and their PRACK (RFC 3262), both sides, and what they mean for offer and answer."""

import pytest

from gateway.sip.errors import MisuseError
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    ProvisionalAcknowledged,
    UpdateReceived,
)
from gateway.sip.extensions import RELIABLE
from gateway.sip.reliable import RELIABLE_TABLE, Delivery, Provisional, Signal
from tests.unit.gateway.sip.pair import ANSWER, OFFER, Pair


def ringing(pair: Pair, body: bytes = ANSWER, offer: bytes = OFFER) -> tuple[str, str]:
    """A call whose callee has sent 183 with `body`."""
    session = pair.invite(offer)
    pair.run(0.1)
    received = pair.callee.only(InviteReceived).session
    pair.do(lambda now: pair.callee.endpoint.ring(received, now, 183, body))
    return session, received


def sent(pair: Pair, start: bytes) -> list[float]:
    return [at for side in (pair.caller, pair.callee) for at, data in side.sent if data.startswith(start)]


class TestBothSides:
    def test_a_description_is_acknowledged_and_not_repeated_in_the_200(self) -> None:
        pair = Pair()
        session, received = ringing(pair)
        pair.run(1)
        progress = pair.caller.only(ProgressReceived)
        assert (progress.body, progress.reliable, progress.answer_needed) == (ANSWER, True, False)
        assert pair.callee.only(ProvisionalAcknowledged).session == received
        pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
        pair.run(1)
        accepted = pair.caller.only(InviteAccepted)
        assert (accepted.session, accepted.body, accepted.branch) == (session, b"", progress.branch)
        assert pair.callee.only(Acknowledged).body == b""

    def test_an_offer_is_answered_in_the_prack(self) -> None:
        pair = Pair()
        session, received = ringing(pair, OFFER, offer=b"")
        pair.run(0.3)
        progress = pair.caller.only(ProgressReceived)
        assert progress.answer_needed
        assert sent(pair, b"PRACK") == []
        pair.do(lambda now: pair.caller.endpoint.acknowledge(session, ANSWER, now, progress.branch))
        pair.run(0.3)
        assert pair.callee.only(ProvisionalAcknowledged).body == ANSWER
        pair.do(lambda now: pair.callee.endpoint.accept(received, b"v=0 too late", now))
        pair.run(1)
        assert not pair.caller.only(InviteAccepted).answer_needed
        assert pair.caller.only(InviteAccepted).body == b""

    @pytest.mark.parametrize("seed", range(8))
    def test_it_arrives_over_a_network_that_loses(self, seed: int) -> None:
        pair = Pair(seed=seed, loss=0.3, jitter=0.2)

        def react(event: object, now: float) -> None:
            if isinstance(event, InviteReceived):
                pair.callee.endpoint.ring(event.session, now, 183, ANSWER)
                pair.callee.endpoint.accept(event.session, ANSWER, now)

        pair.callee.react = react
        pair.invite()
        pair.run(80)
        assert [event.status for event in pair.caller.of(ProgressReceived)] == [183]
        assert len(pair.caller.of(InviteAccepted)) == len(pair.callee.of(Acknowledged)) == 1

    def test_responses_come_one_after_the_other_in_order(self) -> None:
        pair = Pair()
        _, received = ringing(pair)
        for status in (180, 181, 182):
            pair.do(lambda now, status=status: pair.callee.endpoint.ring(received, now, status))
        assert len(sent(pair, b"SIP/2.0 18")) == 1
        pair.run(2)
        assert [event.status for event in pair.caller.of(ProgressReceived)] == [183, 180, 181, 182]
        assert len(pair.callee.of(ProvisionalAcknowledged)) == 4


class TestCallee:
    def test_the_200_waits_for_the_prack_of_a_description(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"PRACK") and pair.now < 1003
        _, received = ringing(pair)
        pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
        pair.run(2)
        assert sent(pair, b"SIP/2.0 200") == []
        pair.run(10)
        assert len(pair.callee.of(Acknowledged)) == 1

    def test_the_200_does_not_wait_for_that_of_a_bare_180(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"PRACK")
        _, received = ringing(pair, b"")
        pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
        pair.run(0.2)
        assert pair.caller.only(InviteAccepted).body == ANSWER

    def test_it_is_repeated_with_doubling_gaps_and_the_call_refused_in_the_end(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"PRACK")
        _, received = ringing(pair)
        pair.run(60)
        times = sent(pair, b"SIP/2.0 183")
        assert [round(at - times[0], 3) for at in times] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert pair.callee.only(DialogTerminated).cause == "prack_timeout"
        assert pair.callee.only(DialogTerminated).session == received
        assert pair.caller.only(InviteFailed).status == 504
        assert pair.callee.endpoint.counters.sessions == 0

    @pytest.mark.parametrize("accepted", [True, False])
    def test_the_caller_gives_up_before_its_prack_arrives(self, accepted: bool) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"PRACK")
        session, received = ringing(pair)
        if accepted:
            pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
        pair.run(1)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(1)
        assert pair.callee.only(Cancelled).session == received
        assert pair.caller.only(InviteFailed).status == 487
        pair.run(100)
        assert sent(pair, b"SIP/2.0 183")[-1] < 1003

    def test_a_call_that_waits_for_a_prack_can_be_hung_up(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"PRACK")
        _, received = ringing(pair)
        pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
        pair.do(lambda now: pair.callee.endpoint.hang_up(received, now))
        pair.run(1)
        assert pair.caller.only(InviteFailed).status == 480

    def test_a_prack_of_nothing_is_481(self) -> None:
        pair = Pair()
        ringing(pair)
        pair.distort = lambda data: (
            data.replace(b" 1 INVITE\r\n", b" 2 INVITE\r\n") if data.startswith(b"PRACK") else data
        )
        pair.run(1)
        assert sent(pair, b"SIP/2.0 481")
        assert pair.callee.of(ProvisionalAcknowledged) == []

    def test_an_offer_in_a_prack_is_asked_about(self) -> None:
        pair = Pair()

        def offering(data: bytes) -> bytes:
            if not data.startswith(b"PRACK") or b"v=0 new" in data:
                return data
            head = data.replace(b"Content-Length: 0", b"Content-Type: application/sdp\r\nContent-Length: 7")
            return head + b"v=0 new"

        pair.distort = offering
        _, received = ringing(pair)
        pair.run(0.3)
        asked = pair.callee.only(UpdateReceived)
        assert (asked.body, asked.request.method) == (b"v=0 new", "PRACK")
        pair.do(lambda now: pair.callee.endpoint.answer_update(received, b"v=0 answer", now))
        assert pair.callee.sent[-1][1].endswith(b"v=0 answer")

    def test_what_the_caller_cannot_do_is_a_misuse(self) -> None:
        pair = Pair()
        pair.distort = lambda data: data.replace(b"Supported: 100rel, ", b"Supported: ")
        pair.invite()
        pair.run(0.1)
        received = pair.callee.only(InviteReceived).session
        with pytest.raises(MisuseError):
            pair.callee.endpoint.ring(received, pair.now, reliable=True)
        pair.do(lambda now: pair.callee.endpoint.ring(received, now))
        assert b"Require" not in pair.callee.sent[-1][1]

    def test_what_the_caller_insists_on_is_done(self) -> None:
        pair = Pair()
        pair.distort = lambda data: data.replace(b"\r\nUser-Agent: ", b"\r\nRequire: 100rel\r\nUser-Agent: ")
        pair.invite()
        pair.run(0.1)
        received = pair.callee.only(InviteReceived).session
        with pytest.raises(MisuseError):
            pair.callee.endpoint.ring(received, pair.now, reliable=False)
        pair.do(lambda now: pair.callee.endpoint.ring(received, now))
        assert f"Require: {RELIABLE}".encode() in pair.callee.sent[-1][1]


class TestCaller:
    def test_repeated_and_early_ones_are_dropped(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"PRACK")
        ringing(pair)
        pair.run(5)
        assert len(pair.caller.of(ProgressReceived)) == 1
        late = next(data for _, data in pair.callee.sent if data.startswith(b"SIP/2.0 183"))
        rseq = int(late.split(b"RSeq: ")[1].split(b"\r\n")[0])
        pair.inject(pair.caller, late.replace(b"RSeq: %d" % rseq, b"RSeq: %d" % (rseq + 2)))
        assert len(pair.caller.of(ProgressReceived)) == 1
        pair.inject(pair.caller, late.replace(b"RSeq: %d" % rseq, b"RSeq: %d" % (rseq + 1)))
        assert len(pair.caller.of(ProgressReceived)) == 2

    def test_numbers_go_on_after_the_answer(self) -> None:
        pair = Pair()
        session, received = ringing(pair)
        pair.run(0.5)
        pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
        pair.run(0.5)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(1)
        assert b"CSeq: 2 PRACK" in next(data for _, data in pair.caller.sent if data.startswith(b"PRACK"))
        assert b"CSeq: 3 BYE" in next(data for _, data in pair.caller.sent if data.startswith(b"BYE"))
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"


@pytest.mark.parametrize("state", Delivery)
@pytest.mark.parametrize("signal", Signal)
def test_every_pair_of_the_machine(state: Delivery, signal: Signal) -> None:
    pair = Pair()
    pair.drop = lambda data: data.startswith(b"PRACK")
    session = pair.invite()
    pair.run(0.1)
    received = pair.callee.only(InviteReceived).session
    found = pair.callee.endpoint._registry.find(received)  # pyright: ignore
    machine = found._provisionals  # pyright: ignore
    pair.do(lambda now: pair.callee.endpoint.ring(received, now))
    if state is Delivery.IDLE:
        machine.acknowledged(pair.now)  # pyright: ignore
        machine._waiting.append(Provisional(181, b"", ()))  # pyright: ignore
    elif state is Delivery.CLOSED:
        pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
    assert machine.state is state  # pyright: ignore
    there = RELIABLE_TABLE.get((state, signal), (state, ()))[0]
    machine._step(signal, pair.now)  # pyright: ignore
    assert machine.state is there  # pyright: ignore
    pair.drain()
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(200)
    assert machine.state in (Delivery.CLOSED, Delivery.IDLE)  # pyright: ignore
