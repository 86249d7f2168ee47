"""Liveness of connections, keep-alives and STUN, told the time."""

import pytest
from aioice import stun

from gateway.io.keep_alive import PAUSE_SECONDS, KeptOpen
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
from gateway.sip.flow import HostPort, Target, Transport


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


class TestKeptOpen:
    def test_a_kept_place_gets_its_datagrams(self) -> None:
        kept, place = KeptOpen(), Target("UDP", HostPort("192.0.2.1", 5060))
        kept.add(place)
        sent = [(now, transmit.data) for now in range(1, 60) for transmit in kept.due(float(now))]
        assert sent == [(now, b"\r\n\r\n") for now in (1, 1 + PAUSE_SECONDS, 1 + 2 * PAUSE_SECONDS)]
        kept.discard(place)
        assert list(kept.due(1_000.0)) == []

    def test_connections_are_watched_elsewhere(self) -> None:
        kept = KeptOpen()
        kept.add(Target("TCP", HostPort("192.0.2.1", 5060)))
        assert list(kept.due(1.0)) == []


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
