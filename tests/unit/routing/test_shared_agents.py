"""One agent, several clients, one log-in."""

from datetime import timedelta

import pytest

from kernel.contracts.calls import AgentState, OfferOutcome
from kernel.contracts.desk import Dial, ExtendWrapUp, FinishWrapUp, LogIn, LogOut, RequestState
from kernel.contracts.log import (
    AgentStateChanged,
    AgentWrapUpExtended,
    CallDisposed,
    CallEnded,
    CallOffered,
    OfferEnded,
    OfferMade,
)
from kernel.contracts.telephony import CallArrived, ConnectAgent, EndCall, PlaceCall, RejectCall, ShutSoftphone
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.acd.decide import AgentIntent
from routing.errors import ClientNotServed, NoSeat, UnknownReason
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, SALES, SALES_NUMBER, TRUNK
from tests.unit.routing.shared import BLUE, BLUE_NUMBER, HOME, RED, RED_NUMBER, RED_TRUNK, REDS, RON, SharedFloor


@pytest.fixture
def floor() -> SharedFloor:
    return SharedFloor()


def clients(floor: SharedFloor, agent: UserId) -> list[tuple[AgentState, TenantId | None]]:
    return [(event.state, event.client) for event in floor.events(AgentStateChanged) if event.agent == agent]


class TestOffers:
    def test_two_clients_callers_wait_and_the_shared_agent_gets_one(self, floor: SharedFloor) -> None:
        red, blue = floor.queued(RED_NUMBER), floor.queued(BLUE_NUMBER)
        floor.available(ANN)
        assert floor.offers(ANN) == [red]
        floor.accept(ANN)
        floor.release(red)
        floor.wish(ANN, FinishWrapUp(call=red, disposition="Red"))
        assert floor.offers(ANN) == [red, blue]

    def test_who_waited_longest_comes_first_whoever_s_caller_it_is(self, floor: SharedFloor) -> None:
        blue = floor.queued(BLUE_NUMBER)
        floor.wait(1)
        floor.queued(RED_NUMBER)
        floor.available(ANN)
        assert floor.offers(ANN) == [blue]

    def test_a_clients_own_agent_gets_its_own_calls_only(self, floor: SharedFloor) -> None:
        floor.available(RON)
        floor.queued(BLUE_NUMBER)
        red = floor.queued(RED_NUMBER)
        assert floor.offers(RON) == [red]

    def test_who_is_no_guest_gets_no_call_of_the_client(self, floor: SharedFloor) -> None:
        floor.available(BEN, EVA)
        floor.queued(BLUE_NUMBER)
        assert floor.events(OfferMade) == []

    def test_a_guest_without_a_seat_at_home_gets_none(self, floor: SharedFloor) -> None:
        agents = tuple(one for one in floor.directories[HOME].agents if one.agent != ANN)
        floor.change(HOME, agents=agents)
        with pytest.raises(NoSeat):
            floor.wish(ANN, LogIn())
        assert not floor.rules.may_serve(ANN, RED)


