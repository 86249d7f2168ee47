"""Customers who are rung before an agent is there: in their turn, and never more than agents who will have time.

An agent will have time who is available, or whose wrap-up ends while the telephone rings. Who waits in front, and each
customer who rings or has answered already, needs one of them; a customer is rung for whom one more is left. Of queues
that share agents all who are rung count, so that each of them can be given an agent of their own.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import QueueId, UserId
from routing.acd.draft import Draft
from routing.acd.promises import tell
from routing.acd.state import RoutingState
from routing.agents.model import Agent
from routing.callbacks.model import Callback
from routing.callbacks.words import Turn
from routing.calls.model import CallPhase
from routing.matching.people import AgentSet

LEAD = timedelta(seconds=15)  # people answer after two or three rings
LOOKED_AT = 50  # in one line: who stands behind fifty that wait for rare skills is not searched for at each decision


def ring_customers(draft: Draft) -> None:
    """After calls were given out: who is on the line goes first."""
    for queue in draft.state.callbacks.queues_to_ring:
        while (callback := _whose_turn(draft, queue)) is not None:
            tell(draft, callback, Turn())


def next_turn(state: RoutingState) -> datetime | None:
    """When an agent is next about to be free, as far as customers wait to be rung for that."""
    if not state.callbacks.queues_to_ring:
        return None
    decided = state.decided_until
    later = _wrapping_up(state, None if decided is None else decided + LEAD)
    ends = (agent.until - LEAD for agent in later if agent.until is not None)
    return next(ends, None)


def _whose_turn(draft: Draft, queue: QueueId) -> Callback | None:
    state = draft.state
    agents = _will_have_time(state, draft.now) & state.rules.matching.people.serving(queue)
    if _customers(state, queue) >= agents.bit_count():
        return None
    for callback in state.callbacks.turns(queue, LOOKED_AT):
        on_the_line = callback.origin is not None and state.call(callback.origin) is not None
        if not on_the_line and _spoken_for(draft, callback) < (agents & _accepted(draft, callback)).bit_count():
            return callback
    return None


# --- agents ---


def _will_have_time(state: RoutingState, now: datetime) -> AgentSet:
    agents = state.available.everybody
    for agent in _wrapping_up(state, None):
        if agent.until is not None and agent.until > now + LEAD:
            break
        agents |= state.rules.matching.people.one(agent.agent)
    return agents


def _wrapping_up(state: RoutingState, after: datetime | None) -> Iterator[Agent]:
    """Who will be available when the wrap-up ends, in the order of its ends."""
    timed = (state.agent(UserId(deadline.whose)) for deadline in state.deadlines.of_agents(after))
    return (agent for agent in timed if agent.state is AgentState.WRAP_UP and agent.reachable and _comes_back(agent))


def _comes_back(agent: Agent) -> bool:
    return agent.requested in (None, AgentState.AVAILABLE)


def _accepted(draft: Draft, callback: Callback) -> AgentSet:
    """Whom the queue's and the customer's needs let have the call, after the wait so far."""
    accepted: AgentSet = 0
    for step in draft.state.rules.matching.schedule(callback.standing):
        if step.after > draft.now - callback.since:
            break
        accepted = step.agents
    return accepted


# --- who needs them ---


def _spoken_for(draft: Draft, callback: Callback) -> int:
    """Who needs an agent before this customer does."""
    state = draft.state
    mine = state.waiting.standing(callback.standing, draft.now)
    callers = state.waiting.ahead(callback.standing, draft.now)
    for rung in state.callbacks.rung:
        caller = None if rung.call is None else state.waiting.caller(rung.call)
        if caller is not None and caller.queue == callback.queue and state.waiting.standing(caller, draft.now) < mine:
            callers -= 1  # counted among the customers
    return callers + _customers(state, callback.queue)


def _customers(state: RoutingState, queue: QueueId) -> int:
    """Who are rung, or have answered and have no agent yet, in all queues that share agents with this one."""
    people = state.rules.matching.people
    serving = people.serving(queue)
    return sum(
        1 for rung in state.callbacks.rung if people.serving(rung.queue) & serving and not _rings_at_a_desk(state, rung)
    )


def _rings_at_a_desk(state: RoutingState, callback: Callback) -> bool:
    call = None if callback.call is None else state.call(callback.call)
    return call is not None and call.phase is CallPhase.OFFERED
