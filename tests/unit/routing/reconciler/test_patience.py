"""What is only under way is not healed; what stays is, a few times, and then a person is asked."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.reconciling import Dialog
from routing.reconciler.differences import Kind
from routing.reconciler.healing import WakeTimers
from routing.reconciler.patience import CURES_AT_MOST, HEAL_AGAIN, PATIENCE, Verdict, Watch
from routing.reconciler.picture import Picture
from tests.unit.routing.reconciler.pictures import (
    ANN,
    BEN,
    CALL,
    JOINED,
    NOW,
    OTHER,
    TALKS,
    WAITS,
    part,
    picture,
)

EVERY = 3.0
GHOST = {"calls": {CALL: picture().calls[CALL], OTHER: WAITS}}


def at(seconds: float, **changes: Any) -> Picture:
    return picture(at=NOW + timedelta(seconds=seconds), **changes)


def look(watch: Watch, seconds: list[float], **changes: Any) -> list[Verdict]:
    return [verdict for second in seconds for verdict in watch.look(at(second, **changes))]


def times(until: float) -> list[float]:
    return [EVERY * step for step in range(int(until / EVERY) + 1)]


def test_every_kind_has_its_patience() -> None:
    assert set(PATIENCE) == set(Kind)


def test_a_difference_is_healed_when_it_has_lasted_and_not_before() -> None:
    watch = Watch()
    patience = PATIENCE[Kind.CALL_WITHOUT_DIALOG].total_seconds()
    assert look(watch, times(patience - EVERY), **GHOST) == []
    (verdict,) = look(watch, [patience], **GHOST)
    assert (verdict.difference.call, verdict.since, verdict.times) == (OTHER, NOW, 1)
    assert verdict.cure is not None


def test_what_settles_itself_is_forgotten_and_begins_anew() -> None:
    watch = Watch()
    patience = PATIENCE[Kind.CALL_WITHOUT_DIALOG].total_seconds()
    look(watch, times(patience - EVERY), **GHOST)
    assert look(watch, [patience - 1]) == []
    assert watch.watched == frozenset()
    assert look(watch, [patience, patience + EVERY], **GHOST) == []


def test_a_side_that_falls_silent_makes_the_wait_begin_anew() -> None:
    watch = Watch()
    look(watch, [0, 3, 6, 9, 12], **GHOST)
    assert look(watch, [15], **GHOST, holdings=None) == []
    assert look(watch, [18], **GHOST) == []


def test_one_picture_is_never_enough() -> None:
    assert Watch().look(at(1000, **GHOST)) == []


def test_an_old_picture_or_the_same_again_tells_nothing() -> None:
    watch = Watch()
    late = PATIENCE[Kind.CALL_WITHOUT_DIALOG].total_seconds()
    assert len(look(watch, [0, late, late, 1], **GHOST)) == 1


def test_a_state_that_moves_on_is_not_stuck() -> None:
    """Each offer is late by a moment: no timer is broken."""
    watch = Watch()
    for second in times(30):
        until = NOW + timedelta(seconds=second - 1)
        late = part(AgentState.NOT_READY, until=until, reachable=True)
        assert watch.look(at(second, agents={ANN: TALKS, BEN: late}, timer=until)) == []


def test_a_cure_is_given_time_repeated_and_given_up() -> None:
    watch = Watch()
    stuck = {"agents": {ANN: TALKS, BEN: part(AgentState.NOT_READY, until=NOW, reachable=True)}, "timer": NOW}
    verdicts = look(watch, times(120), **stuck)
    assert [verdict.cure for verdict in verdicts] == [*[WakeTimers()] * CURES_AT_MOST, None]
    moments = [verdict.at for verdict in verdicts]
    assert all(later - earlier >= HEAL_AGAIN for earlier, later in pairwise(moments))
    assert [verdict.times for verdict in verdicts] == [1, 2, 3, 4]


@pytest.mark.parametrize("second", [3, 6, 9, 12])
def test_a_call_that_the_gateway_learns_of_in_time_is_left_alone(second: float) -> None:
    watch = Watch()
    look(watch, [step for step in times(60) if step < second], **GHOST)
    both = {CALL: JOINED, OTHER: Dialog()}
    assert look(watch, [step for step in times(60) if step >= second], **GHOST, dialogs=both) == []


def test_what_is_slow_on_its_way_is_waited_for_however_long() -> None:
    """A report of the call's end was sent before the ghost was first seen, and is held up for two minutes."""
    watch = Watch()
    for second in times(120):
        assert watch.look(at(second, **GHOST, told_until=NOW - timedelta(seconds=1))) == []
    (verdict,) = watch.look(at(123, **GHOST, told_until=NOW))
    assert (verdict.difference.call, verdict.since) == (OTHER, NOW)


def test_slow_messages_excuse_nothing_that_routing_has_with_itself() -> None:
    watch = Watch()
    stuck = {"agents": {ANN: TALKS, BEN: part(AgentState.AVAILABLE)}, "softphones": frozenset({ANN})}
    verdicts = look(watch, times(6), **stuck, told_until=NOW - timedelta(hours=1))
    assert [verdict.difference.kind for verdict in verdicts] == [Kind.UNREACHABLE_AVAILABLE]


def test_a_picture_without_the_engine_neither_shows_a_lost_leg_nor_denies_it() -> None:
    watch = Watch()
    lost = frozenset({"ann", "ben"})
    for second in times(12):
        verdicts = watch.look(at(second, legs=lost if second % 2 == 0 else None))
        assert [verdict.difference.kind for verdict in verdicts] == [Kind.DIALOG_WITHOUT_LEG] * (second == 12)
    assert watch.look(at(18)) == []
    assert watch.watched == frozenset()
