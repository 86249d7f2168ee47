"""Targets, comparison, causes: what a figure means, against cases worked by hand."""

from datetime import timedelta

import pytest

from insight.judgement.causes import DEEPEST, Evidence, Finding, Verdict, causes
from insight.judgement.comparison import compare, moved
from insight.judgement.links import LINKS, Cause, Mover
from insight.judgement.measures import MEASURES
from insight.judgement.readings import WHERE, Reader, Reading, Row, Status, hint
from insight.judgement.targets import TargetBook, TargetEntry
from insight.kpi.counters import Counters
from insight.kpi.figures import Choices, Figures
from insight.kpi.given_sums import GivenSums, Input
from insight.kpi.indicators import BY_KEY, INDICATORS, Level
from insight.kpi.spans import Span
from insight.kpi.targets import YEAR_MS, Target, TargetSide
from tests.unit.insight.story import ALICE, SALES, SERVICE, START, TENANT

HOUR_MS = 3_600_000
SPAN = Span(START, START + timedelta(hours=1))
BEFORE = Span(START - timedelta(hours=1), START)
ASA = "average_speed_of_answer"


class TestTargets:
    @pytest.mark.parametrize(
        ("value", "missed"), [(29.9, TargetSide.BELOW), (30, None), (45, None), (60, None), (60.1, TargetSide.ABOVE)]
    )
    def test_both_ends_are_in_the_range(self, value: float, missed: TargetSide | None) -> None:
        assert Target(low=30, high=60).missed(value) is missed

    def test_limits_of_a_year_shrink_with_the_span(self) -> None:
        """15 to 30 % a year are 3.75 to 7.5 % in a quarter of it."""
        quarter = Target(low=15, high=30, per_year=True).over(YEAR_MS // 4)
        assert (quarter.low, quarter.high) == (3.75, 7.5)
        assert Target(low=15).over(1) == Target(low=15)

    def test_ends_the_wrong_way_round_are_refused(self) -> None:
        with pytest.raises(ValueError, match="not above"):
            Target(low=2, high=1)

    def test_the_nearest_target_wins(self) -> None:
        book = TargetBook(
            [
                TargetEntry(key=ASA, target=Target(high=20)),
                TargetEntry(key=ASA, level="queue", target=Target(high=30)),
                TargetEntry(key=ASA, level="queue", scope=SALES, target=Target(high=5)),
            ]
        )
        assert book.find(ASA, "queue", SALES) == Target(high=5)
        assert book.find(ASA, "queue", SERVICE) == Target(high=30)
        assert book.find(ASA, "tenant", TENANT) == Target(high=20)
        assert TargetBook().find(ASA, "tenant", TENANT) == Target(high=10)

    def test_an_empty_target_takes_the_default_away(self) -> None:
        assert TargetBook([TargetEntry(key=ASA, target=Target())]).find(ASA, "tenant", TENANT) is None

    def test_a_target_in_another_currency_says_nothing(self) -> None:
        assert TargetBook(currency="EUR").find("cost_per_call", "tenant", TENANT) is None
        assert TargetBook(currency="CNY").find("cost_per_call", "tenant", TENANT) is not None


class TestComparison:
    def test_a_change_is_told_in_both_ways(self) -> None:
        change = compare(15, 12, BEFORE)
        assert (change.difference, change.percent) == (3, 25)

    def test_from_zero_there_is_no_percentage(self) -> None:
        assert (compare(3, 0, BEFORE).difference, compare(3, 0, BEFORE).percent) == (3, None)
        assert compare(3, None, BEFORE).difference is None

    @pytest.mark.parametrize(
        ("value", "before", "side"),
        [
            (109, 100, None),
            (110, 100, TargetSide.ABOVE),
            (90, 100, TargetSide.BELOW),
            (1, 0, TargetSide.ABOVE),
            (0, 0, None),
        ],
    )
    def test_ten_per_cent_is_a_move(self, value: float, before: float, side: TargetSide | None) -> None:
        assert moved(value, before) is side


def slow_hour(**given: int) -> Figures:
    """10 calls answered after 30 s each; wrap-up 90 s, hold 20 s; 10 calls of talk."""
    sums = Counters(
        answered=10,
        answer_wait_ms=300_000,
        handled=10,
        talk_ms=1_000_000,
        hold_ms=200_000,
        wrap_ups=10,
        wrap_up_ms=900_000,
        state_ms={"available": HOUR_MS // 2, "not_ready:training": HOUR_MS // 2},
    )
    return Figures(sums=sums, given=GivenSums(**given), span_ms=HOUR_MS)


def evidence(figures: Figures, before: Figures, level: Level = "tenant") -> Evidence:
    book = TargetBook()
    return Evidence(
        level=level,
        figures=figures,
        before=before,
        choices=Choices(),
        target=lambda key: book.find(key, level, TENANT),
    )


def by_measure(found: tuple[Finding, ...]) -> dict[str | None, Finding]:
    return {finding.cause.measure: finding for finding in found}


class TestCauses:
    def test_each_known_cause_of_a_slow_answer_is_tested_by_its_own_figure(self) -> None:
        """Wrap-up 90 s is above 60; hold 20 s is in range but was 10; 10 calls of 8 forecast are 125 %; no shifts."""
        before = slow_hour()
        before.sums.hold_ms = 100_000
        figures = slow_hour(forecasts=1, forecast_millicalls=8_000)
        found = by_measure(causes(ASA, TargetSide.ABOVE, evidence(figures, before)))
        assert {measure: (finding.verdict, finding.value) for measure, finding in found.items()} == {
            "after_call_work": (Verdict.OUT_OF_RANGE, 90),
            "volume_against_forecast": (Verdict.OUT_OF_RANGE, 125),
            "average_hold_time": (Verdict.MOVED, 20),
            "schedule_adherence": (Verdict.NO_DATA, None),
        }
        assert found["schedule_adherence"].needs == (Input.SHIFTS,)
        assert found["volume_against_forecast"].cause.mover is Mover.PLANNER
        assert found["average_hold_time"].before == 10

    def test_what_did_not_move_is_told_as_such(self) -> None:
        found = by_measure(causes(ASA, TargetSide.ABOVE, evidence(slow_hour(), slow_hour())))
        assert found["average_hold_time"].verdict is Verdict.NOT_MOVED
        assert found["average_hold_time"].because == ()

    def test_a_cause_is_explained_in_turn(self) -> None:
        """Adherence of 50 % makes answers slow; of two people scheduled one came, and half the time was training."""
        before = slow_hour(scheduled_ms=HOUR_MS, adherent_ms=HOUR_MS, people_scheduled=2, people_present=2)
        before.sums.state_ms = {"available": HOUR_MS}
        figures = slow_hour(scheduled_ms=HOUR_MS, adherent_ms=HOUR_MS // 2, people_scheduled=2, people_present=1)
        found = by_measure(causes(ASA, TargetSide.ABOVE, evidence(figures, before)))["schedule_adherence"]
        assert (found.verdict, found.value) == (Verdict.OUT_OF_RANGE, 50)
        reasons = by_measure(found.because)
        assert reasons["attendance"].verdict is Verdict.MOVED
        assert (reasons["other_work_share"].verdict, reasons["other_work_share"].value) == (Verdict.MOVED, 50)
        assert reasons["break_share"].verdict is Verdict.NOT_MOVED
        assert reasons[None].verdict is Verdict.NOT_IN_DATA

    def test_what_shows_it_comes_first(self) -> None:
        found = causes(ASA, TargetSide.ABOVE, evidence(slow_hour(), slow_hour()))
        order = list(Verdict)
        assert [order.index(each.verdict) for each in found] == sorted(order.index(each.verdict) for each in found)

    def test_a_figure_that_the_level_does_not_have_is_no_data_that_somebody_could_enter(self) -> None:
        found = by_measure(causes(ASA, TargetSide.ABOVE, evidence(slow_hour(), slow_hour(), level="agent")))
        assert found["volume_against_forecast"].verdict is Verdict.NO_DATA
        assert found["volume_against_forecast"].needs == ()

    def test_the_side_that_is_good_is_no_cause(self) -> None:
        """Wrap-up of 5 s misses its target of 30 to 60, and makes nobody wait."""
        figures = slow_hour()
        figures.sums.wrap_up_ms = 50_000
        found = by_measure(causes(ASA, TargetSide.ABOVE, evidence(figures, figures)))
        assert found["after_call_work"].verdict is Verdict.NOT_MOVED

    def test_circles_end(self) -> None:
        circle = {
            (ASA, TargetSide.ABOVE): (Cause(words="a", mover=Mover.AGENT, act="", measure="after_call_work"),),
            ("after_call_work", TargetSide.ABOVE): (Cause(words="b", mover=Mover.AGENT, act="", measure=ASA),),
        }
        found = causes(ASA, TargetSide.ABOVE, evidence(slow_hour(), slow_hour()), circle)
        assert found[0].because[0].because == ()


class TestLinks:
    def test_every_effect_and_every_measure_exists(self) -> None:
        assert {key for key, _ in LINKS} <= BY_KEY.keys()
        assert {cause.measure for found in LINKS.values() for cause in found if cause.measure} <= MEASURES.keys()

    def test_every_default_target_that_can_be_missed_for_the_worse_is_explained(self) -> None:
        good = {("agent_turnover", TargetSide.BELOW), ("cost_per_call", TargetSide.BELOW)}
        missable = {
            (each.key, side)
            for each in INDICATORS
            if each.range is not None
            for side, limit in ((TargetSide.BELOW, each.range.low), (TargetSide.ABOVE, each.range.high))
            if limit is not None
        }
        assert missable - good <= LINKS.keys()

    def test_every_cause_says_what_to_do(self) -> None:
        assert all(cause.act and cause.words for found in LINKS.values() for cause in found)
        assert DEEPEST >= 2


def read(level: Level = "tenant", has: frozenset[Input] = frozenset(), /, **given: int) -> dict[str, Reading]:
    row = Row(
        level=level,
        scope=TENANT if level == "tenant" else ALICE,
        span=SPAN,
        figures=slow_hour(**given),
        before=(BEFORE, slow_hour()),
    )
    return {each.key: each for each in Reader(TargetBook(), Choices(), has).read(row)}


class TestReadings:
    def test_every_indicator_is_read_whatever_is_given(self) -> None:
        assert list(read()) == [each.key for each in INDICATORS]

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("schedule_adherence", "no data: enter shifts at Workforce > Schedules"),
            ("attendance", "no data: enter shifts at Workforce > Schedules"),
            ("cost_per_call", "no data: enter costs at Reports > Costs"),
            ("monitoring_score", "no data: enter evaluations at Quality > Evaluations"),
            ("first_call_resolution", "no data: enter wrap-up codes at the desk, at the end of each call"),
            ("agent_turnover", "no data: enter when people joined and left at People > Staff records"),
        ],
    )
    def test_what_was_never_given_is_asked_for(self, key: str, text: str) -> None:
        assert (read()[key].status, read()[key].hint) == (Status.NO_DATA, text)

    def test_each_is_computed_as_soon_as_its_input_exists(self) -> None:
        given = {
            "scheduled_ms": HOUR_MS,
            "adherent_ms": HOUR_MS,
            "people_scheduled": 1,
            "people_present": 1,
            "costs": 1,
            "cost_minor": 3_000,
            "evaluations": 1,
            "score_hundredths": 9_000,
            "contacts": 10,
            "coded": 10,
            "resolved": 9,
            "staff_ms": 10 * HOUR_MS,
        }
        found = read("tenant", frozenset(Input), **given)
        needing = [each.key for each in INDICATORS if each.needs]
        assert [found[key].value for key in needing] == [100, 300, 90, 100, 90, 0]
        assert all(found[key].status is Status.MEASURED for key in needing)

    def test_what_was_given_but_not_for_this_span_is_nothing_to_measure(self) -> None:
        reading = read("tenant", frozenset(Input))["schedule_adherence"]
        assert (reading.status, reading.hint) == (Status.NOTHING_TO_MEASURE, "")

    def test_a_call_that_nobody_answered_is_no_agents(self) -> None:
        reading = read("agent")["abandon_rate"]
        assert (reading.status, reading.value) == (Status.NOT_AT_THIS_LEVEL, None)
        assert reading.hint == "told by tenant and queue"

    def test_out_of_range_it_says_why_and_whose_move_it_is(self) -> None:
        reading = read()[ASA]
        assert (reading.value, reading.target, reading.missed) == (30, Target(high=10), TargetSide.ABOVE)
        worst = reading.causes[0]
        assert (worst.cause.measure, worst.verdict, worst.cause.mover) == (
            "after_call_work",
            Verdict.OUT_OF_RANGE,
            Mover.TEAM_LEAD,
        )

    def test_in_range_it_needs_no_reason(self) -> None:
        reading = read()["average_hold_time"]
        assert (reading.missed, reading.causes) == (None, ())
        assert reading.before is not None
        assert reading.before.difference == 0

    def test_every_input_has_a_place_to_enter_it(self) -> None:
        assert WHERE.keys() == set(Input)
        assert hint([]) == ""
