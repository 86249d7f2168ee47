"""Alerts: raised and cleared by limits that lie apart, after times that are told; ages do not drift."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.alerts.machine import (
    RIPE,
    TABLE,
    Alert,
    AlertInput,
    AlertRule,
    AlertState,
    calm,
    next_moment,
    step,
)
from insight.alerts.measures import Measure, Values, Watched, live_values
from insight.alerts.watch import MAX_RULES, Watch
from insight.kpi.figures import Choices
from insight.kpi.live import LiveView
from insight.kpi.targets import TargetSide
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import AgentProfile, QueueRules, TenantDirectory
from tests.unit.insight.story import ABANDONED, ALICE, BOB, SALES, SERVICE, START, TENANT, Story

WAITING = AlertRule(
    id=UUID(int=1),
    measure=Measure.LONGEST_WAIT,
    side=TargetSide.ABOVE,
    limit=60,
    clear_at=30,
    raise_after=10,
    clear_after=20,
)
LEVEL = AlertRule(id=UUID(int=2), measure=Measure.SERVICE_LEVEL, side=TargetSide.BELOW, limit=80, clear_at=85)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run(rule: AlertRule, *told: tuple[float, float | None]) -> Alert:
    alert = calm(START)
    for second, value in told:
        alert = step(rule, alert, value, at(second))
    return alert


class TestTable:
    def test_every_state_has_an_answer_to_every_input(self) -> None:
        assert TABLE.keys() == {(state, heard) for state in AlertState for heard in AlertInput}

    def test_only_states_that_wait_ripen(self) -> None:
        assert RIPE == {AlertState.RISING: AlertState.RAISED, AlertState.FALLING: AlertState.CALM}

    @pytest.mark.parametrize(
        ("value", "heard"),
        [
            (60.1, AlertInput.BEYOND),
            (60, AlertInput.BETWEEN),
            (30.1, AlertInput.BETWEEN),
            (30, AlertInput.CLEAR),
            (None, AlertInput.UNKNOWN),
        ],
    )
    def test_limits_above(self, value: float | None, heard: AlertInput) -> None:
        assert WAITING.judge(value) is heard

    @pytest.mark.parametrize(
        ("value", "heard"),
        [(79, AlertInput.BEYOND), (80, AlertInput.BETWEEN), (84.9, AlertInput.BETWEEN), (85, AlertInput.CLEAR)],
    )
    def test_limits_below(self, value: float, heard: AlertInput) -> None:
        assert LEVEL.judge(value) is heard


class TestRaising:
    def test_a_figure_must_stay_beyond_the_limit_for_its_time(self) -> None:
        assert not run(WAITING, (0, 61), (9.9, 70)).shown
        assert run(WAITING, (0, 61), (10, 70)).shown

    def test_a_figure_that_comes_back_meanwhile_begins_anew(self) -> None:
        assert not run(WAITING, (0, 61), (5, 59), (6, 61), (15, 61)).shown

    def test_without_a_time_it_is_raised_at_once(self) -> None:
        assert run(LEVEL, (0, 79)).shown

    def test_a_figure_that_is_not_known_raises_nothing(self) -> None:
        assert run(WAITING, (0, 61), (20, None)).state is AlertState.CALM


class TestClearing:
    def test_between_the_limits_nothing_changes(self) -> None:
        alert = run(WAITING, (0, 61), (10, 61), (1000, 45))
        assert alert.state is AlertState.RAISED

    def test_it_is_shown_until_the_figure_was_clear_for_its_time(self) -> None:
        assert run(WAITING, (0, 61), (10, 61), (20, 30), (39.9, 0)).shown
        assert not run(WAITING, (0, 61), (10, 61), (20, 30), (40, 0)).shown

    def test_a_relapse_meanwhile_keeps_it_raised_and_tells_nobody_again(self) -> None:
        alert = run(WAITING, (0, 61), (10, 61), (20, 30), (30, 45), (100, 100))
        assert (alert.state, alert.raised) == (AlertState.RAISED, at(10))

    def test_a_figure_that_is_not_known_clears_nothing(self) -> None:
        assert run(WAITING, (0, 61), (10, 61), (20, 0), (30, None), (60, None)).shown


class TestAges:
    def test_the_age_is_since_the_figure_went_beyond_the_limit(self) -> None:
        alert = run(WAITING, (5, 61), (15, 90), (20, 70))
        assert alert.age(at(125)) == timedelta(seconds=120)
        assert alert.worst == 90

    def test_looking_often_or_seldom_gives_the_same_age(self) -> None:
        often = run(WAITING, *((second / 10, 61) for second in range(1000)))
        seldom = run(WAITING, (0, 61), (99.9, 61))
        assert often.age(at(100)) == seldom.age(at(100)) == timedelta(seconds=100)

    def test_a_clock_that_runs_behind_makes_no_negative_age(self) -> None:
        assert run(LEVEL, (10, 70)).age(at(5)) == timedelta()

    def test_it_says_when_to_look_again(self) -> None:
        assert next_moment(WAITING, run(WAITING, (5, 61))) == at(15)
        assert next_moment(WAITING, run(WAITING, (0, 61), (10, 61))) is None


class TestRules:
    @pytest.mark.parametrize(("side", "clear_at"), [(TargetSide.ABOVE, 61), (TargetSide.BELOW, 59)])
    def test_a_rule_that_would_clear_beyond_its_limit_is_refused(self, side: TargetSide, clear_at: float) -> None:
        with pytest.raises(ValueError, match="cannot clear"):
            AlertRule(id=UUID(int=1), measure=Measure.WAITING_CALLS, side=side, limit=60, clear_at=clear_at)

    def test_a_time_out_of_range_is_refused(self) -> None:
        with pytest.raises(ValueError, match="seconds"):
            AlertRule(
                id=UUID(int=1),
                measure=Measure.WAITING_CALLS,
                side=TargetSide.ABOVE,
                limit=1,
                clear_at=1,
                raise_after=-1,
            )


class TestWatch:
    def test_each_alert_is_told_once_when_raised_and_once_when_cleared(self) -> None:
        watch = Watch([LEVEL])
        key: Watched = (Measure.SERVICE_LEVEL, None)
        told = [
            notice.what
            for second, value in enumerate((90, 79, 79, 82, 70, 85, 90, 79))
            for notice in watch.judge({key: value}, at(second))
        ]
        assert told == ["raised", "cleared", "raised"]

    def test_the_same_look_twice_says_nothing_more(self) -> None:
        watch = Watch([LEVEL])
        values: Values = {(Measure.SERVICE_LEVEL, None): 70.0}
        assert len(watch.judge(values, START)) == 1
        assert watch.judge(values, START) == []

    def test_a_cleared_one_is_told_as_it_was(self) -> None:
        watch = Watch([LEVEL])
        watch.judge({(Measure.SERVICE_LEVEL, None): 60.0}, START)
        notice = watch.judge({(Measure.SERVICE_LEVEL, None): 95.0}, at(9))[0]
        assert (notice.what, notice.alert.worst, notice.alert.age(at(9))) == ("cleared", 60, timedelta(seconds=9))

    def test_the_oldest_is_shown_first(self) -> None:
        second = AlertRule(
            id=UUID(int=3), measure=Measure.WAITING_CALLS, side=TargetSide.ABOVE, limit=5, clear_at=5, queue=SALES
        )
        watch = Watch([LEVEL, second])
        watch.judge({(Measure.WAITING_CALLS, SALES): 6.0}, START)
        watch.judge({(Measure.WAITING_CALLS, SALES): 6.0, (Measure.SERVICE_LEVEL, None): 6.0}, at(10))
        assert [(rule.id.int, age) for rule, _, age in watch.shown(at(15))] == [(3, 15), (2, 5)]

    def test_kept_alerts_go_on_after_a_restart(self) -> None:
        watch = Watch([WAITING])
        watch.judge({(Measure.LONGEST_WAIT, None): 61.0}, START)
        again = Watch([WAITING], watch.alerts)
        assert again.next_moment == at(10)
        assert [notice.what for notice in again.judge({(Measure.LONGEST_WAIT, None): 71.0}, at(10))] == ["raised"]

    def test_a_rule_that_changed_begins_anew_and_others_go_on(self) -> None:
        watch = Watch([LEVEL, WAITING])
        watch.judge({(Measure.SERVICE_LEVEL, None): 60.0, (Measure.LONGEST_WAIT, None): 61.0}, START)
        changed = AlertRule(id=LEVEL.id, measure=LEVEL.measure, side=LEVEL.side, limit=50, clear_at=50)
        later = watch.replace([changed, WAITING], at(5))
        assert later.shown(at(5)) == []
        assert later.next_moment == at(10)

    def test_too_many_rules_or_two_of_one_id_are_refused(self) -> None:
        for rules in ([LEVEL, LEVEL], [LEVEL] * (MAX_RULES + 1)):
            with pytest.raises(ValueError, match="alert rules"):
                Watch(rules)


@given(st.lists(st.tuples(st.floats(0, 30), st.one_of(st.none(), st.floats(0, 120))), max_size=40))
def test_an_alert_is_raised_only_after_its_time_beyond_and_never_forgets_when_it_began(
    told: list[tuple[float, float | None]],
) -> None:
    alert, second, beyond_since = calm(START), 0.0, None
    for wait, value in told:
        second += wait
        before, alert = alert, step(WAITING, alert, value, at(second))
        beyond = value is not None and value > WAITING.limit
        beyond_since = (second if beyond_since is None else beyond_since) if beyond else None
        if alert.shown and not before.shown:
            assert beyond_since is not None
            assert at(second) - at(beyond_since) >= timedelta(seconds=10)
            assert alert.begun == at(beyond_since)
        if not alert.shown and before.shown:
            assert value is not None
            assert value <= WAITING.clear_at
        assert (alert.state is AlertState.CALM) == (alert.begun is None)


def directory() -> TenantDirectory:
    return TenantDirectory(
        tenant=TENANT,
        name="Example",
        time_zone="UTC",
        currency="EUR",
        queues=(QueueRules(queue=SALES, name="Sales"), QueueRules(queue=SERVICE, name="Service")),
        agents=(
            AgentProfile(agent=ALICE, name="Alice", queues=(SALES,), has_seat=True),
            AgentProfile(agent=BOB, name="Bob", queues=(SALES, SERVICE), has_seat=True),
        ),
        numbers=(),
        outbound_trunk=None,
        outbound_caller=None,
    )


def test_live_figures_are_those_of_the_moment() -> None:
    """Two wait for Sales since 10 and 40, one gave up after 30 s; Alice is at a meal since 20, Bob is free."""
    story = Story()
    story.state(BOB, AgentState.AVAILABLE)
    for number, second in ((1, 10), (2, 15), (3, 40)):
        story.at(second).offered(number)
        story.queued(number)
    story.at(20).state(ALICE, AgentState.NOT_READY, "meal")
    story.at(45).ended(2, ABANDONED, queue=SALES)
    view = LiveView(UTC)
    for logged in story.log:
        view.apply(logged)
    values = live_values(view.state, directory(), Choices(), at(100))
    assert {measure: values[measure, SALES] for measure in Measure} == {
        Measure.WAITING_CALLS: 2,
        Measure.LONGEST_WAIT: 90,
        Measure.AVAILABLE_AGENTS: 1,
        Measure.LONGEST_NOT_READY: 80,
        Measure.LONGEST_WRAP_UP: 0,
        Measure.SERVICE_LEVEL: 0,
        Measure.ABANDON_RATE: 100,
    }
    assert (values[Measure.WAITING_CALLS, SERVICE], values[Measure.SERVICE_LEVEL, SERVICE]) == (0, None)
    assert values[Measure.LONGEST_NOT_READY, SERVICE] == 0, "Alice serves Sales alone"
    assert values[Measure.WAITING_CALLS, None] == 2
