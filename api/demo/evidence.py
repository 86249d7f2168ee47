"""What a demonstration leaves behind, gathered for the checks."""

from datetime import datetime
from typing import Any

import msgspec

from api.demo.plans import CallFinished
from api.demo.sound import SAMPLE_RATE, Samples

Document = dict[str, Any]


class Span(msgspec.Struct, frozen=True):
    """Seconds since the far party's leg was answered."""

    start: float
    end: float

    def of(self, samples: Samples) -> Samples:
        return samples[max(0, int(self.start * SAMPLE_RATE)) : max(0, int(self.end * SAMPLE_RATE))]


class CallEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One call from all sides. `report` is the carrier's, `record` the API's; voices are the sound files spoken."""

    report: CallFinished
    record: Document | None
    recording: Document | None = None
    channels: list[Samples] | None = None  # of the recording: the far party, and what it heard
    carrier_heard: Samples | None = None
    agent_heard: Samples | None = None
    carrier_voice: Samples
    agent_voice: Samples | None = None
    audio_sha256: str = ""

    @property
    def name(self) -> str:
        return self.report.name

    @property
    def outcome(self) -> str | None:
        return None if self.record is None else self.record["outcome"]

    def spans(self, kind: str) -> list[Span]:
        """Where the record says that the caller was."""
        if self.record is None or self.record["answered_at"] is None:
            return []
        answered = datetime.fromisoformat(self.record["answered_at"])
        return [
            Span(
                (datetime.fromisoformat(segment["start"]) - answered).total_seconds(),
                (datetime.fromisoformat(segment["end"]) - answered).total_seconds(),
            )
            for segment in self.record["segments"]
            if segment["kind"] == kind and segment["end"] is not None
        ]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """`recount` has the differences found; `recounted` and `indicators` the same figures from the log and the API."""

    calls: list[CallEvidence]
    greeting: Samples
    music: Samples
    records: list[Document]
    recount: list[str]
    recounted: Document
    indicators: Document
    plan: Document
    invoice: Document
    seats: int
    seats_bought_at: datetime


class Check(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    detail: str
