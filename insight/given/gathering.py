"""Sums of all that was given, for one place: a span of time, and a queue, some agents, or the whole tenant."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from insight.given.adherence import Roster
from insight.given.contracts import CONTENT, Cost, Employment, Forecast, Given, Survey, latest
from insight.given.resolution import Resolutions
from insight.given.stretches import Stretch, spread
from insight.kpi.given_sums import GivenSums, Input
from insight.kpi.intervals import to_ms
from insight.kpi.state import StateStretch
from kernel.primitives.ids import QueueId, UserId

_HUNDREDTHS = 100
_THOUSANDTHS = 1000


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a row is about. `agents` None and `queue` None: the tenant.

    `of_queue` are the agents who serve the queue: what is given of people is theirs, of calls the queue's.
    """

    since: datetime
    until: datetime
    queue: QueueId | None = None
    agents: frozenset[UserId] | None = None
    of_queue: frozenset[UserId] = frozenset()

    @property
    def stretch(self) -> Stretch:
        return to_ms(self.since), to_ms(self.until)

    @property
    def people(self) -> frozenset[UserId] | None:
        return self.agents if self.queue is None else self.of_queue

    def holds(self, queue: QueueId | None, agent: UserId | None) -> bool:
        if self.queue is not None:
            return queue == self.queue
        return self.agents is None or agent in self.agents


class GivenBook:
    """Asked once for each row; `states` are those of the whole span and of the shifts that touch it."""

    def __init__(self, given: Given, states: Iterable[StateStretch], zone: ZoneInfo, now: datetime) -> None:
        self._now = to_ms(now)
        self._roster = Roster(given.shifts or (), states, zone)
        self._forecasts = latest(given.forecasts)
        self._costs = latest(given.costs)
        self._staff = latest(given.staff)
        self._scores = latest(given.scores)
        surveys = latest(given.surveys)
        resolutions = Resolutions(given.contacts, given.rule, now, surveys)
        self._judged = Moments((each, resolutions.judge(each)) for each in resolutions.handled)
        self._surveys = Moments((each, _survey(each)) for each in surveys if each.satisfaction is not None)
        self.has = inputs(given)

    def sums(self, place: Place) -> GivenSums:
        """Adherence up to now: nobody can have kept to what is still to come."""
        within = place.stretch
        sums = self._roster.sums(place.people, (within[0], max(within[0], min(within[1], self._now))))
        _add_forecasts(sums, self._forecasts, place)
        _add_costs(sums, self._costs, place)
        _add_staff(sums, self._staff, place)
        for score in self._scores:
            if place.since <= score.at < place.until and place.holds(score.queue, score.agent):
                sums.evaluations += 1
                sums.score_hundredths += round(score.score * _HUNDREDTHS)
        self._judged.add_to(sums, place)
        self._surveys.add_to(sums, place)
        return sums


class Dated(Protocol):
    """Something of one moment, of a queue and an agent or of none."""

    @property
    def at(self) -> datetime: ...

    @property
    def queue(self) -> QueueId | None: ...

    @property
    def agent(self) -> UserId | None: ...


class Moments:
    """What each moment adds, found by place: a month has a hundred thousand, and is asked for by every agent."""

    def __init__(self, found: Iterable[tuple[Dated, GivenSums]]) -> None:
        self._by: dict[tuple[str, UUID | None], list[tuple[datetime, GivenSums]]] = defaultdict(list)
        for one, sums in sorted(found, key=lambda each: each[0].at):
            for key in (("all", None), ("queue", one.queue), ("agent", one.agent)):
                self._by[key].append((one.at, sums))

    def add_to(self, sums: GivenSums, place: Place) -> None:
        for key in _keys(place):
            moments = self._by.get(key, [])
            first = bisect_left(moments, place.since, key=_moment)
            for _, more in moments[first : bisect_left(moments, place.until, key=_moment)]:
                sums.add(more)


def _keys(place: Place) -> list[tuple[str, UUID | None]]:
    if place.queue is not None:
        return [("queue", place.queue)]
    return [("all", None)] if place.agents is None else [("agent", agent) for agent in sorted(place.agents)]


def _moment(entry: tuple[datetime, GivenSums]) -> datetime:
    return entry[0]


def _survey(survey: Survey) -> GivenSums:
    return GivenSums(surveys=1, content=int((survey.satisfaction or 0) >= CONTENT))


def inputs(given: Given) -> frozenset[Input]:
    """What was ever given."""
    lists = {
        Input.SHIFTS: given.shifts,
        Input.FORECASTS: given.forecasts,
        Input.STAFF: given.staff,
        Input.COSTS: given.costs,
        Input.SCORES: given.scores,
        Input.SURVEYS: given.surveys,
    }
    coded = any(contact.handled and contact.disposition for contact in given.contacts)
    coded = coded or any(survey.resolved is not None for survey in given.surveys or ())
    found = {name for name, entries in lists.items() if entries is not None}
    return frozenset(found | {Input.WRAP_UP_CODES} if coded else found)


def _add_forecasts(sums: GivenSums, forecasts: list[Forecast], place: Place) -> None:
    """A forecast for the whole tenant goes before those of its queues; people have none."""
    if place.queue is None and place.agents is not None:
        return
    touched = [each for each in forecasts if each.start < place.until and each.end > place.since]
    whole = [each for each in touched if each.queue is None]
    chosen = [each for each in touched if each.queue == place.queue] if place.queue else whole or touched
    for each in chosen:
        over = to_ms(each.start), to_ms(each.end)
        sums.forecasts += 1
        sums.forecast_millicalls += spread(round(each.calls * _THOUSANDTHS), over, place.stretch)


def _add_costs(sums: GivenSums, costs: list[Cost], place: Place) -> None:
    for cost in costs:
        if cost.start < place.until and cost.end > place.since and place.holds(cost.queue, cost.agent):
            sums.costs += 1
            sums.cost_minor += spread(cost.minor, (to_ms(cost.start), to_ms(cost.end)), place.stretch)


def _add_staff(sums: GivenSums, staff: list[Employment], place: Place) -> None:
    start, end = place.stretch
    for person in staff:
        if not person.full_time or (place.people is not None and person.agent not in place.people):
            continue
        left = end if person.left is None else to_ms(person.left)
        sums.staff_ms += max(0, min(end, left) - max(start, to_ms(person.joined)))
        sums.leavers += person.left is not None and start <= left < end
