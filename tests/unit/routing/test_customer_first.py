"""Callbacks in which the customer is rung first: in turn, confirmed by a key, and never more than agents have time."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kernel.contracts.callbacks import (
    AttemptResult,
    CallbackAttemptEnded,
    CallbackEnded,
    CallbackFirst,
    CallbackInstead,
    CallbackOutcome,
    CallbackReserved,
    RequestCallback,
)
from kernel.contracts.calls import AgentState, Direction, EndReason
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallAnswered, CallConnected, CallEnded, CallOffered, CallQueued
from kernel.contracts.queues import AnsweringMachines, CallbackSettings, Overflow, OverflowCause, ToQueue, WaitingRules
from kernel.contracts.telephony import CallDigit, ConnectAgent, EndCall, MachineAnswered, PlaceCall, PlayToCaller
from kernel.primitives.ids import CallId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import CallbackIntent
from routing.acd.flow_words import FlowSpoken
from routing.acd.ringing import LEAD
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback
from routing.calls.model import CallPhase
from routing.flows.run.effects import Speak
from tests.unit.routing.floor import ANN, BEN, CALLER, EVA, SALES, SUPPORT, SUPPORT_NUMBER, WRAP_UP, ZOE, Floor
from tests.unit.routing.floor import directory as of_tenant

MARY, JOHN, RUTH = (PhoneNumber(f"+44207183879{digit}") for digit in (1, 2, 3))


@pytest.fixture
def floor() -> Floor:
    return a_floor()


def a_floor(machines: AnsweringMachines = AnsweringMachines.WAIT_FOR_KEY, **waiting: object) -> Floor:
    first = CallbackSettings(first=CallbackFirst.CUSTOMER, answering_machines=machines)
    rules = WaitingRules(callbacks=first, **waiting)  # pyright: ignore[reportArgumentType]
    queues = (replace(queue, waiting=rules) for queue in of_tenant(TenantId(ZOE)).queues)
    return Floor(1, queues=tuple(queues))


def wish(floor: Floor, number: PhoneNumber = MARY, queue: object = SALES) -> None:
    act = RequestCallback(queue=queue, number=number)  # pyright: ignore[reportArgumentType]
    floor.take(CallbackIntent(floor.tenant, ZOE, act))


def known(floor: Floor, number: PhoneNumber = MARY) -> Callback:
    found = floor.state.callbacks.open_for(SALES, number)
    assert found is not None
    return found


def dialled(floor: Floor) -> list[PhoneNumber]:
    return [placed.called for placed in floor.sent(PlaceCall)]


def rung(floor: Floor) -> CallId:
    """Ann is free, and the customer's telephone rings."""
    floor.available(ANN)
    wish(floor)
    return floor.sent(PlaceCall)[-1].call


def spoken(floor: Floor, call: CallId) -> None:
    """The words are made sounds, and played."""
    said = next(errand.errand for errand in reversed(floor.errands) if errand.call == call)
    assert isinstance(said, Speak)
    floor.take(FlowSpoken(floor.tenant, call, said.turn, ("said",)))
    floor.played(call, floor.sent(PlayToCaller)[-1].token)


def press(floor: Floor, call: CallId, digit: str = "1") -> None:
    floor.take(CallDigit(**floor.stamp(), call=call, digit=digit))


def confirmed(floor: Floor, call: CallId) -> CallId:
    floor.establish(call)
    spoken(floor, call)
    press(floor, call)
    return call


def results(floor: Floor) -> list[AttemptResult]:
    return [event.result for event in floor.events(CallbackAttemptEnded)]


def outcomes(floor: Floor) -> list[CallbackOutcome]:
    return [event.outcome for event in floor.events(CallbackEnded)]


