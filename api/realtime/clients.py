"""A provider's clients as they are now: each by itself, and all of them as one. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from api.realtime.projection import Centre
from insight.kpi.counters import Counters
from insight.kpi.figures import Choices, Figures, Thresholds, gather
from insight.kpi.indicators import evaluate
from kernel.contracts.calls import AgentState
from kernel.primitives.ids import UserId

_BUSIEST = (
    AgentState.CONNECTED,
    AgentState.OFFERED,
    AgentState.WRAP_UP,
    AgentState.AVAILABLE,
    AgentState.NOT_READY,
    AgentState.LOGGED_OUT,
)
"""Which of an agent's states in several clients counts where they are one."""


class LiveSums(NamedTuple):
    """An agent counts once, whatever number of queues and clients they serve."""

    waiting: int
    longest_waiting_since: datetime | None
    agents_available: int
    agents_connected: int
    agents_logged_in: int
    answered_today: int
    abandoned_today: int
    service_level_today: float | None


def sums_of(centres: Sequence[Centre], now: datetime) -> LiveSums:
    waits = [since for centre in centres for queue in centre.state.waiting.values() for since in queue.values()]
    states = list(_states(centres).values())
    figures = _today(centres, now)
    return LiveSums(
        waiting=len(waits),
        longest_waiting_since=min(waits, default=None),
        agents_available=states.count(AgentState.AVAILABLE),
        agents_connected=states.count(AgentState.CONNECTED),
        agents_logged_in=len(states) - states.count(AgentState.LOGGED_OUT),
        answered_today=figures.sums.answered,
        abandoned_today=figures.abandoned,
        service_level_today=evaluate(figures, Choices())["service_level"],
    )


def _states(centres: Sequence[Centre]) -> Mapping[UserId, AgentState]:
    found: dict[UserId, AgentState] = {}
    for centre in centres:
        for agent, profile in centre.agents.items():
            live = centre.live(profile)
            state = AgentState.LOGGED_OUT if live is None else live.state
            found[agent] = min(state, found.get(agent, state), key=_BUSIEST.index)
    return found


def _today(centres: Sequence[Centre], now: datetime) -> Figures:
    """Of each client's own day, every queue by its own thresholds."""
    cells: list[tuple[Counters, Thresholds]] = []
    for centre in centres:
        for queue, rules in centre.queues.items():
            limits = Thresholds(rules.service_level_seconds, rules.short_abandon_seconds)
            cells.append((centre.state.day.figures(queue, now), limits))
    return gather(cells)