class TestWhoseLog:
    def test_calls_are_told_by_their_tenant_and_agents_by_their_home(self, floor: SharedFloor) -> None:
        call = floor.wrapping_up(ANN, RED_NUMBER)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="Red"))
        about_call = [event for event in floor.log if getattr(event, "call", None) == call]
        assert {event.tenant for event in about_call if not isinstance(event, AgentStateChanged)} == {RED}
        assert {event.tenant for event in floor.events(AgentStateChanged)} == {HOME}
        assert [event.disposition for event in floor.events(CallDisposed)] == ["Red"]
        assert floor.log_of(BLUE) == []

    def test_commands_go_to_the_calls_tenant_and_name_the_desk(self, floor: SharedFloor) -> None:
        floor.connected(ANN, RED_NUMBER)
        (connect,) = floor.sent(ConnectAgent)
        assert (connect.tenant, connect.agent, connect.home) == (RED, ANN, HOME)
        floor.wish(ANN, LogOut())
        floor.release(connect.call)
        floor.wait(60)
        assert [command.tenant for command in floor.sent(ShutSoftphone)] == [HOME]

    def test_a_client_is_told_what_guests_do_for_it_and_nothing_else(self, floor: SharedFloor) -> None:
        for number, disposition in ((RED_NUMBER, "Red"), (BLUE_NUMBER, "Blue")):
            call = floor.wrapping_up(ANN, number)
            floor.wish(ANN, FinishWrapUp(call=call, disposition=disposition))
        states = [AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP, None]
        assert floor.guest_states(RED, ANN) == states
        assert floor.guest_states(BLUE, ANN) == states
        floor.wish(ANN, LogOut())
        floor.wrapping_up(BEN, SALES_NUMBER)
        assert floor.guest_states(RED, BEN) == []

    def test_a_client_is_told_that_a_guests_wrap_up_lasts_longer(self, floor: SharedFloor) -> None:
        call = floor.wrapping_up(ANN, RED_NUMBER)
        floor.wish(ANN, ExtendWrapUp(call=call))
        until = floor.agent(ANN).until
        told = {event.tenant: event.until for event in floor.events(AgentWrapUpExtended)}
        assert told == {HOME: until, RED: until}
        assert floor.refold([*floor.log_of(RED), *floor.log_of(HOME)]).agent(ANN).until == until

    def test_the_dispositions_are_the_clients(self, floor: SharedFloor) -> None:
        call = floor.wrapping_up(ANN, RED_NUMBER)
        with pytest.raises(CordboardError):
            floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))


class TestWhoseSeconds:
    def test_every_state_of_a_day(self, floor: SharedFloor) -> None:
        call = floor.wrapping_up(ANN, RED_NUMBER)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="Red"))
        floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="break"))
        assert clients(floor, ANN) == [
            (AgentState.NOT_READY, None),
            (AgentState.AVAILABLE, None),
            (AgentState.OFFERED, RED),
            (AgentState.CONNECTED, RED),
            (AgentState.WRAP_UP, RED),
            (AgentState.AVAILABLE, None),
            (AgentState.NOT_READY, None),
        ]

    def test_idle_for_one_client_only_is_that_clients_time(self, floor: SharedFloor) -> None:
        floor.change(HOME, queues=())
        floor.available(ANN, BEN, RON)
        assert clients(floor, ANN)[-1] == (AgentState.AVAILABLE, None)
        assert clients(floor, BEN)[-1] == (AgentState.AVAILABLE, RED)
        assert clients(floor, RON)[-1] == (AgentState.AVAILABLE, RED)

    def test_a_grant_made_meanwhile_changes_whose_idle_time_it_is_and_keeps_the_place(self, floor: SharedFloor) -> None:
        floor.lend(RED)
        floor.available(BEN)
        assert clients(floor, BEN)[-1] == (AgentState.AVAILABLE, HOME)
        idle_since = floor.agent(BEN).idle_since
        floor.wait(5)
        floor.lend(RED, BEN)
        assert clients(floor, BEN)[-1] == (AgentState.AVAILABLE, None)
        assert floor.agent(BEN).idle_since == idle_since

    def test_home_calls_are_the_homes_time(self, floor: SharedFloor) -> None:
        floor.wrapping_up(ANN, SALES_NUMBER)
        assert clients(floor, ANN)[-1] == (AgentState.WRAP_UP, HOME)


