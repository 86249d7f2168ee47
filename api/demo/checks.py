"""Checks of a demonstration: pure functions over what was heard and what the API answered. They measure sound."""

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction

import numpy as np

from api.demo.evidence import CallEvidence, Check, Document, Evidence, Span
from api.demo.sound import FRAME_SECONDS, SAMPLE_RATE, Samples, alike, find, loudest, seconds_of

SAME = 0.6  # correlation: G.711 alone gives 0.99, other people's voices stay below 0.4
AGREE_SECONDS = 0.1
FIGURE_TOLERANCE = 1e-6
_CONNECTING_SECONDS = 0.5  # around a change of who is heard: network, jitter buffer, clocks of two processes
_MUSIC_SECONDS = 0.8  # the part of the music that has to be heard whole
_BILLED_SECONDS = 2.0  # billing counts from the whole second of the purchase, we from its answer
_GROWING = {"calls_per_hour", "occupancy"}  # of states that last: they differ by the moment of reading


def run_checks(evidence: Evidence) -> list[Check]:
    return [check(evidence) for check in CHECKS]


def _verdict(name: str, faults: Iterable[str], praise: str) -> Check:
    found = list(faults)
    return Check(name, not found, "; ".join(found) or praise)


# --- sound ------------------------------------------------------------------------------------------------------------


def _talked(evidence: Evidence, placed_by: str | None = None) -> list[CallEvidence]:
    return [
        call for call in evidence.calls if call.outcome == "answered" and placed_by in (None, call.report.placed_by)
    ]


def _with_agent(call: CallEvidence) -> list[Span]:
    """From the first connection of an agent to the end, holds included."""
    talk = [*call.spans("talk"), *call.spans("hold")]
    if not talk:
        return []
    start = min(span.start for span in talk) - _CONNECTING_SECONDS
    return [Span(start, max(span.end for span in talk) + _CONNECTING_SECONDS)]


def _score(sound: Samples, heard: Samples | None, spans: list[Span]) -> float:
    """How well `sound` is heard in the best of the spans."""
    if heard is None:
        return 0.0
    return max((alike(sound, span.of(heard)) for span in spans), default=0.0)


def _widened(spans: list[Span]) -> list[Span]:
    return [Span(span.start - _CONNECTING_SECONDS, span.end + _CONNECTING_SECONDS) for span in spans]


def _missing(call: CallEvidence, what: str, score: float) -> list[str]:
    return [] if score >= SAME else [f"{call.name} did not hear {what} ({score:.2f})"]


def _music_score(music: Samples, heard: Samples | None, spans: list[Span]) -> float:
    """Of its beginning, for callers do not wait long."""
    if heard is None:
        return 0.0
    beginning = loudest(music[: 2 * SAMPLE_RATE], _MUSIC_SECONDS)
    return max((find(beginning, span.of(heard)).score for span in spans), default=0.0)


def callers_heard_greeting_music_agent(evidence: Evidence) -> Check:
    faults: list[str] = []
    calls = _talked(evidence, "carrier")
    for call in calls:
        waited = _widened(_joined(call, "queue", "ringing"))
        faults += _missing(
            call,
            "the greeting",
            _score(evidence.greeting, call.carrier_heard, _widened(call.spans("greeting"))),
        )
        faults += _missing(call, "the music", _music_score(evidence.music, call.carrier_heard, waited))
        faults += _missing(call, "the agent", _score(_agent(call), call.carrier_heard, _with_agent(call)))
    if not calls:
        faults.append("no call was answered")
    return _verdict("callers_heard_greeting_music_agent", faults, f"{len(calls)} callers, in this order")


def _agent(call: CallEvidence) -> Samples:
    return call.agent_voice if call.agent_voice is not None else call.carrier_voice[:0]


def _joined(call: CallEvidence, *kinds: str) -> list[Span]:
    """One span over all segments of these kinds before the first agent."""
    found = [span for kind in kinds for span in call.spans(kind)]
    if not found:
        return []
    return [Span(min(span.start for span in found), max(span.end for span in found))]


def agents_heard_callers(evidence: Evidence) -> Check:
    faults: list[str] = []
    calls = _talked(evidence)
    for call in calls:
        heard = call.agent_heard
        score = 0.0 if heard is None else alike(call.carrier_voice, heard)
        if score < SAME:
            faults.append(f"the agent of {call.name} did not hear the other side ({score:.2f})")
    return _verdict("agents_heard_callers", faults, f"{len(calls)} calls")


