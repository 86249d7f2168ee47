"""Whole calls over networks that lose, delay and reorder: they end, on both sides, in ways that agree."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ReinviteAccepted,
    ReinviteFailed,
    ReinviteReceived,
    SipEvent,
)
from tests.unit.gateway.sip.pair import ANSWER, Pair


def void(_result: object) -> None:
    """Forget a result, so that every verb has the same form."""


ENDS = (InviteFailed, DialogTerminated, Cancelled)


def answering(pair: Pair) -> None:
    def react(event: SipEvent, now: float) -> None:
        if isinstance(event, InviteReceived):
            pair.callee.endpoint.ring(event.session, now)
            pair.callee.endpoint.accept(event.session, ANSWER, now)
        elif isinstance(event, ReinviteReceived):
            pair.callee.endpoint.answer_reinvite(event.session, b"v=0 held", now)

    pair.callee.react = react


def assert_clean(pair: Pair) -> None:
    for side in (pair.caller, pair.callee):
        counters = side.endpoint.counters
        assert (counters.sessions, counters.transactions, counters.malformed) == (0, 0, 0)
        sessions = [event.session for event in side.events if isinstance(event, ENDS)]
        assert len(sessions) == len(set(sessions)), "an end was told twice"


@pytest.mark.parametrize("loss", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(12))
def test_call_with_hold_and_hang_up_survives_loss(loss: float, seed: int) -> None:
    pair = Pair(seed=seed, loss=loss, jitter=0.1)
    answering(pair)
    session = pair.invite()
    pair.run(40)
    if pair.caller.of(InviteAccepted):
        pair.do(lambda now: pair.caller.endpoint.reinvite(session, b"v=0 hold", now))
        pair.run(40)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(200)
    if loss < 0.3:
        assert len(pair.callee.of(Acknowledged)) == 2
        assert len(pair.caller.of(ReinviteAccepted)) == 1
        assert pair.caller.only(DialogTerminated).cause == "bye_sent"
        assert pair.callee.only(DialogTerminated).cause == "bye_received"
    else:
        assert len(pair.caller.of(InviteFailed)) + len(pair.caller.of(DialogTerminated)) == 1
    assert_clean(pair)


VERBS: dict[str, Callable[[Pair, str, str], None]] = {
    "hang up": lambda pair, ours, theirs: pair.caller.endpoint.hang_up(ours, pair.now),
    "their hang up": lambda pair, ours, theirs: pair.callee.endpoint.hang_up(theirs, pair.now),
    "ring": lambda pair, ours, theirs: pair.callee.endpoint.ring(theirs, pair.now),
    "accept": lambda pair, ours, theirs: pair.callee.endpoint.accept(theirs, ANSWER, pair.now),
    "reject": lambda pair, ours, theirs: pair.callee.endpoint.reject(theirs, 486, pair.now),
    "change": lambda pair, ours, theirs: pair.caller.endpoint.reinvite(ours, b"v=0 a", pair.now),
    "their change": lambda pair, ours, theirs: pair.callee.endpoint.reinvite(theirs, b"v=0 b", pair.now),
    "answer": lambda pair, ours, theirs: pair.caller.endpoint.answer_reinvite(ours, b"v=0 c", pair.now),
    "their answer": lambda pair, ours, theirs: pair.callee.endpoint.answer_reinvite(theirs, b"v=0 d", pair.now),
    "early media": lambda pair, ours, theirs: pair.callee.endpoint.ring(theirs, pair.now, 183, ANSWER),
    "update": lambda pair, ours, theirs: pair.caller.endpoint.update(ours, b"v=0 e", pair.now),
    "their update": lambda pair, ours, theirs: pair.callee.endpoint.update(theirs, b"v=0 f", pair.now),
    "answer update": lambda pair, ours, theirs: pair.caller.endpoint.answer_update(ours, b"v=0 g", pair.now),
    "their answer to it": lambda pair, ours, theirs: pair.callee.endpoint.answer_update(theirs, b"v=0 h", pair.now),
    "info": lambda pair, ours, theirs: void(pair.caller.endpoint.send_in_dialog(ours, "INFO", pair.now)),
}
PAUSES = (0.0, 0.01, 0.03, 0.4, 1.0, 5.0)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    loss=st.sampled_from([0.0, 0.1, 0.3]),
    jitter=st.sampled_from([0.0, 0.5]),
    timer=st.sampled_from([0, 90]),
    script=st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.sampled_from(PAUSES)), max_size=8),
)
def test_whatever_both_do_in_whatever_order_everything_ends(
    seed: int, loss: float, jitter: float, timer: int, script: list[tuple[str, float]]
) -> None:
    pair = Pair(seed=seed, loss=loss, jitter=jitter, session_expires=timer)
    session = pair.invite()
    for verb, pause in script:
        received = pair.callee.of(InviteReceived)
        VERBS[verb](pair, session, received[0].session if received else "nobody")
        pair.drain()
        pair.run(pause)
    pair.run(70)
    for event in pair.callee.of(InviteReceived):
        pair.callee.endpoint.hang_up(event.session, pair.now)
    pair.caller.endpoint.hang_up(session, pair.now)
    pair.drain()
    pair.run(300)
    assert len(pair.caller.of(InviteFailed)) + len(pair.caller.of(DialogTerminated)) == 1
    assert len(pair.caller.of(ReinviteFailed)) + len(pair.caller.of(ReinviteAccepted)) <= len(script)
    assert_clean(pair)