class TestTheWay:
    def test_the_customer_is_rung_without_an_agent(self, floor: Floor) -> None:
        call = rung(floor)
        (placed,) = floor.sent(PlaceCall)
        assert (placed.agent, placed.called, placed.seat) == (None, MARY, None)
        (offered,) = floor.events(CallOffered)
        assert (offered.direction, offered.agent, offered.queue) == (Direction.OUTBOUND, None, SALES)
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        assert not floor.events(CallbackReserved)
        assert floor.call(call).phase is CallPhase.DIALING

    def test_who_confirms_by_a_key_is_offered_to_an_agent_at_the_place_kept(self, floor: Floor) -> None:
        call = rung(floor)
        since = known(floor).since
        floor.wait(9)
        floor.establish(call)
        assert floor.events(CallAnswered)[-1].call == call
        assert not floor.events(CallQueued)
        spoken(floor, call)
        press(floor, call)
        assert floor.events(CallQueued)[-1].since == since
        assert floor.agent(ANN).call == call
        floor.accept(ANN)
        assert (floor.sent(ConnectAgent)[-1].call, floor.events(CallConnected)[-1].queue) == (call, SALES)
        assert known(floor).phase is Phase.CONNECTED
        floor.release(call)
        assert (outcomes(floor), floor.agent(ANN).state) == ([CallbackOutcome.COMPLETED], AgentState.WRAP_UP)

    def test_whoever_presses_nothing_is_let_go_and_rung_again_later(self, floor: Floor) -> None:
        call = rung(floor)
        floor.establish(call)
        spoken(floor, call)
        floor.wait(6)
        spoken(floor, call)
        floor.wait(6)
        assert floor.sent(EndCall)[-1].call == call
        assert results(floor) == [AttemptResult.NOT_CONFIRMED]
        assert known(floor).attempts == 1
        assert not floor.events(CallQueued)

    def test_who_answers_while_nobody_is_free_hears_music_in_front_of_the_line(self, floor: Floor) -> None:
        call = rung(floor)
        first = floor.queued()  # who is on the line is served meanwhile
        later = floor.queued()
        assert floor.agent(ANN).call == first
        confirmed(floor, call)
        assert floor.state.waiting.calls(SALES) == [call, later]
        assert floor.sent(PlayToCaller)[-1].call == call
        assert floor.sent(PlayToCaller)[-1].music is not None
        floor.available(BEN)
        assert floor.agent(BEN).call == call

    def test_who_hangs_up_while_waiting_has_had_an_attempt(self, floor: Floor) -> None:
        call = rung(floor)
        floor.queued()
        confirmed(floor, call)
        floor.release(call)
        assert results(floor) == [AttemptResult.HUNG_UP]
        assert floor.events(CallEnded)[-1].cause.reason is EndReason.ABANDONED

    def test_nobody_is_kept_waiting_for_ever(self, floor: Floor) -> None:
        call = rung(floor)
        floor.queued()
        confirmed(floor, call)
        floor.wait(CallbackSettings().patience_seconds + 1)
        assert results(floor) == [AttemptResult.NOBODY_FREE]
        assert floor.sent(EndCall)[-1].call == call

    @pytest.mark.parametrize("accepts", [True, False])
    def test_whose_patience_ends_while_a_desk_rings_is_not_cut_off(self, floor: Floor, accepts: bool) -> None:
        call = rung(floor)
        floor.queued()
        confirmed(floor, call)
        floor.wait(CallbackSettings().patience_seconds - 1)
        floor.available(BEN)
        assert floor.call(call).phase is CallPhase.OFFERED
        floor.wait(2)
        assert (floor.call(call).phase, results(floor)) == (CallPhase.OFFERED, [])
        for again in (floor.refold(), floor.restored()):
            assert list(again.callbacks) == list(floor.state.callbacks)
        if accepts:
            floor.accept(BEN)
            floor.wait(CallbackSettings().patience_seconds)
            assert (floor.call(call).phase, known(floor).phase) == (CallPhase.CONNECTED, Phase.CONNECTED)
        else:
            floor.wait(60)
            assert (results(floor), floor.sent(EndCall)[-1].call) == ([AttemptResult.NOBODY_FREE], call)

    def test_an_agent_who_is_lost_gives_the_customer_back_to_the_line(self, floor: Floor) -> None:
        call = confirmed(floor, rung(floor))
        floor.accept(ANN)
        floor.reach(ANN, False)
        floor.wait(31)
        assert (floor.call(call).phase, known(floor).since) == (CallPhase.QUEUED, floor.call(call).since)

    def test_a_customer_whom_we_rang_is_not_sent_elsewhere_by_the_queue(self) -> None:
        elsewhere = Overflow(when=OverflowCause.WAITED, after_seconds=30, to=ToQueue(queue=SUPPORT))
        floor = a_floor(overflows=(elsewhere,), capacity=1)
        call = rung(floor)
        floor.queued()
        confirmed(floor, call)
        floor.wait(60)
        assert floor.call(call).queue == SALES

    def test_the_log_and_the_snapshot_tell_it_again(self, floor: Floor) -> None:
        confirmed(floor, rung(floor))
        wish(floor, JOHN)
        for again in (floor.refold(), floor.restored()):
            assert list(again.callbacks) == list(floor.state.callbacks)
            assert again.callbacks.rung == floor.state.callbacks.rung
            assert again.callbacks.turns(SALES, 9) == floor.state.callbacks.turns(SALES, 9)
            assert {call.call: call for call in again.calls} == {call.call: call for call in floor.state.calls}

    def test_the_place_of_a_caller_is_kept(self, floor: Floor) -> None:
        call = floor.queued()
        since = floor.call(call).since
        floor.wait(60)
        floor.take(CallbackIntent(floor.tenant, ZOE, CallbackInstead(call=call)))
        floor.available(ANN)
        again = confirmed(floor, floor.sent(PlaceCall)[-1].call)
        assert (dialled(floor), floor.call(again).since) == ([CALLER], since)


