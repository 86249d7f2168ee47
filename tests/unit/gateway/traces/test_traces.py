"""Ladders and captures: every message of a call once, no number, no secret, and never more than fits."""

import shutil
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from gateway.sip.events import InviteReceived
from gateway.sip.flow import Flow, HostPort
from gateway.sip.parser import parse_message
from gateway.traces.book import ENDED_KEPT, FIRST, LAST, MAX_STRAYS, CaptureRule, TraceBook
from gateway.traces.ladder import ladder
from gateway.traces.masking import masked
from gateway.traces.model import Packet, Trace
from gateway.traces.pcap import pcap
from gateway.traces.reading import read_received, read_sent
from kernel.primitives.ids import CallId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber
from tests.unit.gateway.sip.pair import ANSWER, Pair

CALL, OTHER = CallId(UUID(int=1)), CallId(UUID(int=2))
OURS, THEIRS = TenantId(UUID(int=11)), TenantId(UUID(int=12))
TRUNK = TrunkId(UUID(int=21))
NUMBER = PhoneNumber("+442071838750")
FLOW = Flow("UDP", HostPort("192.0.2.2", 5060), HostPort("198.51.100.7", 5062))
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def request(method: str = "INVITE", call_id: str = "abc", cseq: int = 1, more: str = "") -> bytes:
    return (
        f"{method} sip:+442071838750@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nFrom: <sip:+491711234567@h>;tag=1\r\n{more}\r\n"
    ).encode()


def came(book: TraceBook, data: bytes) -> None:
    book.received(parse_message(data), data, FLOW)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def watched_call(loss: float = 0.0) -> tuple[TraceBook, Trace]:
    """A call that the callee traces, answered and hung up."""
    pair = Pair(seed=3, loss=loss)
    book = TraceBook(lambda: pair.now)
    pair.callee.watch(book)

    def react(event: object, now: float) -> None:
        if isinstance(event, InviteReceived):
            book.bind(event.session, CALL)
            pair.callee.endpoint.ring(event.session, now, reliable=False)
            pair.callee.endpoint.accept(event.session, ANSWER, now)

    pair.callee.react = react
    session = pair.invite()
    pair.run(20)
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(40)
    return book, book.of(CALL)


def test_a_call_is_traced_message_by_message() -> None:
    _, trace = watched_call()
    assert [(entry.sent, entry.label) for entry in trace.entries] == [
        (False, "INVITE"),
        (True, "100 INVITE"),
        (True, "180 INVITE"),
        (True, "200 INVITE"),
        (False, "ACK"),
        (False, "BYE"),
        (True, "200 BYE"),
    ]
    assert [leg.direction for leg in trace.legs] == ["inbound"]
    assert {entry.remote for entry in trace.entries} == {"192.0.2.1:5060"}


def test_a_trace_knows_no_number() -> None:
    book = TraceBook(Clock())
    came(book, request(more='Reason: Q.850;cause=17;text="+491711234567 is busy"\r\n'))
    book.session("s", "abc")
    book.bind("s", CALL)
    assert book.of(CALL).entries[0].cause == 17
    assert "7183" not in repr(book.of(CALL)) + ladder(book.of(CALL))
    assert "1711" not in repr(book.of(CALL)) + ladder(book.of(CALL))


def test_the_ladder_shows_directions_times_and_repetitions() -> None:
    clock = Clock()
    book = TraceBook(clock)
    came(book, request())
    book.session("s", "abc")
    book.bind("s", CALL)
    clock.now += 0.5
    came(book, request())
    book.session("t", "def")
    book.bind("t", CALL)
    book.sent(request(call_id="def"), FLOW)
    legend, a, b, _, head, *rows = ladder(book.of(CALL)).splitlines()
    assert legend == "begins 1970-01-12 13:46:40.000000 UTC"
    assert a == "A  inbound, 198.51.100.7:5062 UDP, Call-ID abc"
    assert b == "B  outbound, 198.51.100.7:5062 UDP, Call-ID def"
    assert head.split() == ["A", "cordboard", "B"]
    assert [row.split()[0] for row in rows] == ["0.000", "0.500", "0.500"]
    assert ("INVITE" in rows[0], "> |"[0] in rows[0], "again" in rows[1]) == (True, True, True)
    assert rows[2].index("INVITE") > rows[0].index("INVITE") + 20


