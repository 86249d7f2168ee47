"""What supervisors do to calls and agents of their own tenant."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.contracts.calls import Actor, AgentState
from kernel.contracts.desk import Hold, RequestState
from kernel.contracts.log import (
    AgentRequestedState,
    AgentStateChanged,
    CallConnected,
    CallDisconnected,
    CallQueued,
    CallRetrieved,
    OfferEnded,
)
from kernel.contracts.supervision import ForceState, MoveWaiting, PickWaiting, SupervisorAct, TakeOver
from kernel.contracts.telephony import ConnectAgent, PlayToCaller
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, QueueId, TenantId
from routing.acd.decide import Decision, SupervisorIntent
from routing.calls.model import CallPhase
from routing.errors import (
    AgentNotFree,
    AlreadyOnCall,
    CallGone,
    CallNotConnected,
    CallNotWaiting,
    ClientNotServed,
    NotLoggedIn,
    SoftphoneUnreachable,
    UnknownReason,
    UnknownState,
)
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, EVA, NOBODY, SALES, SUPPORT, SUPPORT_NUMBER, WRAP_UP, ZOE, Floor

LOGGED_OUT, NOT_READY, AVAILABLE = AgentState.LOGGED_OUT, AgentState.NOT_READY, AgentState.AVAILABLE
OFFERED, CONNECTED, IN_WRAP_UP = AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP


def act(floor: Floor, what: SupervisorAct, tenant: TenantId | None = None) -> Decision:
    """Zoe supervises; afterwards log and state agree."""
    decision = floor.take(SupervisorIntent(tenant or floor.tenant, ZOE, what))
    auditor = Auditor(floor.refold([]))
    auditor.follow(floor.log)
    auditor.check(floor.state, floor.rules)
    return decision


def force(floor: Floor, state: AgentState, reason: str = "") -> None:
    act(floor, ForceState(agent=ANN, state=state, reason=reason))


class TestForce:
    def test_it_counts_at_once_and_tells_who_did_it(self, floor: Floor) -> None:
        floor.available(ANN)
        force(floor, NOT_READY, "meeting")
        event = floor.events(AgentStateChanged)[-1]
        assert (event.state, event.reason, event.actor, event.by) == (NOT_READY, "meeting", Actor.SUPERVISOR, ZOE)
        force(floor, AVAILABLE)
        force(floor, LOGGED_OUT)
        assert floor.agent(ANN).state is LOGGED_OUT

    def test_without_a_reason_it_is_forced(self, floor: Floor) -> None:
        floor.available(ANN)
        force(floor, NOT_READY)
        assert floor.states(ANN)[-1] == (NOT_READY, "forced")

    def test_a_conversation_is_not_cut_off(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        force(floor, LOGGED_OUT)
        assert floor.agent(ANN).state is CONNECTED
        assert [(event.actor, event.by) for event in floor.events(AgentRequestedState)] == [(Actor.SUPERVISOR, ZOE)]
        floor.release(call)
        floor.wait(WRAP_UP)
        assert floor.agent(ANN).state is LOGGED_OUT

    def test_a_wrap_up_ends(self, floor: Floor) -> None:
        floor.wrapping_up(ANN)
        force(floor, AVAILABLE)
        assert floor.agent(ANN).state is AVAILABLE

    def test_a_caller_who_rings_there_goes_to_the_next_agent(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.available(BEN)
        force(floor, NOT_READY)
        assert floor.offers(BEN) == [call]

    def test_who_is_offered_a_call_is_available_already(self, floor: Floor) -> None:
        floor.offered(ANN)
        force(floor, AVAILABLE)
        assert (floor.agent(ANN).state, floor.events(OfferEnded)) == (OFFERED, [])

    def test_nobody_is_forced_where_they_cannot_be(self, floor: Floor) -> None:
        with pytest.raises(NotLoggedIn):
            force(floor, AVAILABLE)
        floor.available(ANN)
        with pytest.raises(UnknownState):
            force(floor, CONNECTED)
        with pytest.raises(UnknownReason):
            force(floor, NOT_READY, "siesta")
        floor.reach(ANN, False)
        with pytest.raises(SoftphoneUnreachable):
            force(floor, AVAILABLE)

    def test_agents_of_others_are_not_there(self, floor: Floor, other_floor: Floor) -> None:
        floor.available(ANN)
        with pytest.raises(NotFound):
            act(floor, ForceState(agent=ANN, state=LOGGED_OUT), other_floor.tenant)


class TestMove:
    def test_the_time_waited_goes_along(self, floor: Floor) -> None:
        call = floor.queued()
        since = floor.call(call).since
        floor.wait(50)
        act(floor, MoveWaiting(call=call, queue=SUPPORT))
        assert (floor.call(call).queue, floor.call(call).since) == (SUPPORT, since)
        assert floor.sent(PlayToCaller)[-1].call == call

    def test_who_serves_the_other_queue_gets_it_at_once(self, floor: Floor) -> None:
        floor.available(EVA)
        call = floor.queued()
        act(floor, MoveWaiting(call=call, queue=SUPPORT))
        assert floor.offers(EVA) == [call]

    def test_who_was_being_offered_it_is_free_again(self, floor: Floor) -> None:
        call = floor.offered(BEN)
        act(floor, MoveWaiting(call=call, queue=SUPPORT))
        assert floor.agent(BEN).state is AVAILABLE
        assert floor.call(call).phase is CallPhase.QUEUED

    def test_into_its_own_queue_or_a_strangers_it_does_not_go(self, floor: Floor) -> None:
        call = floor.queued()
        act(floor, MoveWaiting(call=call, queue=SALES))
        assert len(floor.events(CallQueued)) == 1
        with pytest.raises(NotFound):
            act(floor, MoveWaiting(call=call, queue=QueueId(UUID(int=0x5099))))

    def test_only_who_waits_can_be_moved(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(CallNotWaiting):
            act(floor, MoveWaiting(call=call, queue=SUPPORT))
        with pytest.raises(CallGone):
            act(floor, MoveWaiting(call=CallId(UUID(int=1)), queue=SUPPORT))


class TestPick:
    def test_the_supervisor_talks_at_once_and_is_not_ready_again_afterwards(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        floor.wish(ZOE, RequestState(state=NOT_READY, reason="back_office"))
        floor.queued()
        call = floor.queued()
        act(floor, PickWaiting(call=call))
        assert (floor.agent(ZOE).state, floor.agent(ZOE).call) == (CONNECTED, call)
        assert [command.agent for command in floor.sent(ConnectAgent)] == [ZOE]
        floor.release(call)
        floor.wait(WRAP_UP)
        assert floor.states(ZOE)[-1] == (NOT_READY, "back_office")

    def test_who_was_being_offered_it_gets_the_next(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        call = floor.offered(BEN)
        other = floor.queued()
        act(floor, PickWaiting(call=call))
        assert floor.offers(BEN) == [call, other]

    def test_another_agent_is_offered_it_out_of_turn(self, floor: Floor) -> None:
        floor.available(EVA)
        call = floor.queued()
        act(floor, PickWaiting(call=call, agent=EVA))
        assert floor.offers(EVA) == [call]
        floor.accept(EVA)
        assert floor.call(call).agent == EVA

    def test_a_chosen_agent_who_does_not_answer_leaves_the_caller_the_place(self, floor: Floor) -> None:
        floor.available(EVA)
        call = floor.queued()
        key = floor.call(call).since
        act(floor, PickWaiting(call=call, agent=EVA))
        floor.wait(20)
        assert (floor.call(call).phase, floor.call(call).since) == (CallPhase.QUEUED, key)

    def test_it_is_refused_where_nobody_can_talk(self, floor: Floor) -> None:
        call = floor.queued()
        with pytest.raises(NotLoggedIn):
            act(floor, PickWaiting(call=call))
        with pytest.raises(AgentNotFree):
            act(floor, PickWaiting(call=call, agent=EVA))
        with pytest.raises(NotFound):
            act(floor, PickWaiting(call=call, agent=NOBODY))
        floor.not_ready(ZOE)
        floor.reach(ZOE, False)
        with pytest.raises(SoftphoneUnreachable):
            act(floor, PickWaiting(call=call))

    def test_who_talks_already_cannot_pick(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        act(floor, PickWaiting(call=floor.queued()))
        with pytest.raises(AlreadyOnCall):
            act(floor, PickWaiting(call=floor.queued()))

    def test_a_supervisor_without_a_seat_talks_with_nobody(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        call = floor.queued()
        agents = tuple(one for one in floor.directories[floor.tenant].agents if one.agent != ZOE)
        floor.directories[floor.tenant] = replace(floor.directories[floor.tenant], agents=agents)
        floor.rules = floor.read_rules()
        floor.state.adopt(floor.rules)
        with pytest.raises(ClientNotServed):
            floor.take(SupervisorIntent(floor.tenant, ZOE, PickWaiting(call=call)))


class TestTakeOver:
    def test_the_supervisor_talks_on_and_the_agent_wraps_up(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        call = floor.connected(ANN)
        act(floor, TakeOver(call=call))
        assert (floor.agent(ZOE).state, floor.agent(ANN).state) == (CONNECTED, IN_WRAP_UP)
        assert [event.agent for event in floor.events(CallConnected)] == [ANN, ZOE]
        assert [event.agent for event in floor.events(CallDisconnected)] == [ANN]
        assert [command.agent for command in floor.sent(ConnectAgent)] == [ANN, ZOE]
        floor.release(call)
        assert floor.agent(ZOE).state is IN_WRAP_UP

    def test_a_caller_on_hold_is_heard_again(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        call = floor.connected(ANN)
        floor.wish(ANN, Hold(call=call))
        act(floor, TakeOver(call=call))
        assert len(floor.events(CallRetrieved)) == 1
        assert floor.call(call).phase is CallPhase.CONNECTED

    def test_there_must_be_a_conversation_and_somebody_free_to_take_it(self, floor: Floor) -> None:
        floor.not_ready(ZOE)
        waiting = floor.queued(SUPPORT_NUMBER)
        with pytest.raises(CallNotConnected):
            act(floor, TakeOver(call=waiting))
        act(floor, PickWaiting(call=waiting))
        call = floor.connected(BEN)
        with pytest.raises(AlreadyOnCall):
            act(floor, TakeOver(call=call))
        assert floor.call(call).agent == BEN
