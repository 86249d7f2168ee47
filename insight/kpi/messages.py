"""What the live view shows of messages that callers left: how many of each queue nobody takes care of. Folds only."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from insight.kpi.counters import IntervalKey
from insight.kpi.intervals import interval_of
from kernel.contracts.voicemail import (
    AskedEvent,
    VoicemailAssigned,
    VoicemailEnd,
    VoicemailEnded,
    VoicemailErased,
    VoicemailEvent,
    VoicemailLeft,
    VoicemailOffered,
    VoicemailOverdue,
    VoicemailReturned,
    VoicemailTaken,
)
from kernel.primitives.ids import CallId, QueueId, UserId, VoicemailId

MessageEvent = VoicemailEvent | AskedEvent | VoicemailErased


class LiveMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One that is not done; `taken`: `agent` takes care of it until `until`, else they are asked to."""

    queue: QueueId
    call: CallId
    seconds: float
    left_at: datetime
    taken: bool = False
    agent: UserId | None = None
    until: datetime | None = None
    overdue: bool = False


def fold_message(messages: dict[VoicemailId, LiveMessage], event: MessageEvent) -> set[QueueId]:
    """Returns the queue whose figures are others now."""
    former = messages.get(event.voicemail)
    message = _after(former, event)
    if message == former:
        return set()
    if message is None:
        del messages[event.voicemail]
    else:
        messages[event.voicemail] = message
    return {one.queue for one in (former, message) if one is not None}


def holders(messages: dict[VoicemailId, LiveMessage], event: MessageEvent) -> set[UserId]:
    """Whose desk shows the message of the event."""
    message = messages.get(event.voicemail)
    return set() if message is None or message.agent is None else {message.agent}


def messages_done(messages: dict[VoicemailId, LiveMessage], event: MessageEvent) -> IntervalKey | None:
    """Where it counts that an agent is done with a message of `messages`; ask before it is folded."""
    message = messages.get(event.voicemail)
    if message is None or not isinstance(event, VoicemailEnded) or event.end is not VoicemailEnd.DONE:
        return None
    return IntervalKey(interval_of(event.at), message.queue, event.agent)


def _after(message: LiveMessage | None, event: MessageEvent) -> LiveMessage | None:
    if isinstance(event, VoicemailLeft):
        return message or LiveMessage(queue=event.queue, call=event.call, seconds=event.seconds, left_at=event.at)
    if message is None or isinstance(event, VoicemailEnded):
        return None
    match event:
        case VoicemailOffered():
            return replace(message, agent=event.agent, until=event.until)
        case VoicemailTaken():
            return replace(message, taken=True, agent=event.agent, until=event.until)
        case VoicemailReturned():
            return replace(message, taken=False, agent=None, until=None)
        case VoicemailAssigned():
            overdue = message.overdue and event.due <= event.at
            return replace(message, queue=event.queue, taken=False, agent=None, until=None, overdue=overdue)
        case VoicemailOverdue():
            return replace(message, overdue=True)
        case _:
            return message
