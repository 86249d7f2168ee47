"""Far ends ask for transfers: who may, where to, what the log tells and what it costs."""

from typing import Any
from uuid import UUID

import pytest

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, TransferOutcome
from kernel.contracts.directory import CallLimits, NumberRoute
from kernel.contracts.log import CallDisconnected, CallEnded, CallQueued, LimitReached, PartyLeft, TransferEnded
from kernel.contracts.telephony import (
    AnswerTransfer,
    CallReleased,
    ConnectParty,
    DropParty,
    EndCall,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PhoneChanged,
    PhoneDialled,
    PhoneParty,
    PlayToCaller,
    RejectCall,
    TakePlace,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import CallId, NumberId
from kernel.primitives.phone import PhoneNumber
from routing.calls.model import CallPhase
from tests.unit.routing.floor import ANN, CALLER, FAR_END, SALES, SALES_NUMBER, SUPPORT, SUPPORT_NUMBER, TRUNK, Floor

FRENCH = PhoneNumber.parse("+33142685300")
BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)
RECEPTION = PhoneParty(user="reception")


def forwarding(**changes: Any) -> Floor:
    """SALES_NUMBER leads to the telephone `reception`, SUPPORT_NUMBER to a queue."""
    numbers = (
        NumberRoute(number=NumberId(UUID(int=1)), called=SALES_NUMBER, queue=SALES, forward=RECEPTION),
        NumberRoute(number=NumberId(UUID(int=2)), called=SUPPORT_NUMBER, queue=SUPPORT),
    )
    return Floor(1, numbers=numbers, **changes)


def talking(floor: Floor) -> CallId:
    call = floor.arrive()
    floor.establish(call)
    floor.commands.clear()
    return call


def ask(floor: Floor, call: CallId, leg: str = "forward", **wish: Any) -> None:
    fields: dict[str, Any] = {"called": None} | wish
    floor.take(TransferAsked(**floor.stamp(), call=call, leg=leg, **fields))


def established(floor: Floor, call: CallId, party: str = "transfer1") -> None:
    floor.take(PartyEstablished(**floor.stamp(), call=call, party=party))


def released(floor: Floor, call: CallId, party: str = "transfer1", cause: EndCause = BUSY) -> None:
    floor.take(PartyReleased(**floor.stamp(), call=call, party=party, cause=cause))


def outcomes(floor: Floor) -> list[TransferOutcome]:
    return [event.outcome for event in floor.events(TransferEnded)]


