"""Whether it is open at an instant, why, and when it opens next."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from routing.flows.calendars.calendar import WEEKDAYS, Calendar, Opening
from routing.flows.calendars.local_time import instant_of
from routing.flows.calendars.public_holidays import public_holidays
from routing.flows.calendars.status import HoursStatus

SEARCHED_DAYS = 400  # over a year: what opens once a year is found, what never opens is not searched for ever
ONE_DAY = timedelta(days=1)


class DayRule(NamedTuple):
    """What holds on a date; `holiday` is its name where one is kept."""

    openings: tuple[Opening, ...]
    reason: str
    holiday: bool = False


class Hours(NamedTuple):
    status: HoursStatus
    reason: str


class Span(NamedTuple):
    """In UTC, `until` not included."""

    since: datetime
    until: datetime


def open_at(calendar: Calendar, instant: datetime) -> Hours:
    """`instant` is aware. The reason is for people: the weekday, the holiday's name, the exception's words."""
    if calendar.always_closed:
        return Hours(HoursStatus.EMERGENCY, "the emergency switch is on")
    today = instant.astimezone(calendar.zone).date()
    for day in (today - ONE_DAY, today):
        if any(span.since <= instant < span.until for span in spans_of(calendar, day)):
            return Hours(HoursStatus.OPEN, rule_of(calendar, day).reason)
    rule = rule_of(calendar, today)
    return Hours(HoursStatus.HOLIDAY if rule.holiday else HoursStatus.CLOSED, rule.reason)


def next_opening(calendar: Calendar, instant: datetime) -> datetime | None:
    """The first moment from `instant` on at which it is open, in UTC; None: not within SEARCHED_DAYS."""
    if calendar.always_closed:
        return None
    today = instant.astimezone(calendar.zone).date()
    for ahead in range(-1, SEARCHED_DAYS):
        found = [span for span in spans_of(calendar, today + timedelta(days=ahead)) if span.until > instant]
        if found:
            return max(min(found).since, instant.astimezone(UTC))
    return None


def rule_of(calendar: Calendar, day: date) -> DayRule:
    exception = calendar.exceptions.get(day)
    if exception is not None:
        return DayRule(exception.openings, exception.reason or f"the exception for {day.isoformat()}")
    rule = calendar.holidays
    if rule is not None:
        name = public_holidays(rule.country, rule.subdivision, day.year).get(day)
        if name is not None and name not in rule.except_for:
            return DayRule(rule.openings, name, holiday=True)
    weekday = WEEKDAYS[day.weekday()]
    return DayRule(calendar.weekly.get(weekday, ()), weekday)


def spans_of(calendar: Calendar, day: date) -> Iterator[Span]:
    """The openings that begin on `day`. One that ends when the clock shows a time twice lasts to the second one."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 the wall clock's
    for opening in rule_of(calendar, day).openings:
        since, until = opening.span
        begins = instant_of(midnight + since, calendar.zone)
        ends = instant_of(midnight + until, calendar.zone, last=True)
        if begins < ends:  # not wholly inside an hour that the clock is put forward over
            yield Span(begins, ends)
