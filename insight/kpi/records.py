"""The record of one call: every figure of it is read from its segments and moments."""

from datetime import datetime
from enum import StrEnum

import msgspec

from insight.kpi.counters import TransferTarget
from insight.kpi.intervals import duration_ms
from kernel.contracts.calls import Attestation, Direction, EndCause, EndReason, EndResult, OfferOutcome
from kernel.contracts.telephony import PartyAddress
from kernel.primitives.ids import CallId, QueueId, RecordingId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

AT_ONCE_MS = 1000  # an offer this soon after queueing means that an agent was free: the call did not have to wait

_GIVEN_UP = frozenset({EndReason.HANGUP_BY_CALLER, EndReason.ABANDONED, EndReason.CANCELLED})


class SegmentKind(StrEnum):
    GREETING = "greeting"
    FLOW = "flow"
    QUEUE = "queue"
    RINGING = "ringing"
    TALK = "talk"
    HOLD = "hold"
    WRAP_UP = "wrap_up"


class Outcome(StrEnum):
    """What became of a call; which abandons are short depends on the queue's threshold and is told when read."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"  # inbound, refused or lost before it reached a queue
    FAILED = "failed"  # lost in a queue by no act of who waited; or outbound and not answered
    MESSAGE_LEFT = "message_left"  # nobody answered, and the caller has said what they want
    CALLBACK_PROMISED = "callback_promised"  # nobody answered, and the caller is to be rung back


class Segment(msgspec.Struct, kw_only=True):
    kind: SegmentKind
    start: datetime
    end: datetime | None = None
    agent: UserId | None = None
    queue: QueueId | None = None


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the agent called in, kept while the call lasts: `aside` hears the agent alone; `cause` is why they left."""

    party: str
    to: PartyAddress
    at: datetime
    aside: bool
    answered_at: datetime | None = None
    left_at: datetime | None = None
    cause: EndCause | None = None


class PassedOn(msgspec.Struct, frozen=True, kw_only=True):
    """Who passed the call on, or asked a colleague about it, and what they wrote for who gets it."""

    by: UserId
    at: datetime
    note: str = ""
    to: UserId | None = None
    queue: QueueId | None = None


class AskedColleague(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the agent asked at another desk, while the call lasts: it rings `until`; `outcome` None: still there."""

    agent: UserId
    at: datetime
    until: datetime
    aside: bool = True
    answered_at: datetime | None = None
    left_at: datetime | None = None
    outcome: OfferOutcome | None = None


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """RTP figures of one party's leg; times in ms."""

    packets_received: int
    packets_sent: int
    lost: int
    jitter_ms: float
    round_trip_ms: float | None
    mos: float | None


class CallRecord(msgspec.Struct, kw_only=True):
    """`agent` and `queue` are the last ones; `queued_at` is the caller's place, kept when it returns to a queue.

    Who was called back has waited since they came into the queue, whatever place they had there: then they confirmed.
    """

    call: CallId
    direction: Direction
    trunk: TrunkId
    called: PhoneNumber
    caller: PhoneNumber | None
    offered_at: datetime
    diverted_by: PhoneNumber | None = None
    attestation: Attestation | None = None
    consults: CallId | None = None  # beside this call, from the telephone of who talks on it
    agent: UserId | None = None
    queue: QueueId | None = None
    answered_at: datetime | None = None
    queued_at: datetime | None = None
    first_offer_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    cause: EndCause | None = None
    disposition: str = ""
    note: str = ""
    transferring: TransferTarget | None = None  # whom a transfer under way dials
    recording_failed: bool = False
    left_message: bool = False
    promised_callback: bool = False
    recordings: list[RecordingId] = []
    passed_on: list[PassedOn] = []  # each time
    colleague: AskedColleague | None = None
    invited: list[Invited] = []
    handled_by: list[UserId] = []
    quality: dict[str, Quality] = {}
    segments: list[Segment] = []

    @property
    def outside(self) -> PhoneNumber | None:
        """The number of whom the call is with; None: withheld."""
        return self.called if self.direction is Direction.OUTBOUND else self.caller

    @property
    def current(self) -> Segment | None:
        """The segment that the caller is in; wrap-up is the agent's and does not count."""
        for segment in reversed(self.segments):
            if segment.kind is not SegmentKind.WRAP_UP:
                return segment if segment.end is None else None
        return None

    @property
    def wrapping_up(self) -> bool:
        return any(segment.kind is SegmentKind.WRAP_UP and segment.end is None for segment in self.segments)

    @property
    def has_notes(self) -> bool:
        """Whether agents wrote anything about the call."""
        return bool(self.note) or any(one.note for one in self.passed_on)

    @property
    def outcome(self) -> Outcome | None:
        """None while undecided."""
        if self.connected_at is not None:
            return Outcome.ANSWERED
        if self.cause is None:
            return None
        if self.direction is Direction.OUTBOUND and self.queued_at is None:
            return Outcome.FAILED
        if self.left_message:
            return Outcome.MESSAGE_LEFT
        if self.promised_callback:
            return Outcome.CALLBACK_PROMISED
        if self.cause.reason in _GIVEN_UP:
            return Outcome.ABANDONED
        return Outcome.FAILED if self.queued_at is not None else Outcome.BLOCKED

    @property
    def let_go(self) -> bool:
        """Whether we ended the call as agreed with a caller who had met no agent: a call flow has served them."""
        cause = self.cause
        return cause is not None and (cause.result, cause.reason) == (EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)

    @property
    def left_in_flow(self) -> bool:
        """Whether the caller gave up while a call flow had the call, which was in no queue yet."""
        flowed = any(segment.kind is SegmentKind.FLOW for segment in self.segments)
        return self.outcome is Outcome.ABANDONED and self.queued_at is None and flowed

    @property
    def wait_ms(self) -> int:
        """From entering the queue (or from reaching us, where it came no further) to the agent's answer or the end."""
        until = self.connected_at or self.ended_at
        return 0 if until is None else duration_ms(self.queued_at or self.offered_at, until)

    @property
    def had_to_wait(self) -> bool:
        """Whether no agent was free when the call was queued."""
        until = self.first_offer_at or self.connected_at or self.ended_at
        return self.queued_at is not None and until is not None and duration_ms(self.queued_at, until) > AT_ONCE_MS

    @property
    def connected_ms(self) -> int:
        """From the answer of the far party's leg to its end: what a carrier bills."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return duration_ms(self.answered_at, self.ended_at)

    def spent_ms(self, kind: SegmentKind) -> int:
        """Sum of the closed segments of a kind."""
        return sum(
            duration_ms(segment.start, segment.end)
            for segment in self.segments
            if segment.kind is kind and segment.end is not None
        )
