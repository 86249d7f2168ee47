"""Who is available, as a set, and in each of their queues in the order in which its strategy takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from kernel.contracts.queues import Strategy
from kernel.primitives.ids import QueueId, UserId
from routing.matching.people import NOBODY, AgentSet, Person, numbers
from routing.matching.rules import MatchRules
from routing.queues.line import Line

NEVER = 0.0  # before any time that is counted from 1970
COST_OF_A_BIT = 4  # looking for the next member of a set, in units of looking at the next of a line (measured)


class Idle(NamedTuple):
    """An agent who is available, with what the strategies go by: all of it as it was when they became so.

    `calls` and `occupancy` (0 to 1) are of the present log-in; `offered_at` is the last offer of each queue.
    """

    agent: UserId
    since: datetime
    calls: int = 0
    occupancy: float = 0.0
    offered_at: Mapping[QueueId, datetime] = {}


class Rank(NamedTuple):
    """The smallest is offered a call first; `merit` is the strategy's own measure."""

    merit: float
    since: datetime
    number: int


def rank(strategy: Strategy, idle: Idle, queue: QueueId, person: Person) -> Rank:
    return Rank(_merit(strategy, idle, queue, person.member.weight), idle.since, person.number)


def _merit(strategy: Strategy, idle: Idle, queue: QueueId, weight: int) -> float:
    match strategy:
        case Strategy.LONGEST_IDLE:
            return 0.0
        case Strategy.FEWEST_CALLS:
            return idle.calls
        case Strategy.ROUND_ROBIN:
            offered_at = idle.offered_at.get(queue)
            return NEVER if offered_at is None else offered_at.timestamp()
        case Strategy.WEIGHTED:
            return (idle.calls + 1) / weight  # the call they would get counts too: the heaviest gets the first
        case Strategy.LEAST_OCCUPIED:
            return idle.occupancy


class Available:
    """Changed by `add` and `discard` alone, which take each other back exactly."""

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._idle: dict[UserId, Idle] = {}
        self._lines: dict[QueueId, Line[Rank]] = {}
        self._ranks: dict[QueueId, dict[int, Rank]] = {}
        self.everybody: AgentSet = NOBODY

    # --- changing ---

    def add(self, idle: Idle) -> None:
        """In place of what was known of the agent; who is no member of the rules serves nobody."""
        self.discard(idle.agent)
        person = self._rules.people.person(idle.agent)
        if person is None:
            return
        self._idle[idle.agent] = idle
        self.everybody |= 1 << person.number
        for queue in person.member.queues:
            place = rank(self._rules.strategy(queue), idle, queue, person)
            self._ranks.setdefault(queue, {})[person.number] = place
            self._lines.setdefault(queue, Line()).add(place)

    def discard(self, agent: UserId) -> None:
        idle = self._idle.pop(agent, None)
        person = self._rules.people.person(agent)
        if idle is None or person is None:
            return
        self.everybody &= ~(1 << person.number)
        for queue in person.member.queues:
            self._lines[queue].discard(self._ranks[queue].pop(person.number))

    # --- reading ---

    def __len__(self) -> int:
        return len(self._idle)

    def idle(self, agent: UserId) -> Idle | None:
        return self._idle.get(agent)

    def line(self, queue: QueueId) -> list[UserId]:
        """Who is available for the queue, the first to be offered a call in front."""
        return [self._rules.people.agent(place.number) for place in self._lines.get(queue, ())]

    def first(self, queue: QueueId, fitting: AgentSet) -> int:
        """The number of the first by the queue's strategy of `fitting`, available agents of the queue, at least one.

        Few are compared with each other, and many are met early when the queue's line is walked: some √n steps of n
        agents, unless those who fit stand together at the end of a long line.
        """
        count = fitting.bit_count()
        if count == 1:
            return fitting.bit_length() - 1
        line = self._lines[queue]
        if COST_OF_A_BIT * count * count < len(line):
            ranks = self._ranks[queue]
            return min(ranks[number] for number in numbers(fitting)).number
        return next(place.number for place in line if fitting >> place.number & 1)
