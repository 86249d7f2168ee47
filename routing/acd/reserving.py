"""A callback whose turn it is: an agent is asked to take it, as they are offered a call."""

from datetime import datetime

from kernel.contracts.callbacks import CallbackPooled
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import RING_SECONDS
from kernel.contracts.queues import CallbackSettings
from kernel.primitives.ids import QueueId, TenantId, UserId
from routing.acd.draft import Draft
from routing.acd.moves import Stand, engage
from routing.agents.machine import AgentInput
from routing.callbacks.decide import decide
from routing.callbacks.model import Callback
from routing.callbacks.rules import AlwaysOpen, Hours, rules_of
from routing.callbacks.words import Matched, Moment
from routing.flows.calendars.calendar import Calendar
from routing.flows.calendars.opening import next_opening


class CalendarHours:
    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def next_opening(self, instant: datetime) -> datetime | None:
        return next_opening(self._calendar, instant)


def moment_in(draft: Draft, tenant: TenantId, queue: QueueId) -> Moment:
    """By the rules of the queue, and the hours that it names; without a calendar of this name it is always open."""
    rules = draft.state.rules.queue(queue)
    settings = CallbackSettings() if rules is None else rules.waiting.callbacks
    calendar = draft.state.book.of(tenant).calendars.get(settings.calendar)
    hours: Hours = AlwaysOpen() if calendar is None else CalendarHours(calendar)
    seconds = RING_SECONDS if rules is None else rules.ring_seconds
    return Moment(draft.now, draft.ids, rules_of(settings, seconds), hours)


def moment_of(draft: Draft, callback: Callback) -> Moment:
    return moment_in(draft, callback.tenant, callback.queue)


def reserve(draft: Draft, callback: Callback, agent: UserId) -> bool:
    """Whether the agent is asked. Nobody is out of hours: it waits for the next opening then, and in no line.

    Others are found for a promise of one agent where that one serves the queue no more: it is everybody's then.
    """
    if not callback.may_be_taken_by(agent):
        draft.record(CallbackPooled(**draft.stamp(callback.tenant), callback=callback.callback))
        callback = draft.state.callbacks.get(callback.callback) or callback
    for event in decide(callback, Matched(agent), moment_of(draft, callback)).events:
        draft.record(event)
    reserved = draft.state.callbacks.get(callback.callback)
    if reserved is None or reserved.taker != agent:
        return False
    stand = Stand(AgentState.OFFERED, queue=callback.queue, until=reserved.until, client=callback.tenant)
    engage(draft, agent, AgentInput.OFFER, stand)
    return True
