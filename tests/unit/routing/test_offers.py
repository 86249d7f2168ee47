"""Who is offered which caller, and how an offer ends."""

from datetime import timedelta

import pytest

from kernel.contracts.calls import Actor, AgentState, EndReason, OfferOutcome
from kernel.contracts.desk import AcceptOffer, FinishWrapUp, HangUp, LogIn, LogOut, RejectOffer, RequestState
from kernel.contracts.directory import AgentProfile
from kernel.contracts.log import AgentStateChanged, CallConnected, CallEnded, OfferEnded, OfferMade
from kernel.contracts.telephony import ConnectAgent, EndCall
from routing.errors import NoSeat, OfferGone
from tests.unit.routing.floor import (
    ANN,
    BEN,
    EVA,
    NOBODY,
    RING,
    SALES,
    START,
    SUPPORT_NUMBER,
    WRAP_UP,
    ZOE,
    Floor,
    directory,
    kinds,
)


class TestChoice:
    def test_the_longest_idle_agent_is_offered_first(self, floor: Floor) -> None:
        floor.available(BEN)
        floor.wait(1)
        floor.available(ANN)
        floor.queued()
        floor.queued()
        assert [event.agent for event in floor.events(OfferMade)] == [BEN, ANN]

    def test_the_longest_waiting_caller_is_offered_first(self, floor: Floor) -> None:
        first = floor.queued()
        floor.wait(1)
        second = floor.queued()
        floor.available(ANN, BEN)
        assert [event.call for event in floor.events(OfferMade)] == [first, second]

    def test_across_queues_priority_comes_before_waiting_time(self, floor: Floor) -> None:
        floor.queued(SUPPORT_NUMBER)
        floor.wait(30)
        sales = floor.queued()
        floor.available(ANN)
        assert floor.offers(ANN) == [sales]

    def test_only_agents_of_the_queue_are_offered_its_callers(self, floor: Floor) -> None:
        floor.available(EVA, ZOE)
        floor.queued()
        assert floor.events(OfferMade) == []

    def test_an_agent_put_into_a_queue_is_offered_its_waiting_caller_at_once(self, floor: Floor) -> None:
        floor.available(ZOE)
        call = floor.queued()
        floor.adopt(agents=(AgentProfile(agent=ZOE, name="Zoe", queues=(SALES,), has_seat=True),))
        assert floor.offers(ZOE) == [call]

    def test_nobody_without_a_seat_can_log_in(self, floor: Floor) -> None:
        with pytest.raises(NoSeat):
            floor.wish(NOBODY, LogIn())

    def test_an_offer_belongs_to_the_system_and_has_an_end(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        (offer,) = floor.events(OfferMade)
        assert offer.until == START + timedelta(seconds=RING)
        changed = floor.events(AgentStateChanged)[-1]
        assert (changed.state, changed.until, changed.call, changed.queue, changed.actor) == (
            AgentState.OFFERED,
            offer.until,
            call,
            SALES,
            Actor.SYSTEM,
        )


class TestAccept:
    def test_caller_and_agent_are_connected(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        decision = floor.accept(ANN)

        assert kinds(decision) == ["OfferEnded", "CallConnected", "AgentStateChanged", "ConnectAgent"]
        assert floor.events(OfferEnded)[0].outcome is OfferOutcome.ACCEPTED
        (connected,) = floor.events(CallConnected)
        assert (connected.call, connected.agent, connected.queue) == (call, ANN, SALES)
        assert [(command.call, command.agent) for command in floor.sent(ConnectAgent)] == [(call, ANN)]
        assert floor.events(AgentStateChanged)[-1].actor is Actor.AGENT

    def test_an_offer_that_has_gone_cannot_be_accepted(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        offer = floor.offer_of(ANN)
        floor.release(call)
        with pytest.raises(OfferGone):
            floor.wish(ANN, AcceptOffer(offer=offer))

    def test_another_agents_offer_cannot_be_accepted(self, floor: Floor) -> None:
        floor.offered(ANN)
        floor.offered(BEN)
        with pytest.raises(OfferGone):
            floor.wish(BEN, AcceptOffer(offer=floor.offer_of(ANN)))


class TestNoAnswer:
    def test_the_agent_becomes_not_ready_and_the_caller_goes_to_the_next_with_the_place_kept(
        self, floor: Floor
    ) -> None:
        call = floor.offered(ANN)
        since = floor.call(call).since
        later = floor.queued()
        floor.wait(1)
        floor.wait(RING)
        assert floor.events(OfferEnded)[0].outcome is OfferOutcome.NO_ANSWER
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "no_answer")
        assert floor.call(call).since == since
        floor.available(BEN)
        assert floor.offers(BEN) == [call]
        assert later not in floor.offers(BEN)

    def test_the_same_decision_offers_the_caller_to_the_next_agent(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        floor.wait(RING)
        assert floor.offers(BEN) == [call]


class TestReject:
    def test_the_agent_becomes_not_ready_and_the_caller_keeps_the_place(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        floor.wish(ANN, RejectOffer(offer=floor.offer_of(ANN)))
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "rejected")
        assert floor.events(OfferEnded)[0].outcome is OfferOutcome.REJECTED
        assert floor.offers(BEN) == [call]

    def test_logging_out_while_it_rings_refuses_the_call(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        floor.wish(ANN, LogOut())
        assert floor.states(ANN)[-1] == (AgentState.LOGGED_OUT, "")
        assert floor.offers(BEN) == [call]


class TestSeatWithdrawn:
    WITHOUT_ANN = directory(Floor(1).tenant).agents[1:]

    def test_an_idle_agent_is_logged_out(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.adopt(agents=self.WITHOUT_ANN)
        assert floor.states(ANN)[-1] == (AgentState.LOGGED_OUT, "no_seat")

    def test_an_offered_call_goes_to_the_next(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        floor.adopt(agents=self.WITHOUT_ANN)
        assert floor.states(ANN)[-1] == (AgentState.LOGGED_OUT, "no_seat")
        assert floor.offers(BEN) == [call]

    def test_a_conversation_and_its_wrap_up_are_finished_first(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.adopt(agents=self.WITHOUT_ANN)
        assert floor.agent(ANN).state is AgentState.CONNECTED
        floor.release(call)
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        floor.wait(WRAP_UP)
        assert floor.states(ANN)[-1] == (AgentState.LOGGED_OUT, "no_seat")

    def test_a_later_wish_does_not_bring_the_seat_back(self, floor: Floor) -> None:
        floor.wrapping_up(ANN)
        floor.adopt(agents=self.WITHOUT_ANN)
        floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
        floor.wait(WRAP_UP)
        assert floor.states(ANN)[-1] == (AgentState.LOGGED_OUT, "no_seat")


class TestWrapUp:
    @pytest.mark.parametrize("by", ["caller", "agent"])
    def test_either_side_hanging_up_leads_to_a_wrap_up_with_an_end(self, floor: Floor, by: str) -> None:
        call = floor.connected(ANN)
        floor.wait(30)
        if by == "caller":
            floor.release(call)
        else:
            floor.wish(ANN, HangUp(call=call))
            assert floor.sent(EndCall)[0].cause.reason is EndReason.HANGUP_BY_AGENT
            floor.release(call, EndReason.HANGUP_BY_SYSTEM)
        (ended,) = floor.events(CallEnded)
        assert (ended.agent, ended.queue) == (ANN, None)
        wanted = EndReason.HANGUP_BY_CALLER if by == "caller" else EndReason.HANGUP_BY_AGENT
        assert ended.cause.reason is wanted
        changed = floor.events(AgentStateChanged)[-1]
        assert (changed.state, changed.call, changed.queue) == (AgentState.WRAP_UP, call, SALES)
        assert changed.until == floor.now + timedelta(seconds=WRAP_UP)

    def test_it_ends_by_itself_and_the_next_caller_is_offered(self, floor: Floor) -> None:
        floor.wrapping_up(ANN)
        waiting = floor.queued()
        floor.wait(WRAP_UP)
        assert floor.offers(ANN)[-1] == waiting

    def test_finishing_it_offers_the_next_caller_at_once(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        waiting = floor.queued()
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved", note="asked for a price"))
        assert floor.offers(ANN)[-1] == waiting
        changed = floor.events(AgentStateChanged)[-2:]
        assert [(event.state, event.actor) for event in changed] == [
            (AgentState.AVAILABLE, Actor.AGENT),
            (AgentState.OFFERED, Actor.SYSTEM),
        ]

    def test_a_queue_that_gives_no_time_for_it_has_none(self) -> None:
        queue = directory(Floor(1).tenant).queues[0]
        floor = Floor(1, queues=(type(queue)(queue=SALES, name="Sales", wrap_up_seconds=0.0),))
        floor.wrapping_up(ANN)
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_what_was_asked_for_meanwhile_is_honoured_afterwards(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="meal"))
        assert floor.agent(ANN).state is AgentState.CONNECTED
        floor.release(call)
        assert floor.events(AgentStateChanged)[-1].requested is AgentState.NOT_READY
        floor.wait(WRAP_UP)
        assert floor.states(ANN)[-1] == (AgentState.NOT_READY, "meal")
        assert floor.agent(ANN).requested is None