def called_party_heard_agent(evidence: Evidence) -> Check:
    faults: list[str] = []
    calls = _talked(evidence, "centre")
    for call in calls:
        faults += _missing(call, "the agent", _score(_agent(call), call.carrier_heard, _with_agent(call)))
    if not calls:
        faults.append("no agent's call was answered")
    return _verdict(
        "called_party_heard_agent", faults, f"{len(calls)} calls dialled by agents, after a digest challenge"
    )


def held_callers_heard_music(evidence: Evidence) -> Check:
    """What was heard in the middle of a hold is looked for in the music, wherever that began."""
    faults: list[str] = []
    held = [(call, span) for call in _talked(evidence, "carrier") for span in call.spans("hold")]
    music = np.concatenate((evidence.music, evidence.music))  # it is a loop
    for call, span in held:
        middle = (span.start + span.end) / 2
        piece = Span(middle - _MUSIC_SECONDS / 2, middle + _MUSIC_SECONDS / 2)
        score = 0.0 if call.carrier_heard is None else find(piece.of(call.carrier_heard), music).score
        faults += _missing(call, "music while on hold", score)
    if not held:
        faults.append("no call was held")
    return _verdict("held_callers_heard_music", faults, f"{len(held)} holds")


def recordings_hold_the_right_voices(evidence: Evidence) -> Check:
    faults: list[str] = []
    calls = _talked(evidence)
    for call in calls:
        if call.channels is None or len(call.channels) != 2:
            faults.append(f"{call.name} has no recording of two channels")
            continue
        theirs, ours = call.channels
        for side, right, wrong, channel in (
            ("far party", call.carrier_voice, _agent(call), theirs),
            ("agent", _agent(call), call.carrier_voice, ours),
        ):
            good, bad = alike(right, channel), alike(wrong, channel)
            if good < SAME or bad >= SAME:
                faults.append(f"channel of the {side} of {call.name}: right voice {good:.2f}, other {bad:.2f}")
    return _verdict("recordings_hold_the_right_voices", faults, f"{len(calls)} recordings of two channels")


def recordings_are_whole(evidence: Evidence) -> Check:
    faults: list[str] = []
    calls = [call for call in evidence.calls if call.recording is not None]
    for call in calls:
        assert call.recording is not None
        if call.audio_sha256 != call.recording["sha256"]:
            faults.append(f"{call.name}: the audio is not what its SHA-256 says")
        length = seconds_of(call.channels[0]) if call.channels else 0.0
        if abs(length - call.recording["seconds"]) > FRAME_SECONDS:
            faults.append(f"{call.name}: {length:.2f} s of audio, {call.recording['seconds']:.2f} s told")
    return _verdict("recordings_are_whole", faults, f"{len(calls)} recordings, hash and length")


# --- figures ----------------------------------------------------------------------------------------------------------


def answered_seconds_agree(evidence: Evidence) -> Check:
    """Call record, the packets of the far party as both ends count them, and the recording."""
    faults: list[str] = []
    worst = 0.0
    for call in _talked(evidence):
        assert call.record is not None
        told = call.record["connected_seconds"]
        quality = call.record["quality"]["caller"]
        seconds = {
            "packets sent": call.report.packets_sent * FRAME_SECONDS,
            "packets received": quality["packets_received"] * FRAME_SECONDS if quality else math.inf,
            "recording": call.recording["seconds"] if call.recording else math.inf,
        }
        for what, length in seconds.items():
            worst = max(worst, abs(length - told))
            if abs(length - told) > AGREE_SECONDS:
                faults.append(f"{call.name}: record {told:.3f} s, {what} {length:.3f} s")
    return _verdict("answered_seconds_agree", faults, f"within {worst:.3f} s")


def no_call_was_lost(evidence: Evidence) -> Check:
    faults = [
        f"{call.name} ended with status {call.report.status}" for call in evidence.calls if call.report.status >= 400
    ]
    faults += [f"{call.name} has no call record" for call in evidence.calls if call.record is None]
    faults += [f"{call.name} has no outcome" for call in evidence.calls if call.record is not None and not call.outcome]
    if len(evidence.records) != len(evidence.calls):
        faults.append(f"{len(evidence.calls)} calls, {len(evidence.records)} call records")
    return _verdict("no_call_was_lost", faults, f"{len(evidence.calls)} calls, each with its record")


