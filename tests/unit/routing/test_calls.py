"""A caller's way to an agent and to one end, seen from the gateway's reports."""

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult, OfferOutcome
from kernel.contracts.directory import NumberRoute, QueueRules
from kernel.contracts.log import CallAnswered, CallEnded, CallOffered, CallQueued, OfferEnded, OfferMade
from kernel.contracts.telephony import (
    AnswerCall,
    CallDigit,
    CallReleased,
    CallRinging,
    EndCall,
    PlayToCaller,
    RejectCall,
)
from kernel.primitives.ids import NumberId
from routing.calls.model import LIMITS, CallPhase
from tests.unit.routing.floor import (
    ANN,
    BEN,
    CALLER,
    EVA,
    RING,
    SALES,
    SALES_NUMBER,
    STRANGER,
    SUPPORT,
    SUPPORT_NUMBER,
    TRUNK,
    Floor,
    directory,
    kinds,
)

HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)


class TestArrival:
    def test_a_call_to_a_known_number_is_answered_and_recorded_as_its_queue_says(self, floor: Floor) -> None:
        call = floor.arrive(SALES_NUMBER)
        other = floor.arrive(SUPPORT_NUMBER)

        assert [(command.call, command.record) for command in floor.sent(AnswerCall)] == [(call, True), (other, False)]
        offered = floor.events(CallOffered)[0]
        assert (offered.direction, offered.trunk, offered.caller) == (Direction.INBOUND, TRUNK, CALLER)
        assert (offered.called, offered.queue) == (SALES_NUMBER, SALES)

    def test_a_call_to_an_unknown_number_is_rejected_and_ended_once(self, floor: Floor) -> None:
        call = floor.arrive(STRANGER)

        assert kinds(floor.last) == ["CallOffered", "CallEnded", "RejectCall"]
        (ended,) = floor.events(CallEnded)
        assert ended.cause.reason is EndReason.UNKNOWN_NUMBER
        assert ended.cause.sip_code == 404
        assert floor.sent(RejectCall)[0].cause == ended.cause
        assert kinds(floor.release(call)) == []

    def test_a_repeated_arrival_changes_nothing_before_or_after_the_end(self, floor: Floor) -> None:
        call = floor.arrive()
        floor.arrive(call=call)
        assert kinds(floor.last) == []
        floor.release(call)
        floor.arrive(call=call)
        assert kinds(floor.last) == []

    def test_an_arrival_whose_answer_is_never_reported_ends_by_its_limit(self, floor: Floor) -> None:
        call = floor.arrive()
        floor.wait(LIMITS[CallPhase.ARRIVED].total_seconds())
        assert floor.events(CallEnded)[0].cause.reason is EndReason.SIGNALLING_TIMEOUT
        assert floor.sent(EndCall)[0].call == call


class TestGreeting:
    def test_prompts_then_music_are_played_once_the_call_is_established(self, floor: Floor) -> None:
        call = floor.arrive()
        floor.establish(call)
        (play,) = floor.sent(PlayToCaller)
        assert (play.prompts, play.music) == (("greeting",), "music")
        assert [event.call for event in floor.events(CallAnswered)] == [call]

    def test_nobody_is_offered_a_caller_who_still_hears_the_greeting(self, floor: Floor) -> None:
        floor.available(ANN)
        call = floor.arrive()
        floor.establish(call)
        assert floor.offers(ANN) == []
        floor.played(call)
        assert floor.offers(ANN) == [call]

    def test_a_queue_without_greeting_is_entered_at_once(self) -> None:
        floor = Floor(1, queues=(QueueRules(queue=SALES, name="Sales", greeting=()),))
        call = floor.arrive()
        floor.establish(call)
        assert floor.call(call).phase is CallPhase.QUEUED
        assert floor.sent(PlayToCaller)[0].prompts == ()

    def test_the_end_of_other_prompts_does_not_end_the_greeting(self, floor: Floor) -> None:
        call = floor.arrive()
        floor.establish(call)
        assert kinds(floor.played(call, token="other")) == []
        assert floor.call(call).phase is CallPhase.GREETING

    def test_a_greeting_whose_end_is_never_reported_leads_into_the_queue_all_the_same(self, floor: Floor) -> None:
        call = floor.arrive()
        floor.establish(call)
        floor.wait(LIMITS[CallPhase.GREETING].total_seconds())
        assert floor.call(call).phase is CallPhase.QUEUED

    def test_a_report_that_waited_for_us_is_dated_when_the_gateway_saw_it(self, floor: Floor) -> None:
        call = floor.arrive()
        floor.now += timedelta(seconds=1)
        stamp = floor.stamp()
        floor.now += timedelta(seconds=9)
        floor.take(CallReleased(**stamp, call=call, cause=HUNG_UP))
        assert floor.events(CallEnded)[0].at == stamp["at"]


