"""A tenant's business hours as data: read, judged, and nothing else."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta

from routing.flows.calendars.public_holidays import wrong_place
from routing.flows.errors import WrongCalendar

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

OPENINGS_A_DAY = 8  # shifts with breaks between them
EXCEPTIONS = 1000  # ten years of moved days

_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\\n)"
_UNTIL = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\\n)"


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times of the wall clock, `until` not included. Until earlier than `since`: of the next day."""

    since: Annotated[str, Meta(pattern=_TIME, description="HH:MM")]
    until: Annotated[str, Meta(pattern=_UNTIL, description="HH:MM, 24:00 for the end of the day")]

    @property
    def span(self) -> tuple[timedelta, timedelta]:
        """From the midnight before, by the wall clock."""
        since, until = _since_midnight(self.since), _since_midnight(self.until)
        return since, until if until > since else until + timedelta(days=1)


Openings = Annotated[tuple[Opening, ...], Meta(max_length=OPENINGS_A_DAY)]


class HolidayRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Public holidays of a country (ISO 3166-1 alpha-2) and a part of it (ISO 3166-2, behind the dash).

    On them `openings` hold, none by default; `except_for` are holidays, by the names that the library gives them, on
    which it is worked as usual.
    """

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$(?!\\n)")]
    subdivision: Annotated[str, Meta(max_length=16)] = ""
    openings: Openings = ()
    except_for: Annotated[tuple[str, ...], Meta(max_length=40)] = ()


class DayException(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds on one date, whatever weekday and holiday it is; `reason` is for people."""

    openings: Openings = ()
    reason: Annotated[str, Meta(max_length=80)] = ""


class Calendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`always_closed` is the switch for emergencies: it wins over all, until it is put back.

    Then exceptions, then holidays, then the week. An opening belongs to the day on which it begins.
    """

    time_zone: Annotated[str, Meta(max_length=64, description="IANA name, such as Europe/Berlin")]
    weekly: dict[Weekday, Openings] = {}
    holidays: HolidayRule | None = None
    exceptions: Annotated[dict[date, DayException], Meta(max_length=EXCEPTIONS)] = {}
    always_closed: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def read_calendar(document: bytes | str) -> Calendar:
    """WrongCalendar tells what is wrong and how it should be."""
    try:
        calendar = msgspec.json.decode(document, type=Calendar)
    except msgspec.DecodeError as error:
        raise WrongCalendar(_told(str(error))) from error
    check_calendar(calendar)
    return calendar


def check_calendar(calendar: Calendar) -> None:
    if calendar.time_zone not in available_timezones():
        raise WrongCalendar(
            f"{calendar.time_zone!r} is no time zone: give an IANA name, such as Europe/Berlin.", field="time_zone"
        )
    for day, openings in calendar.weekly.items():
        _check_openings(openings, f"weekly.{day}")
    for day, exception in calendar.exceptions.items():
        _check_openings(exception.openings, f"exceptions.{day.isoformat()}")
    rule = calendar.holidays
    if rule is not None:
        _check_openings(rule.openings, "holidays.openings")
        wrong = wrong_place(rule.country, rule.subdivision)
        if wrong:
            raise WrongCalendar(wrong, field="holidays")


def _check_openings(openings: Iterable[Opening], field: str) -> None:
    ordered = sorted(opening.span for opening in openings)
    for (_, until), (since, _) in pairwise(ordered):
        if since < until:
            raise WrongCalendar("Two openings of one day overlap: make one of them.", field=field)


def _since_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _told(message: str) -> str:
    return re.sub(r" - at `\$\.?(.*)`$", r", at \1", message) + "."
