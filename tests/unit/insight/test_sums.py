"""Sums of hours and days answer for spans of any edges, and nothing is counted twice or left out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import INTERVAL_MS, to_ms
from insight.questions import By, Granularity, IndicatorFilter
from insight.sums import DAILY, HOUR, HOUR_MS, HOURLY, coarsest, pieces, summed

START = datetime(2026, 3, 1, tzinfo=UTC)
quarters = st.integers(0, 4 * 24 * 9).map(lambda count: START + timedelta(minutes=15 * count))


@given(quarters, quarters, st.sampled_from([0, HOURLY, DAILY]))
def test_pieces_cover_the_span_once_and_are_whole(one: datetime, other: datetime, step: int) -> None:
    since, until = sorted((one, other))
    found = sorted((start, end, hours) for hours, start, end in pieces(since, until, step))
    place = since
    for start, end, hours in found:
        assert start == place
        assert hours == 0 or to_ms(start) % (hours * HOUR_MS) == to_ms(end) % (hours * HOUR_MS) == 0
        place = end
    assert place == until
    assert sum((end - start for start, end, hours in found if not hours), timedelta()) < 2 * HOUR or not step


@given(st.lists(st.tuples(quarters, st.integers(1, 5)), max_size=30), quarters, quarters)
def test_the_pieces_of_a_span_add_up_to_its_quarter_hours(
    told: list[tuple[datetime, int]], one: datetime, other: datetime
) -> None:
    since, until = sorted((one, other))
    cells: dict[IntervalKey, Counters] = {}
    for at, count in told:
        cells.setdefault(IntervalKey(to_ms(at), None, None), Counters()).answered += count
    exact = sum(one.answered for key, one in cells.items() if to_ms(since) <= key.start < to_ms(until))
    found = 0
    for hours, start, end in pieces(since, until, DAILY):
        kept = summed(cells, hours) if hours else {(key.start, key.queue): one for key, one in cells.items()}
        found += sum(one.answered for (at, _), one in kept.items() if to_ms(start) <= at < to_ms(end))
    assert found == exact
    assert INTERVAL_MS * 4 == HOUR_MS


@pytest.mark.parametrize(
    ("by", "granularity", "zone", "hours"),
    [
        ("tenant", "total", "Asia/Kolkata", DAILY),
        ("queue", "day", "Europe/Berlin", HOURLY),
        ("queue", "day", "Asia/Kolkata", 0),
        ("queue", "hour", "Australia/Lord_Howe", 0),
        ("queue", "half_hour", "UTC", 0),
        ("agent", "total", "UTC", 0),
    ],
)
def test_what_is_coarse_enough_for_a_question(by: By, granularity: Granularity, zone: str, hours: int) -> None:
    wanted = IndicatorFilter(since=START, until=START + timedelta(days=60), by=by, granularity=granularity)
    assert coarsest(wanted, ZoneInfo(zone)) == hours
