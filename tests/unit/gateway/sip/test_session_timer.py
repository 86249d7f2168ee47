"""Session timers in both roles, with and without UPDATE, and over a restart (RFC 4028)."""

import msgspec
import pytest

from gateway.sip.dialog_state import DialogState
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    RefreshNeeded,
    ReinviteAccepted,
    ReinviteReceived,
)
from gateway.sip.session_timer import SESSION_TIMER_TABLE, Beat, Watch
from tests.unit.gateway.sip.pair import ANSWER, OFFER, Pair, Side


def times(side: Side, start: bytes) -> list[int]:
    return [round(at - 1000) for at, data in side.sent if data.startswith(start)]


def state_of(side: Side) -> DialogState:
    (saved,) = side.saved.values()
    return saved.state


def answer_reinvites(side: Side) -> None:
    def react(event: object, now: float) -> None:
        if isinstance(event, ReinviteReceived):
            side.endpoint.answer_reinvite(event.session, ANSWER, now)

    side.react = react


class TestAgreement:
    def test_the_caller_refreshes_by_update_at_half_the_interval(self) -> None:
        pair = Pair(session_expires=200)
        pair.established()
        assert (state_of(pair.caller).refresher, state_of(pair.callee).refresher) == ("local", "remote")
        pair.run(500)
        assert times(pair.caller, b"UPDATE") == [101, 201, 301, 401, 501]
        assert pair.callee.of(DialogTerminated) == []
        assert times(pair.callee, b"UPDATE") == []

    def test_the_callee_refreshes_where_the_caller_wants_that(self) -> None:
        pair = Pair(session_expires=200)
        pair.distort = lambda data: data.replace(b"Session-Expires: 200\r\n", b"Session-Expires: 200;refresher=uas\r\n")
        pair.established()
        pair.run(350)
        assert times(pair.callee, b"UPDATE") == [101, 201, 301]
        assert times(pair.caller, b"UPDATE") == []

    def test_without_update_the_application_sends_a_reinvite(self) -> None:
        pair = Pair(session_expires=200)
        pair.distort = lambda data: data.replace(b", UPDATE", b"")
        session, _ = pair.established()
        answer_reinvites(pair.callee)

        def react(event: object, now: float) -> None:
            if isinstance(event, RefreshNeeded):
                pair.caller.endpoint.reinvite(event.session, OFFER, now)

        pair.caller.react = react
        pair.run(350)
        assert [event.session for event in pair.caller.of(RefreshNeeded)] == [session] * 3
        assert len(pair.caller.of(ReinviteAccepted)) == 3
        assert pair.callee.of(DialogTerminated) == []

    def test_a_peer_without_timers_is_refreshed_by_us(self) -> None:
        pair = Pair(session_expires=200)
        pair.distort = lambda data: data.replace(b", timer", b"").replace(b"Session-Expires", b"X-Unknown")
        pair.established()
        assert state_of(pair.callee).refresher == "local"
        assert state_of(pair.caller).refresher == "local"  # each thinks that the other has none
        pair.run(350)
        assert len(times(pair.callee, b"UPDATE") + times(pair.caller, b"UPDATE")) >= 3

    def test_nobody_who_asks_for_none_gets_one(self) -> None:
        pair = Pair()
        pair.established()
        assert state_of(pair.caller).session_expires == state_of(pair.callee).session_expires == 0
        pair.run(100)
        assert pair.caller.endpoint.next_timer() is None

    def test_a_long_interval_is_shortened_to_ours(self) -> None:
        pair = Pair(session_expires=200)
        pair.distort = lambda data: data.replace(b"Session-Expires: 200\r\n", b"Session-Expires: 7200\r\n")
        pair.established()
        assert state_of(pair.callee).session_expires == 200

    @pytest.mark.parametrize("reinvites", [True, False])
    def test_every_change_counts_as_a_refresh(self, reinvites: bool) -> None:
        pair = Pair(session_expires=200)
        session, _ = pair.established()
        answer_reinvites(pair.callee)
        pair.run(60)
        verb = pair.caller.endpoint.reinvite if reinvites else pair.caller.endpoint.update
        pair.do(lambda now: verb(session, OFFER if reinvites else b"", now))
        pair.run(80)
        assert len(times(pair.caller, b"UPDATE")) == (0 if reinvites else 1)


