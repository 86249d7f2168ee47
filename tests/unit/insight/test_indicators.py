"""The indicators against figures worked out by hand; `docs/indicators.md` shows the same day and the same formulas."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from insight.given.contracts import Contact, Cost, Employment, Evaluation, Given, Shift
from insight.given.gathering import GivenBook, Place
from insight.kpi.counters import MAPS, SUMS, Counters, IntervalKey, count_within
from insight.kpi.given_sums import GivenSums
from insight.kpi.indicators import (
    ALL,
    FORMULA_VERSION,
    INDICATORS,
    Choices,
    Figures,
    Indicator,
    ServiceLevelVariant,
    Thresholds,
    evaluate,
    gather,
)
from insight.kpi.live import LiveView, running_time
from insight.kpi.state import Changes
from kernel.contracts.calls import AgentState, TransferOutcome
from kernel.contracts.log import LogEvent
from kernel.contracts.telephony import TrunkParty
from tests.unit.insight.story import (
    ABANDONED,
    ALICE,
    BOB,
    BY_CALLER,
    CALLED,
    OVERLOADED,
    SALES,
    START,
    Story,
    call_id,
    stretches_of,
)

SHEET = Path(__file__).parents[3] / "docs/indicators.md"


def worked_day() -> Story:
    """The day of the formula sheet; seconds after nine o'clock."""
    story = Story()
    story.state(ALICE, AgentState.AVAILABLE)
    # call 1: greeting answers after 2 s, agent free at once, answered 6 s after queueing
    story.at(10).offered(1)
    story.at(12).answered(1)
    story.at(14).queued(1)
    story.made(1, ALICE)
    story.state(ALICE, AgentState.OFFERED, call=1)
    story.at(20).connected(1, ALICE)
    story.state(ALICE, AgentState.CONNECTED, call=1)
    # call 2 waits meanwhile: queued at 34, answered at 150
    story.at(30).offered(2)
    story.at(34).answered(2)
    story.queued(2)
    # call 3 gives up after 5 s, call 4 after 45 s, call 5 is refused
    story.at(40).offered(3)
    story.answered(3)
    story.queued(3)
    story.at(45).ended(3, ABANDONED, queue=SALES)
    story.at(50).offered(4)
    story.answered(4)
    story.queued(4)
    story.at(60).held(1, ALICE)
    story.at(70).retrieved(1, ALICE)
    story.at(95).ended(4, ABANDONED, queue=SALES)
    story.at(96).offered(5)
    story.ended(5, OVERLOADED)
    story.at(100).finish_call(1, ALICE)
    story.at(140).state(ALICE, AgentState.AVAILABLE)
    story.made(2, ALICE)
    story.state(ALICE, AgentState.OFFERED, call=2)
    story.at(150).connected(2, ALICE)
    story.state(ALICE, AgentState.CONNECTED, call=2)
    leave_the_queue(story)
    story.at(250).transfer_begun(2, TrunkParty(called=CALLED), leg="seat")
    story.transferred(2, TransferOutcome.COMPLETED, leg="seat")
    story.disconnected(2, ALICE)
    story.state(ALICE, AgentState.WRAP_UP, call=2)
    story.at(270).state(ALICE, AgentState.NOT_READY, "meal")
    story.at(300).ended(2, BY_CALLER)
    story.at(330).message_done(6, ALICE)
    story.at(360).state(ALICE, AgentState.LOGGED_OUT)
    return story


def leave_the_queue(story: Story) -> None:
    """Call 6 leaves a message in place of waiting, call 7 is promised to be rung back and hangs up."""
    story.at(160).offered(6)
    story.at(163).answered(6)
    story.queued(6)
    story.at(170).offered(7)
    story.at(173).answered(7)
    story.queued(7)
    story.at(180).callback_promised(7)
    story.at(182).ended(7, BY_CALLER, queue=SALES)
    story.at(215).message_left(6)
    story.ended(6, BY_CALLER, queue=SALES)


HOUR = Place(since=START, until=START + timedelta(hours=1))


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def worked_given(now: datetime = START + timedelta(days=8)) -> GivenSums:
    """What is given beside the worked day; at eight days nothing is undecided any more."""
    given = Given(
        shifts=(
            Shift(id=UUID(int=1), agent=ALICE, start=START, end=after(300)),
            Shift(id=UUID(int=2), agent=ALICE, start=after(280), end=after(300), takes_calls=False),
            Shift(id=UUID(int=3), agent=BOB, start=START, end=after(300)),
        ),
        staff=(
            Employment(id=UUID(int=1), agent=ALICE, joined=START - timedelta(days=100)),
            Employment(id=UUID(int=2), agent=BOB, joined=START - timedelta(days=50), left=after(1800)),
        ),
        costs=(Cost(id=UUID(int=1), start=START, end=after(3600), minor=800),),
        scores=(
            Evaluation(id=UUID(int=1), agent=ALICE, queue=SALES, at=after(10), score=90),
            Evaluation(id=UUID(int=2), agent=ALICE, queue=SALES, at=after(30), score=75.5),
        ),
        contacts=(
            contact(1, after(10), "+442071838751"),
            contact(2, after(30), "+442071838752"),
            contact(6, after(30) + timedelta(days=3), "+442071838752"),
        ),
    )
    book = GivenBook(given, stretches_of(worked_day(), now), ZoneInfo("UTC"), now)
    return book.sums(HOUR)


