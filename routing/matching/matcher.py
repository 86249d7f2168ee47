"""Who gets whom: a pure function of who waits, who is available, the rules and the time.

The one order across all queues: of all callers whom an available agent fits, the one with the highest priority, among
those the one that waits longest, goes first; they get their preferred agent if that one is available, else the first
agent by their own queue's strategy. Then the same again with who is left. Equal times are decided by the id of the call
and the number of the agent: the same input gives the same offers.
"""

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import NamedTuple

from kernel.primitives.ids import CallId, QueueId, UserId
from routing.matching.available import Available
from routing.matching.people import AgentSet
from routing.matching.rules import MatchRules
from routing.matching.waiting import Front, Standing, Tier, Waiting
from routing.queues.line import Line


class Match(NamedTuple):
    call: CallId
    queue: QueueId
    agent: UserId


class _Walk:
    """Through one tier from its front: whom nobody fits now, nobody will, for agents only become fewer."""

    def __init__(self, tier: Tier, rules: MatchRules, now: datetime) -> None:
        self.tier = tier
        self._rules = rules
        self._now = now
        self._fronts: Line[Front] | Sequence[Front] = tier.fronts
        self._at = 0
        self._behind: dict[CallId, int] = {}  # in their lane, of those who moved up to the front of it

    def first(self, free: AgentSet) -> Front | None:
        fronts = self._fronts
        while self._at < len(fronts):
            front = fronts[self._at]
            if front.lane.accepted_by(self._now - front.since) & free:
                return front
            self._at += 1
        return None

    def standing(self, front: Front) -> Standing:
        waited = self._now - front.since
        return (-self._rules.priority(self.tier.queue, self.tier.priority, waited), front.since, front.call)

    def take(self, front: Front) -> None:
        """The next of the lane moves up. The tier itself stays as it is."""
        fronts = [self._fronts[place] for place in range(self._at + 1, len(self._fronts))]
        place = self._behind.pop(front.call, 0) + 1
        if place < len(front.lane.places):
            following = Front(*front.lane.places[place], front.lane)
            self._behind[following.call] = place
            insort(fronts, following)
        self._fronts, self._at = fronts, 0


def match(
    waiting: Waiting,
    available: Available,
    rules: MatchRules,
    now: datetime,
    queues: Iterable[QueueId] | None = None,
    among: AgentSet | None = None,
) -> list[Match]:
    """`queues` are those that anything has changed in since nobody else could be matched; None: all.

    `among` are those of the available agents who come into question; None: all of them.

    Stirred is the queue of a caller who came, came back or is accepted by more agents by now, and each queue of an
    agent who became available. Costs O(lanes met · log) and does not depend on how many wait in a lane.
    """
    free = available.everybody if among is None else available.everybody & among
    heap: list[tuple[Standing, _Walk]] = []

    def look(walk: _Walk) -> None:
        front = walk.first(free)
        if front is not None:
            heappush(heap, (walk.standing(front), walk))

    for queue in set(waiting.queues if queues is None else queues):
        if free & rules.people.serving(queue):
            for tier in waiting.tiers(queue):
                look(_Walk(tier, rules, now))
    matches: list[Match] = []
    while heap:
        standing, walk = heappop(heap)
        front = walk.first(free)
        if front is None:
            continue
        if front.call != standing[2]:  # the agents who fitted the former first have gone to others
            heappush(heap, (walk.standing(front), walk))
            continue
        number = _choose(available, walk, front, free, now)
        free &= ~(1 << number)
        matches.append(Match(front.call, walk.tier.queue, rules.people.agent(number)))
        walk.take(front)
        look(walk)
    return matches


def _choose(available: Available, walk: _Walk, front: Front, free: AgentSet, now: datetime) -> int:
    fitting = front.lane.accepted_by(now - front.since) & free
    chosen = front.lane.preferred & fitting
    return chosen.bit_length() - 1 if chosen else available.first(walk.tier.queue, fitting)
