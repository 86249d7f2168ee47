"""From cells to indicators: which cells belong to which row, and with which thresholds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.figures import Choices, Figures, Thresholds, gather
from insight.kpi.indicators import evaluate
from insight.kpi.intervals import INTERVAL_MS, duration_ms, from_ms, to_ms
from insight.kpi.queues import thresholds_of
from insight.kpi.spans import Unit, span_at
from insight.questions import IndicatorFilter, IndicatorRow
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import QueueId, UserId

Cell = tuple[IntervalKey, Counters]
Place = tuple[UUID, datetime, datetime]
Teams = Mapping[UUID, frozenset[UserId]]
"""The present members of each team; who is in two counts in both."""


def whole_intervals(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The whole quarter hours that touch the span."""
    start, end = to_ms(since), to_ms(until)
    return from_ms(start - start % INTERVAL_MS), from_ms(end + -end % INTERVAL_MS)


class IndicatorReport:
    def __init__(
        self, directory: TenantDirectory, wanted: IndicatorFilter, choices: Choices, teams: Teams | None = None
    ) -> None:
        self._directory = directory
        self._wanted = wanted
        self._choices = choices
        self._teams = teams or {}
        self._since, self._until = whole_intervals(wanted.since, wanted.until)
        self._zone = ZoneInfo(directory.time_zone)
        self._spans: dict[int, tuple[datetime, datetime]] = {}
        self._thresholds = thresholds_of(directory)

    def rows(self, cells: Iterable[Cell]) -> Sequence[IndicatorRow]:
        return [
            IndicatorRow(by=self._wanted.by, scope=scope, start=start, end=end, values=evaluate(figures, self._choices))
            for (scope, start, end), figures in self.figures(cells)
        ]

    def figures(self, cells: Iterable[Cell]) -> list[tuple[Place, Figures]]:
        """By scope, then time."""
        groups: dict[Place, list[tuple[Counters, Thresholds]]] = {}
        if self._wanted.granularity == "total":
            groups = {(scope, self._since, self._until): [] for scope in self._known_scopes()}
        for key, counters in cells:
            if not self._since <= from_ms(key.start) < self._until:
                continue
            for scope in self._scopes_of(key):
                groups.setdefault((scope, *self._span_of(key)), []).append((counters, self._limits(key.queue)))
        return [
            (place, gather(members, span_ms=duration_ms(place[1], place[2])))
            for place, members in sorted(groups.items(), key=lambda group: group[0])
        ]

    def _known_scopes(self) -> list[UUID]:
        match self._wanted.by:
            case "tenant":
                return [self._directory.tenant]
            case "queue":
                return [rules.queue for rules in self._directory.queues]
            case "agent":
                return [profile.agent for profile in self._directory.agents]
            case "team":
                return list(self._teams)

    def _scopes_of(self, key: IntervalKey) -> Sequence[UUID]:
        match self._wanted.by:
            case "tenant":
                return [self._directory.tenant]
            case "queue":
                return [] if key.queue is None else [key.queue]
            case "agent":
                return [] if key.agent is None else [key.agent]
            case "team":
                return [team for team, members in self._teams.items() if key.agent in members]

    def _span_of(self, key: IntervalKey) -> tuple[datetime, datetime]:
        if self._wanted.granularity == "total":
            return self._since, self._until
        known = self._spans.get(key.start)
        if known is None:
            start, end = span_at(Unit(self._wanted.granularity), from_ms(key.start), self._zone)
            known = self._spans[key.start] = max(start, self._since), min(end, self._until)
        return known

    def _limits(self, queue: QueueId | None) -> Thresholds:
        return self._thresholds.get(queue, Thresholds())