class TestBlind:
    def test_the_number_is_dialled_with_the_callers_and_takes_the_place_of_who_asked(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        (answer,) = floor.sent(AnswerTransfer)
        assert (answer.leg, answer.accepted, answer.done) == ("forward", True, False)
        (order,) = floor.sent(ConnectParty)
        assert (order.party, order.ends_call) == ("transfer1", False)
        assert order.to == TrunkParty(called=FAR_END, caller=CALLER, trunk=TRUNK)
        established(floor, call)
        (place,) = floor.sent(TakePlace)
        assert (place.party, place.of) == ("transfer1", "forward")
        assert outcomes(floor) == [TransferOutcome.COMPLETED]
        assert floor.call(call).phase is CallPhase.CONNECTED

    def test_what_the_new_leg_costs_is_told_when_it_ends(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        floor.wait(5)
        established(floor, call)
        since = floor.now
        floor.wait(60)
        floor.release(call)
        (left,) = floor.events(PartyLeft)
        assert isinstance(left.to, TrunkParty)
        assert (left.to.called, left.since, left.at) == (FAR_END, since, floor.now)
        assert floor.log.index(left) < floor.log.index(floor.events(CallEnded)[0])

    def test_who_does_not_answer_leaves_all_as_it_was(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        released(floor, call)
        assert [(event.outcome, event.cause) for event in floor.events(TransferEnded)] == [
            (TransferOutcome.FAILED, BUSY)
        ]
        assert floor.sent(JoinParty)[-1].ends_call, "the end of who asked is the call's again"
        assert floor.events(CallEnded) == []
        ask(floor, call, called=FAR_END)
        assert floor.sent(ConnectParty)[-1].party == "transfer2"

    @pytest.mark.parametrize("order", [("transfer1", "forward"), ("forward", "transfer1")])
    def test_who_is_connected_by_the_carrier_of_the_caller_costs_no_leg_of_ours(self, order: tuple[str, ...]) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        handed_over = EndCause(EndResult.COMPLETED, EndReason.TRANSFERRED, None, 16)
        for party in order:
            released(floor, call, party, handed_over)
        floor.take(CallReleased(**floor.stamp(), call=call, cause=handed_over))
        assert outcomes(floor) == [TransferOutcome.HANDED_OVER]
        assert [event.cause for event in floor.events(CallEnded)] == [handed_over]
        assert [left for left in floor.events(PartyLeft) if left.since is not None] == []

    def test_who_hangs_up_before_the_answer_is_believed(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        assert [(join.party, join.ends_call) for join in floor.sent(JoinParty)] == [("forward", False)]
        released(floor, call, "forward")
        established(floor, call)
        assert floor.sent(TakePlace) == []
        assert (floor.sent(JoinParty)[-1].party, floor.sent(JoinParty)[-1].ends_call) == ("transfer1", True)

    def test_then_a_failure_is_the_calls_end(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        released(floor, call, "forward")
        released(floor, call)
        assert [order.cause for order in floor.sent(EndCall)] == [BUSY]
        assert [event.cause for event in floor.events(CallEnded)] == [BUSY]
        assert outcomes(floor) == [TransferOutcome.FAILED]

    def test_the_log_alone_gives_the_same_state_at_each_step(self) -> None:
        floor = forwarding()
        call = talking(floor)
        steps = [
            lambda: ask(floor, call, called=FAR_END),
            lambda: released(floor, call, "forward"),
            lambda: established(floor, call),
        ]
        for step in steps:
            step()
            assert floor.refold().call(call) == floor.restored().call(call) == floor.call(call)

    def test_our_own_number_leads_where_its_calls_do(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=SALES_NUMBER)
        assert [order.to for order in floor.sent(ConnectParty)] == [PhoneParty(user="reception", caller=CALLER)]

    def test_a_queues_number_puts_the_caller_into_the_queue(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=SUPPORT_NUMBER)
        assert [(answer.accepted, answer.done) for answer in floor.sent(AnswerTransfer)] == [(True, True)]
        assert [drop.party for drop in floor.sent(DropParty)] == ["forward"]
        assert [event.queue for event in floor.events(CallQueued)] == [SUPPORT]
        assert len(floor.sent(PlayToCaller)) == 1
        released(floor, call, "forward")
        floor.available(ANN)
        assert floor.offer_to(ANN) is not None


class TestByTheFarEnd:
    def test_a_caller_is_replaced_and_the_agent_keeps_the_call(self) -> None:
        floor = Floor(1)
        call = floor.connected(ANN)
        ask(floor, call, "far", called=FAR_END)
        (order,) = floor.sent(ConnectParty)
        assert order.to == TrunkParty(called=FAR_END, caller=SALES_NUMBER, trunk=TRUNK)
        established(floor, call)
        assert [place.of for place in floor.sent(TakePlace)] == ["far"]
        released(floor, call)  # the former far end, under the party's name
        assert floor.agent(ANN).state is AgentState.CONNECTED
        assert floor.events(PartyLeft) == []
        floor.release(call)
        assert [left.party for left in floor.events(PartyLeft)] == ["far"]

    def test_an_agents_telephone_leaves_the_call_and_its_agent_wraps_up(self) -> None:
        floor = Floor(1)
        floor.not_ready(ANN)
        call = CallId(UUID(int=77))
        floor.take(PhoneDialled(**floor.stamp(), call=call, agent=ANN, phone="ann", called=FAR_END))
        floor.establish(call)
        ask(floor, call, "far", party="reception")
        established(floor, call)
        assert [event.agent for event in floor.events(CallDisconnected)] == [ANN]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert floor.call(call).phase is CallPhase.CONNECTED
        floor.release(call)
        assert len(floor.events(CallEnded)) == 1

    @pytest.mark.parametrize("called", [SALES_NUMBER, SUPPORT_NUMBER])
    def test_nobody_puts_an_agent_into_a_queue(self, called: PhoneNumber) -> None:
        floor = Floor(1)
        call = floor.connected(ANN)
        ask(floor, call, "far", called=called)
        assert outcomes(floor) == [TransferOutcome.REFUSED]


class TestRefusals:
    def refusal(self, floor: Floor) -> int | None:
        (answer,) = floor.sent(AnswerTransfer)
        assert not answer.accepted
        assert floor.sent(ConnectParty) == []
        (event,) = floor.events(TransferEnded)
        assert (event.outcome, event.cause) == (TransferOutcome.REFUSED, answer.cause)
        return answer.cause.sip_code if answer.cause else None

    def test_a_trunk_whose_far_ends_may_not(self) -> None:
        floor = forwarding()
        ask(floor, talking(floor), called=FAR_END, allowed=False)
        assert self.refusal(floor) == 403

    def test_a_country_that_may_not_be_dialled(self) -> None:
        floor = forwarding(limits=CallLimits(countries=("GB",)))
        ask(floor, talking(floor), called=FRENCH)
        assert self.refusal(floor) == 403
        assert len(floor.events(LimitReached)) == 1

    def test_nobody_that_we_know(self) -> None:
        floor = forwarding()
        ask(floor, talking(floor))
        assert self.refusal(floor) == 404

    def test_a_consultation_that_is_another_call_of_ours(self) -> None:
        floor = forwarding()
        ask(floor, talking(floor), called=FAR_END, attended_with=CallId(UUID(int=5)))
        assert self.refusal(floor) == 603

    def test_a_caller_who_still_waits(self) -> None:
        floor = Floor(1)
        call = floor.queued()
        floor.commands.clear()
        ask(floor, call, "far", called=FAR_END)
        assert self.refusal(floor) == 603

    @pytest.mark.parametrize("called", [SUPPORT_NUMBER, FAR_END])
    def test_who_was_called_in_and_let_go_while_they_asked(self, called: PhoneNumber) -> None:
        floor = Floor(1)
        call = floor.connected(ANN)
        ask(floor, call, "party1", called=called)
        assert outcomes(floor) == [TransferOutcome.REFUSED]
        assert (floor.call(call).phase, floor.agent(ANN).call) == (CallPhase.CONNECTED, call)
        assert not floor.sent(ConnectParty)

    def test_a_second_one_at_a_time(self) -> None:
        floor = forwarding()
        call = talking(floor)
        ask(floor, call, called=FAR_END)
        ask(floor, call, called=FAR_END)
        assert [answer.accepted for answer in floor.sent(AnswerTransfer)] == [True, False]

    def test_another_tenants_report_does_nothing(self) -> None:
        floor, other = forwarding(), Floor(2)
        call = talking(floor)
        other.take(TransferAsked(**other.stamp(), call=call, leg="forward", called=FAR_END))
        assert other.sent(ConnectParty) == []
        assert floor.call(call).transfer is None


class TestTelephones:
    def test_one_that_is_not_registered_is_not_dialled(self) -> None:
        floor = forwarding()
        call = talking(floor)
        gone = PhoneChanged(**floor.stamp(), agent=ANN, phone="reception", registered=False)
        floor.take(gone)
        ask(floor, call, party="reception")
        assert [answer.cause and answer.cause.sip_code for answer in floor.sent(AnswerTransfer)] == [480]
        floor.arrive()
        assert [reject.cause.sip_code for reject in floor.sent(RejectCall)] == [480]
        assert floor.sent(ConnectParty) == []

    def test_one_that_is_back_is(self) -> None:
        floor = forwarding()
        for registered in (False, True):
            floor.take(PhoneChanged(**floor.stamp(), agent=ANN, phone="reception", registered=registered))
        floor.arrive()
        assert len(floor.sent(ConnectParty)) == 1
