"""A short day of the reference centre: nobody is forgotten, and the live figures are those of the log."""

from collections import Counter

from kernel.contracts.log import CallEnded, CallOffered, OfferMade
from load_tests.reference_day import QUEUE, STAFF, count, erlang_a, indicators, simulate, table

CALLS = 500


def test_every_call_of_a_day_is_counted_once() -> None:
    day = simulate(CALLS, seed=1)
    offered = [event.call for event in day.log if isinstance(event, CallOffered)]
    ended = Counter(event.call for event in day.log if isinstance(event, CallEnded))
    hours = count(day.log)
    assert abs(len(offered) - CALLS) <= len(STAFF)
    assert ended == dict.fromkeys(offered, 1)
    assert sum(one.answered + one.abandoned for one in hours) == len(offered)
    assert all(event.queue == QUEUE for event in day.log if isinstance(event, OfferMade))
    answered, abandoned = sum(one.answered for one in hours), sum(one.abandoned for one in hours)
    assert indicators(day.log)[0] == f"answered {answered}, abandoned {abandoned}, refused 0"
    assert len(table(hours)) == 25


def test_the_same_seed_is_the_same_day() -> None:
    assert simulate(60, seed=3).log == simulate(60, seed=3).log


def test_theory_without_impatience_is_erlang_c() -> None:
    """Two agents who are busy half of the time: a third of the callers wait, a third of a handling time in the mean."""
    assert abs(erlang_a(0.01, 2, 100.0, 1e9).mean_wait - 100.0 / 3) < 0.01
