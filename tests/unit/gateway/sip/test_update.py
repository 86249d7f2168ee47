"""UPDATE in both directions, before and after the answer, and what crosses it (RFC 3311)."""

from collections.abc import Callable

import pytest

from gateway.sip.events import (
    DialogTerminated,
    InviteReceived,
    ReinviteAccepted,
    ReinviteFailed,
    ReinviteReceived,
    UpdateAccepted,
    UpdateFailed,
    UpdateReceived,
)
from gateway.sip.update import (
    UPDATE_CLIENT_TABLE,
    UPDATE_SERVER_TABLE,
    Answering,
    AskTurn,
    Sending,
    SendTurn,
)
from tests.unit.gateway.sip.pair import ANSWER, Pair, Side

CHANGE, CHANGED = b"v=0 change", b"v=0 changed"


def answering(side: Side, body: bytes = CHANGED) -> None:
    def react(event: object, now: float) -> None:
        if isinstance(event, UpdateReceived):
            side.endpoint.answer_update(event.session, body, now, event.branch)
        elif isinstance(event, ReinviteReceived):
            side.endpoint.answer_reinvite(event.session, body, now)

    side.react = react


def early(pair: Pair) -> tuple[str, str]:
    """A call with an early dialog whose offer and answer are through."""
    session = pair.invite()
    pair.run(0.1)
    received = pair.callee.only(InviteReceived).session
    pair.do(lambda now: pair.callee.endpoint.ring(received, now, 183, ANSWER))
    pair.run(0.5)
    return session, received


def statuses(side: Side, method: bytes) -> list[str]:
    return [
        data.split(b" ")[1].decode()
        for _, data in side.sent
        if data.startswith(b"SIP/2.0") and b" " + method + b"\r\n" in data
    ]


