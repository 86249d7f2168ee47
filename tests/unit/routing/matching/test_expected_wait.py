"""How far the expected wait is from the wait, on simulated days; the bounds are those of docs/queues.md."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from math import sqrt
from statistics import fmean
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from load_tests.peers.erlang_a import erlang_a
from routing.matching import expected_wait
from routing.matching.expected_wait import HALF_AN_HOUR, Pace, expected, later
from tests.unit.routing.matching.samples import START, at
from tests.unit.routing.matching.simulated_day import Caller, Centre, day

HOUR = 3_600.0
DAY = 10 * HOUR
DAYS = 4
BUSY = Centre(rate=21 / 240, agents=20, handle=240.0, patience=300.0)  # five percent more work than agents
EXPECTED_HANDLE = 180.0  # what the tenant believes: a quarter too little


class Said(NamedTuple):
    """What a caller was told who found nobody free, what it came to, and how long the first in line had waited."""

    at: float
    wait: float
    expected: float
    deviation: float
    head: float


def told(centre: Centre, callers: Iterable[Caller]) -> Iterator[Said]:
    """Every caller asks on arrival."""
    pace = Pace(at=START, agents=centre.agents)
    line: dict[int, Caller] = {}
    leaving: list[tuple[float, int]] = []
    for number, caller in enumerate(callers):
        while leaving and leaving[0][0] <= caller.at:
            when, gone = heappop(leaving)
            pace = _left(pace, line.pop(gone), when)
        if caller.at >= centre.change_at and pace.agents != centre.agents_then:
            pace = expected_wait.staffed(pace, centre.agents_then, at(centre.change_at))
        if caller.wait <= 0:
            continue
        pace = later(pace, at(caller.at))
        answer = expected(pace, pace.waiting, EXPECTED_HANDLE)
        assert answer is not None
        head = next(iter(line.values()), caller)
        yield Said(caller.at, caller.wait, answer.wait, answer.deviation, caller.at - head.at)
        pace = expected_wait.joined(pace, at(caller.at))
        line[number] = caller
        heappush(leaving, (caller.left_at, number))


def _left(pace: Pace, caller: Caller, when: float) -> Pace:
    leave = expected_wait.abandoned if caller.gave_up else expected_wait.started
    return leave(pace, at(when))


def days(centre: Centre, since: float) -> list[Said]:
    """Of DAYS days, what was told from `since` seconds after opening on."""
    return [said for seed in range(DAYS) for said in told(centre, day(centre, DAY, seed)) if said.at >= since]


def bias(said: Sequence[Said]) -> float:
    """In parts of the mean wait; positive: told too much."""
    return fmean(one.expected - one.wait for one in said) / fmean(one.wait for one in said)


def error(said: Sequence[Said]) -> float:
    """Root mean square, in seconds."""
    return sqrt(fmean((one.expected - one.wait) ** 2 for one in said))


def head_error(said: Sequence[Said]) -> float:
    return sqrt(fmean((one.head - one.wait) ** 2 for one in said))


def least_error(said: Sequence[Said]) -> float:
    """What chance alone leaves, whoever estimates."""
    return sqrt(fmean(one.deviation**2 for one in said))


def covered(said: Sequence[Said]) -> float:
    return fmean(abs(one.expected - one.wait) <= 2 * one.deviation for one in said)


class TestFormula:
    pace = Pace(at=START, agents=10)

    def test_without_patience_measured_or_callers_in_front_it_is_the_time_between_two_calls_that_end(self) -> None:
        answer = expected(self.pace, 0, 240.0)
        assert answer is not None
        assert answer.wait == pytest.approx(24.0)
        assert answer.deviation == pytest.approx(24.0)

    def test_callers_in_front_add_less_and_less_as_some_will_give_up(self) -> None:
        waits = [answer.wait for n in range(4) if (answer := expected(self.pace, n, 240.0)) is not None]
        steps = [after - before for before, after in pairwise(waits)]
        assert steps == [pytest.approx(1 / (10 / 240 + n / 600)) for n in (1, 2, 3)]

    def test_without_agents_nobody_knows(self) -> None:
        assert expected(Pace(at=START, waiting=3), 3, 240.0) is None

    def test_a_change_of_staff_counts_at_once(self) -> None:
        more = expected_wait.staffed(self.pace, 20, at(1))
        before, after = expected(self.pace, 0, 240.0), expected(more, 0, 240.0)
        assert before is not None
        assert after is not None
        assert after.wait == pytest.approx(before.wait / 2)

    def test_nothing_is_measured_while_nobody_waits(self) -> None:
        assert later(self.pace, at(500)).agent_seconds == 0

    def test_a_steady_queue_is_measured_as_it_is_and_the_past_fades(self) -> None:
        pace = Pace(at=START, agents=10, waiting=1)
        for second in range(1, int(6 * HALF_AN_HOUR) + 1):
            pace = later(pace, at(second))
            if second % 30 == 0:
                pace = expected_wait.started(expected_wait.joined(pace, at(second)), at(second))
        assert pace.starts / pace.agent_seconds == pytest.approx(1 / 300, rel=0.02)
        assert pace.agent_seconds < 10 * HALF_AN_HOUR

    def test_who_goes_elsewhere_counts_as_neither(self) -> None:
        pace = expected_wait.moved_on(expected_wait.joined(self.pace, at(1)), at(2))
        assert (pace.waiting, pace.starts, pace.abandons) == (0, 0.0, 0.0)

    def test_time_that_runs_backwards_changes_nothing(self) -> None:
        assert later(self.pace, at(-5)) == self.pace


def test_the_simulated_day_is_erlang_a() -> None:
    """What is measured against is right; three standard errors of 1,000 hours are some 4 % of the mean wait."""
    callers = [one for seed in (1, 2, 3) for one in day(BUSY, 333 * HOUR, seed) if one.at > HOUR]
    theory = erlang_a(BUSY.rate, BUSY.agents, BUSY.handle, BUSY.patience)
    assert fmean(one.gave_up for one in callers) == pytest.approx(theory.abandon_rate, rel=0.04)
    assert fmean(min(one.wait, one.patience) for one in callers) == pytest.approx(theory.mean_wait, rel=0.04)


class TestSimulatedDays:
    def test_it_is_right_in_the_mean_and_nearly_as_good_as_chance_allows(self) -> None:
        said = days(BUSY, since=HOUR)
        assert abs(bias(said)) <= 0.05
        assert error(said) <= 1.05 * least_error(said)
        assert covered(said) >= 0.93

    def test_it_is_better_than_what_the_first_in_line_has_waited(self) -> None:
        said = days(BUSY, since=HOUR)
        assert error(said) <= 0.75 * head_error(said)

    def test_a_wrong_expectation_is_corrected_within_the_first_hour(self) -> None:
        first = [one for one in days(BUSY, since=0.0) if one.at < HOUR]
        assert abs(bias(first)) <= 0.10

    def test_it_follows_a_change_of_staff(self) -> None:
        fewer = replace(BUSY, change_at=DAY / 2, agents_then=14)
        said = days(fewer, since=DAY / 2 + HALF_AN_HOUR / 2)
        assert fmean(one.wait for one in said) >= 1.5 * fmean(one.wait for one in days(BUSY, since=DAY / 2))
        assert abs(bias(said)) <= 0.05
        assert covered(said) >= 0.93

    def test_calls_of_other_lengths_than_exponential_cost_little(self) -> None:
        said = days(replace(BUSY, spread=0.8), since=HOUR)
        assert abs(bias(said)) <= 0.05
        assert error(said) <= 1.05 * least_error(said)
