"""Half hours to years by a tenant's clock, with its days of 23 and 25 hours, and what each is compared with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from insight.kpi.intervals import INTERVAL_MS, duration_ms, from_ms, to_ms

WEEK = timedelta(days=7)
_MOMENT = timedelta(milliseconds=1)
_MONTHS = 12


class Unit(StrEnum):
    QUARTER_HOUR = "quarter_hour"
    HALF_HOUR = "half_hour"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday (ISO 8601)
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_STEPS = {Unit.QUARTER_HOUR: INTERVAL_MS, Unit.HALF_HOUR: 2 * INTERVAL_MS, Unit.HOUR: 4 * INTERVAL_MS}
_MONTHS_OF = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


class Span(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), both in UTC."""

    start: datetime
    end: datetime

    @property
    def milliseconds(self) -> int:
        return duration_ms(self.start, self.end)


def span_at(unit: Unit, moment: datetime, zone: ZoneInfo) -> Span:
    """The unit by the zone's clock that holds the moment."""
    if unit in _STEPS:
        return _part_of_day(_STEPS[unit], moment, zone)
    day = moment.astimezone(zone).date()
    if unit is Unit.DAY:
        return _days(day, day + timedelta(days=1), zone)
    if unit is Unit.WEEK:
        monday = day - timedelta(days=day.weekday())
        return _days(monday, monday + WEEK, zone)
    months = _MONTHS_OF[unit]
    first = day.year * _MONTHS + (day.month - 1) // months * months
    return _days(_first_of(first), _first_of(first + months), zone)


def spans(unit: Unit, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """All units that the span from `since` to `until` touches, whole."""
    moment = since
    while moment < until:
        span = span_at(unit, moment, zone)
        yield span
        moment = span.end


def span_before(unit: Unit | None, span: Span, zone: ZoneInfo) -> Span:
    """The unit before by the clock; of a span that is no unit (None), as long a one that ends where it begins."""
    if unit is None:
        return Span(span.start - (span.end - span.start), span.start)
    return span_at(unit, span.start - _MOMENT, zone)


def span_of_weekday(unit: Unit | None, span: Span, zone: ZoneInfo) -> Span | None:
    """The same weekdays and hours by the clock, as few whole weeks earlier as lie before the span.

    None where the clock never showed that hour, being put forward over it.
    """
    length = _wall(span.end, zone) - _wall(span.start, zone)
    back = WEEK * max(1, -(-length // WEEK))
    if unit is Unit.DAY or unit is Unit.WEEK:
        return span_at(unit, _midnight(span.start.astimezone(zone).date() - back, zone), zone)
    start = _earlier(span.start, back, zone)
    if unit is not None and unit in _STEPS:
        return None if start is None else span_at(unit, start, zone)
    end = _earlier(span.end, back, zone)
    return None if start is None or end is None else Span(start, end)


def _part_of_day(step: int, moment: datetime, zone: ZoneInfo) -> Span:
    """Where the clock changes by less than an hour, the hours beside the change are cut short by it."""
    at = to_ms(moment)
    offset = _offset_ms(at, zone)
    start = at - (at + offset) % step
    end = start + step
    while _offset_ms(start, zone) != offset:
        start += INTERVAL_MS
    while _offset_ms(end - INTERVAL_MS, zone) != offset:
        end -= INTERVAL_MS
    return Span(from_ms(start), from_ms(end))


def _offset_ms(moment: int, zone: ZoneInfo) -> int:
    offset = from_ms(moment).astimezone(zone).utcoffset() or timedelta()
    return offset // _MOMENT


def _days(first: date, end: date, zone: ZoneInfo) -> Span:
    return Span(_midnight(first, zone), _midnight(end, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Shown twice: the first time; never shown: when the clock is put forward over it (PEP 495, fold 0)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _first_of(months: int) -> date:
    return date(months // _MONTHS, months % _MONTHS + 1, 1)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _earlier(moment: datetime, back: timedelta, zone: ZoneInfo) -> datetime | None:
    local = moment.astimezone(zone)
    wall = local.replace(tzinfo=None) - back
    earlier = wall.replace(tzinfo=zone, fold=local.fold).astimezone(UTC)
    return earlier if _wall(earlier, zone) == wall else None
