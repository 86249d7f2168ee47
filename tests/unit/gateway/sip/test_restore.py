"""A call goes on in another process (RFC 3261 12 as plain data)."""

import msgspec
import pytest

from gateway.sip.calls import Credentials
from gateway.sip.dialog_state import DialogState
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteReceived,
    RefreshNeeded,
    ReinviteAccepted,
    ReinviteReceived,
)
from gateway.sip.parser import parse_message
from gateway.sip.restored_session import MOVED_WITHIN
from tests.unit.gateway.sip.network import Network
from tests.unit.gateway.sip.pair import Pair, Side
from tests.unit.gateway.sip.stage import Stage, stage


def restart(side: Side, session: str) -> None:
    """Let a new endpoint take over what was saved last."""
    saved = msgspec.msgpack.encode(side.saved[session].state)
    side.new_endpoint()
    side.endpoint.restore_dialog(msgspec.msgpack.decode(saved, type=DialogState))


@pytest.mark.parametrize("caller_restarts", [True, False])
@pytest.mark.parametrize("restarted_side_hangs_up", [True, False])
def test_either_side_hangs_up_after_the_restart(caller_restarts: bool, restarted_side_hangs_up: bool) -> None:
    pair = Pair()
    caller_session, callee_session = pair.established()
    if caller_restarts:
        restarted, session, other, other_session = pair.caller, caller_session, pair.callee, callee_session
    else:
        restarted, session, other, other_session = pair.callee, callee_session, pair.caller, caller_session
    restart(restarted, session)
    if restarted_side_hangs_up:
        pair.do(lambda now: restarted.endpoint.hang_up(session, now))
        pair.run(60)
        assert restarted.only(DialogTerminated).cause == "bye_sent"
        assert other.only(DialogTerminated).cause == "bye_received"
    else:
        pair.do(lambda now: other.endpoint.hang_up(other_session, now))
        pair.run(60)
        assert restarted.only(DialogTerminated).session == session
        assert other.only(DialogTerminated).cause == "bye_sent"


def test_hold_after_the_restart_even_when_the_last_save_is_lost() -> None:
    pair = Pair()
    session, _ = pair.established()
    old = pair.caller.saved[session]
    pair.do(lambda now: pair.caller.endpoint.send_in_dialog(session, "INFO", now))
    pair.run(1)
    pair.caller.saved[session] = old
    restart(pair.caller, session)

    def react(event: object, now: float) -> None:
        if isinstance(event, ReinviteReceived):
            pair.callee.endpoint.answer_reinvite(event.session, b"held", now)

    pair.callee.react = react
    pair.do(lambda now: pair.caller.endpoint.reinvite(session, b"hold", now))
    pair.run(1)
    assert pair.caller.only(ReinviteAccepted).body == b"held"


def test_a_2xx_that_is_repeated_after_the_restart_is_acknowledged() -> None:
    pair = Pair()
    pair.drop = lambda data: data.startswith(b"ACK") and pair.now < 1002.2
    session, _ = pair.established(expect_ack=False)
    assert pair.caller.only(InviteAccepted).session == session
    restart(pair.caller, session)
    pair.run(20)
    assert pair.callee.of(DialogTerminated) == []
    assert len([line for line in pair.callee.sent_start_lines() if line.startswith("SIP/2.0 200")]) < 7


def test_what_is_saved_holds_no_secret() -> None:
    pair = Pair()
    credentials = Credentials("alice", "correct horse")
    session = pair.invite(credentials=credentials)
    pair.run(1)
    received = pair.callee.only(InviteReceived).session
    assert session not in pair.caller.saved
    pair.do(lambda now: pair.callee.endpoint.accept(received, b"v=0", now))
    pair.run(1)
    assert b"correct horse" not in msgspec.json.encode(pair.caller.saved[session].state)
    assert "correct horse" not in repr(credentials)


def test_each_change_is_saved() -> None:
    pair = Pair()
    session, callee_session = pair.established()
    before = pair.caller.saved[session].state
    pair.do(lambda now: pair.caller.endpoint.send_in_dialog(session, "INFO", now))
    pair.run(1)
    assert pair.caller.saved[session].state.local_cseq == before.local_cseq + 1
    assert pair.callee.saved[callee_session].state.remote_cseq == before.local_cseq + 1