def contact(number: int, at: datetime, party: str) -> Contact:
    return Contact(
        call=call_id(number),
        at=at,
        party=party,
        topic=str(SALES),
        handled=True,
        agent=ALICE,
        queue=SALES,
        disposition="resolved",
    )


def figures(story: Story, thresholds: Thresholds, given: GivenSums | None = None) -> Figures:
    view, changes = LiveView(UTC), Changes()
    for logged in story.log:
        changes.merge(view.apply(logged))
    cells = ((counters, thresholds) for counters in changes.counters.values())
    return gather(cells, given, span_ms=3_600_000)


WORKED = {
    "schedule_adherence": 270 / (280 + 300) * 100,
    "after_call_work": (40 + 20) / 2,
    "average_time_to_abandon": (5 + 45) / 2,
    "cost_per_call": 800 / 2,
    "average_handle_time": (70 + 100 + 10 + 60) / 2,
    "average_hold_time": 10 / 2,
    "average_rings_before_answer": (2 + 4 + 0 + 0 + 3 + 3) / 6 / 6,
    "average_queue_time": 116.0,
    "average_speed_of_answer": (6 + 116) / 2,
    "average_talk_time": (70 + 100) / 2,
    "calls_per_hour": 2 / (360 / 3600),
    "monitoring_score": (90 + 75.5) / 2,
    "occupancy": (80 + 100) / (80 + 100 + 14 + 6 + 10) * 100,
    "abandon_rate": 1 / 3 * 100,
    "attendance": 1 / 2 * 100,
    "blocked_rate": 1 / 5 * 100,
    "first_call_resolution": 1 / 2 * 100,
    "queued_rate": 3 / 5 * 100,
    "transfer_rate": 1 / 2 * 100,
    "blind_transfer_rate": 1 / 2 * 100,
    "attended_transfer_rate": 0,
    "answer_rate": 2 / 3 * 100,
    "service_level": 1 / 5 * 100,
    "calls_offered": 5,
    "agent_turnover": 1 / 1.5 * 100,
    "calls_answered": 2,
    "calls_abandoned": 1,
    "calls_short_abandoned": 1,
    "calls_blocked": 1,
    "messages_left": 1,
    "callbacks_promised": 1,
    "messages_done": 1,
    "calls_handled": 2,
    "calls_transferred": 1,
    "outbound_calls": 0,
    "outbound_answered": 0,
}


def test_the_worked_day_gives_the_figures_worked_by_hand() -> None:
    values = evaluate(figures(worked_day(), Thresholds(20, 20), worked_given()), Choices())
    assert values.keys() == WORKED.keys()
    for key, expected in WORKED.items():
        assert values[key] == pytest.approx(expected), key


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (ServiceLevelVariant.OFFERED, 1 / 5),
        (ServiceLevelVariant.WITHOUT_SHORT_ABANDONS, 1 / 4),
        (ServiceLevelVariant.ANSWERED_ONLY, 1 / 2),
        (ServiceLevelVariant.ABANDONED_WITHIN_IS_MET, 2 / 5),
    ],
)
def test_each_variant_of_the_service_level(variant: ServiceLevelVariant, expected: float) -> None:
    values = evaluate(figures(worked_day(), Thresholds(20, 20)), Choices(service_level=variant))
    assert values["service_level"] == pytest.approx(expected * 100)


def test_thresholds_apply_when_read() -> None:
    story = worked_day()
    assert evaluate(figures(story, Thresholds(116, 4)), Choices())["service_level"] == pytest.approx(40)
    assert evaluate(figures(story, Thresholds(115, 4)), Choices())["calls_short_abandoned"] == 0


def test_wrap_up_counts_as_occupied_where_the_tenant_says_so() -> None:
    values = evaluate(figures(worked_day(), Thresholds()), Choices(wrap_up_is_occupied=True))
    assert values["occupancy"] == pytest.approx(240 / 270 * 100)