class TestHowMany:
    def test_nobody_is_rung_while_no_agent_is_about_to_be_free(self, floor: Floor) -> None:
        wish(floor)
        assert not dialled(floor)
        floor.available(ANN)
        assert dialled(floor) == [MARY]

    def test_as_many_as_agents_are_free(self, floor: Floor) -> None:
        for number in (MARY, JOHN, RUTH):
            wish(floor, number)
            floor.wait(1)
        floor.available(ANN)
        assert dialled(floor) == [MARY]
        floor.available(BEN)
        assert dialled(floor) == [MARY, JOHN]

    def test_agents_who_serve_two_queues_count_once(self, floor: Floor) -> None:
        wish(floor)
        wish(floor, JOHN, SUPPORT)
        floor.available(ANN)
        assert len(dialled(floor)) == 1
        floor.available(EVA)
        assert sorted(map(str, dialled(floor))) == sorted(map(str, (MARY, JOHN)))

    def test_those_in_front_come_first(self, floor: Floor) -> None:
        floor.connected(ANN)
        floor.queued()
        floor.wait(1)
        wish(floor)
        floor.release(floor.agent(ANN).call or CallId(floor.ids.new()))
        floor.wait(WRAP_UP - LEAD.total_seconds())
        assert not dialled(floor), "the next agent who is free is the caller's"

    def test_a_wrap_up_that_ends_while_it_rings_is_enough(self, floor: Floor) -> None:
        floor.wrapping_up(ANN)
        wish(floor)
        floor.wait(WRAP_UP - LEAD.total_seconds() - 1)
        assert not dialled(floor)
        floor.wait(1)
        assert dialled(floor) == [MARY]
        assert floor.agent(ANN).state is AgentState.WRAP_UP

    def test_who_goes_to_a_pause_after_the_wrap_up_is_not_counted_on(self, floor: Floor) -> None:
        from kernel.contracts.desk import RequestState

        floor.wrapping_up(ANN)
        floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="break"))
        wish(floor)
        floor.wait(WRAP_UP - 1)
        assert not dialled(floor)

    def test_the_next_is_rung_when_one_is_with_an_agent(self, floor: Floor) -> None:
        call = rung(floor)
        wish(floor, JOHN)
        assert dialled(floor) == [MARY]
        floor.available(BEN)
        assert dialled(floor) == [MARY, JOHN]
        confirmed(floor, call)
        assert len(dialled(floor)) == 2

    @pytest.mark.parametrize("agents", [(ANN,), (ANN, BEN)])
    def test_customers_who_have_answered_count_until_a_desk_rings(
        self, floor: Floor, agents: tuple[UserId, ...]
    ) -> None:
        floor.available(*agents)
        for number in (MARY, JOHN, RUTH):
            wish(floor, number)
        for placed in floor.sent(PlaceCall):
            confirmed(floor, placed.call)
        assert len(dialled(floor)) == len(agents)


