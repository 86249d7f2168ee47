"""How each event changes the record of its call."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from insight.kpi.counters import TransferTarget
from insight.kpi.records import AskedColleague, CallRecord, Invited, PassedOn, Quality, Segment, SegmentKind
from kernel.contracts.calls import Direction, OfferOutcome, TransferOutcome
from kernel.contracts.colleagues import CallPassedOn, ColleagueAsked, ColleagueJoined, ColleagueLeft
from kernel.contracts.flow_events import TRANSFERRED, CallLeftQueue, FlowEntered, FlowLeft, FlowPassed
from kernel.contracts.log import (
    CallAnswered,
    CallConnected,
    CallDisconnected,
    CallDisposed,
    CallEnded,
    CallErased,
    CallerTold,
    CallHeld,
    CallOffered,
    CallOverflowed,
    CallQueued,
    CallRetrieved,
    LegMeasured,
    OfferEnded,
    OfferMade,
    PartyAnswered,
    PartyJoined,
    PartyLeft,
    RecordingDeleted,
    RecordingFailed,
    RecordingStored,
    TransferBegun,
    TransferEnded,
)
from kernel.contracts.queues import ToNumber, ToVoicemail
from kernel.contracts.telephony import PhoneParty
from kernel.contracts.voicemail import VoicemailLeft
from kernel.primitives.ids import QueueId, UserId
from kernel.primitives.phone import ERASED

CallEvent = (
    CallAnswered
    | CallQueued
    | CallOverflowed
    | CallerTold
    | OfferMade
    | OfferEnded
    | CallConnected
    | CallHeld
    | CallRetrieved
    | CallDisconnected
    | TransferBegun
    | PartyAnswered
    | PartyJoined
    | TransferEnded
    | PartyLeft
    | VoicemailLeft
    | CallEnded
    | CallDisposed
    | RecordingStored
    | RecordingFailed
    | RecordingDeleted
    | CallErased
    | LegMeasured
    | FlowEntered
    | FlowPassed
    | CallLeftQueue
    | FlowLeft
    | CallPassedOn
    | ColleagueAsked
    | ColleagueJoined
    | ColleagueLeft
)
"""Every event of a call but its first."""

DESK = "agent"  # the leg for which a transfer is told that an agent asks for at the desk

# What still changes a call that has ended:
PAPERS = (CallDisposed, RecordingStored, RecordingFailed, RecordingDeleted, CallErased, LegMeasured)


def begin(event: CallOffered) -> CallRecord:
    record = CallRecord(
        call=event.call,
        direction=event.direction,
        trunk=event.trunk,
        called=event.called,
        caller=event.caller,
        agent=event.agent,
        queue=event.queue,
        offered_at=event.at,
        diverted_by=event.diverted_by,
        attestation=event.attestation,
        consults=event.consults,
    )
    if event.direction is Direction.OUTBOUND or event.forward is not None:
        _open(record, SegmentKind.RINGING, event.at, event.agent, None)
    return record


def continue_call(record: CallRecord, event: CallEvent) -> Segment | None:
    """Apply one more event; returns the segment that it closed.

    After the end only `PAPERS` change it.
    """
    if record.ended_at is not None and not isinstance(event, PAPERS):
        return None
    return _STEPS[type(event)](record, event)


def open_wrap_up(record: CallRecord, agent: UserId, at: datetime) -> None:
    record.segments.append(Segment(kind=SegmentKind.WRAP_UP, start=at, agent=agent, queue=record.queue))


def close_wrap_up(record: CallRecord, agent: UserId, at: datetime) -> None:
    for segment in record.segments:
        if segment.kind is SegmentKind.WRAP_UP and segment.agent == agent and segment.end is None:
            segment.end = max(at, segment.start)


def _answered(record: CallRecord, event: CallAnswered) -> Segment | None:
    if record.answered_at is not None:
        return None
    record.answered_at = event.at
    if _forwarded(record):
        record.connected_at = event.at
        return _open(record, SegmentKind.TALK, event.at, None, None)
    if record.direction is Direction.OUTBOUND or record.current is not None:
        return None
    return _open(record, SegmentKind.GREETING, event.at, None, None)


def _forwarded(record: CallRecord) -> bool:
    """Whether it rings at nobody's desk: its number leads outside or to a telephone, or an agent's telephone consults
    beside another call."""
    current = record.current
    rings = current is not None and current.kind is SegmentKind.RINGING and current.agent is None
    return rings and (record.direction is Direction.INBOUND or record.consults is not None)


def _queued(record: CallRecord, event: CallQueued) -> Segment | None:
    record.queue = event.queue
    if record.queued_at is None:
        record.queued_at = event.at if record.direction is Direction.OUTBOUND else event.since
    return _open(record, SegmentKind.QUEUE, event.at, None, event.queue)


def _in_flow(record: CallRecord, event: FlowEntered | CallLeftQueue) -> Segment | None:
    current = record.current
    if current is not None and current.kind is SegmentKind.FLOW:
        return None
    return _open(record, SegmentKind.FLOW, event.at, None, None)


def _flow_left(record: CallRecord, event: FlowLeft) -> Segment | None:
    """Whom the flow connected with somebody outside is served."""
    if event.ending == TRANSFERRED and record.connected_at is None:
        record.connected_at = event.at


def _overflowed(record: CallRecord, event: CallOverflowed) -> Segment | None:
    """Whoever else takes the caller is told of by the next event."""
    return _close(record, event.at) if isinstance(event.to, ToNumber | ToVoicemail) else None


def _offer_made(record: CallRecord, event: OfferMade) -> Segment | None:
    if record.first_offer_at is None:
        record.first_offer_at = event.at
    return _open(record, SegmentKind.RINGING, event.at, event.agent, event.queue)


def _offer_ended(record: CallRecord, event: OfferEnded) -> Segment | None:
    current = record.current
    ringing = current is not None and current.kind is SegmentKind.RINGING and current.agent == event.agent
    if not ringing or event.outcome is OfferOutcome.ACCEPTED:
        return None
    return _open(record, SegmentKind.QUEUE, event.at, None, event.queue)


def _connected(record: CallRecord, event: CallConnected) -> Segment | None:
    if record.connected_at is None:
        record.connected_at = event.at
    record.agent = event.agent
    if record.colleague is not None and record.colleague.agent == event.agent:
        record.colleague = None
    return _open(record, SegmentKind.TALK, event.at, event.agent, event.queue)


def _held(record: CallRecord, event: CallHeld) -> Segment | None:
    return _open(record, SegmentKind.HOLD, event.at, event.agent, record.queue)


def _retrieved(record: CallRecord, event: CallRetrieved) -> Segment | None:
    return _open(record, SegmentKind.TALK, event.at, event.agent, record.queue)


def _disconnected(record: CallRecord, event: CallDisconnected) -> Segment | None:
    return _close(record, event.at)


def _transfer_begun(record: CallRecord, event: TransferBegun) -> Segment | None:
    record.transferring = TransferTarget.PHONE if isinstance(event.to, PhoneParty) else TransferTarget.OUTSIDE
    if event.leg == DESK:
        record.invited = [*record.invited, Invited(party=event.party, to=event.to, at=event.at, aside=event.aside)]


def _transferred(record: CallRecord, event: TransferEnded) -> Segment | None:
    """Another conversation, with the agent where one is in the call; the next event tells who waits, and what ends."""
    record.transferring = None
    current = record.current
    elsewhere = event.queue is not None or event.into is not None
    if event.outcome is not TransferOutcome.COMPLETED or elsewhere:
        return None
    if current is None and record.connected_at is None:  # its queue sent the call to a number outside
        record.connected_at = event.at
        return _open(record, SegmentKind.TALK, event.at, None, record.queue)
    if current is None:
        return None
    return _open(record, SegmentKind.TALK, event.at, current.agent, current.queue)


def _party_answered(record: CallRecord, event: PartyAnswered) -> Segment | None:
    _change_invited(record, event, answered_at=event.at)


def _party_joined(record: CallRecord, event: PartyJoined) -> Segment | None:
    _change_invited(record, event, aside=False)


def _party_left(record: CallRecord, event: PartyLeft) -> Segment | None:
    _change_invited(record, event, left_at=event.at, cause=event.cause)


def _passed_on(record: CallRecord, event: CallPassedOn) -> Segment | None:
    passed = PassedOn(by=event.by, at=event.at, note=event.note, to=event.to, queue=event.queue)
    record.passed_on = [*record.passed_on, passed]


def _colleague_asked(record: CallRecord, event: ColleagueAsked) -> Segment | None:
    record.colleague = AskedColleague(agent=event.agent, at=event.at, until=event.until)


def _colleague_joined(record: CallRecord, event: ColleagueJoined) -> Segment | None:
    colleague = record.colleague
    if colleague is not None and colleague.agent == event.agent:
        answered = colleague.answered_at or event.at
        record.colleague = replace(colleague, aside=event.aside, answered_at=answered)


def _colleague_left(record: CallRecord, event: ColleagueLeft) -> Segment | None:
    colleague = record.colleague
    if colleague is not None and colleague.agent == event.agent:
        record.colleague = replace(colleague, left_at=event.at, outcome=event.outcome)


def _change_invited(record: CallRecord, event: PartyAnswered | PartyJoined | PartyLeft, **change: Any) -> None:
    record.invited = [replace(one, **change) if one.party == event.party else one for one in record.invited]


def _nothing(_record: CallRecord, _event: FlowPassed | CallerTold) -> Segment | None:
    return None


def _message_left(record: CallRecord, event: VoicemailLeft) -> Segment | None:
    """Who came to no queue counts for the one whose work the message is."""
    record.left_message = True
    if record.queue is None:
        record.queue = event.queue


def _ended(record: CallRecord, event: CallEnded) -> Segment | None:
    record.ended_at = event.at
    record.cause = event.cause
    record.invited, record.colleague = [], None
    if record.queue is None:
        record.queue = event.queue
    return _close(record, event.at)


def _disposed(record: CallRecord, event: CallDisposed) -> Segment | None:
    record.disposition, record.note = event.disposition, event.note


def _stored(record: CallRecord, event: RecordingStored) -> Segment | None:
    if event.recording not in record.recordings:
        record.recordings.append(event.recording)


def _recording_failed(record: CallRecord, event: RecordingFailed) -> Segment | None:
    record.recording_failed = True


def _recording_deleted(record: CallRecord, event: RecordingDeleted) -> Segment | None:
    if event.recording in record.recordings:
        record.recordings.remove(event.recording)


def _erased(record: CallRecord, event: CallErased) -> Segment | None:
    if event.note:
        record.note = ""
        record.passed_on = [replace(one, note="") for one in record.passed_on]
    if event.number and record.direction is Direction.INBOUND:
        record.caller = record.diverted_by = None
    elif event.number:
        record.called = ERASED


def _measured(record: CallRecord, event: LegMeasured) -> Segment | None:
    record.quality[event.party] = Quality(
        packets_received=event.packets_received,
        packets_sent=event.packets_sent,
        lost=event.lost,
        jitter_ms=event.jitter_ms,
        round_trip_ms=event.round_trip_ms,
        mos=event.mos,
    )


_STEPS: dict[type, Callable[[CallRecord, Any], Segment | None]] = {
    CallAnswered: _answered,
    CallQueued: _queued,
    CallOverflowed: _overflowed,
    CallerTold: _nothing,
    OfferMade: _offer_made,
    OfferEnded: _offer_ended,
    CallConnected: _connected,
    CallHeld: _held,
    CallRetrieved: _retrieved,
    CallDisconnected: _disconnected,
    TransferBegun: _transfer_begun,
    PartyAnswered: _party_answered,
    PartyJoined: _party_joined,
    TransferEnded: _transferred,
    PartyLeft: _party_left,
    VoicemailLeft: _message_left,
    CallEnded: _ended,
    CallDisposed: _disposed,
    RecordingStored: _stored,
    RecordingFailed: _recording_failed,
    RecordingDeleted: _recording_deleted,
    CallErased: _erased,
    LegMeasured: _measured,
    FlowEntered: _in_flow,
    FlowPassed: _nothing,
    CallLeftQueue: _in_flow,
    FlowLeft: _flow_left,
    CallPassedOn: _passed_on,
    ColleagueAsked: _colleague_asked,
    ColleagueJoined: _colleague_joined,
    ColleagueLeft: _colleague_left,
}


def _open(
    record: CallRecord, kind: SegmentKind, at: datetime, agent: UserId | None, queue: QueueId | None
) -> Segment | None:
    closed = _close(record, at)
    record.segments.append(Segment(kind=kind, start=at, agent=agent, queue=queue))
    return closed


def _close(record: CallRecord, at: datetime) -> Segment | None:
    current = record.current
    if current is None:
        return None
    current.end = max(at, current.start)
    if current.end == current.start:
        record.segments.remove(current)  # two events of one moment
        return None
    return current