def test_nothing_counted_gives_no_rates_and_counts_of_zero() -> None:
    values = evaluate(gather([]), Choices())
    assert {key for key, value in values.items() if value is None} == WORKED.keys() - {
        key for key in WORKED if key.startswith(("calls_", "outbound_", "messages_", "callbacks_"))
    } | {"calls_per_hour"}


def test_a_wait_just_over_the_threshold_is_not_within_it() -> None:
    assert count_within({20: 3, 21: 1}, 20) == 3
    assert count_within({20: 3, 21: 1}, 20.5) == 4, "thresholds count in whole seconds"


def test_cells_add_up_to_the_same_indicators_however_they_are_grouped() -> None:
    one, two = figures(worked_day(), Thresholds()), figures(worked_day(), Thresholds())
    both = gather([(one.sums, Thresholds()), (two.sums, Thresholds())])
    assert evaluate(both, Choices())["average_handle_time"] == evaluate(one, Choices())["average_handle_time"]
    assert both.offered == 10


def test_running_states_join_the_sums_at_reading_time() -> None:
    story = Story()
    story.state(BOB, AgentState.CONNECTED)
    view = LiveView(UTC)
    view.apply(story.log[0])
    cells = running_time(view.state, START)
    assert cells == []
    assert IntervalKey(0, None, BOB) not in dict(cells)
    assert evaluate(gather((cell, Thresholds()) for _, cell in cells), Choices())["occupancy"] is None


def source(indicator: Indicator) -> str:
    events = ", ".join(f"`{event}`" for event in indicator.events)
    given = f"given: {', '.join(indicator.needs)}" if indicator.needs else ""
    return "; ".join(part for part in (events, given) if part)


class TestSheet:
    """The published formula sheet says what the code computes."""

    def test_every_indicator_is_on_the_sheet_as_the_code_has_it(self) -> None:
        rows = {
            cells[1].strip("` "): cells
            for line in SHEET.read_text().splitlines()
            if re.match(r"\| \d+ \| `", line)
            for cells in [line.strip("| ").split(" | ")]
        }
        assert rows == {
            each.key: [
                str(each.number),
                f"`{each.key}`",
                str(each.version),
                each.name,
                each.formula,
                each.unit,
                each.target,
                each.cadence,
                "all" if each.levels == ALL else ", ".join(each.levels),
                source(each),
            ]
            for each in INDICATORS
        }

    def test_the_sheet_has_the_version_and_the_variants(self) -> None:
        text = SHEET.read_text()
        assert f"Formula version {FORMULA_VERSION}" in text
        for variant in ServiceLevelVariant:
            assert f"`{variant}`" in text

    def test_the_worked_results_on_the_sheet_are_those_of_the_code(self) -> None:
        values = evaluate(figures(worked_day(), Thresholds(20, 20), worked_given()), Choices())
        worked = dict(re.findall(r"^- `(\w+)`.* = ([\d.]+)", SHEET.read_text(), re.MULTILINE))
        assert worked.keys() == {each.key for each in INDICATORS}
        for key, text in worked.items():
            assert values[key] == pytest.approx(float(text), abs=0.01), key


def test_all_23_of_the_trade_are_there_once_and_in_its_order() -> None:
    assert [each.number for each in INDICATORS] == list(range(1, 24))
    assert len({each.key for each in INDICATORS}) == 23


def test_the_source_events_are_kinds_of_the_log() -> None:
    kinds = {kind.__struct_config__.tag for kind in get_args(LogEvent)}
    assert {event for each in INDICATORS for event in each.events} <= kinds
    assert all(each.events or each.needs for each in INDICATORS)


@pytest.mark.parametrize("indicator", [each for each in INDICATORS if each.range], ids=lambda each: each.key)
def test_the_default_target_in_words_is_the_one_in_numbers(indicator: Indicator) -> None:
    assert indicator.range is not None
    scale = 100 if indicator.range.currency else 1
    limits = [limit / scale for limit in (indicator.range.low, indicator.range.high) if limit is not None]
    assert all(f"{limit:g}" in indicator.target for limit in limits)
    assert ("year" in indicator.target) is indicator.range.per_year


@pytest.mark.parametrize("name", SUMS)
def test_adding_counters_adds_every_sum(name: str) -> None:
    one, two = Counters(), Counters()
    setattr(one, name, 2)
    setattr(two, name, 3)
    one.add(two)
    assert getattr(one, name) == 5


@pytest.mark.parametrize("name", MAPS)
def test_adding_counters_adds_every_map_by_key(name: str) -> None:
    one, two = Counters(), Counters()
    getattr(one, name).update({1: 2, 3: 4})
    getattr(two, name).update({3: 1, 5: 6})
    one.add(two)
    assert getattr(one, name) == {1: 2, 3: 5, 5: 6}
