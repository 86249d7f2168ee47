"""The 23 indicators of every level in one span, compared and explained, from cells and what was given."""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from insight.given.contracts import Forecast, Given, Shift
from insight.given.gathering import GivenBook
from insight.judgement.readings import Reading, Status
from insight.judgement.targets import TargetBook
from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.figures import Choices, Thresholds, gather, together
from insight.kpi.indicators import INDICATORS, evaluate
from insight.kpi.intervals import to_ms
from insight.kpi.spans import Span, Unit, span_at, spans
from insight.kpi.targets import TargetSide
from insight.overview import Overview, Spans, spans_of
from insight.questions import By, Granularity, IndicatorFilter
from insight.report import Cell, IndicatorReport
from kernel.contracts.directory import AgentProfile, QueueRules, TenantDirectory
from kernel.primitives.ids import QueueId, UserId
from tests.unit.insight.story import ALICE, BOB, SALES, SERVICE, START, TENANT

BERLIN = ZoneInfo("Europe/Berlin")
EARLY, LATE = UUID(int=50), UUID(int=51)
TEAMS = {EARLY: frozenset({ALICE}), LATE: frozenset({ALICE, BOB})}
DIRECTORY = TenantDirectory(
    tenant=TENANT,
    name="Example",
    time_zone="Europe/Berlin",
    currency="EUR",
    queues=(
        QueueRules(queue=SALES, name="Sales", service_level_seconds=10),
        QueueRules(queue=SERVICE, name="Service", service_level_seconds=30),
    ),
    agents=(
        AgentProfile(agent=ALICE, name="Alice", queues=(SALES,), has_seat=True),
        AgentProfile(agent=BOB, name="Bob", queues=(SALES, SERVICE), has_seat=True),
    ),
    numbers=(),
    outbound_trunk=None,
    outbound_caller=None,
)


def answered(days: float, queue: QueueId, agent: UserId, waits: Sequence[int]) -> Cell:
    """Calls of one quarter hour, so many days after the start."""
    counters = Counters(answered=len(waits), answer_wait_ms=sum(waits) * 1000, handled=len(waits))
    counters.answer_waits = {wait: waits.count(wait) for wait in waits}
    return IntervalKey(to_ms(START + timedelta(days=days)), queue, agent), counters


CELLS = [
    answered(0, SALES, ALICE, [5, 25]),
    answered(0, SALES, BOB, [30]),
    answered(0, SERVICE, BOB, [20, 40]),
    answered(-1, SALES, ALICE, [5, 5]),
    answered(-7, SALES, ALICE, [10]),
]
TODAY: Spans = spans_of(Unit.DAY, span_at(Unit.DAY, START, BERLIN), BERLIN)


def read(by: By, given: Given | None = None) -> Mapping[UUID, dict[str, Reading]]:
    book = GivenBook(given or Given(), (), BERLIN, START + timedelta(days=30))
    overview = Overview(DIRECTORY, Choices(), TargetBook(), book, TEAMS)
    found = overview.read(by, TODAY, dict.fromkeys(TODAY.each, CELLS))
    return {scope: {each.key: each for each in readings} for scope, readings in found.items()}


def test_every_level_has_every_indicator_or_says_why_not() -> None:
    levels: tuple[By, ...] = ("tenant", "queue", "agent", "team")
    for by in levels:
        for readings in read(by).values():
            assert list(readings) == [each.key for each in INDICATORS]
            assert all(each.value is not None or each.status is not Status.MEASURED for each in readings.values())


def test_a_team_is_the_sum_of_its_members_and_an_agent_may_be_in_two() -> None:
    """Early: 5 and 25; late: 5, 25, 30, 20, 40."""
    asa = {team: readings["average_speed_of_answer"].value for team, readings in read("team").items()}
    assert asa == {EARLY: 15, LATE: 24}


