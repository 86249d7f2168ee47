"""Which call is whose line, and when a line's state ends by itself."""

from datetime import datetime

from kernel.primitives.ids import CallId, UserId
from routing.agents.model import Agent
from routing.queues.line import Line


class LineBook:
    """Changed with the agents alone."""

    def __init__(self) -> None:
        self._agents: dict[CallId, UserId] = {}
        self._timers: Line[tuple[datetime, UserId]] = Line()

    def agent_of(self, call: CallId) -> UserId | None:
        return self._agents.get(call)

    @property
    def next_timer(self) -> datetime | None:
        return self._timers[0][0] if self._timers else None

    def first_due(self, now: datetime) -> UserId | None:
        first = self._timers.first
        return None if first is None or first[0] > now else first[1]

    def change(self, former: Agent | None, agent: Agent | None) -> None:
        if former is not None and agent is not None and former.line == agent.line:
            return
        if former is not None:
            if former.line.call is not None:
                self._agents.pop(former.line.call, None)
            if former.line.until is not None:
                self._timers.discard((former.line.until, former.agent))
        if agent is not None:
            if agent.line.call is not None:
                self._agents[agent.line.call] = agent.agent
            if agent.line.until is not None:
                self._timers.add((agent.line.until, agent.agent))
