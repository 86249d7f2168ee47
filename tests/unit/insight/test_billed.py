"""When a bill stands in for costs that nobody entered."""

from datetime import timedelta
from uuid import UUID

from insight.billed import LONGEST, as_costs, unentered
from insight.given.contracts import Cost
from insight.kpi.spans import Span
from tests.unit.insight.story import START

DAY = timedelta(days=1)
LATER = START + 90 * DAY
TODAY, BEFORE = Span(START, START + DAY), Span(START - DAY, START)


def cost(start_days: float, days: float) -> Cost:
    start = START + start_days * DAY
    return Cost(id=UUID(int=1), start=start, end=start + days * DAY, minor=100)


def test_spans_of_which_nothing_was_entered_are_asked_for() -> None:
    assert unentered((TODAY, BEFORE), None, LATER) == [BEFORE, TODAY]
    assert unentered((TODAY, BEFORE), [cost(-30, 1)], LATER) == [BEFORE, TODAY]


def test_what_was_entered_for_any_part_wins() -> None:
    assert unentered((TODAY, BEFORE), [cost(0.5, 0.1)], LATER) == [BEFORE]
    assert unentered((TODAY,), [cost(-10, 30)], LATER) == []


def test_no_moment_is_billed_twice() -> None:
    month = Span(START, START + 28 * DAY)
    assert unentered((month, TODAY), None, LATER) == [TODAY, Span(START + DAY, START + 28 * DAY)]


def test_what_is_to_come_is_not_billed_yet_and_a_quarter_is_too_long() -> None:
    assert unentered((TODAY,), None, START + DAY / 2) == [Span(START, START + DAY / 2)]
    assert unentered((TODAY,), None, START) == []
    assert unentered((Span(START, START + LONGEST + DAY),), None, LATER) == []


def test_bills_count_as_costs_of_the_tenant_each_once() -> None:
    first, second = as_costs([(BEFORE, 30), (TODAY, 40)])
    assert (first.minor, first.start, second.minor, second.queue) == (30, BEFORE.start, 40, None)
    assert first.id != second.id
