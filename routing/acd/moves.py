"""Carrying out a row of the agent table."""

from datetime import datetime
from typing import NamedTuple

from kernel.contracts.calls import AgentState
from kernel.contracts.log import AgentRequestedState, AgentStateChanged, GuestStateChanged
from kernel.contracts.telephony import ShutSoftphone
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId
from routing.acd.draft import Draft
from routing.agents.machine import LOSSES, LOST_REASONS, AgentInput, Next, Reason, step
from routing.agents.model import AGENT_RETURN, Agent, host_of
from routing.agents.timing import pause_until
from routing.voicemail.model import Voicemail


class Wish(NamedTuple):
    """A state that is asked for."""

    state: AgentState
    reason: str = ""


class Stand(NamedTuple):
    """A state with all that belongs to it; `client` is the call's tenant, and follows from the rules without one."""

    state: AgentState
    reason: str = ""
    call: CallId | None = None
    queue: QueueId | None = None
    until: datetime | None = None
    requested: AgentState | None = None
    requested_reason: str = ""
    client: TenantId | None = None


NO_WISH = Wish(AgentState.AVAILABLE)


def move(draft: Draft, name: UserId, word: AgentInput, wish: Wish = NO_WISH) -> None:
    """To a state that needs no call; the table's refusal is raised."""
    agent = draft.state.agent(name)
    row = step(agent.state, word)
    if row.to is Next.STAY:
        return
    if row.to is Next.KEEP_WISH:
        _keep(draft, agent, wish)
    elif row.to is Next.WISH:
        change(draft, agent, Stand(wish.state, wish.reason), word)
    elif row.to is Next.REQUESTED:
        change(draft, agent, _requested(draft, agent), word)
    elif row.to is Next.REMAIN:
        change(draft, agent, Stand(agent.state, agent.reason), word)
    elif row.reason in LOST_REASONS:
        change(draft, agent, _lost(draft, agent), word)
    else:
        change(draft, agent, Stand(row.to, row.reason), word)


def engage(draft: Draft, name: UserId, word: AgentInput, stand: Stand) -> None:
    """To a state that belongs to a call; what the agent wants afterwards is kept. `stand.state` is the table's."""
    agent = draft.state.agent(name)
    row = step(agent.state, word)
    if row.to is not stand.state:
        raise AssertionError(f"{agent.state} and {word} lead to {row.to}, not to {stand.state}")
    if stand.requested is None:
        stand = stand._replace(requested=agent.requested, requested_reason=agent.requested_reason)
    change(draft, agent, stand, word)


def change(draft: Draft, agent: Agent, stand: Stand, cause: str = "") -> None:
    """`cause` is the input of the table; without one the directory changed."""
    if stand.state is AgentState.AVAILABLE:
        stand = stand._replace(client=draft.state.rules.client_of(agent.agent))
    elif stand.state is AgentState.NOT_READY and stand.until is None:
        rules = draft.state.rules.directory(agent.home).agent_rules
        stand = stand._replace(until=pause_until(agent, stand.reason, rules, draft.now))
    if stand_of(agent) == stand:
        return
    draft.record(
        AgentStateChanged(
            **draft.stamp(agent.home),
            agent=agent.agent,
            state=stand.state,
            previous=agent.state,
            reason=stand.reason,
            actor=draft.actor(agent.agent),
            call=stand.call,
            queue=stand.queue,
            until=stand.until,
            requested=stand.requested,
            requested_reason=stand.requested_reason,
            client=stand.client,
            cause=cause,
            by=draft.supervisor(agent.agent),
        )
    )
    _tell_hosts(draft, agent, stand)
    if stand.state is AgentState.LOGGED_OUT:
        draft.send(ShutSoftphone(**draft.stamp(agent.home), agent=agent.agent))


def _tell_hosts(draft: Draft, agent: Agent, stand: Stand) -> None:
    """A client's own log tells what a guest does for it, and nothing of what they do elsewhere."""
    former, present = agent.host, host_of(agent.home, stand.state, stand.client)
    if former is not None and former != present:
        draft.record(GuestStateChanged(**draft.stamp(former), agent=agent.agent, home=agent.home, state=None))
    if present is not None:
        draft.record(
            GuestStateChanged(
                **draft.stamp(present),
                agent=agent.agent,
                home=agent.home,
                state=stand.state,
                call=stand.call,
                queue=stand.queue,
                until=stand.until,
            )
        )


def stand_of(agent: Agent) -> Stand:
    return Stand(
        agent.state,
        agent.reason,
        agent.call,
        agent.queue,
        agent.until,
        agent.requested,
        agent.requested_reason,
        agent.client,
    )


def _keep(draft: Draft, agent: Agent, wish: Wish) -> None:
    if (agent.requested, agent.requested_reason) == wish:
        return
    draft.record(
        AgentRequestedState(
            **draft.stamp(agent.home),
            agent=agent.agent,
            requested=wish.state,
            reason=wish.reason,
            actor=draft.actor(agent.agent),
            by=draft.supervisor(agent.agent),
        ),
    )


def _requested(draft: Draft, agent: Agent) -> Stand:
    """Back at the message in hand; else the kept wish, else available.

    Without a seat logged out, and nobody is available without a softphone.
    """
    if not draft.state.rules.has_seat(agent.agent):
        return Stand(AgentState.LOGGED_OUT, Reason.NO_SEAT)
    wanted = agent.requested or AgentState.AVAILABLE
    work = draft.state.messages.work_of(agent.agent)
    if work is not None and wanted is not AgentState.LOGGED_OUT and not agent.cut_off:
        return at_message(work)._replace(requested=agent.requested, requested_reason=agent.requested_reason)
    if wanted is AgentState.AVAILABLE and not agent.reachable:
        return _lost(draft, agent)
    return Stand(wanted, agent.requested_reason)


def stand_after(agent: Agent, stand: Stand) -> Stand:
    """With the pause kept to which who begins something while not ready comes back; who recovers does not."""
    if agent.state is AgentState.NOT_READY and agent.reason != Reason.RECOVERY:
        return stand._replace(requested=agent.state, requested_reason=agent.reason)
    return stand


def at_message(message: Voicemail) -> Stand:
    """At work on it, with no call."""
    return Stand(AgentState.CONNECTED, queue=message.queue, client=message.tenant)


def _lost(draft: Draft, agent: Agent) -> Stand:
    """Not ready; within AGENT_RETURN_SECONDS of the loss a softphone that is back makes the agent available again."""
    _, reason = LOSSES[agent.fault]
    back_by = (agent.reachable_at or draft.now) + AGENT_RETURN
    if back_by <= draft.now:
        return Stand(AgentState.NOT_READY, reason)
    wanted = agent.requested or AgentState.AVAILABLE
    return Stand(
        AgentState.NOT_READY,
        reason,
        until=back_by,
        requested=wanted,
        requested_reason=agent.requested_reason,
    )