def test_a_hostile_call_id_gives_the_terminal_no_orders() -> None:
    book = TraceBook(Clock())
    came(book, request(call_id="\x1b[2Jx"))
    book.session("s", "\x1b[2Jx")
    book.bind("s", CALL)
    assert "\x1b" not in ladder(book.of(CALL))


def test_a_call_of_many_messages_keeps_its_beginning_and_its_end() -> None:
    book = TraceBook(Clock())
    book.session("s", "abc")
    book.bind("s", CALL)
    for number in range(1000):
        book.sent(request("OPTIONS", cseq=number), FLOW)
    trace = book.of(CALL)
    kept = [entry.cseq for entry in trace.entries]
    assert kept == [*range(FIRST), *range(1000 - LAST, 1000)]
    assert trace.left_out == 1000 - FIRST - LAST


def test_what_was_said_since_the_last_look_is_news() -> None:
    book = TraceBook(Clock())
    book.session("s", "abc")
    book.bind("s", CALL)
    book.sent(request(), FLOW)
    assert [book.has_news(CALL), book.has_news(CALL)] == [True, False]
    before = book.of(CALL)
    book.sent(request("BYE", cseq=2), FLOW)
    assert book.has_news(CALL)
    assert [entry.method for entry in book.of(CALL).entries] == ["INVITE", "BYE"]
    assert [entry.method for entry in before.entries] == ["INVITE"]


def test_strangers_and_ended_calls_are_forgotten() -> None:
    clock = Clock()
    book = TraceBook(clock)
    for number in range(10 * MAX_STRAYS):
        came(book, request(call_id=f"x{number}"))
        came(book, request("REGISTER", call_id=f"r{number}"))
    assert book.size == MAX_STRAYS
    book.session("s", "abc")
    book.bind("s", CALL)
    book.sent(request(), FLOW)
    book.ended(CALL, OURS, TRUNK, ())
    clock.now += ENDED_KEPT + 1
    book.session("t", "def")
    assert book.size == MAX_STRAYS + 1
    assert book.of(CALL) == Trace()


def test_a_leg_that_goes_to_another_call_is_traced_in_both_and_outlives_the_first() -> None:
    clock = Clock()
    book = TraceBook(clock)
    came(book, request())
    book.session("s1", "abc")
    book.bind("s1", CALL)
    book.share("abc", OTHER)
    book.ended(CALL, OURS, None, ())
    clock.now += ENDED_KEPT + 1
    book.session("s2", "def")
    came(book, request("BYE", cseq=2))
    assert [entry.method for entry in book.of(OTHER).entries] == ["INVITE", "BYE"]
    assert book.of(CALL).entries == ()
    book.ended(OTHER, OURS, None, ())
    clock.now += ENDED_KEPT + 1
    book.session("s3", "ghi")
    assert book.size == 2


def test_a_call_that_another_process_began_goes_on_in_one_trace() -> None:
    clock = Clock()
    former, book = TraceBook(clock), TraceBook(clock)
    came(former, request())
    former.session("s", "abc")
    former.bind("s", CALL)
    book.restore("s", CALL, former.of(CALL))
    book.bind("s", CALL)
    book.session("s", "abc")
    came(book, request("BYE", cseq=2))
    trace = book.of(CALL)
    assert [entry.method for entry in trace.entries] == ["INVITE", "BYE"]
    assert len(trace.legs) == 1


