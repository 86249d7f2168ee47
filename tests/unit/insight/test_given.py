"""Adherence, attendance, costs, forecasts, staff and scores against figures worked by hand."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from insight.given.contracts import Cost, Employment, Evaluation, Forecast, Given, Shift, Survey
from insight.given.gathering import GivenBook, Place
from insight.given.stretches import common, length, spread, united, without
from insight.kpi.given_sums import GIVEN_SUMS, GivenSums, Input
from insight.kpi.intervals import to_ms
from insight.kpi.live import LiveView
from insight.kpi.state import StateStretch
from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, UserId
from tests.unit.insight.story import ALICE, BOB, SALES, SERVICE, START, Story, stretches_of

HOUR = timedelta(hours=1)
LATER = START + timedelta(days=30)
BERLIN = ZoneInfo("Europe/Berlin")
DAY = Place(since=START - 9 * HOUR, until=START + 15 * HOUR)


def at(hours: float) -> datetime:
    return START + hours * HOUR


def there(agent: UserId, state: AgentState, start: float, end: float, reason: str = "") -> StateStretch:
    return StateStretch(agent=agent, state=state, reason=reason, start=to_ms(at(start)), end=to_ms(at(end)))


def shift(number: int, agent: UserId, start: float, end: float, takes_calls: bool = True) -> Shift:
    return Shift(id=UUID(int=number), agent=agent, start=at(start), end=at(end), takes_calls=takes_calls)


def sums(given: Given, *states: StateStretch, place: Place = DAY, now: datetime = LATER) -> GivenSums:
    return GivenBook(given, states, BERLIN, now).sums(place)


class TestAdherence:
    def test_only_time_within_shifts_counts_and_breaks_are_not_scheduled(self) -> None:
        """Shift 0–8 h with a break 4–5 h: 7 h. Able 1–4.5 h and 6–10 h: 3 h + 2 h of it within."""
        given = Given(shifts=(shift(1, ALICE, 0, 8), shift(2, ALICE, 4, 5, takes_calls=False)))
        found = sums(
            given,
            there(ALICE, AgentState.AVAILABLE, 1, 4.5),
            there(ALICE, AgentState.NOT_READY, 4.5, 6, "meal"),
            there(ALICE, AgentState.WRAP_UP, 6, 10),
        )
        assert found.scheduled_ms / 3_600_000 == 7
        assert found.adherent_ms / 3_600_000 == 3 + 2

    def test_what_is_still_to_come_counts_for_nothing(self) -> None:
        given = Given(shifts=(shift(1, ALICE, 0, 8), shift(2, BOB, 4, 8)))
        found = sums(given, there(ALICE, AgentState.CONNECTED, 0, 2), now=at(2))
        assert (found.scheduled_ms, found.adherent_ms) == (2 * 3_600_000, 2 * 3_600_000)
        assert (found.people_scheduled, found.people_present) == (1, 1), "Bob's day has not begun"

    def test_shifts_that_overlap_or_are_given_twice_count_once(self) -> None:
        twice = Given(shifts=(shift(1, ALICE, 0, 4), shift(1, ALICE, 0, 4), shift(2, ALICE, 2, 6)))
        assert sums(twice).scheduled_ms == 6 * 3_600_000

    def test_a_queue_has_the_shifts_of_those_who_serve_it(self) -> None:
        given = Given(shifts=(shift(1, ALICE, 0, 4), shift(2, BOB, 0, 2)))
        place = Place(since=DAY.since, until=DAY.until, queue=SALES, of_queue=frozenset({BOB}))
        assert sums(given, place=place).scheduled_ms == 2 * 3_600_000


class TestAttendance:
    def test_a_person_counts_once_a_day_however_many_shifts_it_has(self) -> None:
        given = Given(shifts=(shift(1, ALICE, 0, 2), shift(2, ALICE, 4, 6), shift(3, BOB, 0, 6)))
        found = sums(given, there(ALICE, AgentState.NOT_READY, 5, 6, "training"))
        assert (found.people_scheduled, found.people_present) == (2, 1), "logged in is present, whatever the state"

    def test_a_night_shift_is_of_the_day_on_which_it_starts(self) -> None:
        """START is 10:00 in Berlin: from 22:00 to 06:00, present after midnight only."""
        given = Given(shifts=(shift(1, ALICE, 12, 20),))
        late = there(ALICE, AgentState.AVAILABLE, 15, 20)
        assert sums(given, late).people_present == 1
        next_day = Place(since=DAY.until, until=DAY.until + 24 * HOUR)
        assert sums(given, late, place=next_day).people_scheduled == 0


class TestStretches:
    def test_stretches_are_those_between_the_changes(self) -> None:
        story = Story()
        story.state(ALICE, AgentState.AVAILABLE)
        story.at(3600).state(ALICE, AgentState.NOT_READY, "meal")
        story.at(5400).state(ALICE, AgentState.LOGGED_OUT)
        story.at(9000).state(ALICE, AgentState.AVAILABLE)
        assert stretches_of(story, at(3)) == [
            there(ALICE, AgentState.AVAILABLE, 0, 1),
            there(ALICE, AgentState.NOT_READY, 1, 1.5, "meal"),
            there(ALICE, AgentState.AVAILABLE, 2.5, 3),
        ]

    def test_what_is_applied_again_changes_nothing(self) -> None:
        story = Story()
        story.state(ALICE, AgentState.AVAILABLE)
        story.at(60).state(ALICE, AgentState.LOGGED_OUT)
        view = LiveView(UTC)
        told = [len(view.apply(logged).stretches) for logged in (*story.log, *story.log)]
        assert told == [0, 1, 0, 0]


class TestCosts:
    def test_the_part_of_a_span_is_what_falls_into_it(self) -> None:
        """A month of 30 days for 3,000.00: a day is 100.00, whatever else was entered for other queues."""
        month = Cost(id=UUID(int=1), start=DAY.since, end=DAY.since + timedelta(days=30), minor=300_000)
        assert sums(Given(costs=(month,))).cost_minor == 10_000

    def test_a_queues_own_cost_is_the_tenants_too_and_no_other_queues(self) -> None:
        own = Cost(id=UUID(int=1), start=at(0), end=at(1), minor=500, queue=SALES)
        given = Given(costs=(own, Cost(id=UUID(int=2), start=at(0), end=at(1), minor=700)))
        assert sums(given).cost_minor == 1200
        assert sums(given, place=Place(since=DAY.since, until=DAY.until, queue=SALES)).cost_minor == 500
        assert sums(given, place=Place(since=DAY.since, until=DAY.until, queue=SERVICE)).costs == 0


class TestForecasts:
    def test_the_tenants_own_goes_before_those_of_its_queues(self) -> None:
        queues = tuple(
            Forecast(id=UUID(int=number), start=at(0), end=at(2), calls=calls, queue=queue)
            for number, queue, calls in ((1, SALES, 30), (2, SERVICE, 20))
        )
        assert sums(Given(forecasts=queues)).forecast_millicalls == 50_000
        whole = Forecast(id=UUID(int=3), start=at(0), end=at(2), calls=60)
        assert sums(Given(forecasts=(*queues, whole))).forecast_millicalls == 60_000
        half = Place(since=at(0), until=at(1), queue=SALES)
        assert sums(Given(forecasts=(*queues, whole)), place=half).forecast_millicalls == 15_000


class TestStaff:
    def test_part_timers_do_not_count_and_leavers_count_where_they_left(self) -> None:
        given = Given(
            staff=(
                Employment(id=UUID(int=1), agent=ALICE, joined=DAY.since - 9 * HOUR),
                Employment(id=UUID(int=2), agent=BOB, joined=DAY.since - 9 * HOUR, left=at(3)),
                Employment(id=UUID(int=3), agent=UserId(UUID(int=22)), joined=DAY.since, full_time=False),
            )
        )
        found = sums(given)
        assert found.leavers == 1
        assert found.staff_ms == (24 + 12) * 3_600_000


class TestScores:
    def test_one_given_anew_after_an_appeal_takes_the_place_of_the_first(self) -> None:
        scores = [Evaluation(id=UUID(int=1), agent=ALICE, queue=SALES, at=at(1), score=score) for score in (60, 80.25)]
        found = sums(Given(scores=tuple(scores)))
        assert (found.evaluations, found.score_hundredths) == (1, 8025)

    @pytest.mark.parametrize("score", [-1, 100.5])
    def test_points_are_0_to_100(self, score: float) -> None:
        with pytest.raises(ValueError, match="0 to 100"):
            Evaluation(id=UUID(int=1), agent=ALICE, queue=None, at=at(1), score=score)


def test_what_was_never_given_is_told_from_what_is_empty() -> None:
    assert GivenBook(Given(), (), BERLIN, LATER).has == frozenset()
    assert GivenBook(Given(shifts=(), costs=()), (), BERLIN, LATER).has == {Input.SHIFTS, Input.COSTS}


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        shift(1, ALICE, 2, 2)


stretch_lists = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 10)).map(lambda told: (told[0], told[0] + told[1])), max_size=8
)


def moments(stretches: list[tuple[int, int]]) -> set[int]:
    return {moment for start, end in stretches for moment in range(start, end)}


@given(stretch_lists, stretch_lists)
def test_stretches_are_sets_of_moments(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    assert moments(united(one)) == moments(one)
    assert moments(common(one, other)) == moments(one) & moments(other)
    assert moments(without(one, other)) == moments(one) - moments(other)
    assert length(one) == len(moments(one))


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.lists(st.integers(0, 10**6), max_size=10))
def test_the_parts_of_what_is_spread_add_up_to_it(total: int, long: int, cuts: list[int]) -> None:
    edges = sorted({0, long, *(cut % long for cut in cuts)})
    assert sum(spread(total, (0, long), part) for part in pairwise(edges)) == total


@given(st.data())
def test_order_and_repetition_of_what_is_given_change_nothing(data: st.DataObject) -> None:
    entries = [shift(number, agent, number, number + 3) for number, agent in enumerate((ALICE, BOB, ALICE, ALICE))]
    told = data.draw(st.permutations([*entries, *data.draw(st.lists(st.sampled_from(entries), max_size=5))]))
    states = there(ALICE, AgentState.AVAILABLE, 1, 5), there(BOB, AgentState.AVAILABLE, 0, 9)
    assert sums(Given(shifts=tuple(told)), *states) == sums(Given(shifts=tuple(entries)), *states[::-1])


@pytest.mark.parametrize("name", GIVEN_SUMS)
def test_adding_adds_every_sum(name: str) -> None:
    one, two = GivenSums(), GivenSums()
    setattr(one, name, 2)
    setattr(two, name, 3)
    one.add(two)
    assert getattr(one, name) == 5


class TestSurveys:
    def test_the_two_upper_boxes_of_five_are_content_where_they_were_asked(self) -> None:
        said = [(ALICE, SALES, 4), (ALICE, SALES, 5), (BOB, SERVICE, 3), (BOB, SALES, None)]
        surveys = tuple(
            Survey(
                id=UUID(int=place),
                call=CallId(UUID(int=place)),
                at=START,
                agent=agent,
                queue=queue,
                satisfaction=points,
            )
            for place, (agent, queue, points) in enumerate(said, start=1)
        )
        places = (DAY, replace(DAY, queue=SALES), replace(DAY, agents=frozenset({BOB})), replace(DAY, until=START))
        found = [sums(Given(surveys=surveys), place=place) for place in places]
        assert [(each.content, each.surveys) for each in found] == [(2, 3), (2, 2), (0, 1), (0, 0)]

    def test_six_of_five_is_refused(self) -> None:
        with pytest.raises(ValueError, match="1 to 5"):
            Survey(id=UUID(int=1), call=CallId(UUID(int=1)), at=START, satisfaction=6)
