"""The live figures that alerts watch, of one queue or of the whole tenant, at one moment."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from insight.kpi.figures import Choices, Figures, Thresholds, gather
from insight.kpi.formulas import abandon_rate, service_level
from insight.kpi.queues import serving, thresholds_of
from insight.kpi.state import FoldState, LiveAgent
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import QueueId


class Measure(StrEnum):
    """Seconds, counts, or per cent of the local day so far."""

    WAITING_CALLS = "waiting_calls"
    LONGEST_WAIT = "longest_wait"
    AVAILABLE_AGENTS = "available_agents"
    LONGEST_NOT_READY = "longest_not_ready"
    LONGEST_WRAP_UP = "longest_wrap_up"
    SERVICE_LEVEL = "service_level"
    ABANDON_RATE = "abandon_rate"


Watched = tuple[Measure, QueueId | None]
Values = Mapping[Watched, float | None]


def live_values(state: FoldState, directory: TenantDirectory, choices: Choices, now: datetime) -> Values:
    """Of every queue, and of the tenant (None). A rate without calls has no value; nobody waiting is a wait of 0."""
    found: dict[Watched, float | None] = {}
    members, limits = serving(directory), thresholds_of(directory)
    for queue in (None, *(rules.queue for rules in directory.queues)):
        since = [at for each, calls in state.waiting.items() if queue in (None, each) for at in calls.values()]
        agents = [agent for agent in state.agents.values() if queue is None or agent.agent in members[queue]]
        cells = [
            (state.day.figures(each, now), limits.get(each, Thresholds()))
            for each in state.day.queues
            if queue in (None, each)
        ]
        told = _queueing(since, now) | _agents(agents, now) | _rates(gather(cells), choices)
        found |= {(measure, queue): value for measure, value in told.items()}
    return found


def _queueing(since: list[datetime], now: datetime) -> dict[Measure, float | None]:
    return {Measure.WAITING_CALLS: len(since), Measure.LONGEST_WAIT: _longest(since, now)}


def _agents(agents: list[LiveAgent], now: datetime) -> dict[Measure, float | None]:
    def since(state: AgentState) -> list[datetime]:
        return [agent.since for agent in agents if agent.state is state]

    return {
        Measure.AVAILABLE_AGENTS: len(since(AgentState.AVAILABLE)),
        Measure.LONGEST_NOT_READY: _longest(since(AgentState.NOT_READY), now),
        Measure.LONGEST_WRAP_UP: _longest(since(AgentState.WRAP_UP), now),
    }


def _rates(figures: Figures, choices: Choices) -> dict[Measure, float | None]:
    return {
        Measure.SERVICE_LEVEL: service_level(figures, choices),
        Measure.ABANDON_RATE: abandon_rate(figures, choices),
    }


def _longest(since: list[datetime], now: datetime) -> float:
    """Whole ages from when it began, never sums of ticks; a clock that runs behind gives 0."""
    return max([0.0, *((now - at).total_seconds() for at in since)])
