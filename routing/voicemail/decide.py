"""The one door to a message: (message, word, moment) → events. Asking alone changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict

from kernel.contracts.queues import MessageRules
from kernel.contracts.voicemail import (
    ReturnCause,
    VoicemailAssigned,
    VoicemailEnd,
    VoicemailEnded,
    VoicemailEvent,
    VoicemailLeft,
    VoicemailLinked,
    VoicemailOffered,
    VoicemailOverdue,
    VoicemailReturned,
    VoicemailRungBack,
    VoicemailTaken,
)
from kernel.primitives.errors import RevisionMismatch
from kernel.primitives.ids import CallId, EventId, Ids, QueueId, RecordingId, TenantId, UserId, VoicemailId
from kernel.primitives.phone import PhoneNumber
from routing.voicemail.errors import VoicemailNotTaken, VoicemailTakenByOther
from routing.voicemail.machine import TIMERS, Input, Phase, TimerName, step
from routing.voicemail.model import Voicemail

OFFER_SECONDS = 30.0  # no caller waits for the answer


class Moment(NamedTuple):
    now: datetime
    ids: Ids
    rules: MessageRules  # of its queue


# --- told ---


class Recorded(NamedTuple):
    """A caller has spoken; `agent` is for whom. `voicemail` names it where its sound has a name already."""

    tenant: TenantId
    call: CallId
    queue: QueueId
    caller: PhoneNumber | None
    seconds: float
    agent: UserId | None = None
    voicemail: VoicemailId | None = None


class Stored(NamedTuple):
    recording: RecordingId


class Matched(NamedTuple):
    """This agent is free: is to be asked."""

    agent: UserId


class Take(NamedTuple):
    """By an agent who was asked, who picks it from the list, or who has it and needs more time."""

    agent: UserId


class RungBack(NamedTuple):
    agent: UserId
    call: CallId


class Reject(NamedTuple):
    agent: UserId


class GiveBack(NamedTuple):
    agent: UserId


class Finish(NamedTuple):
    agent: UserId
    disposition: str = ""
    note: str = ""
    call: CallId | None = None


class Assign(NamedTuple):
    """By staff, who read this `revision` (None: whatever it is now); the moment is by the rules of the new queue."""

    queue: QueueId
    owner: UserId | None
    by: UserId
    revision: int | None = None


class Gone(NamedTuple):
    agent: UserId


class TimerDue(NamedTuple):
    timer: TimerName


class Erased(NamedTuple):
    """Its sound is gone for good."""


Word = Stored | Matched | Take | RungBack | Reject | GiveBack | Finish | Assign | Gone | TimerDue | Erased
Events = tuple[VoicemailEvent, ...]


class Stamp(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime
    voicemail: VoicemailId


def leave(word: Recorded, moment: Moment) -> Events:
    """A new message; none for what is too short to be one. Longer ones than allowed were cut off by the recorder."""
    if word.seconds < moment.rules.shortest_seconds:
        return ()
    left = VoicemailLeft(
        id=EventId(moment.ids.new()),
        tenant=word.tenant,
        at=moment.now,
        voicemail=word.voicemail or VoicemailId(moment.ids.new()),
        call=word.call,
        queue=word.queue,
        caller=word.caller,
        seconds=min(word.seconds, moment.rules.longest_seconds),
        due=moment.now + timedelta(seconds=moment.rules.due_seconds),
        agent=word.agent,
    )
    return (left,)


def decide(message: Voicemail, word: Word, moment: Moment) -> Events:
    """What comes late changes nothing; to people: VoicemailTakenByOther, VoicemailNotTaken, RevisionMismatch."""
    return _HANDLERS[type(word)](message, word, moment)


def _stamp(message: Voicemail, moment: Moment) -> Stamp:
    return Stamp(id=EventId(moment.ids.new()), tenant=message.tenant, at=moment.now, voicemail=message.voicemail)


def _stored(message: Voicemail, word: Stored, moment: Moment) -> Events:
    if message.recording == word.recording:
        return ()
    return (VoicemailLinked(**_stamp(message, moment), recording=word.recording, origin=message.call),)


# --- asking agents ---


def _matched(message: Voicemail, word: Matched, moment: Moment) -> Events:
    if step(message.phase, Input.OFFER) is None or not message.may_be_taken_by(word.agent):
        return ()
    until = moment.now + timedelta(seconds=OFFER_SECONDS)
    return (VoicemailOffered(**_stamp(message, moment), agent=word.agent, until=until),)


def _take(message: Voicemail, word: Take, moment: Moment) -> Events:
    if message.agent not in (None, word.agent) or not message.may_be_taken_by(word.agent):
        other = message.agent or message.owner
        raise VoicemailTakenByOther("Choose another one: a colleague takes care of this.", agent=str(other))
    until = moment.now + timedelta(seconds=moment.rules.work_seconds)
    return (VoicemailTaken(**_stamp(message, moment), agent=word.agent, until=until),)


def _rung_back(message: Voicemail, word: RungBack, moment: Moment) -> Events:
    _require_taken(message, word.agent)
    return (VoicemailRungBack(**_stamp(message, moment), agent=word.agent, call=word.call),)


def _reject(message: Voicemail, word: Reject, moment: Moment) -> Events:
    if message.phase is not Phase.OFFERED or message.agent != word.agent:
        return ()
    return _return(message, ReturnCause.REJECTED, moment)


def _assign(message: Voicemail, word: Assign, moment: Moment) -> Events:
    """To an agent with the whole time anew: what is overdue would be everybody's. Not while somebody works on it."""
    if word.revision is not None and word.revision != message.revision:
        raise RevisionMismatch("Something has happened to it since: read it again, and look whether you still want it.")
    if step(message.phase, Input.ASSIGN) is None:
        raise VoicemailTakenByOther("A colleague works on it: ask them to give it back.", agent=str(message.agent))
    if (word.queue, word.owner) == (message.queue, message.owner):
        return ()
    due = message.due if word.owner is None else moment.now + timedelta(seconds=moment.rules.due_seconds)
    return (VoicemailAssigned(**_stamp(message, moment), queue=word.queue, due=due, agent=word.owner, by=word.by),)