def test_requests_follow_the_route_set() -> None:
    pair = Pair()
    invite = (
        "INVITE sip:desk@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone\r\n"
        "From: <sip:alice@caller.example>;tag=a\r\nTo: <sip:desk@192.0.2.2>\r\nCall-ID: routed\r\nCSeq: 1 INVITE\r\n"
        "Record-Route: <sip:192.0.2.1;lr;x=1>\r\nRecord-Route: <sip:192.0.2.77>\r\nContact: <sip:alice@10.9.8.7>\r\n"
        "Content-Length: 0\r\n\r\n"
    )
    pair.inject(pair.callee, invite.encode())
    session = pair.callee.only(InviteReceived).session
    pair.do(lambda now: pair.callee.endpoint.accept(session, b"v=0", now))
    ok = parse_message(pair.callee.sent[-1][1])
    ack = (
        "ACK sip:x@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKack\r\n"
        f"From: {ok.headers.get('from')}\r\nTo: {ok.headers.get('to')}\r\nCall-ID: routed\r\nCSeq: 1 ACK\r\n\r\n"
    )
    pair.inject(pair.callee, ack.encode())
    pair.do(lambda now: pair.callee.endpoint.hang_up(session, now))
    bye = parse_message(pair.callee.sent[-1][1])
    assert bye.start_line == "BYE sip:alice@10.9.8.7 SIP/2.0"
    assert list(bye.headers.get_all("route")) == ["<sip:192.0.2.1;lr;x=1>", "<sip:192.0.2.77>"]


class TestAtAnotherAddress:
    """Who takes a call over listens elsewhere: the peer has to hear so before it can hang up (12.2.1.1)."""

    @staticmethod
    def moved(*, updates: bool = True) -> tuple[Network, Stage, str]:
        """`a` calls `b`, is gone, and `c` goes on with what `a` had; `updates`: `b` knows UPDATE."""
        net = Network()
        on = stage(net, "abc")
        on.answers("b")
        on.calls("a", "b")
        net.run(5.0)
        session = on["a"].sessions[0]
        state = on["a"].saved[session].state
        saved = msgspec.msgpack.encode(msgspec.structs.replace(state, allows_update=updates))
        del net.nodes[on["a"].address], net.phones["a"]
        on["c"].sessions.append(session)
        on["c"].endpoint.restore_dialog(msgspec.msgpack.decode(saved, type=DialogState), now=net.now)
        return net, on, session

    def test_the_peer_is_told_by_update_and_hangs_up_there(self) -> None:
        net, on, _ = self.moved()
        net.run(MOVED_WITHIN + 1.0)
        assert [line.split()[0] for line in on["c"].sent_start_lines()] == ["UPDATE"]
        on.hang_up("b", on["b"].sessions[0], net.now)
        net.run()
        assert on["c"].only(DialogTerminated).cause == "bye_received"
        net.assert_settled()

    def test_a_peer_without_update_is_told_by_reinvite(self) -> None:
        net, on, session = self.moved(updates=False)
        on.on("c", RefreshNeeded, lambda event, now: on["c"].endpoint.reinvite(event.session, b"v=0", now))
        net.run(MOVED_WITHIN + 1.0)
        assert on["c"].only(ReinviteAccepted).session == session
        on.hang_up("b", on["b"].sessions[0], net.now)
        net.run()
        assert on["c"].only(DialogTerminated).cause == "bye_received"

    @pytest.mark.parametrize("param", ["", ";ob"])
    def test_at_the_same_address_nothing_is_said(self, param: str) -> None:
        pair = Pair()
        session, _ = pair.established()
        state = pair.caller.saved[session].state
        state.contact = state.contact.replace(">", f"{param}>")
        saved = msgspec.msgpack.encode(state)
        before = len(pair.caller.sent)
        pair.caller.new_endpoint()
        pair.caller.endpoint.restore_dialog(msgspec.msgpack.decode(saved, type=DialogState), now=pair.now)
        pair.run(MOVED_WITHIN + 1.0)
        assert len(pair.caller.sent) == before
