"""Wrap-ups that are extended, pauses with caps, recovery after abuse, and a second desk."""

import pytest

from kernel.contracts.agents import AgentRules, ReasonCap
from kernel.contracts.calls import Actor, AgentState
from kernel.contracts.desk import (
    Dial,
    EndAbusiveCall,
    ExtendWrapUp,
    FinishWrapUp,
    Hold,
    LogIn,
    LogOut,
    RequestState,
)
from kernel.contracts.log import AgentDeskTaken, AgentStateChanged, AgentWrapUpExtended, CallDisposed, CallEnded
from kernel.contracts.telephony import EndCall
from routing.agents.model import Agent
from routing.agents.timing import time_out_of
from routing.errors import (
    CallGone,
    CallNotConnected,
    LoggedInElsewhere,
    NoWrapUp,
    ReasonFull,
    UnknownReason,
    WrapUpAtLimit,
)
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, WRAP_UP, Floor

AVAILABLE, NOT_READY, IN_WRAP_UP = AgentState.AVAILABLE, AgentState.NOT_READY, AgentState.WRAP_UP
LIMIT, RECOVERY, BREAK = 300.0, 120.0, 600.0
RULES = AgentRules(caps=(ReasonCap(reason="break", at_once=1, seconds=BREAK), ReasonCap(reason="meal", at_once=2)))


@pytest.fixture
def floor() -> Floor:
    """One may have a break at once, for ten minutes; two may eat."""
    return Floor(1, agent_rules=RULES)


def pause(reason: str = "break") -> RequestState:
    return RequestState(state=NOT_READY, reason=reason)


def last(floor: Floor, agent: object = ANN) -> AgentStateChanged:
    return [event for event in floor.events(AgentStateChanged) if event.agent == agent][-1]


