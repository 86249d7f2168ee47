"""The table, walked."""

import pytest

from routing.callbacks.machine import TABLE, TIMERS, Input, Next, Phase, TimerName, step

OPEN = set(Phase) - {Phase.ENDED}
LEADS_TO = {Next.AGAIN: {Phase.SCHEDULED, Phase.ENDED}}


def reached(to: Phase | Next) -> set[Phase]:
    return LEADS_TO[to] if isinstance(to, Next) else {to}


@pytest.mark.parametrize("word", Input)
@pytest.mark.parametrize("phase", Phase)
def test_every_phase_and_input_has_one_outcome(phase: Phase, word: Input) -> None:
    assert step(phase, word) == TABLE.get((phase, word))


def test_nothing_follows_the_end_and_every_phase_leads_to_it() -> None:
    assert not [row for row in TABLE if row[0] is Phase.ENDED]
    for start in OPEN:
        seen, ahead = {start}, [start]
        while ahead:
            here = ahead.pop()
            for (phase, _), to in TABLE.items():
                if phase is here:
                    ahead += reached(to) - seen
                    seen |= reached(to)
        assert Phase.ENDED in seen


def test_every_phase_is_reached() -> None:
    assert {phase for to in TABLE.values() for phase in reached(to)} == set(Phase)


def test_every_phase_but_a_conversation_ends_by_itself() -> None:
    assert set(TIMERS) == OPEN - {Phase.CONNECTED}
    for phase, timers in TIMERS.items():
        assert {step(phase, word) for word in timers.values()} - {phase, None}
        assert None not in {step(phase, word) for word in timers.values()}


def test_every_timer_runs_somewhere() -> None:
    assert {name for timers in TIMERS.values() for name in timers} == set(TimerName)


def test_who_is_on_the_line_is_not_cancelled_or_cut_off_by_expiry() -> None:
    for phase in (Phase.ANSWERED, Phase.CONNECTED):
        assert step(phase, Input.CANCEL) is None
        assert step(phase, Input.EXPIRE) is None
        assert step(phase, Input.RETURN) is None