def _gone(message: Voicemail, word: Gone, moment: Moment) -> Events:
    if message.agent != word.agent or step(message.phase, Input.AGENT_GONE) is None:
        return ()
    return _return(message, ReturnCause.AGENT_GONE, moment)


def _return(message: Voicemail, cause: ReturnCause, moment: Moment) -> Events:
    if message.agent is None:
        raise AssertionError("only what somebody has can be returned")
    return (VoicemailReturned(**_stamp(message, moment), agent=message.agent, cause=cause),)


# --- working on it ---


def _require_taken(message: Voicemail, agent: UserId) -> None:
    if message.phase is not Phase.TAKEN or message.agent != agent:
        raise VoicemailNotTaken("Your time for it is over, or it is not yours: take it again.")


def _give_back(message: Voicemail, word: GiveBack, moment: Moment) -> Events:
    _require_taken(message, word.agent)
    return _return(message, ReturnCause.GIVEN_BACK, moment)


def _finish(message: Voicemail, word: Finish, moment: Moment) -> Events:
    _require_taken(message, word.agent)
    done = VoicemailEnded(
        **_stamp(message, moment),
        end=VoicemailEnd.DONE,
        agent=word.agent,
        disposition=word.disposition,
        note=word.note,
        call=word.call or message.rung,
        origin=message.call,
    )
    return (done,)


def _erased(message: Voicemail, word: Erased, moment: Moment) -> Events:
    return (VoicemailEnded(**_stamp(message, moment), end=VoicemailEnd.ERASED, origin=message.call),)


# --- time ---


def _timer_due(message: Voicemail, word: TimerDue, moment: Moment) -> Events:
    if not any(timer.name is word.timer and timer.at <= moment.now for timer in message.timers):
        return ()
    if TIMERS[message.phase][word.timer] is Input.OVERDUE:
        return (VoicemailOverdue(**_stamp(message, moment)),)
    offered = message.phase is Phase.OFFERED
    return _return(message, ReturnCause.NO_ANSWER if offered else ReturnCause.TAKEN_TOO_LONG, moment)


_HANDLERS: dict[type, Callable[[Voicemail, Any, Moment], Events]] = {
    Stored: _stored,
    Matched: _matched,
    Take: _take,
    RungBack: _rung_back,
    Reject: _reject,
    GiveBack: _give_back,
    Finish: _finish,
    Assign: _assign,
    Gone: _gone,
    TimerDue: _timer_due,
    Erased: _erased,
}
