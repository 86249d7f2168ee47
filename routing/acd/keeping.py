"""What a caller has said becomes a message: work of a queue, which nothing that ends the call can take away."""

from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from kernel.contracts.queues import MessageRules
from kernel.contracts.voicemail import MissedCause, VoicemailLinked, VoicemailMissed
from kernel.primitives.ids import QueueId, RecordingId
from routing.acd.draft import Draft
from routing.calls.model import Asked, Call
from routing.voicemail.decide import Moment, Recorded, leave


class Kept(NamedTuple):
    """`why` there is no message; None: there is one."""

    seconds: float
    why: MissedCause | None = None


def message_rules(draft: Draft, queue: QueueId) -> MessageRules:
    return draft.state.rules.waiting(queue).voicemail


def keep_message(draft: Draft, call: Call, asked: Asked, at: datetime | None = None) -> Kept:
    """Until `at`; None: until now."""
    end = max(at or draft.now, asked.since or call.phase_at)
    seconds = 0.0 if asked.since is None else (end - asked.since).total_seconds()
    rules = replace(message_rules(draft, asked.queue), longest_seconds=asked.longest)
    word = Recorded(call.tenant, call.call, asked.queue, call.caller, seconds, voicemail=asked.voicemail)
    left = () if asked.since is None else leave(word, Moment(end, draft.ids, rules))
    for event in left:
        draft.record(event)
    if not left:
        cause = MissedCause.NOT_RECORDED if asked.since is None else MissedCause.TOO_SHORT
        missed = VoicemailMissed(
            **draft.stamp(call.tenant, end), voicemail=asked.voicemail, call=call.call, cause=cause
        )
        draft.record(missed)
        return Kept(seconds, cause)
    if asked.stored:
        stamp = draft.stamp(call.tenant, end)
        sound = RecordingId(asked.voicemail)
        draft.record(VoicemailLinked(**stamp, voicemail=asked.voicemail, recording=sound, origin=call.call))
    return Kept(seconds)
