"""Who waits, in an order that stays right while time passes.

A *lane* holds callers of one queue who entered with the same priority and ask for the same: the first of them is in
front of the others whatever the time, and is accepted by every agent who accepts any of them. A *tier* holds the lanes
of one queue and one priority by their first callers. So a decision looks at first callers alone, and how many wait
behind them costs nothing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.contracts.queues import Needs, Preferred
from kernel.primitives.ids import CallId, QueueId
from routing.matching.people import AgentSet
from routing.matching.rules import Accepted, Caller, MatchRules, Place
from routing.queues.line import Line


class Lane:
    """Callers who can only be told apart by their place."""

    __slots__ = ("places", "preferred", "schedule")

    def __init__(self, schedule: tuple[Accepted, ...], preferred: AgentSet) -> None:
        self.schedule = schedule
        self.preferred = preferred  # one agent, or nobody
        self.places: Line[Place] = Line()

    def accepted_by(self, waited: timedelta) -> AgentSet:
        agents = self.schedule[0].agents
        for step in self.schedule[1:]:
            if step.after > waited:
                break
            agents = step.agents
        return agents


class Front(NamedTuple):
    """The first caller of a lane; no two have the same call, so lanes are never compared."""

    since: datetime
    call: CallId
    lane: Lane


class Tier:
    """The lanes of one queue whose callers entered with the same priority, those who wait longest in front."""

    __slots__ = ("fronts", "priority", "queue")

    def __init__(self, queue: QueueId, priority: int) -> None:
        self.queue = queue
        self.priority = priority
        self.fronts: Line[Front] = Line()


class _Widening(NamedTuple):
    """When more agents than before accept the first caller of a lane."""

    at: datetime
    call: CallId
    queue: QueueId


Standing = tuple[int, datetime, CallId]
"""(minus priority, place since, call): the smallest is served first."""

LaneKey = tuple[QueueId, int, Needs, Preferred | None]


class Waiting:
    """Changed by `add` and `discard` alone, which take each other back exactly."""

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._callers: dict[CallId, Caller] = {}
        self._lanes: dict[LaneKey, Lane] = {}
        self._tiers: dict[QueueId, dict[int, Tier]] = {}
        self._widenings: Line[_Widening] = Line()

    # --- changing ---

    def add(self, caller: Caller) -> None:
        """In place of what was known of the call."""
        self.discard(caller.call)
        key = _key_of(caller)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(self._rules.schedule(caller), self._rules.preferred(caller))
        tier = self._tiers.setdefault(caller.queue, {}).get(caller.priority)
        if tier is None:
            tier = self._tiers[caller.queue][caller.priority] = Tier(caller.queue, caller.priority)
        self._callers[caller.call] = caller
        former = lane.places.first
        lane.places.add((caller.since, caller.call))
        self._lead(tier, lane, former)

    def discard(self, call: CallId) -> None:
        caller = self._callers.pop(call, None)
        if caller is None:
            return
        key = _key_of(caller)
        lane, tier = self._lanes[key], self._tiers[caller.queue][caller.priority]
        former = lane.places.first
        lane.places.discard((caller.since, call))
        self._lead(tier, lane, former)
        if not len(lane.places):
            del self._lanes[key]
        if not len(tier.fronts):
            del self._tiers[caller.queue][caller.priority]

    def _lead(self, tier: Tier, lane: Lane, former: Place | None) -> None:
        """Somebody else may be the first of the lane now."""
        first = lane.places.first
        if first == former:
            return
        if former is not None:
            tier.fronts.discard(Front(*former, lane))
            for widening in _widenings(tier.queue, lane, former):
                self._widenings.discard(widening)
        if first is not None:
            tier.fronts.add(Front(*first, lane))
            for widening in _widenings(tier.queue, lane, first):
                self._widenings.add(widening)

    # --- reading ---

    def __len__(self) -> int:
        return len(self._callers)

    @property
    def queues(self) -> Iterable[QueueId]:
        """In which somebody waits, or did once."""
        return self._tiers.keys()

    def caller(self, call: CallId) -> Caller | None:
        return self._callers.get(call)

    def tiers(self, queue: QueueId) -> Iterable[Tier]:
        return self._tiers.get(queue, {}).values()

    def calls(self, queue: QueueId) -> list[CallId]:
        """Who has waited longest in front."""
        return [call for _, call in sorted(place for lane in self._lanes_of(queue) for place in lane.places)]

    def count(self, queue: QueueId) -> int:
        return sum(len(lane.places) for lane in self._lanes_of(queue))

    def position(self, call: CallId, now: datetime) -> int | None:
        """1 for the first of the queue, by the order that decides, whoever accepts whom; None for who does not wait."""
        caller = self._callers.get(call)
        return None if caller is None else 1 + self.ahead(caller, now)

    def standing(self, caller: Caller, now: datetime) -> Standing:
        """In the order that decides: the smallest is served first."""
        waited = now - caller.since
        return (-self._rules.priority(caller.queue, caller.priority, waited), caller.since, caller.call)

    def ahead(self, caller: Caller, now: datetime) -> int:
        """How many are served before this one, who may be in line or not, whoever accepts whom."""
        mine = self.standing(caller, now)

        def standing(base: int, place: Place) -> Standing:
            return (-self._rules.priority(caller.queue, base, now - place[0]), *place)

        return sum(
            bisect_left(lane.places, mine, key=lambda place, base=tier.priority: standing(base, place))
            for tier in self.tiers(caller.queue)
            for lane in (front.lane for front in tier.fronts)
        )

    def _lanes_of(self, queue: QueueId) -> Iterator[Lane]:
        return (front.lane for tier in self.tiers(queue) for front in tier.fronts)

    # --- time ---

    def next_widening(self, after: datetime | None) -> datetime | None:
        """When a caller is next accepted by more agents; None: never, as things stand. `after` None: from the first."""
        place = self._widenings.after(after)
        return self._widenings[place].at if place < len(self._widenings) else None

    def widened(self, after: datetime | None, until: datetime) -> set[QueueId]:
        """The queues of all who were accepted by more agents after `after` and up to `until`."""
        queues: set[QueueId] = set()
        for place in range(self._widenings.after(after), len(self._widenings)):
            widening = self._widenings[place]
            if widening.at > until:
                break
            queues.add(widening.queue)
        return queues


def _key_of(caller: Caller) -> LaneKey:
    return (caller.queue, caller.priority, caller.needs, caller.preferred)


def _widenings(queue: QueueId, lane: Lane, place: Place) -> Iterator[_Widening]:
    since, call = place
    return (_Widening(since + step.after, call, queue) for step in lane.schedule[1:])
