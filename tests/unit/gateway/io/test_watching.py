"""Liveness of connections, keep-alives and STUN, told the time."""

from itertools import count

import pytest
from aioice import stun

from gateway.io.keep_alive import SWEEP_SECONDS, KeptFlows, pause_of
from gateway.io.liveness import (
    FIRST_MESSAGE_SECONDS,
    HANDSHAKE_SECONDS,
    IDLE_SECONDS,
    PART_SECONDS,
    PONG_SECONDS,
    STREAM_PING_SECONDS,
    WEB_PING_SECONDS,
    Liveness,
    Verdict,
    judge,
)
from gateway.io.stun import binding_answer, is_stun
from gateway.sip.flow import Flow, HostPort, Transport


def open_life(**known: object) -> Liveness:
    life = Liveness(0.0, 0.0, ready=True, messages=1)
    for name, value in known.items():
        setattr(life, name, value)
    return life


class TestLiveness:
    def test_a_handshake_has_its_time(self) -> None:
        life = open_life(ready=False)
        assert judge(life, "TLS", HANDSHAKE_SECONDS) is Verdict.NOTHING
        assert judge(life, "TLS", HANDSHAKE_SECONDS + 0.1) is Verdict.HALF_OPEN

    def test_who_connects_has_to_speak(self) -> None:
        late = FIRST_MESSAGE_SECONDS + 1
        assert judge(open_life(messages=0, heard_at=late), "TCP", late) is Verdict.MUTE
        assert judge(open_life(messages=0, heard_at=late, ours=True), "TCP", late) is Verdict.NOTHING

    def test_the_rest_of_a_message_has_its_time(self) -> None:
        life = open_life()
        for second in range(0, int(PART_SECONDS) + 10, 5):  # one byte every five seconds
            life.heard(float(second))
            life.look(1, True, float(second))
        assert judge(life, "TCP", PART_SECONDS + 9) is Verdict.STALLED

    def test_a_busy_stream_is_not_stalled(self) -> None:
        life = open_life()
        for second in range(0, 100, 5):
            life.heard(float(second))
            life.look(second, True, float(second))
            assert judge(life, "TCP", float(second)) is Verdict.NOTHING

    @pytest.mark.parametrize(("transport", "pause"), [("TCP", STREAM_PING_SECONDS), ("WSS", WEB_PING_SECONDS)])
    def test_silence_is_pinged_once(self, transport: Transport, pause: float) -> None:
        life = open_life()
        assert judge(life, transport, pause) is Verdict.NOTHING
        assert judge(life, transport, pause + 1) is Verdict.PING
        life.pinged_at = pause + 1
        assert judge(life, transport, pause + 2) is Verdict.NOTHING

    def test_a_browser_that_does_not_answer_is_dead(self) -> None:
        life = open_life(pinged_at=40.0)
        assert judge(life, "WSS", 40 + PONG_SECONDS) is Verdict.NOTHING
        assert judge(life, "WSS", 41 + PONG_SECONDS) is Verdict.DEAD

    def test_a_stream_is_dead_only_where_the_peer_knows_pings(self) -> None:
        life = open_life(pinged_at=40.0)
        assert judge(life, "TCP", 41 + PONG_SECONDS) is Verdict.NOTHING
        life.ponged()
        assert judge(life, "TCP", 41 + PONG_SECONDS) is Verdict.DEAD
        life.heard(45.0)
        assert judge(life, "TCP", 41 + PONG_SECONDS) is Verdict.NOTHING

    def test_an_unasked_pong_proves_nothing(self) -> None:
        life = open_life()
        life.ponged()
        assert not life.answers_pings

    def test_nothing_is_kept_for_ever(self) -> None:
        assert judge(open_life(pinged_at=IDLE_SECONDS), "TCP", IDLE_SECONDS + 1) is Verdict.IDLE

    def test_a_kept_stream_is_pinged_whatever_is_heard_and_has_to_answer(self) -> None:
        life = open_life()
        life.keep(100.0, 10.0)
        life.heard(109.0)
        assert judge(life, "TCP", 110.0) is Verdict.NOTHING
        assert judge(life, "TCP", 111.0) is Verdict.PING
        life.pinged_at = 111.0
        assert judge(life, "TCP", 111.0 + PONG_SECONDS) is Verdict.NOTHING
        assert judge(life, "TCP", 112.0 + PONG_SECONDS) is Verdict.DEAD
        life.heard(112.0)
        life.keep(100.0, 115.0)
        assert judge(life, "TCP", 211.0) is Verdict.NOTHING
        assert judge(life, "TCP", 212.0) is Verdict.PING, "a refresh of the registration puts no ping off"


