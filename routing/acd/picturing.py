"""Routing's side of a picture, as the reconciler compares it with the gateway's and the engine's."""

from datetime import datetime

from kernel.contracts.reconciling import Surroundings
from routing.acd.state import RoutingState
from routing.agents.model import Agent
from routing.calls.model import Call
from routing.reconciler.picture import AgentPart, CallPart, Picture


def picture_of(
    state: RoutingState,
    now: datetime,
    timer: datetime | None,
    seen: Surroundings | None = None,
    told_until: datetime | None = None,
) -> Picture:
    """`timer` is the next of the state."""
    return Picture(
        at=now,
        tenants=state.rules.tenants,
        agents={agent.agent: _agent_part(state, agent) for agent in state.agents},
        calls={call.call: _call_part(call) for call in state.calls},
        timer=timer,
        holdings=None if seen is None else seen.tenants,
        legs=None if seen is None else seen.legs,
        told_until=told_until,
    )


def _agent_part(state: RoutingState, agent: Agent) -> AgentPart:
    return AgentPart(
        tenant=agent.home,
        state=agent.state,
        call=agent.call,
        until=agent.deadline,
        reachable=agent.reachable,
        by_phone=agent.by_phone,
        telephone=agent.telephone,
        errand=_has_errand(state, agent),
    )


def _has_errand(state: RoutingState, agent: Agent) -> bool:
    """A callback that they are asked to take, a message, or a colleague's call."""
    called = agent.call is not None
    asked = not called and state.callbacks.of_taker(agent.agent) is not None
    works = not called and bool(state.messages.of_agent(agent.agent))
    return asked or works or agent.agent in state.consultations


def _call_part(call: Call) -> CallPart:
    return CallPart(tenant=call.tenant, phase=call.phase, agent=call.agent, until=call.deadline)
