"""Promising a callback: to somebody of the tenant, to a flow, to a caller in place of waiting."""

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import EndCall
from kernel.primitives.errors import CordboardError
from kernel.primitives.phone import PhoneNumber
from routing.acd.draft import Draft
from routing.acd.handling import end_call, recall_offer
from routing.acd.reserving import moment_in
from routing.callbacks import booking
from routing.callbacks.errors import CallbackNotPossible
from routing.callbacks.model import Place
from routing.callbacks.words import Decision, Wish
from routing.calls.model import Call, CallPhase
from routing.errors import CallNotWaiting

PROMISED = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)  # the caller is rung back, and waits no more


def promise(draft: Draft, wish: Wish) -> None:
    """A new one, or the one that this number has already in the queue."""
    for event in _booked(draft, wish).events:
        draft.record(event)


def _booked(draft: Draft, wish: Wish) -> Decision:
    rules = draft.state.rules.queue(wish.queue)
    moment = moment_in(draft, wish.tenant, wish.queue)
    return booking.request(draft.state.callbacks, wish, moment, 0 if rules is None else rules.priority)


def may_promise_instead(draft: Draft, call: Call) -> bool:
    """Whether `instead` would be carried out now; nothing is changed."""
    try:
        _booked(draft, instead_wish(call))
    except CordboardError:
        return False
    return True


def instead(draft: Draft, call: Call, number: PhoneNumber | None = None) -> None:
    """In place of waiting: the place is kept, and the caller let go."""
    if call.phase not in (CallPhase.QUEUED, CallPhase.OFFERED) or call.queue is None:
        raise CallNotWaiting("Only who waits in a queue can be rung back instead.")
    promise(draft, instead_wish(call, number))
    if call.phase is CallPhase.OFFERED and call.agent is not None:
        recall_offer(draft, call, call.agent)
    left = draft.state.call(call.call)
    if left is not None:
        draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=PROMISED))
        end_call(draft, left, PROMISED)


def instead_wish(call: Call, number: PhoneNumber | None = None) -> Wish:
    """CallbackNotPossible where nobody knows whom to ring."""
    chosen = number or call.outside
    if chosen is None or call.queue is None:
        raise CallbackNotPossible("The caller hides the number: ask for one.", field="number")
    place = None if call.since is None else Place(call.priority, call.since)
    return Wish(call.tenant, call.queue, chosen, place=place, origin=call.call)
