"""Every (state, input) of a leg, and one end cause whatever comes."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls.legs import LEG_TABLE, LIVE, Leg, LegInput, LegState
from kernel.contracts.calls import EndCause, EndReason, EndResult
from tests.unit.gateway.calls.leg_diagram import DOCUMENT, page

BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY)
ENDINGS = {LegInput.RELEASE, LegInput.END}
ORDER = [
    LegState.IDLE,
    LegState.OFFERED,
    LegState.DIALING,
    LegState.EARLY,
    LegState.ANSWERED,
    LegState.ENDING,
    LegState.ENDED,
]


@pytest.mark.parametrize(("state", "taken"), list(product(LegState, LegInput)))
def test_every_pair_either_moves_by_the_table_or_changes_nothing(state: LegState, taken: LegInput) -> None:
    leg = Leg(name="x", state=state)

    changed = leg.advance(taken)

    assert changed is ((state, taken) in LEG_TABLE)
    assert leg.state is LEG_TABLE.get((state, taken), state)


def test_the_table_never_goes_back() -> None:
    assert all(ORDER.index(after) >= ORDER.index(before) for (before, _), after in LEG_TABLE.items())


def test_a_leg_can_be_ended_from_every_live_state() -> None:
    for state in LIVE:
        assert LEG_TABLE[state, LegInput.END] is LegState.ENDED
        assert LEG_TABLE[state, LegInput.RELEASE] in {LegState.ENDING, LegState.ENDED}


@given(st.lists(st.sampled_from(LegInput)))
def test_the_first_cause_stays_and_is_there_exactly_when_the_end_has_begun(inputs: list[LegInput]) -> None:
    leg = Leg(name="x")
    begun: list[EndCause] = []
    for number, taken in enumerate(inputs):
        if taken in ENDINGS:
            cause = EndCause(EndResult.CALLEE, EndReason.BUSY, 400 + number)
            if leg.close(taken, cause):
                begun.append(cause)
        else:
            leg.advance(taken)
        assert len(begun) == (0 if leg.live else 1)
        assert leg.cause == (begun[0] if begun else None)


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page()
