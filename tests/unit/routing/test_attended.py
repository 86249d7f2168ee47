"""A far end transfers to whom it consults in another call of ours: the two become one call, and the other one ends."""

from typing import Any
from uuid import UUID

import pytest

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, TransferOutcome
from kernel.contracts.directory import NumberRoute
from kernel.contracts.log import CallEnded, PartyLeft, TransferBegun, TransferEnded
from kernel.contracts.telephony import (
    AnswerTransfer,
    Consulted,
    EndCall,
    PartyEstablished,
    PartyReleased,
    PhoneDialled,
    PhoneParty,
    TakeOver,
    TakePlace,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import CallId, NumberId
from routing.calls.model import CallPhase
from tests.unit.routing.floor import ANN, CALLER, FAR_END, SALES, SALES_NUMBER, TRUNK, Floor

CONSULTATION = CallId(UUID(int=77))
GONE = EndCause(EndResult.CALLEE, EndReason.UNREACHABLE, 480, 20)
OUTSIDE = TrunkParty(called=FAR_END, trunk=TRUNK)
CALLEE = Consulted(leg="far", other="callee", to=OUTSIDE)
WHO_CALLED = Consulted(leg="forward", other="far", to=TrunkParty(called=SALES_NUMBER, caller=CALLER), came_in=True)


def ringing(number: int) -> Floor:
    """Calls to SALES_NUMBER ring at Ann's telephone, with which Ann calls others too."""
    route = NumberRoute(number=NumberId(UUID(int=1)), called=SALES_NUMBER, queue=SALES, forward=PhoneParty(user="ann"))
    floor = Floor(number, numbers=(route,))
    floor.not_ready(ANN)
    return floor


@pytest.fixture
def floor() -> Floor:
    return ringing(1)


def talking(floor: Floor) -> CallId:
    call = floor.arrive()
    floor.establish(call)
    floor.commands.clear()
    return call


def consulting(floor: Floor) -> tuple[CallId, CallId]:
    """A caller, and somebody outside whom Ann asks meanwhile."""
    call = talking(floor)
    floor.take(PhoneDialled(**floor.stamp(), call=CONSULTATION, agent=ANN, phone="ann", called=FAR_END))
    floor.establish(CONSULTATION)
    floor.commands.clear()
    return call, CONSULTATION


def ask(floor: Floor, call: CallId, other: CallId, consulted: Consulted | None = CALLEE, **wish: Any) -> None:
    fields: dict[str, Any] = {"leg": "forward", "called": None} | wish
    floor.take(TransferAsked(**floor.stamp(), call=call, attended_with=other, consulted=consulted, **fields))


def taken(floor: Floor, call: CallId) -> None:
    floor.take(PartyEstablished(**floor.stamp(), call=call, party="transfer1"))


def refused(floor: Floor) -> int | None:
    (answer,) = floor.sent(AnswerTransfer)
    assert not answer.accepted
    assert floor.sent(TakeOver) == []
    assert [event.outcome for event in floor.events(TransferEnded)] == [TransferOutcome.REFUSED]
    return answer.cause.sip_code if answer.cause else None


class TestTwoCallsOfOurs:
    def test_who_is_consulted_is_taken_over_before_anybody_is_told(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        (order,) = floor.commands
        assert isinstance(order, TakeOver)
        assert (order.call, order.party, order.other, order.taken) == (call, "transfer1", other, "callee")
        (begun,) = floor.events(TransferBegun)
        assert (begun.call, begun.leg, begun.other, begun.other_leg) == (call, "forward", other, "far")

    def test_then_the_far_end_is_told_and_leaves_both(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        taken(floor, call)
        (answer,) = floor.sent(AnswerTransfer)
        assert (answer.call, answer.leg, answer.accepted, answer.done) == (call, "forward", True, True)
        assert [(place.party, place.of) for place in floor.sent(TakePlace)] == [("transfer1", "forward")]
        assert [end.call for end in floor.sent(EndCall)] == [other]
        order = [type(command) for command in floor.commands if getattr(command, "call", None) == call]
        assert order.index(AnswerTransfer) < order.index(TakePlace), "told within the dialog that ends"

    def test_the_calls_logs_tell_of_each_other(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        taken(floor, call)
        told = [(event.call, event.leg, event.attended, event.into) for event in floor.events(TransferEnded)]
        assert sorted(told, key=str) == sorted([(call, "forward", True, None), (other, "far", True, call)], key=str)
        assert {event.outcome for event in floor.events(TransferEnded)} == {TransferOutcome.COMPLETED}
        (ended,) = floor.events(CallEnded)
        assert (ended.call, ended.cause.result, ended.agent) == (other, EndResult.COMPLETED, ANN)
        assert floor.call(call).phase is CallPhase.CONNECTED
        assert floor.agent(ANN).state is AgentState.WRAP_UP

    def test_the_gateways_word_of_the_other_calls_end_adds_nothing(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        taken(floor, call)
        floor.release(other)
        assert len(floor.events(CallEnded)) == 1

    def test_the_leg_is_charged_here_from_the_moment_it_was_there_no_more(self, floor: Floor) -> None:
        call, other = consulting(floor)
        floor.wait(30)
        ask(floor, call, other)
        taken(floor, call)
        since = floor.now
        floor.wait(60)
        floor.release(call)
        (left,) = floor.events(PartyLeft)
        assert (left.call, left.to, left.since, left.at) == (call, OUTSIDE, since, floor.now)
        assert not left.came_in
        assert floor.events(CallEnded)[0].at == since

    def test_somebody_who_called_us_is_charged_as_who_calls_us(self, floor: Floor) -> None:
        call, other = talking(floor), talking(floor)
        ask(floor, call, other, WHO_CALLED)
        assert floor.sent(TakeOver)[0].taken == "far"
        taken(floor, call)
        floor.release(call)
        (left,) = floor.events(PartyLeft)
        assert (left.to, left.came_in) == (WHO_CALLED.to, True)

    def test_an_agents_telephone_that_called_both_leaves_its_call(self, floor: Floor) -> None:
        waiting, called = consulting(floor)
        ask(floor, called, waiting, WHO_CALLED, leg="far")
        taken(floor, called)
        assert [place.of for place in floor.sent(TakePlace)] == ["far"]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert floor.call(called).phase is CallPhase.CONNECTED

    def test_the_log_alone_gives_the_same_state_at_each_step(self, floor: Floor) -> None:
        call, other = consulting(floor)
        for step in (lambda: ask(floor, call, other), lambda: taken(floor, call)):
            step()
            for name in (call, other):
                assert floor.refold().call(name) == floor.restored().call(name) == floor.state.call(name)


class TestThatFails:
    def test_a_leg_that_cannot_be_had_any_more_leaves_both_calls_as_they_were(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        floor.take(PartyReleased(**floor.stamp(), call=call, party="transfer1", cause=GONE))
        (answer,) = floor.sent(AnswerTransfer)
        assert (answer.accepted, answer.cause) == (False, GONE)
        assert [event.outcome for event in floor.events(TransferEnded)] == [TransferOutcome.FAILED]
        assert floor.events(CallEnded) == []
        assert floor.call(call).transfer is None

    def test_the_end_of_the_consultation_alone_changes_nothing_here(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        floor.release(other)
        taken(floor, call)
        assert floor.sent(EndCall) == []
        assert [(event.call, event.into) for event in floor.events(TransferEnded)] == [(call, None)]


class TestRefusals:
    def test_nobody_there_whose_leg_could_be_taken(self, floor: Floor) -> None:
        ask(floor, *consulting(floor), consulted=None)
        assert refused(floor) == 603

    def test_a_far_end_that_may_not(self, floor: Floor) -> None:
        ask(floor, *consulting(floor), allowed=False)
        assert refused(floor) == 403

    def test_a_call_with_itself(self, floor: Floor) -> None:
        call = talking(floor)
        ask(floor, call, call)
        assert refused(floor) == 603

    def test_a_call_that_is_no_conversation_yet(self, floor: Floor) -> None:
        ask(floor, talking(floor), floor.arrive())
        assert refused(floor) == 603

    def test_a_call_that_is_being_transferred_too(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, call, other)
        ask(floor, other, call, leg="far")
        assert [answer.call for answer in floor.sent(AnswerTransfer)] == [other]
        assert len(floor.sent(TakeOver)) == 1

    def test_a_call_that_a_transfer_made(self, floor: Floor) -> None:
        call, other = consulting(floor)
        ask(floor, other, talking(floor), WHO_CALLED, leg="far")
        taken(floor, other)
        floor.commands.clear()
        ask(floor, call, other)
        assert floor.sent(TakeOver) == []
        assert [answer.accepted for answer in floor.sent(AnswerTransfer)] == [False]

    def test_another_tenants_call(self, floor: Floor) -> None:
        theirs = ringing(2)
        ask(floor, talking(floor), talking(theirs))
        assert refused(floor) == 603
