"""A call record as readers get it, in JSON: made when the record is written, so that a page of a list is cut from rows.

Names of people and queues, and the outcome, are not in it: they may change while the record stays.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from insight.kpi.records import CallRecord, Quality, SegmentKind
from kernel.contracts.calls import Attestation, Direction, EndCause
from kernel.contracts.codec import to_json
from kernel.primitives.phone import PhoneNumber

FORM = 3  # of `ShownCall`; a row of another form is made anew from its record when it is read


class ShownSegment(msgspec.Struct, frozen=True):
    kind: SegmentKind
    start: datetime
    end: datetime | None
    agent_id: UUID | None
    queue_id: UUID | None


class ShownPassedOn(msgspec.Struct, frozen=True):
    agent_id: UUID
    at: datetime
    note: str | None
    to_agent_id: UUID | None
    to_queue_id: UUID | None


class ShownQuality(msgspec.Struct, frozen=True):
    caller: Quality | None
    agent: Quality | None


class ShownCall(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is ours."""

    id: UUID
    direction: Direction
    queue_id: UUID | None
    number: PhoneNumber | None
    caller: PhoneNumber | None
    called: PhoneNumber
    diverted_by: PhoneNumber | None
    attestation: Attestation | None
    agent_id: UUID | None
    offered_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float
    connected_seconds: float
    end_cause: EndCause | None
    disposition: str | None
    note: str | None
    recording_ids: list[UUID]
    quality: ShownQuality
    segments: list[ShownSegment]
    passed_on: list[ShownPassedOn]


def show(record: CallRecord) -> bytes:
    """The JSON of a ShownCall."""
    return to_json(
        ShownCall(
            id=record.call,
            direction=record.direction,
            queue_id=record.queue,
            number=record.called if record.direction is Direction.INBOUND else record.caller,
            caller=record.caller,
            called=record.called,
            diverted_by=record.diverted_by,
            attestation=record.attestation,
            agent_id=record.agent,
            offered_at=record.offered_at,
            queued_at=record.queued_at,
            answered_at=record.answered_at,
            connected_at=record.connected_at,
            ended_at=record.ended_at,
            wait_seconds=record.wait_ms / 1000,
            talk_seconds=record.spent_ms(SegmentKind.TALK) / 1000,
            hold_seconds=record.spent_ms(SegmentKind.HOLD) / 1000,
            wrap_up_seconds=record.spent_ms(SegmentKind.WRAP_UP) / 1000,
            connected_seconds=record.connected_ms / 1000,
            end_cause=record.cause,
            disposition=record.disposition or None,
            note=record.note or None,
            recording_ids=list(record.recordings),
            quality=ShownQuality(record.quality.get("caller"), record.quality.get("agent")),
            segments=[
                ShownSegment(segment.kind, segment.start, segment.end, segment.agent, segment.queue)
                for segment in record.segments
            ],
            passed_on=[ShownPassedOn(one.by, one.at, one.note or None, one.to, one.queue) for one in record.passed_on],
        )
    )
