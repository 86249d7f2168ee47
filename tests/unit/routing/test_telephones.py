"""Agents who work by a telephone: it rings with the offer, its answer accepts, what ends it ends the agent's part."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, Fault, OfferOutcome
from kernel.contracts.desk import AcceptOffer, Dial, FinishWrapUp, LogIn, LogOut, RejectOffer, RequestState
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallConnected, CallEnded, LimitReached, OfferEnded, PartyLeft
from kernel.contracts.telephony import (
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    PartyAddress,
    PartyEstablished,
    PartyReleased,
    PhoneChanged,
    PhoneParty,
    PlaceCall,
    TrunkParty,
)
from kernel.primitives.ids import CallId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.telephones import party_of
from routing.agents.model import AGENT_RETURN_SECONDS
from routing.errors import AtTelephone, DestinationNotAllowed, NoTelephone
from tests.unit.routing.floor import ANN, BEN, CALLER, FAR_END, RING, SALES_NUMBER, START, TRUNK, Floor, directory

MOBILE = PhoneNumber("+447700900123")
PHONE, NUMBER = PhoneParty(user="ann"), TrunkParty(called=MOBILE)
LOST = (AgentState.NOT_READY, "telephone_lost")


def by(telephone: PartyAddress, *, only: bool = False, **changes: Any) -> Floor:
    """A floor of which Ann may work by that telephone."""
    floor = Floor(1, **changes)
    agents = directory(floor.tenant).agents
    ann = replace(agents[0], telephone=telephone, telephone_only=only)
    floor.adopt(agents=(ann, *agents[1:]), **changes)
    return floor


def registered(floor: Floor, registered: bool = True, agent: UserId = ANN) -> None:
    floor.take(PhoneChanged(**floor.stamp(), agent=agent, phone="ann", registered=registered))


def available(floor: Floor) -> None:
    floor.wish(ANN, LogIn(telephone=True))
    floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))


def answered(floor: Floor, call: CallId, agent: UserId = ANN) -> None:
    floor.take(PartyEstablished(**floor.stamp(), call=call, party=party_of(agent)))


def released(floor: Floor, call: CallId, reason: EndReason, agent: UserId = ANN) -> None:
    cause = EndCause(EndResult.CALLEE, reason)
    floor.take(PartyReleased(**floor.stamp(), call=call, party=party_of(agent), cause=cause))


@pytest.fixture
def floor() -> Floor:
    floor = by(PHONE)
    registered(floor)
    available(floor)
    return floor


class TestOffers:
    def test_the_telephone_rings_and_shows_the_caller(self, floor: Floor) -> None:
        call = floor.queued()
        (order,) = floor.sent(ConnectAgent)
        assert (order.call, order.agent, order.party) == (call, ANN, party_of(ANN))
        assert order.seat == PhoneParty(user="ann", caller=CALLER)
        assert floor.agent(ANN).state is AgentState.OFFERED

    def test_its_answer_accepts_and_its_end_hangs_up(self, floor: Floor) -> None:
        call = floor.queued()
        answered(floor, call)
        assert [(event.call, event.agent) for event in floor.events(CallConnected)] == [(call, ANN)]
        assert floor.agent(ANN).state is AgentState.CONNECTED
        released(floor, call, EndReason.HANGUP_BY_CALLER)
        assert [order.call for order in floor.sent(EndCall)] == [call]
        assert [event.cause.reason for event in floor.events(CallEnded)] == [EndReason.HANGUP_BY_AGENT]
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_nobody_answers_and_the_ringing_stops(self, floor: Floor) -> None:
        call = floor.queued()
        floor.wait(RING)
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "no_answer")
        assert [order.call for order in floor.sent(DisconnectAgent)] == [call]

    @pytest.mark.parametrize(
        ("reason", "outcome", "why"),
        [
            (EndReason.BUSY, OfferOutcome.REJECTED, "rejected"),
            (EndReason.DECLINED, OfferOutcome.REJECTED, "rejected"),
            (EndReason.UNREACHABLE, OfferOutcome.NO_ANSWER, "no_answer"),
        ],
    )
    def test_a_refusal_makes_not_ready_and_the_next_agent_is_offered_the_call(
        self, floor: Floor, reason: EndReason, outcome: OfferOutcome, why: str
    ) -> None:
        call = floor.queued()
        floor.available(BEN)
        released(floor, call, reason)
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, why)
        assert floor.events(OfferEnded)[0].outcome is outcome
        assert floor.offers(BEN) == [call]

    def test_a_late_word_of_a_former_telephone_says_nothing_of_the_next_agent(self, floor: Floor) -> None:
        call = floor.queued()
        floor.available(BEN)
        floor.wait(RING)
        assert floor.agent(BEN).state is AgentState.OFFERED
        released(floor, call, EndReason.NO_ANSWER)
        answered(floor, call)
        assert floor.agent(BEN).state is AgentState.OFFERED

    def test_the_desk_may_reject_and_not_answer(self, floor: Floor) -> None:
        call = floor.queued()
        offer = floor.offer_of(ANN)
        with pytest.raises(AtTelephone):
            floor.wish(ANN, AcceptOffer(offer=offer))
        floor.wish(ANN, RejectOffer(offer=offer))
        assert [order.call for order in floor.sent(DisconnectAgent)] == [call]

    def test_a_telephone_that_breaks_in_a_call_leaves_the_caller_to_another_agent(self, floor: Floor) -> None:
        call = floor.queued()
        answered(floor, call)
        floor.available(BEN)
        released(floor, call, EndReason.MEDIA_FAILED)
        assert floor.sent(EndCall) == []
        assert floor.states(ANN)[-1] == LOST
        assert floor.offers(BEN) == [call]

    def test_a_caller_who_hangs_up_meanwhile_leaves_the_agent_available(self, floor: Floor) -> None:
        call = floor.queued()
        floor.release(call)
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        assert floor.sent(DisconnectAgent) == []


class TestReachability:
    def test_who_is_not_registered_is_offered_nothing(self) -> None:
        floor = by(PHONE)
        floor.wish(ANN, LogIn(telephone=True))
        assert (floor.agent(ANN).reachable, floor.agent(ANN).fault) == (False, Fault.TELEPHONE)
        floor.queued()
        assert floor.sent(ConnectAgent) == []

    def test_an_end_of_the_registration_is_known_before_the_next_offer(self, floor: Floor) -> None:
        registered(floor, False)
        assert floor.states(ANN)[-1] == LOST
        call = floor.queued()
        assert floor.offers(ANN) == []
        floor.wait(AGENT_RETURN_SECONDS - 1)
        registered(floor)
        assert floor.offers(ANN) == [call]

    def test_a_registration_that_was_on_its_way_when_its_agent_logged_in_counts(self) -> None:
        floor = by(PHONE)
        came = floor.stamp()
        floor.wait(0.003)
        floor.wish(ANN, LogIn(telephone=True))
        floor.take(PhoneChanged(**came, agent=ANN, phone="ann", registered=True))
        assert floor.agent(ANN).reachable
        assert floor.agent(ANN).reachable_at == floor.now

    def test_registrations_are_known_after_a_start(self, floor: Floor) -> None:
        assert floor.refold().agent(ANN).registered == ("ann",)
        assert floor.restored().agent(ANN) == floor.agent(ANN)

    def test_another_telephone_of_the_agent_says_nothing(self, floor: Floor) -> None:
        floor.take(PhoneChanged(**floor.stamp(), agent=ANN, phone="kitchen", registered=False))
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_the_browser_has_no_part_in_it(self, floor: Floor) -> None:
        floor.reach(ANN, False)
        floor.announce([], [])
        assert floor.agent(ANN).reachable


class TestSeats:
    def test_without_a_telephone_there_is_none_to_choose(self) -> None:
        floor = Floor(1)
        with pytest.raises(NoTelephone):
            floor.wish(ANN, LogIn(telephone=True))
        assert floor.agent(ANN).state is AgentState.LOGGED_OUT

    def test_the_agent_chooses_at_each_log_in_unless_it_is_the_only_way(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn())
        assert floor.agent(ANN).telephone
        floor.wish(ANN, LogOut())
        floor.wish(ANN, LogIn())
        assert not floor.agent(ANN).telephone
        forced = by(PHONE, only=True)
        forced.wish(ANN, LogIn(telephone=False))
        assert forced.agent(ANN).telephone

    def test_the_choice_may_change_between_calls(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn(telephone=False))
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "softphone_lost")
        floor.reach(ANN)
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_dialling_at_the_desk_calls_the_telephone_first(self, floor: Floor) -> None:
        floor.wish(ANN, Dial(called=FAR_END))
        (order,) = floor.sent(PlaceCall)
        assert (order.called, order.seat) == (FAR_END, PhoneParty(user="ann", caller=FAR_END))
        released(floor, order.call, EndReason.NO_ANSWER)
        assert [event.call for event in floor.events(CallEnded)] == [order.call]
        assert floor.agent(ANN).call is None


class TestNumbersOutside:
    def test_they_are_called_by_the_trunk_showing_our_own_number(self) -> None:
        floor = by(NUMBER)
        available(floor)
        floor.queued()
        (order,) = floor.sent(ConnectAgent)
        assert order.seat == TrunkParty(called=MOBILE, caller=SALES_NUMBER, trunk=TRUNK)

    def test_what_the_call_to_the_agent_costs_is_told_from_its_answer_on(self) -> None:
        floor = by(NUMBER)
        available(floor)
        call = floor.queued()
        answered(floor, call)
        since = floor.now
        floor.wait(30)
        floor.release(call)
        (left,) = floor.events(PartyLeft)
        assert (left.to, left.since, left.at - since) == (NUMBER, since, timedelta(seconds=30))

    def test_the_limits_of_the_tenant_hold_at_the_log_in(self) -> None:
        floor = by(NUMBER, limits=CallLimits(countries=("DE",)))
        with pytest.raises(DestinationNotAllowed):
            floor.wish(ANN, LogIn(telephone=True))
        assert floor.agent(ANN).state is AgentState.LOGGED_OUT

    def test_and_before_each_call(self) -> None:
        floor = by(NUMBER)
        available(floor)
        floor.available(BEN)
        spent = CallLimits(closed_until=START + timedelta(hours=1))
        ann = replace(directory(floor.tenant).agents[0], telephone=NUMBER)
        floor.adopt(agents=(ann, *directory(floor.tenant).agents[1:]), limits=spent)
        call = floor.queued()
        assert floor.states(ANN)[-1] == LOST
        assert floor.offers(BEN) == [call]
        assert [event.limit for event in floor.events(LimitReached)] == ["daily_spend"]
