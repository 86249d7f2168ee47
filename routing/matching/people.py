"""All agents of a floor as bits of whole numbers: who serves a queue and who fits a condition are sets.

And, or and not are one operation each on some 250 bytes for 2,014 agents, whatever is asked of whom; so an agent's
skills are looked at when rules are read, and never when a call is given out.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from kernel.contracts.queues import HIGHEST_LEVEL, AllOf, AnyOf, AtLeast, Condition, Not
from kernel.primitives.ids import QueueId, UserId
from routing.matching.conditions import Skills

NOBODY = 0

AgentSet = int
"""Bit n stands for the agent with number n."""


class Member(msgspec.Struct, frozen=True):
    """An agent with a seat, of any of the floor's tenants; `weight` is at least 1."""

    agent: UserId
    queues: tuple[QueueId, ...]
    skills: Skills = {}
    weight: int = 1


class Person(NamedTuple):
    number: int
    member: Member


class People:
    """Read-only but for what it remembers of conditions; numbers follow the order in which members are given."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = tuple(members)
        self._persons = {member.agent: Person(number, member) for number, member in enumerate(self._members)}
        self.everybody: AgentSet = (1 << len(self._members)) - 1
        self._serving: dict[QueueId, AgentSet] = {}
        self._levels: dict[str, list[AgentSet]] = {}
        self._fitting: dict[Condition, AgentSet] = {}
        for number, member in enumerate(self._members):
            self._count(1 << number, member)

    def _count(self, bit: AgentSet, member: Member) -> None:
        for queue in member.queues:
            self._serving[queue] = self._serving.get(queue, NOBODY) | bit
        for skill, level in member.skills.items():
            levels = self._levels.setdefault(skill, [NOBODY] * (HIGHEST_LEVEL + 1))
            for reached in range(1, level + 1):
                levels[reached] |= bit

    def __len__(self) -> int:
        return len(self._members)

    def person(self, agent: UserId) -> Person | None:
        """None for who is no member."""
        return self._persons.get(agent)

    def agent(self, number: int) -> UserId:
        return self._members[number].agent

    def serving(self, queue: QueueId) -> AgentSet:
        return self._serving.get(queue, NOBODY)

    def one(self, agent: UserId) -> AgentSet:
        person = self._persons.get(agent)
        return NOBODY if person is None else 1 << person.number

    def fitting(self, condition: Condition) -> AgentSet:
        """Of all agents, whichever queues they serve."""
        known = self._fitting.get(condition)
        if known is None:
            known = self._fitting[condition] = self._work_out(condition)
        return known

    def _work_out(self, condition: Condition) -> AgentSet:
        match condition:
            case AtLeast(skill=skill, level=level):
                levels = self._levels.get(skill)
                return NOBODY if levels is None else levels[level]
            case AllOf(of=parts):
                agents = self.everybody
                for part in parts:
                    agents &= self._work_out(part)
                return agents
            case AnyOf(of=parts):
                agents = NOBODY
                for part in parts:
                    agents |= self._work_out(part)
                return agents
            case Not(of=part):
                return self.everybody & ~self._work_out(part)


def numbers(agents: AgentSet) -> Iterator[int]:
    """From the lowest on."""
    while agents:
        lowest = agents & -agents
        yield lowest.bit_length() - 1
        agents ^= lowest
