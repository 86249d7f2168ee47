"""What ends a timed state, and when: the one place that knows which clock runs in which state."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kernel.contracts.agents import AgentRules
from kernel.contracts.calls import AgentState
from routing.agents.machine import LOST_REASONS, AgentInput, Reason
from routing.agents.model import Agent
from routing.errors import ReasonFull, WrapUpAtLimit

_TIME_OUTS = {
    AgentState.OFFERED: AgentInput.RING_TIME_OUT,
    AgentState.CONNECTED: AgentInput.RETURN_TIME_OUT,
    AgentState.WRAP_UP: AgentInput.WRAP_UP_TIME_OUT,
}
_PAUSES: dict[str, AgentInput] = {
    **dict.fromkeys(LOST_REASONS, AgentInput.RETURN_TIME_OUT),
    Reason.RECOVERY.value: AgentInput.RECOVERY_TIME_OUT,
}


def time_out_of(agent: Agent) -> AgentInput:
    """The input by which the present state ends when its time has come."""
    return _TIME_OUTS.get(agent.state) or _PAUSES.get(agent.reason, AgentInput.PAUSE_TIME_OUT)


def pause_until(agent: Agent, reason: str, rules: AgentRules, now: datetime) -> datetime | None:
    """The end of a pause for this reason. Asking for the same again does not lengthen it; None: it has no end."""
    cap = rules.cap(reason)
    if cap is None or cap.seconds is None:
        return None
    goes_on = agent.state is AgentState.NOT_READY and agent.reason == reason and agent.until is not None
    return agent.until if goes_on else now + timedelta(seconds=cap.seconds)


def require_room(agent: Agent, reason: str, rules: AgentRules, others: Iterable[Agent]) -> None:
    """ReasonFull. Who has asked for it, to follow a call, has it already: what was promised is kept."""
    cap = rules.cap(reason)
    if cap is None or cap.at_once is None:
        return
    there = sum(_is_or_will_be(other, reason) for other in others if other.agent != agent.agent)
    if there >= cap.at_once:
        raise ReasonFull(
            f"{cap.at_once} may be not ready for {reason!r} at once. Try again when somebody is back.",
            reason=reason,
            allowed=cap.at_once,
        )


def _is_or_will_be(agent: Agent, reason: str) -> bool:
    if agent.state is AgentState.NOT_READY:
        return agent.reason == reason
    return agent.requested is AgentState.NOT_READY and agent.requested_reason == reason


def extended(agent: Agent, step_seconds: float, limit_seconds: float, now: datetime) -> datetime:
    """The later end of a wrap-up; WrapUpAtLimit."""
    until = agent.until or now
    latest = (agent.since or now) + timedelta(seconds=limit_seconds)
    if until >= latest:
        raise WrapUpAtLimit(
            f"A wrap-up lasts {limit_seconds:.0f} s at most. Finish it, or go on in the back office.",
            allowed_seconds=limit_seconds,
        )
    return min(until + timedelta(seconds=step_seconds), latest)