class TestChange:
    @pytest.mark.parametrize("stage", [early, Pair.established])
    @pytest.mark.parametrize("caller_asks", [True, False])
    def test_either_side_before_and_after_the_answer(
        self, stage: Callable[[Pair], tuple[str, str]], caller_asks: bool
    ) -> None:
        pair = Pair()
        caller, callee = stage(pair)
        asks, session, other = (pair.caller, caller, pair.callee) if caller_asks else (pair.callee, callee, pair.caller)
        answering(other)
        pair.do(lambda now: asks.endpoint.update(session, CHANGE, now))
        pair.run(1)
        assert other.only(UpdateReceived).body == CHANGE
        assert asks.only(UpdateAccepted).body == CHANGED

    def test_refused_it_changes_nothing(self) -> None:
        pair = Pair()
        session, other = pair.established()
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.run(0.1)
        pair.do(lambda now: pair.callee.endpoint.reject_update(other, 488, now))
        pair.run(1)
        assert pair.caller.only(UpdateFailed).status == 488
        assert pair.caller.of(DialogTerminated) == []

    def test_nobody_answers_for_the_application(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.run(60)
        assert pair.caller.only(UpdateFailed).status == 504

    def test_the_target_is_refreshed(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.distort = lambda data: data.replace(b"cordboard@192.0.2.1", b"elsewhere@192.0.2.1")
        pair.do(lambda now: pair.caller.endpoint.update(session, b"", now))
        pair.run(1)
        assert pair.caller.only(UpdateAccepted).body == b""
        (state,) = [saved.state for saved in pair.callee.saved.values()]
        assert state.remote_target.startswith("sip:elsewhere@")

    def test_a_peer_without_update_is_not_asked(self) -> None:
        pair = Pair()
        pair.distort = lambda data: data.replace(b", UPDATE", b"")
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        assert pair.caller.only(UpdateFailed).status == 405

    def test_a_peer_that_lost_the_dialog_ends_the_session(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.callee.new_endpoint()
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.run(40)
        assert pair.caller.only(UpdateFailed).status == 481
        assert pair.caller.only(DialogTerminated).cause == "peer_gone"


class TestCrossing:
    def test_both_at_once_come_through_one_after_the_other(self) -> None:
        pair = Pair()
        caller, callee = pair.established()
        answering(pair.caller)
        answering(pair.callee)
        pair.caller.endpoint.update(caller, CHANGE, pair.now)
        pair.callee.endpoint.update(callee, CHANGE, pair.now)
        pair.drain()
        pair.run(20)
        assert "491" in statuses(pair.callee, b"UPDATE")
        done = [*pair.caller.of(UpdateAccepted), *pair.callee.of(UpdateAccepted)]
        failed = [*pair.caller.of(UpdateFailed), *pair.callee.of(UpdateFailed)]
        assert len(done) + len(failed) == 2
        assert done
        assert all(event.status == 491 for event in failed)

    def test_a_second_one_before_the_answer_is_500(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.run(0.1)
        first = next(data for _, data in pair.caller.sent if data.startswith(b"UPDATE"))
        number = int(first.split(b"CSeq: ")[1].split(b" ")[0])
        again = first.replace(b"CSeq: %d" % number, b"CSeq: %d" % (number + 1)).replace(b"z9hG4bK", b"z9hG4bKx")
        pair.inject(pair.callee, again)
        assert statuses(pair.callee, b"UPDATE") == ["500"]
        assert b"Retry-After: " in pair.callee.sent[-1][1]

    def test_before_our_offer_is_answered_it_is_491(self) -> None:
        pair = Pair()
        pair.invite()
        pair.run(0.1)
        received = pair.callee.only(InviteReceived).session
        pair.do(lambda now: pair.callee.endpoint.ring(received, now, 180, reliable=False))
        pair.run(0.1)
        pair.do(lambda now: pair.callee.endpoint.update(received, CHANGE, now))
        assert pair.callee.only(UpdateFailed).status == 491  # theirs is not answered, so nothing leaves

    def test_a_reinvite_meets_an_update(self) -> None:
        pair = Pair()
        caller, callee = pair.established()
        answering(pair.caller)
        answering(pair.callee)
        pair.caller.endpoint.update(caller, CHANGE, pair.now)
        pair.callee.endpoint.reinvite(callee, CHANGE, pair.now)
        pair.drain()
        pair.run(20)
        assert "491" in statuses(pair.caller, b"INVITE")
        assert "491" in statuses(pair.callee, b"UPDATE")
        ends = [*pair.caller.of(UpdateAccepted), *pair.caller.of(UpdateFailed)]
        ends += [*pair.callee.of(ReinviteAccepted), *pair.callee.of(ReinviteFailed)]
        assert len(ends) == 2
        assert pair.caller.of(DialogTerminated) == []

    def test_our_reinvite_waits_for_our_update(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        answering(pair.callee)
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, CHANGE, now))
        pair.run(1)
        assert pair.caller.only(ReinviteAccepted).body == CHANGED
        assert statuses(pair.callee, b"UPDATE") == ["200"]

    def test_bye_answers_an_open_one(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.run(0.1)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(1)
        assert statuses(pair.callee, b"UPDATE") == ["487"]
        assert pair.callee.only(DialogTerminated).cause == "bye_received"

    def test_a_reinvite_shows_that_the_200_arrived(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1002
        session, _ = pair.established(expect_ack=False)
        answering(pair.callee)
        pair.now = 1001.5
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, CHANGE, now))
        pair.run(10)
        assert pair.caller.only(ReinviteAccepted).body == CHANGED
        assert "491" not in statuses(pair.callee, b"INVITE")


@pytest.mark.parametrize("state", Sending)
@pytest.mark.parametrize("turn", SendTurn)
def test_every_pair_of_ours(state: Sending, turn: SendTurn) -> None:
    pair = Pair()
    session, other = pair.established()
    client = pair.caller.endpoint._registry.find(session).updates.client  # pyright: ignore
    if state is Sending.CLOSED:
        client.close(pair.now)
    elif state is not Sending.IDLE:
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
    if state is Sending.BACKING_OFF:
        pair.run(0.1)
        pair.do(lambda now: pair.callee.endpoint.reject_update(other, 491, now))
        pair.run(0.1)
    assert client.state is state
    client._status = 500  # pyright: ignore
    there = UPDATE_CLIENT_TABLE.get((state, turn), (state, ()))[0]
    client._step(turn, pair.now)  # pyright: ignore
    assert client.state is there
    pair.drain()
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(200)
    assert client.state in (Sending.CLOSED, Sending.IDLE)
    assert pair.caller.endpoint.counters.transactions == 0


@pytest.mark.parametrize("state", Answering)
@pytest.mark.parametrize("turn", AskTurn)
def test_every_pair_of_theirs(state: Answering, turn: AskTurn) -> None:
    pair = Pair()
    session, other = pair.established()
    server = pair.callee.endpoint._registry.find(other).updates.server  # pyright: ignore
    if state is Answering.CLOSED:
        server.close(pair.now)
    elif state is Answering.ASKED:
        pair.do(lambda now: pair.caller.endpoint.update(session, CHANGE, now))
        pair.run(0.1)
    assert server.state is state
    server._status = 488  # pyright: ignore
    there = UPDATE_SERVER_TABLE.get((state, turn), (state, ()))[0]
    server._step(turn, pair.now)  # pyright: ignore
    assert server.state is there
    pair.drain()
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(200)
    assert server.state in (Answering.CLOSED, Answering.FREE)
