"""Callers who leave a message: asked for it by a flow or in place of waiting, heard to the end, and let go."""

from collections.abc import Sequence
from datetime import datetime

from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.queues import Elsewhere, ToVoicemail
from kernel.contracts.telephony import RecordMessage, StopMessage
from kernel.contracts.voicemail import VoicemailAsked, VoicemailBegun
from kernel.primitives.ids import QueueId, RecordingId, VoicemailId
from routing.acd.diverting import come_back
from routing.acd.draft import Draft
from routing.acd.handling import end_by_system
from routing.acd.keeping import Kept, keep_message, message_rules
from routing.calls.machine import CallInput, step
from routing.calls.model import Call, CallPhase

BEEP = "beep"  # the prompt after which one speaks
FINISH_KEY = "#"
MESSAGE_LEFT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)  # the caller has said it all


class VoicemailWay:
    """A message, which becomes work of the queue that the caller leaves."""

    def is_open(self, draft: Draft, call: Call, to: Elsewhere) -> bool:
        return isinstance(to, ToVoicemail) and call.direction is Direction.INBOUND

    def take(self, draft: Draft, call: Call, queue: QueueId, to: Elsewhere) -> None:
        step(call.phase, CallInput.ASK)
        rules = message_rules(draft, queue)
        ask(draft, call, queue, rules.longest_seconds, rules.prompts)


def ask(draft: Draft, call: Call, queue: QueueId, longest: float, prompts: Sequence[str] = ()) -> None:
    """For a message of at most so many seconds, after `prompts` and the tone."""
    name = VoicemailId(draft.fresh())
    stamp = draft.stamp
    draft.record(VoicemailAsked(**stamp(call.tenant), voicemail=name, call=call.call, queue=queue, longest=longest))
    sound = RecordingId(name)
    draft.send(RecordMessage(**stamp(call.tenant), call=call.call, recording=sound, prompts=(*prompts, BEEP)))


def begun(draft: Draft, call: Call, recording: RecordingId, at: datetime) -> None:
    """What was reported twice, or too late, changes nothing."""
    asked = call.message
    if asked is not None and asked.voicemail == recording and asked.since is None:
        draft.record(VoicemailBegun(**draft.stamp(call.tenant, at), voicemail=asked.voicemail, call=call.call))


def finish(draft: Draft, call: Call) -> Kept | None:
    """By the caller, or because it is long enough; None: no message is being left."""
    if call.message is None:
        return None
    draft.send(StopMessage(**draft.stamp(call.tenant), call=call.call))
    return keep_message(draft, call, call.message)


def pressed(draft: Draft, call: Call, digit: str) -> None:
    """By who was sent to voicemail by the queue; flows have keys of their own."""
    speaks = call.phase is CallPhase.MESSAGE and call.message is not None and call.message.since is not None
    if speaks and digit == FINISH_KEY:
        said_all(draft, call)


def said_all(draft: Draft, call: Call) -> None:
    finish(draft, call)
    left = draft.state.call(call.call)
    if left is not None:
        end_by_system(draft, left, MESSAGE_LEFT)


def not_recorded(draft: Draft, call: Call) -> None:
    """Who can leave no message has the former place in the queue again."""
    finish(draft, call)
    waiting = draft.state.call(call.call)
    if waiting is not None and waiting.phase is CallPhase.MESSAGE:
        come_back(draft, waiting)


def time_is_up(draft: Draft, call: Call) -> None:
    if call.message is not None and call.message.since is not None:
        said_all(draft, call)
    else:
        not_recorded(draft, call)