def who_gave_up_is_abandoned(evidence: Evidence) -> Check:
    gave_up = [
        call
        for call in evidence.calls
        if call.report.hung_up_by == "carrier" and call.record is not None and call.record["connected_at"] is None
    ]
    faults = [f"{call.name} is {call.outcome}" for call in gave_up if call.outcome != "abandoned"]
    told = evidence.indicators["calls_abandoned"]
    if told != len(gave_up):
        faults.append(f"{len(gave_up)} callers gave up, {told} are counted")
    return _verdict("who_gave_up_is_abandoned", faults, f"{len(gave_up)} callers")


def recount_equals_live(evidence: Evidence) -> Check:
    faults = list(evidence.recount)
    for key, value in evidence.recounted.items():
        live = evidence.indicators.get(key)
        if key not in _GROWING and not _equal(value, live):
            faults.append(f"{key}: {live} live, {value} recounted")
    return _verdict("recount_equals_live", faults, f"{len(evidence.recounted)} indicators, all records and intervals")


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=FIGURE_TOLERANCE, abs_tol=FIGURE_TOLERANCE)


def invoice_equals_the_seat_formula(evidence: Evidence) -> Check:
    """Seats x price x part of the month from the purchase to the month's end, rounded half up."""
    invoice, price = evidence.invoice, evidence.plan["price_per_seat"]
    period = invoice["period"]
    since = max(evidence.seats_bought_at, _moment(period["start"]))
    faults: list[str] = []
    if not invoice["lines"]:
        return Check("invoice_equals_the_seat_formula", False, "the invoice has no lines")
    line = invoice["lines"][-1]
    began, ended = _moment(line["start"]), _moment(period["end"])
    if abs((began - since).total_seconds()) > _BILLED_SECONDS:
        faults.append(f"billed from {began}, bought at {since}")
    share = Fraction(int((ended - began).total_seconds()), int((ended - _moment(period["start"])).total_seconds()))
    expected = _half_up(share * evidence.seats * price["minor"])
    if invoice["total_minor"] != expected or invoice["currency"] != price["currency"]:
        faults.append(f"{invoice['total_minor']} {invoice['currency']}, by the formula {expected} {price['currency']}")
    if sum(each["amount_minor"] for each in invoice["lines"]) != invoice["total_minor"]:
        faults.append("the lines do not add up to the total")
    praise = f"{evidence.seats} seats at {price['minor']} {price['currency']}: {expected}"
    return _verdict("invoice_equals_the_seat_formula", faults, praise)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _half_up(exact: Fraction) -> int:
    return math.floor(exact + Fraction(1, 2))


CHECKS: tuple[Callable[[Evidence], Check], ...] = (
    no_call_was_lost,
    callers_heard_greeting_music_agent,
    agents_heard_callers,
    called_party_heard_agent,
    held_callers_heard_music,
    recordings_hold_the_right_voices,
    recordings_are_whole,
    answered_seconds_agree,
    who_gave_up_is_abandoned,
    recount_equals_live,
    invoice_equals_the_seat_formula,
)


def document(evidence: Evidence, checks: list[Check], files: dict[str, str]) -> Document:
    """The one JSON document of `cordboard demo --once --json`; `files` has the audio file of each recording."""
    outcomes = [call.outcome for call in evidence.calls if call.report.placed_by == "carrier"]
    return {
        "ok": all(check.ok for check in checks),
        "checks": [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks],
        "calls": {
            "offered": len(outcomes),
            "answered": outcomes.count("answered"),
            "abandoned": outcomes.count("abandoned") + outcomes.count("short_abandoned"),
        },
        "recordings": [
            {
                "call_id": call.recording["call_id"],
                "file": files[call.recording["id"]],
                "seconds": call.recording["seconds"],
                "channels": call.recording["channels"],
                "sha256": call.recording["sha256"],
            }
            for call in evidence.calls
            if call.recording is not None
        ],
        "kpis": evidence.indicators,
        "invoice": {key: evidence.invoice[key] for key in ("currency", "total_minor", "lines")},
    }