class TestGivingUp:
    @pytest.mark.parametrize("reason", [EndReason.HANGUP_BY_CALLER, EndReason.CANCELLED])
    @pytest.mark.parametrize("until", ["arrived", "greeting", "queued", "offered"])
    def test_a_caller_who_hangs_up_before_an_agent_is_connected_abandoned_the_queue(
        self, floor: Floor, until: str, reason: EndReason
    ) -> None:
        call = floor.arrive()
        if until != "arrived":
            floor.establish(call)
        if until == "offered":
            floor.available(ANN)
        if until in {"queued", "offered"}:
            floor.played(call)
        floor.release(call, reason)

        (ended,) = floor.events(CallEnded)
        assert (ended.cause.result, ended.cause.reason) == (EndResult.CALLER, EndReason.ABANDONED)
        assert (ended.queue, ended.agent) == (SALES, None)

    def test_a_failure_while_waiting_is_no_abandon(self, floor: Floor) -> None:
        call = floor.queued()
        floor.release(call, EndReason.MEDIA_FAILED)
        assert floor.events(CallEnded)[0].cause.reason is EndReason.MEDIA_FAILED

    def test_an_agent_whose_caller_gave_up_is_available_again_and_keeps_the_place_among_the_idle(
        self, floor: Floor
    ) -> None:
        floor.available(ANN)
        floor.wait(1)
        floor.available(BEN)
        call = floor.queued()
        floor.wait(5)
        floor.release(call)
        assert [event.outcome for event in floor.events(OfferEnded)] == [OfferOutcome.CALLER_GONE]
        assert kinds(floor.last) == ["OfferEnded", "CallEnded", "AgentStateChanged"]
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        following = floor.queued()
        assert floor.offers(ANN) == [call, following]

    def test_a_release_reported_twice_ends_the_call_once(self, floor: Floor) -> None:
        call = floor.queued()
        floor.release(call)
        assert kinds(floor.release(call)) == []
        assert len(floor.events(CallEnded)) == 1

    def test_a_caller_who_hung_up_is_offered_to_nobody_who_becomes_available_later(self, floor: Floor) -> None:
        floor.release(floor.queued())
        floor.available(ANN, BEN)
        assert floor.events(OfferMade) == []


class TestStrays:
    """The gateway speaks of a call that routing does not hold."""

    def test_a_call_that_goes_on_in_the_gateway_only_is_ended_there(self, floor: Floor) -> None:
        call = floor.queued()
        floor.release(call)
        for report in (CallRinging(**floor.stamp(), call=call), CallDigit(**floor.stamp(), call=call, digit="1")):
            assert kinds(floor.take(report)) == ["EndCall"]
        assert kinds(floor.establish(call)) == ["EndCall"]
        assert kinds(floor.played(call)) == ["EndCall"]

    def test_digits_of_a_live_call_change_nothing_yet(self, floor: Floor) -> None:
        call = floor.queued()
        assert kinds(floor.take(CallDigit(**floor.stamp(), call=call, digit="1"))) == []


class TestTenants:
    def test_what_one_tenant_decides_bears_its_name_only(self, floor: Floor, other_floor: Floor) -> None:
        for one in (floor, other_floor):
            one.connected(ANN)
            assert {message.tenant for message in (*one.log, *one.commands)} == {one.tenant}
        assert not {event.id for event in floor.log} & {event.id for event in other_floor.log}


class TestQueueRemoved:
    def test_waiting_callers_move_to_the_queue_that_their_number_leads_to_now(self, floor: Floor) -> None:
        call = floor.queued(SALES_NUMBER)
        since = floor.call(call).since
        floor.wait(3)
        only = directory(floor.tenant).queues[1:]
        number = NumberRoute(number=NumberId(UUID(int=1)), called=SALES_NUMBER, queue=SUPPORT)
        floor.available(EVA)
        floor.adopt(queues=only, numbers=(number,))
        assert floor.events(CallQueued)[-1].queue == SUPPORT
        assert floor.call(call).since == since
        assert floor.offers(EVA) == [call]

    def test_without_another_queue_they_come_to_a_clear_end(self, floor: Floor) -> None:
        call = floor.queued(SALES_NUMBER)
        floor.adopt(queues=directory(floor.tenant).queues[1:], numbers=())
        assert floor.events(CallEnded)[0].cause.reason is EndReason.HANGUP_BY_SYSTEM
        assert floor.sent(EndCall)[0].call == call

    def test_so_does_a_caller_whose_offer_ends_after_the_queue_was_removed(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.adopt(queues=directory(floor.tenant).queues[1:], numbers=())
        assert floor.call(call).phase is CallPhase.OFFERED
        floor.wait(RING)
        assert [event.call for event in floor.events(CallEnded)] == [call]
