"""Where flows hand callers to callbacks and voicemail.

Each is given the call and what the flow asks; it answers at once, or later by `routing.acd.flow_steps.told` with the
same turn.
"""

from kernel.primitives.errors import CordboardError
from routing.acd.draft import Draft
from routing.acd.leaving import ask, finish
from routing.acd.promising import promise
from routing.callbacks.model import Place
from routing.callbacks.words import Wish
from routing.calls.model import Call
from routing.flows.run.effects import BookCallback, FinishMessage, RecordMessage
from routing.flows.run.words import AnyWord, CallbackBooked, CallbackRefused, MessageFailed, MessageRecorded

NO_QUEUE = "no such queue"


def book_callback(draft: Draft, call: Call, effect: BookCallback) -> AnyWord | None:
    """CallbackBooked or CallbackRefused; the caller's place is `call.since`, if they waited."""
    place = None if call.since is None else Place(call.priority, call.since)
    skills = tuple((need.skill, need.level) for need in effect.skills)
    wish = Wish(call.tenant, effect.queue, effect.number, place=place, origin=call.call, skills=skills)
    try:
        promise(draft, wish)
    except CordboardError as refusal:
        return CallbackRefused(turn=effect.turn, why=refusal.code)
    return CallbackBooked(turn=effect.turn)


def record_message(draft: Draft, call: Call, effect: RecordMessage) -> AnyWord | None:
    """MessageRecorded or MessageFailed, later, or at once where nothing can be recorded."""
    queues = {rules.queue for rules in draft.state.rules.directory(call.tenant).queues}
    if effect.queue not in queues:
        return MessageFailed(turn=effect.turn, why=NO_QUEUE)
    ask(draft, call, effect.queue, effect.seconds)
    return None


def finish_message(draft: Draft, call: Call, effect: FinishMessage) -> AnyWord | None:
    """Also when the caller hangs up: the flow is over then, whatever is told to it."""
    standing = draft.state.flows.of(call.call)
    kept = finish(draft, call)
    if standing is None or kept is None:
        return None
    turn = standing.position.turn
    if kept.why is not None:
        return MessageFailed(turn=turn, why=kept.why.value)
    return MessageRecorded(turn=turn, seconds=kept.seconds)
