"""The settings of a floor's queues and the skills of its agents, made ready for decisions."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.contracts.queues import Distribution, Needs, Preferred, Strategy
from kernel.primitives.ids import CallId, QueueId
from routing.matching.people import NOBODY, AgentSet, Member, People

NO_WAIT = timedelta(0)
DEFAULT = Distribution()

Place = tuple[datetime, CallId]  # waiting since, call: the smaller is in front, among equal priorities


class Caller(NamedTuple):
    """Who waits, on the line or for a callback. `priority` is that of queue, flow and VIP together, without ageing."""

    call: CallId
    queue: QueueId
    since: datetime
    priority: int = 0
    needs: Needs = ()
    preferred: Preferred | None = None


class Accepted(NamedTuple):
    """From `after` of waiting on these agents may have the call."""

    after: timedelta
    agents: AgentSet


class MatchRules:
    """Read-only; changed settings make new rules."""

    def __init__(self, queues: Mapping[QueueId, Distribution], members: Iterable[Member]) -> None:
        self.people = People(members)
        self._queues = dict(queues)
        self._ageing = {
            queue: (timedelta(seconds=rules.ageing.every_seconds), rules.ageing.limit)
            for queue, rules in queues.items()
            if rules.ageing is not None
        }

    def strategy(self, queue: QueueId) -> Strategy:
        return self._queues.get(queue, DEFAULT).strategy

    def priority(self, queue: QueueId, base: int, waited: timedelta) -> int:
        """As it is after that wait: it never falls, and in one queue who waits longer never gains less."""
        ageing = self._ageing.get(queue)
        if ageing is None or waited <= NO_WAIT:
            return base
        every, limit = ageing
        return base + min(waited // every, limit)

    def preferred(self, caller: Caller) -> AgentSet:
        """One agent, or nobody when there is none or they do not serve the queue."""
        if caller.preferred is None:
            return NOBODY
        return self.people.one(caller.preferred.agent) & self.people.serving(caller.queue)

    def schedule(self, caller: Caller) -> tuple[Accepted, ...]:
        """Wider with every step: the queue's needs and the call's own at that time, both of them.

        The first is from NO_WAIT on. Of two callers with the same needs whoever waits longer is accepted by all agents
        that accept the other: the matcher looks at the first of them only.
        """
        of_queue = self._queues.get(caller.queue, DEFAULT).needs
        times = {NO_WAIT} | {timedelta(seconds=step.after_seconds) for step in (*of_queue, *caller.needs)}
        preferred, chosen, serving = caller.preferred, self.preferred(caller), self.people.serving(caller.queue)
        hold = NO_WAIT if preferred is None or not chosen else timedelta(seconds=preferred.hold_seconds)
        times.add(hold)
        schedule: list[Accepted] = []
        for after in sorted(times):
            agents = chosen
            if after >= hold:
                agents |= serving & self._reached(of_queue, after) & self._reached(caller.needs, after)
            if not schedule or schedule[-1].agents != agents:
                schedule.append(Accepted(after, agents))
        return tuple(schedule)

    def _reached(self, needs: Needs, waited: timedelta) -> AgentSet:
        if not needs:
            return self.people.everybody
        agents = NOBODY
        for step in needs:
            if timedelta(seconds=step.after_seconds) <= waited:
                agents |= self.people.fitting(step.accepts)
        return agents


def base_priority(queue_priority: int, rules: Distribution, asked: int | None = None, *, vip: bool = False) -> int:
    """Of a call that enters: what its flow asks for in place of the queue's own, and the queue's addition for VIPs."""
    return (queue_priority if asked is None else asked) + (rules.vip_priority if vip else 0)