class TestTooSmall:
    def test_an_invite_is_sent_again_with_what_the_callee_demands(self) -> None:
        pair = Pair(session_expires=100)
        pair.callee.settings = msgspec.structs.replace(pair.callee.settings, min_se=300, session_expires=400)
        pair.callee.new_endpoint()
        pair.established()
        assert [line for line in pair.callee.sent_start_lines() if " 422 " in line]
        assert state_of(pair.caller).session_expires == state_of(pair.callee).session_expires == 300
        assert state_of(pair.caller).min_se == 300
        pair.run(200)
        assert b"Session-Expires: 300;refresher=uac\r\nMin-SE: 300" in pair.caller.sent[-1][1]

    def test_a_peer_that_always_wants_more_is_left(self) -> None:
        pair = Pair(session_expires=100)
        counted = iter(range(200, 10_000, 100))
        pair.callee.settings = msgspec.structs.replace(pair.callee.settings, min_se=90_000, session_expires=90_000)
        pair.callee.new_endpoint()
        pair.distort = lambda data: data.replace(b"Min-SE: 90000", b"Min-SE: %d" % next(counted))
        pair.invite()
        pair.run(10)
        assert pair.caller.only(InviteFailed).status == 422


class TestEnd:
    def test_whoever_waits_for_a_refresh_in_vain_hangs_up(self) -> None:
        pair = Pair(session_expires=200)
        _, other = pair.established()
        pair.drop = lambda _data: True
        pair.run(400)
        ended = pair.callee.only(DialogTerminated)
        assert (ended.session, ended.cause) == (other, "peer_gone")
        assert times(pair.callee, b"BYE")[0] == 169  # 200 - 32 s after the answer
        assert pair.caller.only(DialogTerminated).cause == "peer_gone"  # its UPDATE met silence

    def test_a_peer_that_refuses_to_refresh_still_lives(self) -> None:
        pair = Pair(session_expires=200)
        pair.established()
        pair.distort = lambda data: (
            data.replace(b"SIP/2.0 200 OK", b"SIP/2.0 500 No").replace(b"Session-Expires", b"X-None")
            if b" UPDATE\r\n" in data and data.startswith(b"SIP")
            else data
        )
        pair.run(400)
        assert pair.caller.of(DialogTerminated) == []
        assert len(times(pair.caller, b"UPDATE")) > 5

    @pytest.mark.parametrize("caller_restarts", [True, False])
    def test_another_process_goes_on(self, caller_restarts: bool) -> None:
        pair = Pair(session_expires=200)
        caller, callee = pair.established()
        side, session = (pair.caller, caller) if caller_restarts else (pair.callee, callee)
        saved = msgspec.msgpack.encode(side.saved[session].state)
        side.new_endpoint()
        state = msgspec.msgpack.decode(saved, type=DialogState)
        pair.do(lambda now: side.endpoint.restore_dialog(state, now=now))
        pair.run(20 if caller_restarts else 1)
        assert len(times(pair.caller, b"UPDATE")) == (1 if caller_restarts else 0)
        pair.run(400)
        assert pair.callee.of(DialogTerminated) == pair.caller.of(DialogTerminated) == []
        pair.drop = lambda _data: True
        pair.run(400)
        assert pair.callee.only(DialogTerminated).cause == "peer_gone"


def test_a_200_that_was_lost_with_its_process_is_sent_by_the_next() -> None:
    pair = Pair()
    pair.drop = lambda data: data.startswith(b"SIP/2.0 200")
    pair.invite()
    pair.run(0.1)
    received = pair.callee.only(InviteReceived).session
    pair.do(lambda now: pair.callee.endpoint.accept(received, ANSWER, now))
    saved = pair.callee.saved[received].state
    pair.callee.new_endpoint()
    pair.callee.endpoint.restore_dialog(saved)
    answer_reinvites(pair.callee)
    pair.drop = lambda _data: False
    invite = next(data for _, data in pair.caller.sent if data.startswith(b"INVITE"))
    pair.inject(pair.callee, invite)
    pair.run(5)
    assert pair.caller.only(InviteAccepted).body == ANSWER
    assert len(pair.callee.of(InviteReceived)) == 1


@pytest.mark.parametrize("state", Watch)
@pytest.mark.parametrize("beat", Beat)
def test_every_pair_of_the_machine(state: Watch, beat: Beat) -> None:
    pair = Pair(session_expires=200)
    caller, callee = pair.established()
    side, session = (pair.callee, callee) if state is Watch.REMOTE else (pair.caller, caller)
    timer = side.endpoint._registry.find(session).timer  # pyright: ignore
    if state is Watch.OFF:
        timer.close(pair.now)
    assert timer.state is state
    there = SESSION_TIMER_TABLE.get((state, beat), (state, ()))[0]
    timer._step(beat, pair.now)  # pyright: ignore
    assert timer.state is there
    pair.drain()
    pair.do(lambda now: side.endpoint.hang_up(session, now))
    pair.run(500)
    assert timer.state is Watch.OFF
    assert side.endpoint.next_timer() is None
