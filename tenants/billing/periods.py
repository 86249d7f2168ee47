"""Billing periods: calendar months and years in the tenant's time zone, counted in whole seconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_SECONDS = 86_400
MONTHS = 12


class Interval(StrEnum):
    """What a price is for: a calendar month or a calendar year."""

    MONTH = "month"
    YEAR = "year"


class Period(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), both in UTC; `name` is YYYY-MM or YYYY in `time_zone` (IANA)."""

    name: str
    start: datetime
    end: datetime
    time_zone: str

    @property
    def seconds(self) -> int:
        return stamp(self.end) - stamp(self.start)

    def until(self, moment: datetime) -> "Period":
        """The part that has passed by then; empty before the start."""
        return self._replace(end=max(self.start, min(self.end, whole_second(moment))))


class Cut(NamedTuple):
    """A part of a time span inside one calendar month or year, which lasts `whole` seconds; in epoch seconds."""

    start: int
    end: int
    whole: int


def stamp(moment: datetime) -> int:
    """Whole seconds since 1970; parts of a second are dropped."""
    lasted = moment - EPOCH
    return lasted.days * DAY_SECONDS + lasted.seconds


def moment_of(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def whole_second(moment: datetime) -> datetime:
    """Billing counts in whole seconds."""
    return moment.replace(microsecond=0)


def month_of(year: int, month: int, time_zone: str) -> Period:
    """An hour longer or shorter where clocks change; ValueError or OverflowError if there is no such month."""
    zone = ZoneInfo(time_zone)
    start, end = _first(year, month, zone), _first(year + month // MONTHS, month % MONTHS + 1, zone)
    return Period(f"{year:04d}-{month:02d}", start, end, time_zone)


def year_of(year: int, time_zone: str) -> Period:
    """A day longer in leap years; ValueError or OverflowError if there is no such year."""
    zone = ZoneInfo(time_zone)
    return Period(f"{year:04d}", _first(year, 1, zone), _first(year + 1, 1, zone), time_zone)


def period_at(moment: datetime, interval: Interval, time_zone: str) -> Period:
    """The calendar month or year of `time_zone` that holds the moment."""
    local = moment.astimezone(ZoneInfo(time_zone))
    if interval is Interval.YEAR:
        return year_of(local.year, time_zone)
    return month_of(local.year, local.month, time_zone)


def cuts(start: int, end: int, interval: Interval, time_zone: str) -> Iterator[Cut]:
    """The span in order of time, cut where a calendar month or year of the zone ends."""
    while start < end:
        period = period_at(moment_of(start), interval, time_zone)
        until = min(stamp(period.end), end)
        yield Cut(start, until, period.seconds)
        start = until


def _first(year: int, month: int, zone: tzinfo) -> datetime:
    """The first moment of a month; where midnight is skipped, the moment at which the clocks jump over it."""
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
