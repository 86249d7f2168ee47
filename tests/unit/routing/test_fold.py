"""State and log are the same thing told twice."""

import pytest

from kernel.contracts.calls import AgentState, EndReason
from kernel.contracts.desk import AcceptOffer, Hold, LogIn
from kernel.contracts.log import CallEnded, CallOffered, RecordingFailed
from kernel.primitives.ids import OfferId
from routing.acd.decide import AgentIntent, TimersDue, decide, next_timer
from routing.acd.fold import apply
from routing.acd.state import ENDED_CALLS_KEPT
from routing.errors import OfferGone
from tests.unit.routing.floor import ANN, BEN, EVA, SALES, Floor, directory


def busy(floor: Floor) -> None:
    held = floor.connected(ANN)
    floor.wish(ANN, Hold(call=held))
    floor.wrapping_up(BEN)
    floor.available(EVA)
    floor.queued()
    floor.arrive()
    floor.wait(3)
    floor.reach(ANN, False)


class TestRebuild:
    def test_the_state_is_the_fold_of_its_log(self, floor: Floor) -> None:
        busy(floor)
        assert floor.refold().snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)
        assert next_timer(floor.refold()) == next_timer(floor.state)

    def test_a_stored_snapshot_restores_the_state_with_its_lines_and_deadlines(self, floor: Floor) -> None:
        busy(floor)
        restored = floor.restored()
        assert restored.snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)
        assert restored.waiting.calls(SALES) == floor.state.waiting.calls(SALES)
        assert next_timer(restored) == next_timer(floor.state)

    def test_folding_an_event_again_changes_nothing_that_ended(self, floor: Floor) -> None:
        call = floor.queued()
        floor.release(call)
        for event in floor.events(CallOffered):
            apply(floor.state, event)
        assert floor.state.call(call) is None

    def test_events_of_others_change_nothing(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        before = floor.state.snapshot(floor.tenant)
        apply(floor.state, RecordingFailed(**floor.stamp(), call=call, reason="disk_full", detail=""))
        assert floor.state.snapshot(floor.tenant) == before

    def test_ended_calls_are_forgotten_after_a_while(self, floor: Floor) -> None:
        first = floor.arrive()
        floor.release(first)
        assert floor.state.has_ended(floor.tenant, first)
        for _ in range(ENDED_CALLS_KEPT):
            floor.release(floor.arrive())
        assert not floor.state.has_ended(floor.tenant, first)
        assert floor.refold().snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)


class TestAsking:
    """A decision is only a proposal until it is applied."""

    def test_asking_changes_nothing(self, floor: Floor) -> None:
        busy(floor)
        before, timer = floor.state.snapshot(floor.tenant), next_timer(floor.state)
        line = floor.state.waiting.calls(SALES)
        decision = decide(floor.state, AgentIntent(floor.tenant, EVA, LogIn()), floor.now, floor.ids)
        assert decision.events == ()
        floor.now = floor.now.replace(hour=23)
        assert decide(floor.state, TimersDue(), floor.now, floor.ids).events
        assert floor.state.snapshot(floor.tenant) == before
        assert next_timer(floor.state) == timer
        assert floor.state.waiting.calls(SALES) == line

    def test_a_refusal_changes_nothing(self, floor: Floor) -> None:
        floor.offered(ANN)
        before = floor.state.snapshot(floor.tenant)
        with pytest.raises(OfferGone):
            floor.wish(ANN, AcceptOffer(offer=OfferId(floor.ids.new())))
        assert floor.state.snapshot(floor.tenant) == before
        assert floor.state.stirred(floor.now) == set()


class TestAdopting:
    def test_who_serves_which_queue_is_told_anew(self, floor: Floor) -> None:
        floor.available(ANN)
        assert floor.state.available.line(SALES) == [ANN]
        floor.adopt(agents=tuple(one for one in directory(floor.tenant).agents if one.agent != ANN))
        assert floor.state.available.line(SALES) == []
        assert floor.agent(ANN).state is AgentState.LOGGED_OUT


def test_a_restart_with_overdue_states_ends_them_at_once(floor: Floor) -> None:
    call = floor.offered(ANN)
    floor.state = floor.refold()
    floor.now = floor.now.replace(hour=22)
    floor.take(TimersDue())
    assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "no_answer")
    floor.announce([], [])
    assert floor.state.call(call) is None
    assert {event.cause.reason for event in floor.events(CallEnded)} == {EndReason.LOST_IN_RESTART}