class TestCaptures:
    @pytest.mark.parametrize(
        ("rule", "wanted"),
        [
            (CaptureRule(tenant=OURS, until=LATER, number=NUMBER.e164), True),
            (CaptureRule(tenant=OURS, until=LATER, trunk=TRUNK), True),
            (CaptureRule(tenant=THEIRS, until=LATER, number=NUMBER.e164), False),
            (CaptureRule(tenant=OURS, until=LATER, number="+4930123"), False),
            (CaptureRule(tenant=OURS, until=LATER, number=NUMBER.e164, trunk=TrunkId(UUID(int=5))), False),
            (CaptureRule(tenant=OURS, until=datetime(1970, 1, 2, tzinfo=UTC), number=NUMBER.e164), False),
        ],
    )
    def test_only_what_was_asked_for_is_kept(self, rule: CaptureRule, wanted: bool) -> None:
        book = TraceBook(Clock())
        book.rules = (rule,)
        for name, call in (("s", CALL), ("t", OTHER)):
            came(book, request(call_id=name))
            book.session(name, name)
            book.bind(name, call)
        book.ended(CALL, OURS, TRUNK, (NUMBER, None))
        assert [packet.data for packet in book.packets(CALL)] == ([request(call_id="s")] if wanted else [])
        assert book.packets(OTHER) == []

    def test_keys_and_answers_to_challenges_are_written_over(self) -> None:
        data = request(
            more='Authorization: Digest username="a", nonce="abc", uri="sip:x", response="0123456789abcdef"\r\n'
            "\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20\r\n"
        )
        clean = masked(data)
        assert len(clean) == len(data)
        assert b"0123456789abcdef" not in clean
        assert b"PS1uQCVe" not in clean
        assert b'username="a"' in clean
        assert clean.count(b"|2^20") == 1

    def test_the_file_has_ip_and_udp_around_each_message(self) -> None:
        packet = Packet(1.5, True, ("192.0.2.2", 5060), ("198.51.100.7", 5062), b"OPTIONS")
        file = pcap([packet])
        assert struct.unpack("<I", file[:4]) == (0xA1B2C3D4,)
        seconds, micros, length, _ = struct.unpack("<IIII", file[24:40])
        assert (seconds, micros, length) == (1, 500_000, 28 + 7)
        ip = file[40:]
        assert sum(struct.unpack("!10H", ip[:20])) % 0xFFFF == 0, "the header's checksum"
        assert struct.unpack("!HH", ip[20:24]) == (5060, 5062)
        assert ip[28:] == b"OPTIONS"

    @pytest.mark.peers
    @pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
    @pytest.mark.parametrize("host", ["192.0.2.2", "2001:db8::2"])
    def test_tshark_reads_it(self, tmp_path: Path, host: str) -> None:
        file = tmp_path / "call.pcap"
        file.write_bytes(pcap([Packet(1.5, True, (host, 5060), (host, 5062), request() + b"\r\n")]))
        command = ["tshark", "-r", str(file), "-o", "udp.check_checksum:TRUE", "-Y", "sip && !udp.checksum.bad"]
        command += ["-T", "fields", "-e", "sip.Method", "-e", "sip.Call-ID", "-e", "udp.dstport"]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=25, check=True).stdout
        assert shown.split() == ["INVITE", "abc", "5062"]


@pytest.mark.parametrize("missing", [b"CSeq", b"Call-ID"])
def test_what_cannot_be_followed_is_passed_over(missing: bytes) -> None:
    book = TraceBook(Clock())
    came(book, request().replace(missing, b"X"))
    came(book, request().replace(missing + b": ", missing + b": 1\r\n" + missing + b": "))
    book.sent(b"\r\n", FLOW)
    assert book.size == 0


@pytest.mark.parametrize("name", [b"i", b"CALL-ID", b"call-id\t"])
def test_every_spelling_is_read(name: bytes) -> None:
    data = request(more="reason : SIP;text=x,\r\n Q.850 ; Cause = 16\r\n").replace(b"Call-ID", name)
    read = read_received(parse_message(data.replace(b"CSeq", b"CSEQ")))
    assert read is not None
    call_id, seen = read
    assert (call_id, seen.method, seen.status, seen.cseq, seen.cause) == ("abc", "INVITE", 0, 1, 16)


def test_all_that_we_write_is_read() -> None:
    """Also what is sent again, refused, cancelled or acknowledged, which different places of the core write."""
    pair = Pair()
    ours, theirs = pair.established()
    end = (("Reason", "Q.850;cause=31"),)
    pair.do(lambda now: pair.callee.endpoint.reinvite(theirs, ANSWER, now))
    pair.run(1)
    pair.do(lambda now: pair.caller.endpoint.reject_reinvite(ours, 488, now))
    pair.run(1)
    pair.do(lambda now: pair.caller.endpoint.hang_up(ours, now, headers=end))
    second = pair.invite()
    pair.do(lambda now: pair.callee.endpoint.ring(pair.callee.of(InviteReceived)[-1].session, now))
    pair.run(1)
    pair.do(lambda now: pair.caller.endpoint.hang_up(second, now, headers=end))
    pair.run(40)
    written = [data for side in (pair.caller, pair.callee) for _, data in side.sent]
    read = [read_sent(data) for data in written]
    assert read == [read_received(parse_message(data)) for data in written]
    assert {seen.method for found in read if found for seen in found[1:]} >= {"INVITE", "ACK", "CANCEL", "BYE"}
    assert {seen.cause for found in read if found for seen in found[1:]} == {0, 31}