class TestGrants:
    def test_one_that_ends_in_mid_call_lets_the_call_finish_and_no_more_comes(self, floor: SharedFloor) -> None:
        call = floor.connected(ANN, RED_NUMBER)
        floor.queued(RED_NUMBER)
        floor.lend(RED)
        assert floor.agent(ANN).state is AgentState.CONNECTED
        floor.release(call)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="Red"))
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        assert floor.offers(ANN) == [call]
        assert floor.guest_states(RED, ANN)[-1] is None
        assert [event.agent for event in floor.events(CallEnded)] == [ANN]

    def test_one_that_ends_while_it_rings_takes_the_call_back_by_no_fault_of_the_agent(
        self, floor: SharedFloor
    ) -> None:
        call = floor.offered(ANN, RED_NUMBER)
        floor.lend(RED, BEN)
        assert [event.outcome for event in floor.events(OfferEnded)] == [OfferOutcome.AGENT_GONE]
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        floor.available(BEN)
        assert floor.offers(BEN) == [call]

    def test_one_with_an_end_is_over_by_itself(self, floor: SharedFloor) -> None:
        end = floor.now + timedelta(hours=1)
        floor.lend(RED, BEN, until=end)
        assert floor.rules.until == end
        floor.available(BEN)
        floor.wait(3600)
        floor.adopt_all()
        assert floor.rules.until is None
        floor.queued(RED_NUMBER)
        assert floor.offers(BEN) == []


class TestWalls:
    def test_a_report_says_nothing_of_another_tenants_call(self, floor: SharedFloor) -> None:
        call = floor.connected(ANN, RED_NUMBER)
        floor.announce([call], [ANN], HOME)
        assert floor.call(call).tenant == RED
        assert [(command.tenant, command.call) for command in floor.sent(EndCall)] == [(HOME, call)]

    def test_an_announcement_is_of_its_own_tenants_calls_and_agents(self, floor: SharedFloor) -> None:
        red, blue = floor.queued(RED_NUMBER), floor.queued(BLUE_NUMBER)
        floor.not_ready(ANN, RON)
        floor.announce([], [], RED)
        assert floor.state.call(red) is None
        assert floor.call(blue)
        assert floor.agent(ANN).reachable
        assert not floor.agent(RON).reachable

    def test_a_number_leads_nowhere_by_another_tenants_trunk(self, floor: SharedFloor) -> None:
        call = CallId(floor.ids.new())
        floor.take(CallArrived(**floor.stamp(BLUE), call=call, trunk=TRUNK, called=RED_NUMBER, caller=None))
        assert [event.queue for event in floor.events(CallOffered)] == [None]
        assert len(floor.sent(RejectCall)) == 1

    def test_an_agent_works_at_the_own_desk_only(self, floor: SharedFloor) -> None:
        with pytest.raises(NoSeat):
            floor.take(AgentIntent(RED, ANN, LogIn()))

    def test_not_ready_reasons_are_those_of_the_home(self, floor: SharedFloor) -> None:
        floor.available(ANN)
        with pytest.raises(UnknownReason):
            floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="of the client"))


class TestDialling:
    def test_for_a_client_by_its_trunk(self, floor: SharedFloor) -> None:
        floor.change(RED, outbound_trunk=RED_TRUNK, outbound_caller=RED_NUMBER)
        floor.available(ANN)
        floor.wish(ANN, Dial(called=FAR_END, client=RED))
        (placed,) = floor.sent(PlaceCall)
        assert (placed.tenant, placed.home, placed.trunk, placed.caller) == (RED, HOME, RED_TRUNK, RED_NUMBER)
        assert clients(floor, ANN)[-1] == (AgentState.CONNECTED, RED)
        floor.establish(placed.call)
        floor.release(placed.call)
        assert clients(floor, ANN)[-1] == (AgentState.WRAP_UP, RED)

    def test_for_a_client_that_one_does_not_serve_is_refused(self, floor: SharedFloor) -> None:
        floor.available(BEN)
        with pytest.raises(ClientNotServed):
            floor.wish(BEN, Dial(called=FAR_END, client=BLUE))


def test_a_guests_queues_are_those_of_all_clients(floor: SharedFloor) -> None:
    assert list(floor.rules.queues_of(BEN)) == [SALES, REDS]
