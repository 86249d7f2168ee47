"""What of the log is billed: a fold from events to used quantities, without prices."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from kernel.contracts.calls import AgentState, Direction
from kernel.contracts.log import (
    AgentStateChanged,
    CallAnswered,
    CallEnded,
    CallOffered,
    LogEvent,
    PartyLeft,
    RecordingDeleted,
    RecordingStored,
)
from kernel.contracts.telephony import TrunkParty
from kernel.primitives.ids import CallId
from kernel.primitives.phone import NO_NUMBER, PhoneNumber
from tenants.billing.entries import EntryKind

SECOND = timedelta(seconds=1)


class OpenCall(msgspec.Struct, frozen=True, kw_only=True):
    direction: Direction
    called: PhoneNumber
    answered_at: datetime | None = None


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """What decides the rate of a call: which way it went, to which number, and when it was answered."""

    direction: Direction
    called: PhoneNumber
    answered_at: datetime


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity that one event of the log brought; `trip` is there for the minutes of a call."""

    event: UUID
    kind: EntryKind
    at: datetime
    quantity: int
    subject: UUID
    trip: Trip | None = None


class Meter(msgspec.Struct, kw_only=True):
    """The calls in progress after `sequence` events of the log. Events before it are skipped: folding twice is once."""

    sequence: int = 0
    calls: dict[CallId, OpenCall] = {}

    def fold(self, sequence: int, event: LogEvent) -> Used | None:
        """The next event of the log."""
        if sequence <= self.sequence:
            return None
        self.sequence = sequence
        match event:
            case CallOffered():
                if event.called != NO_NUMBER or event.forward is None:  # between telephones of ours nothing is charged
                    self.calls[event.call] = OpenCall(direction=event.direction, called=event.called)
            case CallAnswered():
                self._answered(event)
            case CallEnded():
                return self._ended(event)
            case PartyLeft():
                return _leg_ended(event)
            case RecordingStored():
                return _used(event, EntryKind.RECORDING_STORAGE, event.bytes, event.recording)
            case RecordingDeleted():
                return _used(event, EntryKind.RECORDING_STORAGE, -event.bytes, event.recording)
            case AgentStateChanged():
                return _logged_in_or_out(event)
            case _:
                pass
        return None

    def _answered(self, event: CallAnswered) -> None:
        call = self.calls.get(event.call)
        if call is not None and call.answered_at is None:
            self.calls[event.call] = msgspec.structs.replace(call, answered_at=event.at)

    def _ended(self, event: CallEnded) -> Used | None:
        """Charged where it ends: a call over a period's end belongs to the later period, whole."""
        call = self.calls.pop(event.call, None)
        if call is None or call.answered_at is None:
            return None
        return _minutes(event, Trip(direction=call.direction, called=call.called, answered_at=call.answered_at))


def _leg_ended(event: PartyLeft) -> Used | None:
    """A leg that a transfer brought is charged beside the call's own; one to a telephone of ours costs nothing."""
    if not isinstance(event.to, TrunkParty) or event.since is None:
        return None
    direction = Direction.INBOUND if event.came_in else Direction.OUTBOUND
    return _minutes(event, Trip(direction=direction, called=event.to.called, answered_at=event.since))


def _minutes(event: CallEnded | PartyLeft, trip: Trip) -> Used:
    begun = -((trip.answered_at - event.at) // SECOND)  # a begun second counts
    return Used(
        event=event.id,
        kind=EntryKind.MINUTES,
        at=event.at,
        quantity=max(0, begun),
        subject=event.call,
        trip=trip,
    )


def _used(event: RecordingStored | RecordingDeleted, kind: EntryKind, quantity: int, subject: UUID) -> Used:
    return Used(event=event.id, kind=kind, at=event.at, quantity=quantity, subject=subject)


def _logged_in_or_out(event: AgentStateChanged) -> Used | None:
    change = (event.previous is AgentState.LOGGED_OUT) - (event.state is AgentState.LOGGED_OUT)
    if change == 0:
        return None
    return Used(event=event.id, kind=EntryKind.LOG_IN, at=event.at, quantity=change, subject=event.agent)
