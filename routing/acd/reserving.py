"""A callback whose turn it is: an agent is asked to take it, as they are offered a call."""

from datetime import datetime

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import TenantId, UserId
from routing.acd.draft import Draft
from routing.acd.moves import Stand, engage
from routing.agents.machine import AgentInput
from routing.callbacks.decide import decide
from routing.callbacks.model import Callback
from routing.callbacks.rules import AlwaysOpen, CallbackRules, Hours
from routing.callbacks.words import Matched, Moment
from routing.flows.calendars.calendar import Calendar
from routing.flows.calendars.opening import next_opening

CALENDAR = "callbacks"  # the tenant's calendar of this name says when customers may be rung; without one: always


class CalendarHours:
    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def next_opening(self, instant: datetime) -> datetime | None:
        return next_opening(self._calendar, instant)


def hours_of(draft: Draft, tenant: TenantId) -> Hours:
    calendar = draft.state.book.of(tenant).calendars.get(CALENDAR)
    return AlwaysOpen() if calendar is None else CalendarHours(calendar)


def moment_of(draft: Draft, callback: Callback) -> Moment:
    """By the rules of its queue: an agent is asked as long as a call would ring."""
    rules = draft.state.rules.queue(callback.queue)
    chosen = CallbackRules() if rules is None else CallbackRules(offer_seconds=rules.ring_seconds)
    return Moment(draft.now, draft.ids, chosen, hours_of(draft, callback.tenant))


def reserve(draft: Draft, callback: Callback, agent: UserId) -> None:
    """Nobody is asked out of hours: it waits for the next opening then."""
    for event in decide(callback, Matched(agent), moment_of(draft, callback)).events:
        draft.record(event)
    reserved = draft.state.callbacks.get(callback.callback)
    if reserved is None or reserved.taker != agent:
        return
    stand = Stand(AgentState.OFFERED, queue=callback.queue, until=reserved.until, client=callback.tenant)
    engage(draft, agent, AgentInput.OFFER, stand)