class TestWrapUp:
    def test_it_can_be_extended_and_ends_later(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        floor.wish(ANN, ExtendWrapUp(call=call))
        floor.wait(WRAP_UP + 59)
        assert floor.agent(ANN).state is IN_WRAP_UP
        floor.wait(1)
        assert floor.agent(ANN).state is AVAILABLE

    def test_not_beyond_the_queues_limit(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        for _ in range(4):
            floor.wish(ANN, ExtendWrapUp(call=call))
        with pytest.raises(WrapUpAtLimit):
            floor.wish(ANN, ExtendWrapUp(call=call))
        floor.wait(LIMIT)
        assert floor.agent(ANN).state is AVAILABLE

    def test_an_extension_is_one_event_and_no_second_wrap_up(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        before = len(floor.events(AgentStateChanged))
        floor.wish(ANN, ExtendWrapUp(call=call))
        assert len(floor.events(AgentStateChanged)) == before
        assert [event.until for event in floor.events(AgentWrapUpExtended)] == [floor.agent(ANN).until]

    def test_it_belongs_to_one_call(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(NoWrapUp):
            floor.wish(ANN, ExtendWrapUp(call=call))


class TestPauses:
    def test_a_pause_that_lasts_too_long_is_overdue_and_nobody_is_made_available(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, pause())
        floor.wait(BREAK)
        assert floor.states(ANN)[-1] == (NOT_READY, "overdue")
        assert (last(floor).actor, last(floor).cause) == (Actor.SYSTEM, "pause_time_out")
        assert floor.agent(ANN).deadline is None

    def test_asking_for_the_same_pause_again_does_not_lengthen_it(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, pause())
        until = floor.agent(ANN).until
        floor.wait(BREAK - 1)
        floor.wish(ANN, pause())
        assert floor.agent(ANN).until == until

    def test_no_more_than_allowed_pause_at_once(self, floor: Floor) -> None:
        floor.available(ANN, BEN)
        floor.wish(ANN, pause())
        with pytest.raises(ReasonFull) as refused:
            floor.wish(BEN, pause())
        assert refused.value.extra == {"reason": "break", "allowed": 1}
        floor.wish(ANN, RequestState(state=AVAILABLE))
        floor.wish(BEN, pause())

    def test_a_pause_that_was_promised_for_after_the_call_counts_and_is_kept(self, floor: Floor) -> None:
        floor.connected(ANN)
        floor.wish(ANN, pause())
        floor.available(BEN)
        with pytest.raises(ReasonFull):
            floor.wish(BEN, pause())
        floor.release(floor.agent(ANN).call or floor.arrive())
        floor.wait(WRAP_UP)
        assert floor.states(ANN)[-1] == (NOT_READY, "break")
        assert floor.agent(ANN).until is not None

    def test_reasons_without_a_cap_have_room_and_time(self, floor: Floor) -> None:
        floor.available(ANN, BEN, EVA)
        for agent in (ANN, BEN, EVA):
            floor.wish(agent, pause("training"))
        floor.wait(BREAK * 10)
        assert {floor.agent(agent).reason for agent in (ANN, BEN, EVA)} == {"training"}

    def test_a_cap_in_number_alone_has_no_end(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, pause("meal"))
        assert floor.agent(ANN).deadline is None


class TestAbuse:
    def end(self, floor: Floor, reason: str = "threat") -> None:
        call = floor.agent(ANN).call
        assert call is not None
        floor.wish(ANN, EndAbusiveCall(call=call, reason=reason, note="shouted"))

    def test_the_call_ends_with_its_reason_and_the_agent_recovers(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        self.end(floor)
        assert floor.sent(EndCall)[-1].call == call
        assert [event.call for event in floor.events(CallEnded)] == [call]
        (disposed,) = floor.events(CallDisposed)
        assert (disposed.disposition, disposed.note) == ("abusive:threat", "shouted")
        assert floor.states(ANN)[-1] == (NOT_READY, "recovery")
        floor.wait(RECOVERY - 1)
        assert floor.agent(ANN).state is NOT_READY
        floor.wait(1)
        assert floor.agent(ANN).state is AVAILABLE

    def test_what_was_asked_for_follows_the_recovery(self, floor: Floor) -> None:
        floor.connected(ANN)
        floor.wish(ANN, pause("meal"))
        self.end(floor)
        floor.wait(RECOVERY)
        assert floor.states(ANN)[-1] == (NOT_READY, "meal")

    def test_the_agent_may_come_back_sooner(self, floor: Floor) -> None:
        floor.connected(ANN)
        self.end(floor)
        floor.wish(ANN, RequestState(state=AVAILABLE))
        assert floor.agent(ANN).state is AVAILABLE

    def test_who_dials_instead_does_not_recover_for_ever_afterwards(self, floor: Floor) -> None:
        floor.connected(ANN)
        self.end(floor)
        floor.wish(ANN, Dial(called=FAR_END))
        floor.release(floor.agent(ANN).call or floor.arrive())
        assert floor.agent(ANN).state is AVAILABLE

    def test_a_caller_on_hold_can_be_ended_too(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Hold(call=call))
        self.end(floor)
        assert floor.agent(ANN).reason == "recovery"

    def test_without_a_recovery_there_is_a_wrap_up(self) -> None:
        floor = Floor(1, agent_rules=AgentRules(recovery_seconds=0))
        floor.connected(ANN)
        self.end(floor)
        assert floor.agent(ANN).state is IN_WRAP_UP

    def test_it_needs_a_reason_of_the_tenant_and_a_caller_who_spoke(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(UnknownReason):
            self.end(floor, "boring")
        floor.wish(BEN, LogIn())
        with pytest.raises(CallGone):
            floor.wish(BEN, EndAbusiveCall(call=call, reason="threat"))
        floor.release(call)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        floor.wish(ANN, Dial(called=FAR_END))
        with pytest.raises(CallNotConnected):
            self.end(floor)


class TestSecondDesk:
    def test_it_is_asked_to_take_over_and_then_has_the_agent(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn(desk="one"))
        floor.reach(ANN)
        with pytest.raises(LoggedInElsewhere):
            floor.wish(ANN, LogIn(desk="two"))
        floor.wish(ANN, LogIn(desk="two", take_over=True))
        assert floor.agent(ANN).desk == "two"
        assert [event.desk for event in floor.events(AgentDeskTaken)] == ["one", "two"]
        assert floor.states(ANN) == [(NOT_READY, "logged_in")]

    def test_the_call_goes_on_at_the_other_desk(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn(desk="one"))
        call = floor.connected(ANN)
        floor.wish(ANN, LogIn(desk="two", take_over=True))
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)

    def test_a_reloaded_page_and_a_dead_one_are_not_asked_about(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn(desk="one"))
        floor.reach(ANN)
        floor.wish(ANN, LogIn(desk="one"))
        floor.reach(ANN, False)
        floor.wish(ANN, LogIn(desk="two"))
        assert floor.agent(ANN).desk == "two"

    def test_after_logging_out_every_desk_is_free(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn(desk="one"))
        floor.reach(ANN)
        floor.wish(ANN, LogOut())
        floor.wish(ANN, LogIn(desk="two"))
        assert floor.agent(ANN).desk == "two"


class TestCauses:
    def test_every_change_tells_what_happened_and_by_whom(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        told = [(event.cause, event.actor) for event in floor.events(AgentStateChanged)]
        agent, system = Actor.AGENT, Actor.SYSTEM
        assert told == [
            ("log_in", agent),
            ("request", agent),
            ("offer", system),
            ("accept", agent),
            ("call_over", system),
            ("finish_wrap_up", agent),
        ]

    def test_the_beginning_of_a_state_is_known(self, floor: Floor) -> None:
        floor.connected(ANN)
        since = floor.now
        floor.wait(30)
        assert floor.agent(ANN).since == since


def test_every_timed_state_names_the_input_that_ends_it(floor: Floor) -> None:
    floor.wrapping_up(ANN)
    ending = {agent.agent: time_out_of(agent).value for agent in floor.state.agents if agent.deadline is not None}
    assert ending == {ANN: "wrap_up_time_out"}
    recovering = Agent(agent=BEN, home=floor.tenant, state=NOT_READY, reason="recovery")
    assert time_out_of(recovering).value == "recovery_time_out"
