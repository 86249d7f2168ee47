"""Business hours: weeks, holidays, exceptions, the switch, and the two odd days of the year."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.flows.calendars.calendar import (
    WEEKDAYS,
    Calendar,
    DayException,
    HolidayRule,
    Opening,
    Weekday,
    check_calendar,
    read_calendar,
)
from routing.flows.calendars.local_time import instant_of
from routing.flows.calendars.opening import Span, next_opening, open_at, spans_of
from routing.flows.calendars.public_holidays import public_holidays, wrong_place
from routing.flows.calendars.status import HoursStatus
from routing.flows.errors import WrongCalendar
from tests.unit.routing.flows.documents import example_calendar

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = read_calendar(example_calendar())


def at(text: str, zone: tzinfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def every_day(since: str, until: str) -> dict[Weekday, tuple[Opening, ...]]:
    return {day: (Opening(since, until),) for day in WEEKDAYS}


def status(text: str, calendar: Calendar = CALENDAR) -> HoursStatus:
    return open_at(calendar, at(text, calendar.zone)).status


class TestWeek:
    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("2026-01-12 08:59:59", HoursStatus.CLOSED),
            ("2026-01-12 09:00:00", HoursStatus.OPEN),
            ("2026-01-12 12:29:59", HoursStatus.OPEN),
            ("2026-01-12 12:30:00", HoursStatus.CLOSED),
            ("2026-01-12 13:30:00", HoursStatus.OPEN),
            ("2026-01-12 18:00:00", HoursStatus.CLOSED),
            ("2026-01-13 10:00:00", HoursStatus.CLOSED),  # a Tuesday
            ("2026-01-17 23:00:00", HoursStatus.OPEN),  # Saturday night
            ("2026-01-18 01:59:59", HoursStatus.OPEN),  # its end on Sunday
            ("2026-01-18 02:00:00", HoursStatus.CLOSED),
            ("2026-01-18 23:00:00", HoursStatus.CLOSED),
        ],
    )
    def test_edges(self, when: str, expected: HoursStatus) -> None:
        assert status(when) is expected

    def test_the_same_instant_is_the_same_wherever_the_question_comes_from(self) -> None:
        instant = at("2026-01-12 09:00:00")
        assert open_at(CALENDAR, instant.astimezone(ZoneInfo("Asia/Tokyo"))).status is HoursStatus.OPEN
        assert open_at(CALENDAR, instant.astimezone(UTC) - timedelta(seconds=1)).status is HoursStatus.CLOSED

    def test_round_the_clock(self) -> None:
        always = Calendar(time_zone="Europe/Berlin", weekly=every_day("00:00", "24:00"))
        for hours in range(0, 24 * 366, 5):
            assert open_at(always, at("2026-01-01 00:30:00") + timedelta(hours=hours)).status is HoursStatus.OPEN


class TestDays:
    def test_a_public_holiday_is_told_by_name(self) -> None:
        found = open_at(CALENDAR, at("2026-05-25 10:00:00"))
        assert (found.status, found.reason) == (HoursStatus.HOLIDAY, "Pentecost Monday")

    def test_a_holiday_of_one_part_of_the_country(self) -> None:
        bavaria = Calendar(
            time_zone="Europe/Berlin",
            weekly={"tuesday": (Opening("09:00", "18:00"),)},
            holidays=HolidayRule(country="DE", subdivision="BY"),
        )
        assert status("2026-01-06 10:00:00", bavaria) is HoursStatus.HOLIDAY  # Epiphany
        rest = HolidayRule(country="DE")
        assert status("2026-01-06 10:00:00", replace(bavaria, holidays=rest)) is HoursStatus.OPEN

    def test_a_holiday_that_is_worked(self) -> None:
        week = every_day("09:00", "18:00")
        off = Calendar(time_zone="Europe/Berlin", weekly=week, holidays=HolidayRule(country="DE"))
        worked = HolidayRule(country="DE", except_for=("Good Friday",))
        assert status("2026-04-03 10:00:00", off) is HoursStatus.HOLIDAY
        assert status("2026-04-03 10:00:00", replace(off, holidays=worked)) is HoursStatus.OPEN

    def test_openings_of_holidays(self) -> None:
        rule = HolidayRule(country="DE", openings=(Opening("10:00", "12:00"),))
        calendar = Calendar(time_zone="Europe/Berlin", holidays=rule)
        assert status("2026-12-25 11:00:00", calendar) is HoursStatus.OPEN
        assert status("2026-12-25 12:00:00", calendar) is HoursStatus.HOLIDAY
        assert status("2026-12-28 11:00:00", calendar) is HoursStatus.CLOSED

    def test_the_night_before_a_holiday_lasts_into_it(self) -> None:
        week: dict[Weekday, tuple[Opening, ...]] = {
            "thursday": (Opening("22:00", "04:00"),),
            "friday": (Opening("22:00", "04:00"),),
        }
        calendar = Calendar(time_zone="Europe/Berlin", weekly=week, holidays=HolidayRule(country="DE"))
        assert status("2026-12-25 03:59:59", calendar) is HoursStatus.OPEN
        assert status("2026-12-25 23:00:00", calendar) is HoursStatus.HOLIDAY
        assert status("2026-12-26 03:00:00", calendar) is HoursStatus.HOLIDAY  # Friday's night fell out

    def test_an_exception_wins_over_the_holiday_and_the_week(self) -> None:
        assert open_at(CALENDAR, at("2026-12-24 11:00:00")) == (HoursStatus.OPEN, "Christmas Eve")
        assert open_at(CALENDAR, at("2026-12-24 12:00:00")) == (HoursStatus.CLOSED, "Christmas Eve")
        moved = replace(CALENDAR, exceptions={date(2026, 5, 25): DayException(openings=(Opening("08:00", "09:00"),))})
        assert status("2026-05-25 08:30:00", moved) is HoursStatus.OPEN

    def test_the_switch_wins_over_all(self) -> None:
        shut = replace(CALENDAR, always_closed=True)
        assert status("2026-12-24 11:00:00", shut) is HoursStatus.EMERGENCY
        assert next_opening(shut, at("2026-12-24 11:00:00")) is None


class TestClockChanges:
    """Berlin 2026: 29 March 02:00 → 03:00, 25 October 03:00 → 02:00."""

    @staticmethod
    def spans(day: date, since: str, until: str) -> list[Span]:
        calendar = Calendar(time_zone="Europe/Berlin", weekly={"sunday": (Opening(since, until),)})
        return list(spans_of(calendar, day))

    @pytest.mark.parametrize(
        ("since", "until", "begins", "ends"),
        [
            ("02:30", "06:00", "01:00", "04:00"),  # begins as the clock jumps
            ("01:00", "02:30", "00:00", "01:00"),  # ends as it jumps
            ("01:30", "03:30", "00:30", "01:30"),
            ("03:00", "04:00", "01:00", "02:00"),
        ],
    )
    def test_forward(self, since: str, until: str, begins: str, ends: str) -> None:
        expected = Span(at(f"2026-03-29 {begins}", UTC), at(f"2026-03-29 {ends}", UTC))
        assert self.spans(date(2026, 3, 29), since, until) == [expected]

    def test_an_opening_inside_the_hour_that_is_left_out_does_not_happen(self) -> None:
        assert self.spans(date(2026, 3, 29), "02:10", "02:50") == []

    @pytest.mark.parametrize(
        ("since", "until", "begins", "ends"),
        [
            ("02:30", "06:00", "00:30", "05:00"),  # from the first 02:30
            ("00:00", "02:30", "22:00", "01:30"),  # to the second
            ("02:10", "02:20", "00:10", "01:20"),
            ("03:00", "04:00", "02:00", "03:00"),
        ],
    )
    def test_back(self, since: str, until: str, begins: str, ends: str) -> None:
        day = date(2026, 10, 25)
        start = day if begins < "22:00" else day - timedelta(days=1)
        expected = Span(at(f"{start} {begins}", UTC), at(f"{day} {ends}", UTC))
        assert self.spans(day, since, until) == [expected]

    def test_a_gap_of_half_an_hour(self) -> None:
        lord_howe = ZoneInfo("Australia/Lord_Howe")  # 2026-10-04 02:00 → 02:30
        assert instant_of(datetime.fromisoformat("2026-10-04 02:10"), lord_howe) == datetime(
            2026, 10, 3, 15, 30, tzinfo=UTC
        )

    def test_a_day_that_never_was(self) -> None:
        """Samoa went over 30 December 2011 to the other side of the date line."""
        week = every_day("09:00", "17:00")
        apia = Calendar(time_zone="Pacific/Apia", weekly=week)
        assert list(spans_of(apia, date(2011, 12, 30))) == []
        assert next_opening(apia, at("2011-12-29 18:00:00", apia.zone)) == at("2011-12-31 09:00:00", apia.zone)


class TestNextOpening:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2026-01-12 10:00:00", "2026-01-12 10:00:00"),  # open already
            ("2026-01-12 12:45:00", "2026-01-12 13:30:00"),
            ("2026-01-12 18:00:00", "2026-01-17 22:00:00"),
            ("2026-01-18 01:00:00", "2026-01-18 01:00:00"),  # in the night that began on Saturday
            ("2026-05-24 12:00:00", "2026-05-30 22:00:00"),  # Monday is a holiday
        ],
    )
    def test_of_the_example(self, now: str, expected: str) -> None:
        assert next_opening(CALENDAR, at(now)) == at(expected)

    def test_never(self) -> None:
        assert next_opening(Calendar(time_zone="UTC"), at("2026-01-12 10:00:00")) is None

    def test_once_a_year(self) -> None:
        rule = HolidayRule(country="DE", openings=(Opening("10:00", "11:00"),), except_for=())
        only = Calendar(time_zone="Europe/Berlin", holidays=rule)
        assert next_opening(only, at("2026-12-26 11:00:00")) == at("2027-01-01 10:00:00")


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    times = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
    zone = draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]))
    weekly: dict[Weekday, tuple[Opening, ...]]
    weekly = {day: (Opening(draw(times), draw(times)),) for day in draw(st.sets(st.sampled_from(WEEKDAYS)))}
    return Calendar(time_zone=zone, weekly=weekly, holidays=draw(st.sampled_from([None, HolidayRule(country="US")])))


instants = st.datetimes(
    datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2027-12-31"), timezones=st.just(UTC)
)


@settings(max_examples=150)
@given(calendars(), instants)
def test_it_opens_at_the_next_opening_and_not_before(calendar: Calendar, now: datetime) -> None:
    found = next_opening(calendar, now)
    if found is None:
        assert open_at(calendar, now).status is not HoursStatus.OPEN
        return
    assert found >= now
    assert open_at(calendar, found).status is HoursStatus.OPEN
    if found > now:
        for share in (0.0, 0.3, 0.99):
            assert open_at(calendar, now + (found - now) * share).status is not HoursStatus.OPEN


class TestReading:
    @pytest.mark.parametrize(
        ("document", "told"),
        [
            ('{"time_zone": "Berlin"}', "IANA"),
            ('{"time_zone": "../etc/passwd"}', "IANA"),
            ('{"time_zone": "UTC", "weekly": {"monday": [{"since": "9:00", "until": "12:00"}]}}', "weekly"),
            ('{"time_zone": "UTC", "weekly": {"monday": [{"since": "09:00", "until": "24:01"}]}}', "weekly"),
            ('{"time_zone": "UTC", "weekly": {"moonday": []}}', "weekly"),
            (
                '{"time_zone": "UTC", "weekly": {"monday": [{"since": "09:00", "until": "12:00"},'
                ' {"since": "11:00", "until": "13:00"}]}}',
                "overlap",
            ),
            ('{"time_zone": "UTC", "exceptions": {"24.12.": {}}}', "exceptions"),
            ('{"time_zone": "UTC", "holidays": {"country": "XX"}}', "exceptions"),
            ('{"time_zone": "UTC", "holidays": {"country": "DE", "subdivision": "ZZ"}}', "BY"),
            ("{", ""),
        ],
    )
    def test_what_is_wrong_is_told(self, document: str, told: str) -> None:
        with pytest.raises(WrongCalendar) as refused:
            read_calendar(document)
        assert told in refused.value.detail

    def test_the_example_is_right(self) -> None:
        check_calendar(CALENDAR)

    def test_holidays_are_known_where_a_place_is_found_right(self) -> None:
        assert wrong_place("GB", "SCT") == ""
        assert public_holidays("GB", "SCT", 2026)[date(2026, 11, 30)]  # Saint Andrew's Day