PHONE_SIDE, CARRIER = HostPort("192.0.2.1", 5060), HostPort("198.51.100.9", 5060)
FLOW = Flow("UDP", PHONE_SIDE, CARRIER)


def kept_flow(pause: float = 24.0) -> KeptFlows:
    numbers = count(1)
    kept = KeptFlows(lambda size: next(numbers).to_bytes(size, "big"))
    kept.add(FLOW, pause, 0.0)
    return kept


def asked_by(kept: KeptFlows, now: float) -> bytes:
    (sent,) = kept.due(now)
    assert sent.destination == FLOW
    return sent.data


class TestKeptFlows:
    @pytest.mark.parametrize(
        ("transport", "flow_timer", "least", "most"),
        [("TCP", None, 95, 120), ("UDP", None, 24, 29), ("TLS", 60, 48, 60), ("UDP", 20, 0, 20), ("TCP", 3, 0, 6)],
    )
    @pytest.mark.parametrize("random", [0.0, 0.5, 0.999])
    def test_keep_alives_leave_in_time(
        self, transport: Transport, flow_timer: int | None, least: float, most: float, random: float
    ) -> None:
        pause = pause_of(Flow(transport, PHONE_SIDE, CARRIER), flow_timer, random)
        assert least <= pause <= most - SWEEP_SECONDS

    def test_a_flow_asks_where_it_is_seen_and_again_after_its_pause(self) -> None:
        kept = kept_flow()
        assert kept.answered(binding_answer(asked_by(kept, 0.0), PHONE_SIDE) or b"", FLOW)
        assert list(kept.due(23.0)) == []
        assert asked_by(kept, 24.0)[8:] == (2).to_bytes(12, "big")
        kept.discard(FLOW)
        assert list(kept.due(1_000.0)) == []

    def test_one_that_answers_none_of_seven_requests_is_dead(self) -> None:
        kept = kept_flow()
        requests: set[bytes] = set()
        for sweep in range(7):
            assert kept.dead() == []
            requests.add(asked_by(kept, sweep * SWEEP_SECONDS))
        assert len(requests) == 1, "they are one transaction"
        assert kept.dead() == [FLOW]
        assert list(kept.due(1_000.0)) == []

    def test_a_late_answer_saves_it(self) -> None:
        kept = kept_flow()
        for sweep in range(6):
            asked_by(kept, sweep * SWEEP_SECONDS)
        asked = asked_by(kept, 6 * SWEEP_SECONDS)
        assert kept.answered(binding_answer(asked, PHONE_SIDE) or b"", FLOW)
        assert kept.dead() == []

    def test_another_address_means_that_the_binding_was_lost(self) -> None:
        kept = kept_flow()
        assert kept.answered(binding_answer(asked_by(kept, 0.0), PHONE_SIDE) or b"", FLOW)
        assert not kept.answered(binding_answer(asked_by(kept, 24.0), HostPort("192.0.2.1", 5061)) or b"", FLOW)
        assert list(kept.due(1_000.0)) == []

    def test_what_was_not_asked_or_cannot_be_read_says_nothing(self) -> None:
        kept = kept_flow()
        asked = asked_by(kept, 0.0)
        answer = binding_answer(asked, HostPort("192.0.2.7", 7)) or b""
        other = Flow("UDP", PHONE_SIDE, HostPort("198.51.100.9", 5061))
        for data, flow in ((answer, other), (answer[:8] + b"x" * 12 + answer[20:], FLOW), (answer[:-1], FLOW)):
            assert kept.answered(data, flow)
        assert len(list(kept.due(5.0))) == 1, "it waits for its answer still"


class TestStun:
    @pytest.mark.parametrize("remote", [HostPort("192.0.2.9", 40_000), HostPort("2001:db8::9", 5060)])
    def test_a_phone_learns_where_it_is_seen(self, remote: HostPort) -> None:
        asked = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        assert is_stun(bytes(asked))
        answer = stun.parse_message(binding_answer(bytes(asked), remote) or b"")
        assert answer.message_class is stun.Class.RESPONSE
        assert answer.transaction_id == asked.transaction_id
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == (remote.host, remote.port)

    def test_sip_is_no_stun(self) -> None:
        assert not is_stun(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n")
        assert not is_stun(b"\0" * 40)

    def test_only_binding_requests_are_answered(self) -> None:
        asked = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
        remote = HostPort("192.0.2.9", 1)
        for data in (
            bytes(stun.Message(stun.Method.BINDING, stun.Class.INDICATION)),
            bytes(stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)),
            asked[:2] + b"\x00\x04" + asked[4:],  # a length that lies
            asked + b"\0" * 1_000,
        ):
            assert binding_answer(data, remote) is None
