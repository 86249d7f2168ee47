"""What is only under way is not healed; what stays is, a few times, and then a person is asked."""

from datetime import timedelta
from itertools import pairwise

import pytest

from kernel.contracts.calls import AgentState
from routing.reconciler.differences import Kind
from routing.reconciler.healing import WakeTimers
from routing.reconciler.patience import CURES_AT_MOST, HEAL_AGAIN, PATIENCE, Verdict, Watch
from routing.reconciler.picture import AgentPart, Dialog, Picture
from tests.unit.routing.reconciler.test_differences import (
    ANN,
    BEN,
    CALL,
    NOW,
    OTHER,
    TALKS,
    TENANT,
    WAITS,
    picture,
)

EVERY = 3.0
GHOST = {"calls": {CALL: picture().calls[CALL], OTHER: WAITS}}


def at(seconds: float, **changes: object) -> Picture:
    return picture(at=NOW + timedelta(seconds=seconds), **changes)


def look(watch: Watch, seconds: list[float], **changes: object) -> list[Verdict]:
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
    assert look(watch, [15], **GHOST, dialogs=None) == []
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
        late = AgentPart(state=AgentState.NOT_READY, until=until, reachable=True)
        assert watch.look(at(second, agents={ANN: TALKS, BEN: late})) == []


def test_a_cure_is_given_time_repeated_and_given_up() -> None:
    watch = Watch()
    stuck = {"agents": {ANN: TALKS, BEN: AgentPart(state=AgentState.NOT_READY, until=NOW, reachable=True)}}
    verdicts = look(watch, times(120), **stuck)
    assert [verdict.cure for verdict in verdicts] == [*[WakeTimers()] * CURES_AT_MOST, None]
    moments = [verdict.at for verdict in verdicts]
    assert all(later - earlier >= HEAL_AGAIN for earlier, later in pairwise(moments))
    assert [verdict.times for verdict in verdicts] == [1, 2, 3, 4]


@pytest.mark.parametrize("second", [3, 6, 9, 12])
def test_a_call_that_the_gateway_learns_of_in_time_is_left_alone(second: float) -> None:
    watch = Watch()
    look(watch, [step for step in times(60) if step < second], **GHOST)
    both = {**(picture().dialogs or {}), OTHER: Dialog(tenant=TENANT)}
    assert look(watch, [step for step in times(60) if step >= second], **GHOST, dialogs=both) == []