def test_each_queue_is_held_against_its_own_threshold() -> None:
    """Sales: 1 of 3 within 10 s; Service: 1 of 2 within 30 s; together 2 of 5."""
    level = {queue: readings["service_level"].value for queue, readings in read("queue").items()}
    assert level[SALES] == pytest.approx(100 / 3)
    assert level[SERVICE] == 50
    assert read("tenant")[TENANT]["service_level"].value == 40


def test_the_day_is_compared_with_the_day_before_and_the_same_weekday() -> None:
    reading = read("tenant")[TENANT]["average_speed_of_answer"]
    assert reading.before is not None
    assert reading.weekday is not None
    assert (reading.value, reading.before.value, reading.weekday.value) == (24, 5, 10)
    assert (reading.before.percent, reading.weekday.percent) == (380, 140)
    assert reading.weekday.span == Span(TODAY.asked.start - timedelta(days=7), TODAY.asked.end - timedelta(days=7))


def test_out_of_range_it_is_explained_by_what_was_given() -> None:
    forecast = Forecast(id=UUID(int=1), start=TODAY.asked.start, end=TODAY.asked.end, calls=4, queue=SALES)
    reading = read("queue", Given(forecasts=(forecast,), shifts=()))[SALES]["average_speed_of_answer"]
    assert reading.missed is TargetSide.ABOVE
    volume = next(each for each in reading.causes if each.cause.measure == "volume_against_forecast")
    assert volume.value == 75, "3 calls of 4: it was not the volume"
    assert volume.verdict == "not_moved"


def test_shifts_give_the_levels_of_people_and_queues_their_adherence() -> None:
    shift = Shift(id=UUID(int=1), agent=BOB, start=START, end=START + timedelta(hours=1))
    given = Given(shifts=(shift,))
    assert read("agent", given)[BOB]["schedule_adherence"].value == 0
    assert read("agent", given)[ALICE]["schedule_adherence"].status is Status.NOTHING_TO_MEASURE
    assert read("queue", given)[SERVICE]["schedule_adherence"].value == 0
    assert read("team", given)[EARLY]["schedule_adherence"].status is Status.NOTHING_TO_MEASURE


def test_weeks_and_months_are_rows_of_the_tenants_clock() -> None:
    """START is a Monday: yesterday was another week, and of March too; a week before was February."""

    def rows(granularity: Granularity) -> list[tuple[int, object]]:
        wanted = IndicatorFilter(
            since=START - timedelta(days=40), until=START + timedelta(days=40), granularity=granularity
        )
        found = IndicatorReport(DIRECTORY, wanted, Choices()).rows(CELLS)
        return [(row.start.astimezone(BERLIN).day, row.values["calls_answered"]) for row in found]

    assert rows("month") == [(1, 1), (1, 7)]
    assert rows("week") == [(23, 3), (2, 5)]


def test_the_hours_of_a_day_of_25_hours_add_up_to_it() -> None:
    sunday = span_at(Unit.DAY, START.replace(month=10, day=25), BERLIN)
    quarters = list(spans(Unit.QUARTER_HOUR, *sunday, BERLIN))
    cells = [(IntervalKey(to_ms(span.start), SALES, ALICE), Counters(answered=1)) for span in quarters]
    wanted = IndicatorFilter(since=sunday.start, until=sunday.end, granularity="hour")
    rows = IndicatorReport(DIRECTORY, wanted, Choices()).rows(cells)
    assert [row.values["calls_answered"] for row in rows] == [4] * 25
    assert {row.end - row.start for row in rows} == {timedelta(hours=1)}


def test_clients_together_keep_each_their_own_thresholds() -> None:
    """One client answers 5 s within 10, the other 20 s within 10: half of both."""
    clients = [
        gather([(Counters(answered=1, answer_waits={wait: 1}), Thresholds(10, 10))], span_ms=1000) for wait in (5, 20)
    ]
    whole = together(clients)
    assert evaluate(whole, Choices())["service_level"] == 50
    assert (whole.span_ms, whole.offered) == (1000, 2)
    assert TODAY.asked.start.tzinfo is UTC
