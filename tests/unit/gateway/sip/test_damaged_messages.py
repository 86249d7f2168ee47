"""Messages of real calls with damage in them: the endpoint answers, drops or ends, and never fails itself."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sip.calls import Credentials
from gateway.sip.events import InviteReceived, ReinviteReceived, ResolveNeeded, SipEvent
from tests.unit.gateway.sip.pair import ANSWER, Pair

PIECES = (
    *(
        b"",
        b" ",
        b"\r\n",
        b"\n",
        b";",
        b",",
        b"<",
        b">",
        b'"',
        b"\\",
        b"\xff",
        b"\0",
        b"%",
        b"0",
        b"-1",
        b"99999999999",
    ),
    *(b"tag", b"sip:", b"tel:", b"*", b"z9hG4bK", b"SIP/2.0", b"CANCEL", b"ACK", b"BYE", b"INVITE", b"PRACK", b"200"),
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut, double, replace or swap something, often at a line."""
    how = chance.randrange(6)
    if how < 3:
        lines = data.split(b"\r\n")
        here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
        if how == 0:
            del lines[here]
        elif how == 1:
            lines.insert(there, lines[here])
        else:
            lines[here], lines[there] = lines[there], lines[here]
        return b"\r\n".join(lines)
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice([0, 1, 4, 20]))
    if how == 3:
        return data[:start]
    return data[:start] + chance.choice(PIECES) + data[end:]


def lively(pair: Pair) -> None:
    """Let both sides answer whatever they are told."""

    def react_as(side: str) -> Callable[[SipEvent, float], None]:
        def react(event: SipEvent, now: float) -> None:
            endpoint = getattr(pair, side).endpoint
            if isinstance(event, InviteReceived):
                endpoint.ring(event.session, now)
                endpoint.accept(event.session, ANSWER, now)
            elif isinstance(event, ReinviteReceived):
                endpoint.answer_reinvite(event.session, ANSWER, now)
            elif isinstance(event, ResolveNeeded):
                endpoint.resolved(event.query, [], now)

        return react

    pair.caller.react, pair.callee.react = react_as("caller"), react_as("callee")


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), transport=st.sampled_from(["UDP", "TCP"]), share=st.sampled_from([0.1, 0.5, 1.0]))
def test_a_damaged_call_ends_like_any_other(seed: int, transport: str, share: float) -> None:
    chance = random.Random(seed)
    pair = Pair(seed=seed, transport="TCP" if transport == "TCP" else "UDP")
    pair.distort = lambda data: damaged(data, chance) if chance.random() < share else data
    lively(pair)
    session = pair.invite(credentials=Credentials("alice", "secret"))
    pair.run(2)
    pair.do(lambda now: pair.caller.endpoint.reinvite(session, b"v=0", now))
    pair.run(2)
    pair.do(lambda now: pair.caller.endpoint.send_in_dialog(session, "INFO", now))
    pair.run(2)
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(100)
    for event in pair.callee.of(InviteReceived) + pair.caller.of(InviteReceived):
        for side in (pair.callee, pair.caller):
            side.endpoint.hang_up(event.session, pair.now)
    pair.drain()
    pair.run(300)
    for side in (pair.caller, pair.callee):
        assert side.endpoint.counters.sessions == 0
        assert side.endpoint.counters.transactions == 0


@pytest.mark.parametrize("cause", ["Via", "From", "To", "Call-ID", "CSeq", "Contact", "Content-Length"])
@pytest.mark.parametrize("value", ["", "*", "<>", ";", "x", "0", "\xff", '"', "<sip:>", "1 2 3"])
def test_each_header_of_an_answer_may_be_nonsense(cause: str, value: str) -> None:
    pair = Pair()

    def distort(data: bytes) -> bytes:
        if not data.startswith(b"SIP/2.0 200"):
            return data
        lines = data.split(b"\r\n")
        return b"\r\n".join(
            f"{cause}: {value}".encode("latin-1") if line.startswith(cause.encode() + b":") else line for line in lines
        )

    pair.distort = distort
    lively(pair)
    session = pair.invite()
    pair.run(5)
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(300)
    assert pair.caller.endpoint.counters.sessions == 0
