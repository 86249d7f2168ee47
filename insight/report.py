"""From cells to indicators: which cells belong to which row, and with which thresholds. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.indicators import Choices, Thresholds, evaluate, gather
from insight.kpi.intervals import INTERVAL_MS, day_bounds, from_ms, to_ms
from insight.questions import IndicatorFilter, IndicatorRow
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import QueueId

Cell = tuple[IntervalKey, Counters]
Place = tuple[UUID, datetime, datetime]

_STEPS = {"quarter_hour": INTERVAL_MS, "half_hour": 2 * INTERVAL_MS, "hour": 4 * INTERVAL_MS}


def whole_intervals(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The whole quarter hours that touch the span."""
    start, end = to_ms(since), to_ms(until)
    return from_ms(start - start % INTERVAL_MS), from_ms(end + -end % INTERVAL_MS)


class IndicatorReport:
    def __init__(self, directory: TenantDirectory, wanted: IndicatorFilter, choices: Choices) -> None:
        self._directory = directory
        self._wanted = wanted
        self._choices = choices
        self._since, self._until = whole_intervals(wanted.since, wanted.until)
        self._zone = ZoneInfo(directory.time_zone)
        self._thresholds = {
            rules.queue: Thresholds(rules.service_level_seconds, rules.short_abandon_seconds)
            for rules in directory.queues
        }

    def rows(self, cells: Iterable[Cell]) -> Sequence[IndicatorRow]:
        groups: dict[Place, list[tuple[Counters, Thresholds]]] = {}
        if self._wanted.granularity == "total":
            groups = {(scope, self._since, self._until): [] for scope in self._known_scopes()}
        for key, counters in cells:
            scope = self._scope_of(key)
            inside = self._since <= from_ms(key.start) < self._until
            if scope is not None and inside:
                groups.setdefault((scope, *self._span_of(key)), []).append((counters, self._limits(key.queue)))
        return [
            IndicatorRow(
                by=self._wanted.by,
                scope=scope,
                start=start,
                end=end,
                values=evaluate(gather(members), self._choices),
            )
            for (scope, start, end), members in sorted(groups.items(), key=lambda group: group[0])
        ]

    def _known_scopes(self) -> list[UUID]:
        match self._wanted.by:
            case "tenant":
                return [self._directory.tenant]
            case "queue":
                return [rules.queue for rules in self._directory.queues]
            case "agent":
                return [profile.agent for profile in self._directory.agents]

    def _scope_of(self, key: IntervalKey) -> UUID | None:
        match self._wanted.by:
            case "tenant":
                return self._directory.tenant
            case "queue":
                return key.queue
            case "agent":
                return key.agent

    def _span_of(self, key: IntervalKey) -> tuple[datetime, datetime]:
        if self._wanted.granularity == "total":
            return self._since, self._until
        if self._wanted.granularity == "day":
            start, end = day_bounds(from_ms(key.start), self._zone)
        else:
            step = _STEPS[self._wanted.granularity]
            start = key.start - (key.start + self._offset_ms(key.start)) % step
            end = start + step
        return max(from_ms(start), self._since), min(from_ms(end), self._until)

    def _offset_ms(self, moment: int) -> int:
        """Hours begin by the tenant's clock, which may differ from UTC by half an hour."""
        offset = from_ms(moment).astimezone(self._zone).utcoffset() or timedelta()
        return offset // timedelta(milliseconds=1)

    def _limits(self, queue: QueueId | None) -> Thresholds:
        return self._thresholds.get(queue, Thresholds()) if queue is not None else Thresholds()
