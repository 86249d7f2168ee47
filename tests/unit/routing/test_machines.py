"""Both tables, walked: every (state, input) either leads to a state or is refused with a code."""

import pytest

from kernel.contracts.calls import AgentState
from kernel.primitives.errors import CordboardError
from routing import errors
from routing.agents import machine as agents
from routing.agents.machine import AgentInput, Move, Next
from routing.calls import machine as calls
from routing.calls.machine import CallInput
from routing.calls.model import LIMITS, CallPhase

ENGAGED = {AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP}
IDLE = {AgentState.LOGGED_OUT, AgentState.NOT_READY, AgentState.AVAILABLE}
TIME = {
    AgentState.OFFERED: AgentInput.RING_TIME_OUT,
    AgentState.WRAP_UP: AgentInput.WRAP_UP_TIME_OUT,
    AgentState.CONNECTED: AgentInput.RETURN_TIME_OUT,
    AgentState.NOT_READY: AgentInput.RETURN_TIME_OUT,
}
WISHES = {AgentInput.LOG_IN, AgentInput.LOG_OUT, AgentInput.REQUEST, AgentInput.ACCEPT, AgentInput.REJECT}
CODES = {
    AgentInput.REQUEST: "not_logged_in",
    AgentInput.ACCEPT: "offer_gone",
    AgentInput.REJECT: "offer_gone",
    AgentInput.DIAL: "already_on_call",
    AgentInput.USE_CALL: "call_gone",
    AgentInput.FINISH_WRAP_UP: "no_wrap_up",
    AgentInput.EXTEND_WRAP_UP: "no_wrap_up",
    AgentInput.CALL_ABUSIVE: "call_gone",
    AgentInput.FORCE: "not_logged_in",
    AgentInput.PICK: "already_on_call",
    AgentInput.WORK: "already_on_call",
    AgentInput.RING_BACK: "already_on_call",
}


@pytest.mark.parametrize("word", AgentInput)
@pytest.mark.parametrize("state", AgentState)
def test_every_agent_state_and_input_has_one_outcome(state: AgentState, word: AgentInput) -> None:
    if (state, word) in agents.TABLE:
        assert agents.step(state, word) == agents.TABLE[state, word]
        return
    with pytest.raises(CordboardError) as refused:
        agents.step(state, word)
    wanted = CODES.get(word, "conflict")
    assert refused.value.code == ("not_logged_in" if state is AgentState.LOGGED_OUT and word in CODES else wanted)


@pytest.mark.parametrize("word", CallInput)
@pytest.mark.parametrize("phase", CallPhase)
def test_every_call_phase_and_input_has_one_outcome(phase: CallPhase, word: CallInput) -> None:
    codes = {
        CallInput.HOLD: "call_not_connected",
        CallInput.DIGITS: "call_not_connected",
        CallInput.SHARE: "call_not_connected",
        CallInput.RETRIEVE: "call_not_held",
        CallInput.HANG_UP: "call_gone",
    }
    if calls.permits(phase, word):
        assert calls.step(phase, word) is calls.TABLE[phase, word]
        return
    with pytest.raises(CordboardError) as refused:
        calls.step(phase, word)
    assert refused.value.code == codes.get(word, "conflict")


def test_every_timed_agent_state_has_a_way_out_by_time() -> None:
    assert {state for state in AgentState if (state, TIME.get(state)) in agents.TABLE} == set(TIME)


def test_no_wish_of_the_agent_but_hanging_up_leaves_a_call_or_its_wrap_up() -> None:
    for (state, word), move in agents.TABLE.items():
        if state in {AgentState.CONNECTED, AgentState.WRAP_UP} and word in WISHES:
            assert move.to in {Next.STAY, Next.KEEP_WISH}


def test_an_idle_agent_keeps_no_wish() -> None:
    assert not [row for row, move in agents.TABLE.items() if row[0] in IDLE and move.to is Next.KEEP_WISH]


def test_every_agent_state_is_reached_and_left() -> None:
    reached = {move.to for move in agents.TABLE.values()} | IDLE
    left = {state for (state, _), move in agents.TABLE.items() if move != Move(Next.STAY)}
    assert reached & set(AgentState) == left == set(AgentState)


def test_every_call_can_end_in_every_phase_and_nothing_follows_the_end() -> None:
    for phase in set(CallPhase) - {CallPhase.ENDED}:
        assert calls.TABLE[phase, CallInput.END] is CallPhase.ENDED
    assert not [row for row in calls.TABLE if row[0] is CallPhase.ENDED]


def test_phases_that_need_a_report_to_go_on_have_a_limit() -> None:
    assert set(LIMITS) == {
        CallPhase.ARRIVED,
        CallPhase.GREETING,
        CallPhase.DIALING,
        CallPhase.DIVERTED,
        CallPhase.MESSAGE,
    }


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CordboardError)]
    kinds.remove(CordboardError)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 and kind.title for kind in kinds)