class TestLimits:
    def test_toll_fraud_limits_hold(self, floor: Floor) -> None:
        wish(floor)
        floor.adopt(limits=CallLimits(countries=("DE",)), queues=floor.directories[floor.tenant].queues)
        floor.available(ANN)
        assert (dialled(floor), outcomes(floor)) == ([], [CallbackOutcome.REFUSED])

    def test_without_room_it_is_tried_again(self, floor: Floor) -> None:
        floor.adopt(limits=CallLimits(calls_at_once=1), queues=floor.directories[floor.tenant].queues)
        floor.arrive(SUPPORT_NUMBER)
        floor.available(ANN)
        wish(floor)
        assert (dialled(floor), results(floor)) == ([], [AttemptResult.FAILED])
        assert known(floor).due == floor.now + timedelta(seconds=120)

    def test_what_a_restart_took_is_rung_again(self, floor: Floor) -> None:
        rung(floor)
        floor.announce([], [ANN])
        assert (results(floor), known(floor).attempts) == ([AttemptResult.LOST], 0)


def machine(floor: Floor, call: CallId) -> None:
    floor.take(MachineAnswered(**floor.stamp(), call=call))


class TestMachines:
    def test_one_that_presses_no_key_is_told_as_such_and_rung_again(self, floor: Floor) -> None:
        call = rung(floor)
        assert floor.sent(PlaceCall)[-1].detect_machine
        floor.establish(call)
        machine(floor, call)
        machine(floor, call)
        assert known(floor).phase is Phase.ANSWERED
        spoken(floor, call)
        floor.wait(6)
        spoken(floor, call)
        floor.wait(6)
        assert results(floor) == [AttemptResult.MACHINE]
        assert (known(floor).attempts, known(floor).phase, known(floor).machine) == (1, Phase.SCHEDULED, False)
        assert floor.refold().callbacks.open_for(SALES, MARY) == known(floor)

    def test_who_is_taken_for_one_and_presses_the_key_is_a_person(self, floor: Floor) -> None:
        call = rung(floor)
        floor.establish(call)
        machine(floor, call)
        spoken(floor, call)
        press(floor, call)
        assert floor.agent(ANN).call == call

    def test_it_is_hung_up_on_where_the_queue_says_so(self) -> None:
        floor = a_floor(AnsweringMachines.HANG_UP)
        call = rung(floor)
        floor.establish(call)
        machine(floor, call)
        assert results(floor) == [AttemptResult.MACHINE]
        assert floor.sent(EndCall)[-1].call == call
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_a_word_that_comes_after_the_key_ends_nothing(self) -> None:
        floor = a_floor(AnsweringMachines.HANG_UP)
        call = confirmed(floor, rung(floor))
        machine(floor, call)
        assert (results(floor), floor.agent(ANN).call) == ([], call)

    def test_nobody_listens_where_they_are_ignored(self) -> None:
        floor = a_floor(AnsweringMachines.IGNORE)
        rung(floor)
        assert not floor.sent(PlaceCall)[-1].detect_machine
