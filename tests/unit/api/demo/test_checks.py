"""Every check says yes to a faultless demonstration, and no to the fault that it is there for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from api.demo.checks import CHECKS, document, run_checks
from api.demo.evidence import CallEvidence, Document, Evidence
from api.demo.plans import CallFinished
from api.demo.sound import SAMPLE_RATE, VOICES, Samples, read_mono

ANSWERED = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
GREETING = read_mono(VOICES / "agent-4.wav")
MUSIC = (6000 * np.sin(np.cumsum(np.linspace(0.1, 2.0, 4 * SAMPLE_RATE)))).astype(np.int16)
CALLER, AGENT = read_mono(VOICES / "caller-1.wav"), read_mono(VOICES / "agent-1.wav")


def at(seconds: float) -> str:
    return (ANSWERED + timedelta(seconds=seconds)).isoformat()


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.int16)


def timeline(length: float, *pieces: tuple[float, Samples]) -> Samples:
    whole = silence(length)
    for start, samples in pieces:
        first = int(start * SAMPLE_RATE)
        part = samples[: len(whole) - first]
        whole[first : first + len(part)] = part
    return whole


def segment(kind: str, start: float, end: float) -> Document:
    return {"kind": kind, "start": at(start), "end": at(end)}


def inbound() -> CallEvidence:
    """Greeting 0-3, music 3-6, agent 6-10, hold 10-12, agent 12-16."""
    heard = timeline(
        16, (0, GREETING[: 3 * SAMPLE_RATE]), (3, MUSIC[: 3 * SAMPLE_RATE]), (6, AGENT), (10, MUSIC[: 2 * SAMPLE_RATE])
    )
    return CallEvidence(
        report=report("caller-1", "carrier", 800),
        record=record(
            "one",
            16.0,
            [
                ("greeting", 0, 3),
                ("queue", 3, 4),
                ("ringing", 4, 6),
                ("talk", 6, 10),
                ("hold", 10, 12),
                ("talk", 12, 16),
            ],
        ),
        recording={"id": "r1", "call_id": "one", "seconds": 16.0, "channels": 2, "sha256": "abc"},
        channels=[timeline(16, (6, CALLER)), heard],
        carrier_heard=heard,
        agent_heard=timeline(10, (0.5, CALLER)),
        carrier_voice=CALLER,
        agent_voice=AGENT,
        audio_sha256="abc",
    )


def outbound() -> CallEvidence:
    return CallEvidence(
        report=report("taken-1", "centre", 300),
        record=record("two", 6.0, [("ringing", -1, 0), ("talk", 0, 6)]),
        recording={"id": "r2", "call_id": "two", "seconds": 6.0, "channels": 2, "sha256": "def"},
        channels=[timeline(6, (1, CALLER)), timeline(6, (1, AGENT))],
        carrier_heard=timeline(6, (1, AGENT)),
        agent_heard=timeline(6, (1, CALLER)),
        carrier_voice=CALLER,
        agent_voice=AGENT,
        audio_sha256="def",
    )


def abandoned() -> CallEvidence:
    return CallEvidence(
        report=report("impatient", "carrier", 250),
        record=record("three", 5.0, [("greeting", 0, 3), ("queue", 3, 5)], outcome="abandoned", connected=None),
        carrier_voice=CALLER,
    )


def report(name: str, placed_by: Any, packets: int) -> CallFinished:
    return CallFinished(
        name=name,
        placed_by=placed_by,
        caller="+442079460001",
        called="+442079460100",
        voice="caller-1.wav",
        codec="PCMU",
        status=200,
        hung_up_by="carrier" if name == "impatient" else "centre",
        began_at=0.0,
        answered_at=0.0,
        ended_at=packets / 50,
        packets_sent=packets,
        packets_heard=packets,
        heard=None,
    )


def record(
    name: str, seconds: float, segments: list[tuple[str, float, float]], outcome: str = "answered", connected: Any = 6.0
) -> Document:
    return {
        "id": name,
        "outcome": outcome,
        "answered_at": at(0),
        "connected_at": None if connected is None else at(connected),
        "connected_seconds": seconds,
        "quality": {"caller": {"packets_received": round(seconds * 50)}},
        "segments": [segment(*each) for each in segments],
    }


def evidence() -> Evidence:
    calls = [inbound(), outbound(), abandoned()]
    figures = {"calls_abandoned": 1, "service_level": 50.0, "occupancy": 12.0, "abandon_rate": None}
    return Evidence(
        calls=calls,
        greeting=GREETING,
        music=MUSIC,
        records=[call.record for call in calls if call.record is not None],
        recount=[],
        recounted={**figures, "occupancy": 11.0},
        indicators=figures,
        plan={"price_per_seat": {"minor": 4900, "currency": "EUR"}, "seats": 6},
        invoice={
            "currency": "EUR",
            "total_minor": 14700,
            "period": {"start": "2026-03-01T00:00:00Z", "end": "2026-03-31T00:00:00Z"},
            "lines": [{"start": "2026-03-16T00:00:00Z", "amount_minor": 14700}],
        },
        seats=6,
        seats_bought_at=datetime(2026, 3, 16, 0, 0, 1, tzinfo=UTC),
    )


def verdicts(found: Evidence) -> dict[str, bool]:
    return {check.name: check.ok for check in run_checks(found)}


def test_a_faultless_demonstration_passes_every_check() -> None:
    checks = run_checks(evidence())
    assert [f"{check.name}: {check.detail}" for check in checks if not check.ok] == []
    assert len(checks) == len(CHECKS)


def changed(place: int, **fields: Any) -> Callable[[Evidence], Evidence]:
    def change(found: Evidence) -> Evidence:
        calls = list(found.calls)
        calls[place] = msgspec.structs.replace(calls[place], **fields)
        return msgspec.structs.replace(found, calls=calls)

    return change


def whole(**fields: Any) -> Callable[[Evidence], Evidence]:
    return lambda found: msgspec.structs.replace(found, **fields)


def record_changed(place: int, **fields: Any) -> Callable[[Evidence], Evidence]:
    def change(found: Evidence) -> Evidence:
        return changed(place, record={**(found.calls[place].record or {}), **fields})(found)

    return change


HEARD = inbound().carrier_heard
assert HEARD is not None
FAULTS: list[tuple[str, Callable[[Evidence], Evidence]]] = [
    ("no_call_was_lost", changed(0, record=None)),
    ("no_call_was_lost", changed(0, report=msgspec.structs.replace(report("caller-1", "carrier", 0), status=503))),
    ("no_call_was_lost", whole(records=[])),
    ("callers_heard_greeting_music_agent", changed(0, carrier_heard=timeline(16, (3, HEARD[3 * SAMPLE_RATE :])))),
    ("callers_heard_greeting_music_agent", changed(0, carrier_heard=timeline(16, (0, GREETING), (6, AGENT)))),
    ("callers_heard_greeting_music_agent", changed(0, carrier_heard=HEARD[: 6 * SAMPLE_RATE])),
    ("callers_heard_greeting_music_agent", changed(0, carrier_heard=None)),
    ("agents_heard_callers", changed(0, agent_heard=silence(10))),
    ("agents_heard_callers", changed(1, agent_heard=None)),
    ("called_party_heard_agent", changed(1, carrier_heard=silence(6))),
    ("called_party_heard_agent", record_changed(1, outcome="failed")),
    ("held_callers_heard_music", changed(0, carrier_heard=HEARD[: 10 * SAMPLE_RATE])),
    ("recordings_hold_the_right_voices", changed(0, channels=list(reversed(inbound().channels or [])))),
    ("recordings_hold_the_right_voices", changed(1, channels=None)),
    ("recordings_are_whole", changed(0, audio_sha256="other")),
    ("recordings_are_whole", changed(0, channels=[silence(15.9), silence(15.9)])),
    ("answered_seconds_agree", changed(0, report=report("caller-1", "carrier", 790))),
    ("answered_seconds_agree", record_changed(1, connected_seconds=6.11)),
    ("answered_seconds_agree", changed(1, recording=None)),
    ("who_gave_up_is_abandoned", record_changed(2, outcome="blocked")),
    ("who_gave_up_is_abandoned", whole(indicators={**evidence().indicators, "calls_abandoned": 0})),
    ("recount_equals_live", whole(recount=["interval x: 1 in the log, 2 kept"])),
    ("recount_equals_live", whole(indicators={**evidence().indicators, "service_level": 49.0})),
    ("recount_equals_live", whole(indicators={**evidence().indicators, "abandon_rate": 0.0})),
    ("invoice_equals_the_seat_formula", whole(seats=7)),
    ("invoice_equals_the_seat_formula", whole(seats_bought_at=datetime(2026, 3, 17, tzinfo=UTC))),
    ("invoice_equals_the_seat_formula", whole(invoice={**evidence().invoice, "lines": []})),
]


@pytest.mark.parametrize(("name", "spoil"), FAULTS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(FAULTS)])
def test_a_fault_is_found_by_its_check(name: str, spoil: Callable[[Evidence], Evidence]) -> None:
    assert not verdicts(spoil(evidence()))[name]


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {name for name, _ in FAULTS} == {check.name for check in run_checks(evidence())}


def test_the_document_has_the_shape_that_scripts_read() -> None:
    found = evidence()
    result = document(found, run_checks(found), {"r1": "/a.wav", "r2": "/b.wav"})
    assert result["ok"] is True
    assert result["calls"] == {"offered": 2, "answered": 1, "abandoned": 1}
    assert result["recordings"][0] == {
        "call_id": "one",
        "file": "/a.wav",
        "seconds": 16.0,
        "channels": 2,
        "sha256": "abc",
    }
    assert result["kpis"]["service_level"] == 50.0
    assert set(result["invoice"]) == {"currency", "total_minor", "lines"}
