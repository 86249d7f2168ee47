"""When timed states of agents and timed phases of calls end by themselves."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from kernel.primitives.ids import CallId, UserId
from routing.agents.model import Agent
from routing.calls.model import Call
from routing.queues.line import Line


class Deadline(NamedTuple):
    """Of a call, or of an agent."""

    at: datetime
    of_call: bool
    whose: UserId | CallId


def of_agent(agent: Agent | None) -> Deadline | None:
    deadline = None if agent is None else agent.deadline
    return None if agent is None or deadline is None else Deadline(deadline, False, agent.agent)


def of_call(call: Call | None) -> Deadline | None:
    deadline = None if call is None else call.deadline
    return None if call is None or deadline is None else Deadline(deadline, True, call.call)


class Deadlines:
    def __init__(self) -> None:
        self._line: Line[Deadline] = Line()

    @property
    def first(self) -> Deadline | None:
        return self._line[0] if self._line else None

    def change(self, former: Deadline | None, present: Deadline | None) -> None:
        if former == present:
            return
        if former is not None:
            self._line.discard(former)
        if present is not None:
            self._line.add(present)

    def of_agents(self, after: datetime | None) -> Iterator[Deadline]:
        """In order, later than `after`; None: all."""
        places = (self._line[place] for place in range(self._line.after(after), len(self._line)))
        return (deadline for deadline in places if not deadline.of_call)
