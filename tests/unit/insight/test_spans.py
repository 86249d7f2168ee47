"""Half hours to years by the clock, on days of 23 and 25 hours too; the expected moments are worked by hand."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.kpi.spans import Span, Unit, span_at, span_before, span_of_weekday, spans

BERLIN = ZoneInfo("Europe/Berlin")  # 2026: forward on 29 March at 01:00 UTC, back on 25 October at 01:00 UTC
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # by half an hour: back on 5 April 2026 at 15:00 UTC of the 4th
CAIRO = ZoneInfo("Africa/Cairo")  # 2026: forward at midnight of 24 April, so that this day begins at 01:00
KOLKATA = ZoneInfo("Asia/Kolkata")  # 5:30 ahead, the year round
ZONES = st.sampled_from((BERLIN, LORD_HOWE, CAIRO, KOLKATA, ZoneInfo("America/New_York"), ZoneInfo("UTC")))


def utc(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "zone", "moment", "start", "end"),
    [
        (Unit.HALF_HOUR, KOLKATA, utc(6, 1, 10, 10), utc(6, 1, 10), utc(6, 1, 10, 30)),
        (Unit.HOUR, KOLKATA, utc(6, 1, 10, 10), utc(6, 1, 9, 30), utc(6, 1, 10, 30)),
        (Unit.HOUR, BERLIN, utc(10, 25, 0, 30), utc(10, 25, 0), utc(10, 25, 1)),  # 02:30, the first time
        (Unit.HOUR, BERLIN, utc(10, 25, 1, 30), utc(10, 25, 1), utc(10, 25, 2)),  # 02:30, the second time
        (Unit.HOUR, LORD_HOWE, utc(4, 4, 14, 45), utc(4, 4, 14), utc(4, 4, 15)),  # 01:00 to 02:00
        (Unit.HOUR, LORD_HOWE, utc(4, 4, 15, 10), utc(4, 4, 15), utc(4, 4, 15, 30)),  # 01:30 again, to 02:00
        (Unit.DAY, BERLIN, utc(3, 29, 12), utc(3, 28, 23), utc(3, 29, 22)),  # 23 hours
        (Unit.DAY, BERLIN, utc(10, 25, 12), utc(10, 24, 22), utc(10, 25, 23)),  # 25 hours
        (Unit.DAY, CAIRO, utc(4, 24, 12), utc(4, 23, 22), utc(4, 24, 21)),  # begins at 01:00
        (Unit.WEEK, BERLIN, utc(3, 29, 12), utc(3, 22, 23), utc(3, 29, 22)),  # Monday to Sunday, an hour short
        (Unit.MONTH, BERLIN, utc(3, 15), utc(2, 28, 23), utc(3, 31, 22)),
        (Unit.MONTH, BERLIN, utc(12, 31, 23, 30), utc(12, 31, 23), utc(1, 31, 23, year=2027)),  # January by the clock
        (Unit.QUARTER, BERLIN, utc(5, 5), utc(3, 31, 22), utc(6, 30, 22)),
        (Unit.YEAR, KOLKATA, utc(5, 5), utc(12, 31, 18, 30, year=2025), utc(12, 31, 18, 30)),
    ],
)
def test_the_unit_that_holds_a_moment(
    unit: Unit, zone: ZoneInfo, moment: datetime, start: datetime, end: datetime
) -> None:
    assert span_at(unit, moment, zone) == Span(start, end)


@pytest.mark.parametrize(("day", "hours"), [(utc(3, 29, 12), 23), (utc(10, 25, 12), 25), (utc(6, 1, 12), 24)])
def test_days_have_the_hours_that_the_clock_gives_them(day: datetime, hours: int) -> None:
    whole = span_at(Unit.DAY, day, BERLIN)
    assert len(list(spans(Unit.HOUR, *whole, BERLIN))) == hours
    assert len(list(spans(Unit.HALF_HOUR, *whole, BERLIN))) == 2 * hours


class TestBefore:
    def test_of_a_day_is_the_day_before_though_it_is_shorter(self) -> None:
        monday = span_at(Unit.DAY, utc(3, 30, 12), BERLIN)
        assert span_before(Unit.DAY, monday, BERLIN) == Span(utc(3, 28, 23), utc(3, 29, 22))

    def test_of_a_month_is_the_month_before(self) -> None:
        march = span_at(Unit.MONTH, utc(3, 15), BERLIN)
        assert span_before(Unit.MONTH, march, BERLIN) == Span(utc(1, 31, 23), utc(2, 28, 23))

    def test_of_any_span_is_as_long_a_one(self) -> None:
        span = Span(utc(3, 10, 9), utc(3, 10, 17))
        assert span_before(None, span, BERLIN) == Span(utc(3, 10, 1), utc(3, 10, 9))


class TestSameWeekday:
    def test_of_a_day_is_the_day_a_week_before_by_the_clock(self) -> None:
        sunday = span_at(Unit.DAY, utc(4, 5, 12), BERLIN)
        assert span_of_weekday(Unit.DAY, sunday, BERLIN) == span_at(Unit.DAY, utc(3, 29, 12), BERLIN)

    def test_of_an_hour_is_the_same_hour_of_the_clock(self) -> None:
        nine = span_at(Unit.HOUR, utc(4, 1, 7), BERLIN)  # Wednesday 09:00 in summer; a week before it was winter
        assert span_of_weekday(Unit.HOUR, nine, BERLIN) == Span(utc(3, 25, 8), utc(3, 25, 9))

    def test_of_an_hour_that_the_clock_did_not_show_then_is_nothing(self) -> None:
        two = span_at(Unit.HOUR, utc(4, 5, 0), BERLIN)  # 02:00, which 29 March did not have
        assert span_of_weekday(Unit.HOUR, two, BERLIN) is None

    def test_of_an_hour_that_the_clock_showed_twice_then_is_the_first(self) -> None:
        two = span_at(Unit.HOUR, utc(11, 1, 1), BERLIN)
        assert span_of_weekday(Unit.HOUR, two, BERLIN) == Span(utc(10, 25, 0), utc(10, 25, 1))

    def test_of_a_month_of_31_days_begins_five_weeks_before(self) -> None:
        may = span_at(Unit.MONTH, utc(5, 15), BERLIN)
        assert span_of_weekday(Unit.MONTH, may, BERLIN) == Span(utc(3, 26, 23), utc(4, 26, 22))

    def test_of_a_week_is_the_week_before(self) -> None:
        week = span_at(Unit.WEEK, utc(3, 31), BERLIN)
        assert span_of_weekday(Unit.WEEK, week, BERLIN) == span_before(Unit.WEEK, week, BERLIN)


@given(
    st.sampled_from(Unit),
    ZONES,
    st.integers(0, 2 * 365 * 96).map(lambda quarters: utc(1, 1, year=2025) + timedelta(minutes=15 * quarters)),
)
def test_every_moment_is_in_its_unit_and_units_follow_each_other(unit: Unit, zone: ZoneInfo, moment: datetime) -> None:
    span = span_at(unit, moment, zone)
    assert span.start <= moment < span.end
    assert span_at(unit, span.start, zone) == span
    assert span_at(unit, span.end - timedelta(minutes=15), zone) == span
    assert span_before(unit, span, zone).end == span.start


@given(ZONES, st.integers(0, 700), st.sampled_from((Unit.HALF_HOUR, Unit.HOUR)))
def test_the_parts_of_a_day_are_the_day(zone: ZoneInfo, days: int, unit: Unit) -> None:
    day = span_at(Unit.DAY, utc(1, 1, 12, year=2025) + timedelta(days=days), zone)
    parts = list(spans(unit, *day, zone))
    assert (parts[0].start, parts[-1].end) == tuple(day)
    assert all(one.end == two.start for one, two in pairwise(parts))
