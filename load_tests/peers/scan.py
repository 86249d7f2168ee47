"""Who gets whom by looking at everybody: what the matcher must equal, and what it is measured beside.

Written after docs/queues.md, word by word, and not after the matcher: it shares no code with it but the plain reading
of one condition.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from kernel.contracts.queues import Distribution, Needs, Strategy
from kernel.primitives.ids import QueueId
from routing.matching.available import Idle
from routing.matching.conditions import fits
from routing.matching.matcher import Match
from routing.matching.people import Member
from routing.matching.rules import Caller


class Agent(NamedTuple):
    """`idle` None: not available."""

    number: int
    member: Member
    idle: Idle | None


class Scan:
    def __init__(self, queues: Mapping[QueueId, Distribution], members: Sequence[Member]) -> None:
        self._queues = queues
        self._members = {member.agent: member for member in members}

    def offers(self, callers: Iterable[Caller], agents: Iterable[Agent], now: datetime) -> list[Match]:
        """From any state: the first caller by the one order whom anybody fits, then the next."""
        free = [agent for agent in agents if agent.idle is not None]
        found: list[Match] = []
        for caller in sorted(callers, key=lambda one: self.standing(one, now)):
            agent = self.for_caller(caller, free, now)
            if agent is not None:
                free.remove(agent)
                found.append(Match(caller.call, caller.queue, agent.member.agent))
        return found

    def for_caller(self, caller: Caller, agents: Iterable[Agent], now: datetime) -> Agent | None:
        fitting = [agent for agent in agents if agent.idle is not None and self.accepts(caller, agent.member, now)]
        for agent in fitting:
            if caller.preferred is not None and caller.preferred.agent == agent.member.agent:
                return agent
        return min(fitting, key=lambda agent: self.rank(caller.queue, agent), default=None)

    def for_agent(self, agent: Agent, callers: Iterable[Caller], now: datetime) -> Caller | None:
        fitting = [caller for caller in callers if self.accepts(caller, agent.member, now)]
        return min(fitting, key=lambda caller: self.standing(caller, now), default=None)

    # --- the rules ---

    def standing(self, caller: Caller, now: datetime) -> tuple[int, datetime, UUID]:
        ageing = self._queues[caller.queue].ageing
        aged = 0
        if ageing is not None:
            aged = min(ageing.limit, max(0, int((now - caller.since) / timedelta(seconds=ageing.every_seconds))))
        return (-caller.priority - aged, caller.since, caller.call)

    def accepts(self, caller: Caller, member: Member, now: datetime) -> bool:
        if caller.queue not in member.queues:
            return False
        waited = max((now - caller.since).total_seconds(), 0.0)
        preferred = caller.preferred
        if preferred is not None:
            if preferred.agent == member.agent:
                return True
            other = self._members.get(preferred.agent)
            if other is not None and caller.queue in other.queues and waited < preferred.hold_seconds:
                return False
        needs = (self._queues[caller.queue].needs, caller.needs)
        return all(_met(each, member, waited) for each in needs)

    def rank(self, queue: QueueId, agent: Agent) -> tuple[float, datetime, int]:
        idle = agent.idle
        assert idle is not None
        merits = {
            Strategy.LONGEST_IDLE: 0.0,
            Strategy.FEWEST_CALLS: idle.calls,
            Strategy.ROUND_ROBIN: 0.0 if queue not in idle.offered_at else idle.offered_at[queue].timestamp(),
            Strategy.WEIGHTED: (idle.calls + 1) / agent.member.weight,
            Strategy.LEAST_OCCUPIED: idle.occupancy,
        }
        return (merits[self._queues[queue].strategy], idle.since, agent.number)


def _met(needs: Needs, member: Member, waited: float) -> bool:
    return not needs or any(step.after_seconds <= waited and fits(member.skills, step.accepts) for step in needs)
