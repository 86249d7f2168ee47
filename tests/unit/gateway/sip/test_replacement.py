"""INVITE with Replaces: whose place the caller may take (RFC 3891 3)."""

import pytest

from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import DialogTerminated, InviteAccepted, InviteFailed, InviteReceived
from gateway.sip.flow import Target
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from gateway.sip.replaces import Replaces
from tests.unit.gateway.sip.pair import ANSWER, CALLEE, CALLER, OFFER, Pair


def replace(pair: Pair, replaces: Replaces, to_callee: bool = True) -> str:
    """Let one side call the other in somebody's place; returns the new session."""
    side, place = (pair.caller, CALLEE) if to_callee else (pair.callee, CALLER)
    call = OutgoingInvite(
        target=f"sip:x@{place.host}",
        from_=NameAddr.of("sip:carol@caller.example"),
        destination=Target("UDP", place),
        body=OFFER,
        replaces=replaces,
    )
    session = side.endpoint.invite(call, pair.now)
    pair.drain()
    pair.run(0.5)
    return session


def dialog_at_callee(pair: Pair, early_only: bool = False) -> Replaces:
    state = next(iter(pair.callee.saved.values())).state
    return Replaces(state.call_id, state.local_tag, state.remote_tag, early_only)


def test_an_answered_call_is_taken_over() -> None:
    pair = Pair()
    former, former_there = pair.established()
    session = replace(pair, dialog_at_callee(pair))
    received = pair.callee.of(InviteReceived)[-1]
    assert received.replaces_session == former_there
    assert received.request.tokens("require") == ("replaces",)
    pair.do(lambda now: pair.callee.endpoint.accept(received.session, ANSWER, now))
    pair.do(lambda now: pair.callee.endpoint.hang_up(former_there, now))
    pair.run(1)
    assert [event.session for event in pair.caller.of(InviteAccepted)] == [former, session]
    assert [(event.session, event.cause) for event in pair.caller.of(DialogTerminated)] == [(former, "bye_received")]


def test_an_ordinary_call_takes_nobodys_place() -> None:
    pair = Pair()
    pair.invite()
    pair.run(0.5)
    assert pair.callee.only(InviteReceived).replaces_session == ""


@pytest.mark.parametrize(
    "replaces",
    [Replaces("other", "a", "b"), Replaces("CALL", "a", "REMOTE"), Replaces("CALL", "REMOTE", "LOCAL")],
)
def test_an_unknown_dialog_is_answered_481(replaces: Replaces) -> None:
    pair = Pair()
    pair.established()
    real = dialog_at_callee(pair)
    words = {"CALL": real.call_id, "LOCAL": real.to_tag, "REMOTE": real.from_tag}
    call_id, to_tag, from_tag = (
        words.get(part, part) for part in (replaces.call_id, replaces.to_tag, replaces.from_tag)
    )
    replace(pair, Replaces(call_id, to_tag, from_tag))
    assert pair.caller.only(InviteFailed).status == 481


def test_a_call_that_is_over_is_declined() -> None:
    pair = Pair()
    session, _ = pair.established()
    replaces = dialog_at_callee(pair)
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(1)
    replace(pair, replaces)
    assert pair.caller.only(InviteFailed).status == 603


def test_early_only_does_not_take_an_answered_call() -> None:
    pair = Pair()
    pair.established()
    replace(pair, dialog_at_callee(pair, early_only=True))
    assert pair.caller.only(InviteFailed).status == 486


def test_the_ringing_call_of_somebody_else_is_not_taken() -> None:
    pair = Pair()
    pair.invite()
    pair.run(0.5)
    received = pair.callee.only(InviteReceived).session
    pair.do(lambda now: pair.callee.endpoint.ring(received, now))
    pair.run(0.5)
    replace(pair, dialog_at_callee(pair))
    assert pair.caller.only(InviteFailed).status == 481


@pytest.mark.parametrize("early_only", [False, True])
def test_a_call_that_we_place_is_taken_while_it_rings(early_only: bool) -> None:
    pair = Pair()
    session = pair.invite()
    pair.run(0.5)
    received = pair.callee.only(InviteReceived).session
    pair.do(lambda now: pair.callee.endpoint.ring(received, now))
    pair.run(0.5)
    there = dialog_at_callee(pair)
    replace(pair, Replaces(there.call_id, there.from_tag, there.to_tag, early_only), to_callee=False)
    assert pair.caller.only(InviteReceived).replaces_session == session


@pytest.mark.parametrize("value", ["nonsense", "a;to-tag=1;from-tag=2\r\nReplaces: a;to-tag=1;from-tag=2"])
def test_a_broken_value_is_answered_400(value: str) -> None:
    pair = Pair()
    pair.established()
    pair.distort = lambda data: data.replace(b"Replaces: " + str(real).encode(), b"Replaces: " + value.encode())
    real = dialog_at_callee(pair)
    replace(pair, real)
    assert pair.caller.only(InviteFailed).status == 400


def test_that_we_can_is_announced() -> None:
    pair = Pair()
    pair.established()
    messages = [parse_message(data) for side in (pair.caller, pair.callee) for _, data in side.sent]
    assert all("replaces" in one.tokens("supported") for one in messages if b"v=0" in one.body)
