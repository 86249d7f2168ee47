"""Transfers: REFER and its NOTIFYs in both directions (RFC 3515, RFC 4488, RFC 5589)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from gateway.sip.events import DialogTerminated, InviteReceived, ReferProgress, ReferReceived, SipEvent
from gateway.sip.message import Request, Response
from gateway.sip.parser import parse_message
from gateway.sip.refer_client import MAX_REFERRED_SECONDS, REFERRAL_TABLE, Answer, Asking
from gateway.sip.refer_server import DECISION_SECONDS, SUBSCRIPTION_SECONDS, SUBSCRIPTION_TABLE, Asked, Word
from gateway.sip.replaces import Replaces
from tests.unit.gateway.sip.pair import ANSWER, Pair

TARGET = "sip:carol@192.0.2.9"


def requests(pair: Pair, method: str, of_caller: bool = True) -> list[Request]:
    side = pair.caller if of_caller else pair.callee
    messages = [parse_message(data) for _, data in side.sent if data.startswith(method.encode())]
    return [message for message in messages if isinstance(message, Request)]


def responses(pair: Pair, method: str, of_caller: bool = False) -> list[int]:
    side = pair.caller if of_caller else pair.callee
    messages = [parse_message(data) for _, data in side.sent if data.startswith(b"SIP/2.0")]
    return [one.status for one in messages if isinstance(one, Response) and one.cseq.method == method]


def progress(pair: Pair) -> list[tuple[int, bool]]:
    return [(event.status, event.done) for event in pair.caller.of(ReferProgress)]


class TestBlind:
    def referred(self, pair: Pair, accept: bool = True) -> tuple[str, str]:
        session, other = pair.established()
        pair.do(lambda now: pair.caller.endpoint.refer(session, TARGET, now))
        pair.run(0.3)
        if accept:
            pair.do(lambda now: pair.callee.endpoint.accept_refer(other, now))
            pair.run(0.5)
        return session, other

    def test_the_whole_transfer(self) -> None:
        pair = Pair()
        _session, other = self.referred(pair)
        asked = pair.callee.only(ReferReceived)
        assert (asked.session, asked.refer_to.target, asked.refer_to.replaces) == (other, TARGET, None)
        assert asked.referred_by == '"Alice" <sip:alice@caller.example>'
        for status in (180, 200):
            pair.do(lambda now, status=status: pair.callee.endpoint.notify_refer(other, status, now))
            pair.run(0.5)
        assert progress(pair) == [(100, False), (180, False), (200, True)]
        notifies = requests(pair, "NOTIFY", of_caller=False)
        (refer,) = requests(pair, "REFER")
        assert {one.headers.get("event") for one in notifies} == {f"refer;id={refer.cseq.number}"}
        assert [(one.headers.get("subscription-state") or "").partition(";")[0] for one in notifies] == [
            "active",
            "active",
            "terminated",
        ]
        assert all(one.content_type == "message/sipfrag" and one.contacts for one in notifies)
        assert responses(pair, "NOTIFY", of_caller=True) == [200, 200, 200]
        assert responses(pair, "REFER") == [202]

    def test_a_second_transfer_follows_the_first(self) -> None:
        pair = Pair()
        session, other = self.referred(pair)
        pair.do(lambda now: pair.callee.endpoint.notify_refer(other, 486, now))
        pair.run(0.5)
        assert pair.caller.endpoint.refer(session, TARGET, pair.now)
        pair.drain()
        pair.run(0.5)
        pair.do(lambda now: pair.callee.endpoint.reject_refer(other, 603, now))
        pair.run(0.5)
        assert progress(pair) == [(100, False), (486, True), (603, True)]

    def test_while_one_is_under_way_we_ask_for_no_other(self) -> None:
        pair = Pair()
        session, _ = self.referred(pair)
        assert not pair.caller.endpoint.refer(session, TARGET, pair.now)

    def test_a_second_refer_of_the_peer_has_to_wait(self) -> None:
        pair = Pair()
        self.referred(pair)
        again = requests(pair, "REFER")[0]
        again.headers.set("CSeq", f"{again.cseq.number + 1} REFER")
        again.headers.set("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKanother")
        pair.inject(pair.callee, bytes(again))
        assert responses(pair, "REFER") == [202, 491]

    def test_nobody_decides(self) -> None:
        pair = Pair()
        _session, other = self.referred(pair, accept=False)
        pair.run(DECISION_SECONDS)
        assert progress(pair) == [(603, True)]
        pair.do(lambda now: pair.callee.endpoint.accept_refer(other, now))
        pair.run(1)
        assert responses(pair, "REFER") == [603]

    def test_it_is_not_told_as_a_request_before_the_call_is_answered(self) -> None:
        pair = Pair()
        session = pair.invite()
        assert not pair.caller.endpoint.refer(session, TARGET, pair.now)

    def test_a_subscription_that_nobody_ends_runs_out(self) -> None:
        pair = Pair()
        self.referred(pair)
        pair.run(SUBSCRIPTION_SECONDS + 5)
        last = requests(pair, "NOTIFY", of_caller=False)[-1]
        assert last.headers.get("subscription-state") == "terminated;reason=timeout"
        assert progress(pair)[-1] == (100, True)

    def test_a_peer_that_accepts_and_says_nothing(self) -> None:
        pair = Pair()
        pair.drop = lambda data: data.startswith(b"NOTIFY")
        self.referred(pair)
        pair.run(40)
        assert progress(pair) == [(408, True)]

    def test_a_peer_cannot_keep_us_waiting_for_ever(self) -> None:
        pair = Pair()
        pair.distort = lambda data: data.replace(b"active;expires=180", b"active;expires=99999")
        self.referred(pair)
        pair.drop = lambda data: data.startswith(b"NOTIFY")
        pair.run(MAX_REFERRED_SECONDS + 10)
        assert progress(pair) == [(100, False), (408, True)]

    def test_an_overtaking_notify_counts(self) -> None:
        pair = Pair()
        pair.delay = lambda data: 2.0 if b"202 Accepted" in data else 0.0
        _session, other = self.referred(pair)
        assert progress(pair) == [(100, False)]
        pair.do(lambda now: pair.callee.endpoint.notify_refer(other, 200, now))
        pair.run(5)
        assert progress(pair) == [(100, False), (200, True)]

    def test_the_end_of_the_session_ends_it_on_both_sides(self) -> None:
        pair = Pair()
        session, other = self.referred(pair)
        pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
        pair.run(1)
        pair.do(lambda now: pair.callee.endpoint.notify_refer(other, 200, now))
        pair.run(400)
        assert len(requests(pair, "NOTIFY", of_caller=False)) == 1
        assert progress(pair) == [(100, False)]
        assert pair.caller.endpoint.next_timer() is None
        assert pair.callee.endpoint.next_timer() is None

    def test_an_undecided_one_is_answered_when_the_session_ends(self) -> None:
        pair = Pair()
        _session, other = self.referred(pair, accept=False)
        pair.do(lambda now: pair.callee.endpoint.hang_up(other, now))
        pair.run(1)
        assert responses(pair, "REFER") == [487]

    def test_a_peer_that_lost_the_dialog_ends_the_session(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        pair.callee.new_endpoint()
        pair.do(lambda now: pair.caller.endpoint.refer(session, TARGET, now))
        pair.run(1)
        assert progress(pair) == [(481, True)]
        assert pair.caller.only(DialogTerminated).cause == "peer_gone"

    def test_without_subscription_nothing_more_is_told(self) -> None:
        pair = Pair()
        pair.distort = lambda data: data.replace(b"\r\nRefer-To:", b"\r\nRefer-Sub: false\r\nRefer-To:")
        _, other = self.referred(pair)
        pair.do(lambda now: pair.callee.endpoint.notify_refer(other, 200, now))
        pair.run(60)
        assert not pair.callee.only(ReferReceived).wants_progress
        assert requests(pair, "NOTIFY", of_caller=False) == []
        assert progress(pair) == [(202, True)]

    @pytest.mark.parametrize("loss", [0.1, 0.3])
    @pytest.mark.parametrize("seed", range(5))
    def test_with_loss_the_outcome_is_told_once(self, loss: float, seed: int) -> None:
        pair = Pair(seed=seed)
        session, other = pair.established()
        pair.loss = loss

        def react(event: SipEvent, now: float) -> None:
            if isinstance(event, ReferReceived):
                pair.callee.endpoint.accept_refer(other, now)
                pair.callee.endpoint.notify_refer(other, 180, now)
                pair.callee.endpoint.notify_refer(other, 200, now)

        pair.callee.react = react
        pair.do(lambda now: pair.caller.endpoint.refer(session, TARGET, now))
        pair.run(200)
        assert [status for status, done in progress(pair) if done] == [200]
        assert len(pair.callee.of(ReferReceived)) == 1


class TestAttended:
    def test_the_other_sessions_dialog_is_named_as_its_peer_sees_it(self) -> None:
        pair = Pair()
        first, _first_there = pair.established()
        second = pair.invite()
        pair.run(1)
        second_there = pair.callee.of(InviteReceived)[-1].session
        pair.do(lambda now: pair.callee.endpoint.accept(second_there, ANSWER, now))
        pair.run(1)
        pair.do(lambda now: pair.caller.endpoint.refer(first, "", now, replaces=second))
        pair.run(1)
        asked = pair.callee.only(ReferReceived)
        state = pair.callee.saved[second_there].state
        assert asked.refer_to.replaces == Replaces(state.call_id, state.local_tag, state.remote_tag)
        assert asked.refer_to.target == pair.caller.saved[second].state.remote_target

    def test_a_session_that_does_not_exist_is_replaced_by_nobody(self) -> None:
        pair = Pair()
        session, _ = pair.established()
        assert not pair.caller.endpoint.refer(session, "", pair.now, replaces="gone")


class TestRefused:
    def sent_by_peer(self, pair: Pair, method: str, lines: str, body: str = "", cseq: int = 900) -> int:
        pair.established()
        state = next(iter(pair.callee.saved.values())).state
        text = (
            f"{method} sip:desk@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx{cseq}\r\n"
            f"From: {state.remote};tag={state.remote_tag}\r\nTo: {state.local};tag={state.local_tag}\r\n"
            f"Call-ID: {state.call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{lines}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        pair.inject(pair.callee, text.encode())
        return responses(pair, method)[-1]

    @pytest.mark.parametrize(
        ("lines", "status"),
        [
            ("", 400),
            ("Refer-To: <sip:a@h>\r\nRefer-To: <sip:b@h>\r\n", 400),
            ("Refer-To: <http://a>\r\n", 416),
            ("Refer-To: <sip:a@h;method=SUBSCRIBE>\r\n", 405),
            ("Refer-To: <sip:a@h?Replaces=x>\r\n", 400),
            ("Refer-To: <sip:a@h>\r\nRequire: multiple-refer\r\n", 420),
        ],
    )
    def test_a_refer_that_asks_for_nothing_that_we_do(self, lines: str, status: int) -> None:
        pair = Pair()
        assert self.sent_by_peer(pair, "REFER", lines) == status
        assert pair.callee.of(ReferReceived) == []

    @pytest.mark.parametrize(
        ("lines", "status"),
        [
            ("Event: refer\r\nSubscription-State: active\r\n", 481),
            ("Event: presence\r\nSubscription-State: active\r\n", 489),
            ("Subscription-State: active\r\n", 489),
        ],
    )
    def test_a_notify_of_nothing(self, lines: str, status: int) -> None:
        assert self.sent_by_peer(Pair(), "NOTIFY", lines) == status

    @pytest.mark.parametrize(("event", "status"), [("refer", 481), ("dialog", 489)])
    def test_a_subscribe_to_nothing(self, event: str, status: int) -> None:
        assert self.sent_by_peer(Pair(), "SUBSCRIBE", f"Event: {event}\r\n") == status


class TestSubscribe:
    def active(self) -> Pair:
        pair = Pair()
        session, other = pair.established()
        pair.do(lambda now: pair.caller.endpoint.refer(session, TARGET, now))
        pair.run(0.3)
        pair.do(lambda now: pair.callee.endpoint.accept_refer(other, now))
        pair.run(0.5)
        return pair

    def subscribe(self, pair: Pair, expires: int) -> None:
        (refer,) = requests(pair, "REFER")
        refer.method = "SUBSCRIBE"
        refer.headers.set("CSeq", f"{refer.cseq.number + 1} SUBSCRIBE")
        refer.headers.set("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKsubscribe")
        refer.headers.remove("refer-to")
        refer.headers.add("Event", f"refer;id={refer.cseq.number - 1}")
        refer.headers.add("Expires", str(expires))
        pair.inject(pair.callee, bytes(refer))

    def test_it_is_prolonged(self) -> None:
        pair = self.active()
        pair.run(SUBSCRIPTION_SECONDS - 10)
        self.subscribe(pair, 60)
        pair.run(20)
        assert responses(pair, "SUBSCRIBE") == [200]
        assert progress(pair) == [(100, False), (100, False)]
        pair.run(60)
        assert progress(pair)[-1] == (100, True)

    def test_it_is_ended(self) -> None:
        pair = self.active()
        self.subscribe(pair, 0)
        pair.run(1)
        last = requests(pair, "NOTIFY", of_caller=False)[-1]
        assert last.headers.get("subscription-state") == "terminated;reason=timeout"


def reaches(table: Mapping[tuple[Any, Any], tuple[StrEnum, Any]], start: StrEnum) -> set[StrEnum]:
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for (state, _), (there, _) in table.items():
            if state is here and there not in found:
                found.add(there)
                waiting.append(there)
    return found


class TestTables:
    """The walk of all pairs: what a state lacks changes nothing, and every state can be left for the rest."""

    @pytest.mark.parametrize("state", Asking)
    def test_our_refer_always_comes_to_an_end(self, state: Asking) -> None:
        assert Asking.IDLE in reaches(REFERRAL_TABLE, state)
        if state is not Asking.IDLE:
            assert REFERRAL_TABLE[state, Answer.CLOSE][0] is Asking.IDLE

    @pytest.mark.parametrize("state", Asked)
    def test_their_refer_always_comes_to_an_end(self, state: Asked) -> None:
        assert Asked.IDLE in reaches(SUBSCRIPTION_TABLE, state)
        if state is not Asked.IDLE:
            assert SUBSCRIPTION_TABLE[state, Word.CLOSE][0] is Asked.IDLE
            assert (state, Word.REFER) in SUBSCRIPTION_TABLE  # never without an answer

    @pytest.mark.parametrize("state", Asked)
    @pytest.mark.parametrize("word", Word)
    def test_every_pair_of_theirs(self, state: Asked, word: Word) -> None:
        pair = Pair()
        session, other = pair.established()
        pair.do(lambda now: pair.caller.endpoint.refer(session, TARGET, now))
        pair.run(0.2)
        endpoint = pair.callee.endpoint
        if state is not Asked.ASKED:
            pair.do(lambda now: endpoint.accept_refer(other, now))
        if state is Asked.IDLE:
            pair.do(lambda now: endpoint.notify_refer(other, 200, now))
        pair.run(0.2)
        machine = endpoint._registry.find(other).referrals.asked  # pyright: ignore
        assert machine.state is state
        there = SUBSCRIPTION_TABLE.get((state, word), (state, ()))[0]
        machine._step(word, pair.now)  # pyright: ignore
        assert machine.state is there
        pair.drain()
        pair.run(400)
        assert machine.state is Asked.IDLE
        assert endpoint.next_timer() is None

    @pytest.mark.parametrize("state", Asking)
    @pytest.mark.parametrize("answer", Answer)
    def test_every_pair_of_ours(self, state: Asking, answer: Answer) -> None:
        pair = Pair()
        session, other = pair.established()
        machine = pair.caller.endpoint._registry.find(session).referrals.asking  # pyright: ignore
        if state is not Asking.IDLE:
            pair.do(lambda now: pair.caller.endpoint.refer(session, TARGET, now))
        if state is Asking.WAITING:
            pair.run(0.2)
            pair.do(lambda now: pair.callee.endpoint.accept_refer(other, now))
            pair.run(0.2)
        assert machine.state is state
        there = REFERRAL_TABLE.get((state, answer), (state, ()))[0]
        machine._step(answer, pair.now)  # pyright: ignore
        assert machine.state is there
        pair.drain()
        pair.run(400)
        assert machine.state is Asking.IDLE
        assert pair.caller.endpoint.next_timer() is None
