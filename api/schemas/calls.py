"""Call records and recordings."""

from datetime import datetime
from uuid import UUID

from api.schemas.common import Body
from insight.kpi.records import SegmentKind
from insight.questions import ShownOutcome
from kernel.contracts.calls import Attestation, Direction, EndCause


class SegmentBody(Body, frozen=True):
    kind: SegmentKind
    start: datetime
    end: datetime | None
    agent_id: UUID | None = None
    queue_id: UUID | None = None


class PassedOnBody(Body, frozen=True):
    """`agent_id` passed the call on to a queue or a colleague, or asked the colleague, with a note for who gets it."""

    agent_id: UUID
    at: datetime
    note: str | None
    to_agent_id: UUID | None
    to_queue_id: UUID | None


class QualityBody(Body, frozen=True):
    """Final RTP figures of one leg; jitter and round trip in ms, MOS by ITU-T G.107."""

    packets_received: int
    packets_sent: int
    lost: int
    jitter_ms: float
    round_trip_ms: float | None
    mos: float | None


class CallQuality(Body, frozen=True):
    caller: QualityBody | None = None
    agent: QualityBody | None = None


class CallBody(Body, frozen=True):
    """`answered` means: an agent was connected. `connected_seconds` runs from the far leg's answer to the end.

    `diverted_by` forwarded the call to us. `attestation`: how far a carrier vouches for the caller's number by its
    signature (STIR/SHAKEN), failed where the signature proves nothing, null where there is none or none is checked.
    """

    id: UUID
    direction: Direction
    queue_id: UUID | None
    queue_name: str | None
    number: str | None
    caller: str | None
    called: str
    diverted_by: str | None
    attestation: Attestation | None
    agent_id: UUID | None
    agent_name: str | None
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
    outcome: ShownOutcome | None
    end_cause: EndCause | None
    disposition: str | None
    note: str | None
    recording_ids: tuple[UUID, ...]
    quality: CallQuality
    segments: tuple[SegmentBody, ...]
    passed_on: tuple[PassedOnBody, ...]


class RecordingBody(Body, frozen=True):
    """`gaps` are (start, length) in seconds."""

    id: UUID
    call_id: UUID
    started_at: datetime
    seconds: float
    channels: int
    bytes: int
    sha256: str
    gaps: tuple[tuple[float, float], ...] = ()
