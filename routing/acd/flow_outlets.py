"""Where flows hand callers to callbacks and voicemail.

Each is given the call and what the flow asks; it answers at once, or later by `routing.acd.flow_steps.told` with the
same turn. As long as no message is kept here, flows take the way that they have for that.
"""

from kernel.primitives.errors import CordboardError
from routing.acd.draft import Draft
from routing.acd.promises import promise
from routing.callbacks.model import Place
from routing.callbacks.words import Wish
from routing.calls.model import Call
from routing.flows.run.effects import BookCallback, FinishMessage, RecordMessage
from routing.flows.run.words import AnyWord, CallbackBooked, CallbackRefused, MessageFailed

NOT_KEPT = "not kept here yet"


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
    return MessageFailed(turn=effect.turn, why=NOT_KEPT)


def finish_message(draft: Draft, call: Call, effect: FinishMessage) -> None:
    """Also when the caller hangs up: nothing is told to the flow then."""
