"""Calls that go through flows: what is told, said, waited for and kept, on the whole floor with a virtual clock."""

from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult
from kernel.contracts.codec import pack
from kernel.contracts.desk import LogIn
from kernel.contracts.directory import CallLimits, QueueRules
from kernel.contracts.flow_events import CallLeftQueue, FlowEntered, FlowPassed
from kernel.contracts.log import CallEnded, CallOffered, CallQueued, LimitReached, TransferEnded
from kernel.contracts.queues import AllOf, AtLeast, Overflow, OverflowCause, Preferred, Step, ToFlow, WaitingRules
from kernel.contracts.telephony import (
    AnswerCall,
    CallDigit,
    ConnectParty,
    DropParty,
    EndCall,
    PartyEstablished,
    PartyReleased,
    PauseRecording,
    PlayToCaller,
    TrunkParty,
)
from kernel.primitives.ids import CallId, TenantId
from routing.acd.decide import RulesAdopted, decide
from routing.acd.draft import Draft
from routing.acd.flow_book import TenantFlows, VersionName
from routing.acd.flow_steps import TOKEN, overflow_into
from routing.acd.flow_words import FlowSpoken
from routing.calls.model import CallPhase
from routing.flows.run.words import LookupAnswered
from tests.unit.routing.floor import ANN, EVA, SALES, SALES_NUMBER, SUPPORT, TRUNK
from tests.unit.routing.flow_documents import FLOW, KNOWN, MAIN, NEVER, SKILLED, flows_of
from tests.unit.routing.flow_floor import FlowFloor

BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY)


@pytest.fixture
def floor() -> FlowFloor:
    return FlowFloor()


class TestEntering:
    def test_a_call_is_answered_and_enters_the_live_version(self, floor: FlowFloor) -> None:
        call = floor.entered()
        (offered,) = floor.events(CallOffered)
        assert (offered.flow, offered.queue) == ("main", None)
        assert len(floor.sent(AnswerCall)) == 1
        assert [(event.flow, event.version) for event in floor.events(FlowEntered)] == [("main", 1)]
        assert floor.call(call).phase is CallPhase.IN_FLOW
        assert floor.said() == [("hello",)]
        assert floor.sent(PlayToCaller)[-1].token == f"{TOKEN}{floor.turn(call)}"

    def test_business_hours_decide_at_the_moment_of_the_call(self, floor: FlowFloor) -> None:
        floor.publish(flows_of(NEVER))
        call = floor.entered()
        assert floor.said() == [("closed",)]
        floor.heard(call)
        assert floor.endings() == ["hung_up"]
        assert len(floor.sent(EndCall)) == len(floor.events(CallEnded)) == 1
        assert floor.kept == {}

    def test_a_number_whose_flow_is_not_live_leads_to_its_queue(self, floor: FlowFloor) -> None:
        floor.publish(TenantFlows(names={FLOW: "main"}))
        call = floor.queued()
        assert floor.call(call).queue == SALES
        assert floor.events(FlowEntered) == []

    def test_a_flow_that_goes_between_arrival_and_answer_leads_to_the_queue_too(self, floor: FlowFloor) -> None:
        call = floor.arrive()
        floor.publish(TenantFlows())
        floor.establish(call)
        assert (floor.call(call).phase, floor.call(call).queue) == (CallPhase.QUEUED, SALES)

    def test_another_flow_is_gone_on_in(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "4")
        assert [event.flow for event in floor.events(FlowEntered)] == ["main", "other"]
        assert floor.call(call).queue == SUPPORT

    def test_a_flow_that_is_missing_hands_over_to_the_fallback_queue(self, floor: FlowFloor) -> None:
        floor.publish(flows_of(main=MAIN))
        call = floor.entered()
        floor.press(call, "4")
        assert (floor.call(call).queue, floor.endings()) == (SUPPORT, ["failed"])
        assert floor.kept == {}

    def test_a_call_keeps_the_version_that_it_began_with(self, floor: FlowFloor) -> None:
        call = floor.entered()
        flows = flows_of()
        changed = flows.versions[VersionName("other", 1)]
        floor.publish(flows._replace(live={"main": 2}, versions={**flows.versions, VersionName("main", 2): changed}))
        floor.press(call, "1")
        assert floor.events(FlowPassed)[-1].version == 1
        assert floor.said()[-1] == ("closed",)


class TestTalking:
    def test_words_are_made_sounds_before_they_are_played(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "6")
        (errand,) = floor.errands
        assert errand.errand.said[0].text == f"You called {SALES_NUMBER.e164}."  # type: ignore[union-attr]
        assert floor.kept[call].owed == (errand.errand,)
        floor.take(FlowSpoken(floor.tenant, call, floor.turn(call), ("spoken-1",)))
        assert floor.said()[-1] == ("spoken-1",)
        assert floor.kept[call].owed == ()
        floor.heard(call)
        assert floor.endings() == ["hung_up"]

    def test_sounds_that_come_twice_or_too_late_play_nothing(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "6")
        spoken = FlowSpoken(floor.tenant, call, floor.turn(call), ("spoken-1",))
        for word in (spoken, spoken, msgspec.structs.replace(spoken, turn=1)):
            floor.take(word)
        assert floor.said().count(("spoken-1",)) == 1

    def test_keys_of_another_tenant_are_nobodys(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "1", TenantId(UUID(int=99)))
        assert floor.node(call) == "menu"

    def test_the_caller_who_does_nothing_is_not_kept_for_ever(self, floor: FlowFloor) -> None:
        floor.entered()
        floor.wait(4 * 3600)
        assert floor.endings() == ["hung_up"]
        assert floor.kept == {}


class TestPrivateInput:
    def test_nothing_is_recorded_of_it(self, floor: FlowFloor) -> None:
        call = floor.entered()
        assert not floor.sent(PauseRecording)
        floor.press(call, "2")
        assert [command.paused for command in floor.sent(PauseRecording)] == [True]
        floor.press(call, "471")
        assert len(floor.sent(PauseRecording)) == 1
        floor.press(call, "1")
        assert [command.paused for command in floor.sent(PauseRecording)] == [True, False]

    def test_a_flow_that_begins_with_it_too(self, floor: FlowFloor) -> None:
        floor.publish(flows_of(main=MAIN | {"start": "code"}))
        floor.entered()
        assert [command.paused for command in floor.sent(PauseRecording)] == [True]


class TestQueues:
    def test_the_queue_gets_the_priority_of_the_flow_and_an_agent_ends_the_flow(self, floor: FlowFloor) -> None:
        floor.available(ANN)
        call = floor.entered()
        floor.press(call, "1")
        (queued,) = floor.events(CallQueued)
        assert (queued.queue, queued.priority) == (SALES, 40)
        floor.accept(ANN)
        assert floor.endings() == ["agent"]
        assert floor.kept == {}

    def test_the_skills_that_the_flow_asks_for_go_with_the_caller(self, floor: FlowFloor) -> None:
        floor.publish(flows_of(main=SKILLED))
        floor.entered()
        (queued,) = floor.events(CallQueued)
        assert queued.needs == (Step(AllOf((AtLeast("german", 3),))),)

    @pytest.mark.parametrize("who", [str(EVA), "eva"])
    def test_the_agent_whom_the_flow_names_is_waited_for_and_then_anybody(self, floor: FlowFloor, who: str) -> None:
        floor.publish(flows_of(main=KNOWN | {"variables": {"who": who}}))
        floor.available(ANN)
        floor.not_ready(EVA)
        call = floor.entered()
        assert floor.call(call).preferred == Preferred(EVA, 20.0)
        assert floor.call(call).phase is CallPhase.QUEUED, "Ann is free, and Eva is waited for"
        floor.wait(20)
        assert floor.call(call).agent == ANN

    @pytest.mark.parametrize("who", ["Eva", "Nobody at all", ""])
    def test_nobody_waits_for_an_agent_who_is_not_there(self, floor: FlowFloor, who: str) -> None:
        floor.publish(flows_of(main=KNOWN | {"variables": {"who": who}}))
        floor.available(ANN)
        assert floor.call(floor.entered()).agent == ANN

    def test_a_full_queue_takes_nobody(self) -> None:
        rules = QueueRules(queue=SALES, name="Sales", waiting=WaitingRules(capacity=1))
        floor = FlowFloor(queues=(rules,))
        floor.wish(ANN, LogIn())
        first, second = floor.entered(), floor.entered()
        floor.press(first, "1")
        floor.press(second, "1")
        assert floor.call(first).phase is CallPhase.QUEUED
        assert floor.endings() == ["hung_up"]

    def test_a_queue_can_send_waiting_callers_into_a_flow(self, floor: FlowFloor) -> None:
        floor.wish(ANN, LogIn())
        call = floor.entered()
        floor.press(call, "1")
        with floor.state.trial() as trial:
            draft = Draft(floor.state, floor.now, floor.ids)
            assert not overflow_into(draft, floor.call(call), "unknown")
            assert overflow_into(draft, floor.call(call), "main")
            trial.keep()
        assert floor.call(call).phase is CallPhase.IN_FLOW
        assert [type(event) for event in draft.decision.events][:2] == [CallLeftQueue, FlowEntered]

    def test_whom_the_overflow_leads_through_a_flow_to_a_free_agent_is_offered_at_once(self, floor: FlowFloor) -> None:
        sales, support = floor.directories[floor.tenant].queues
        limits = (Overflow(OverflowCause.WAITED, ToFlow("other"), 20.0),)
        floor.adopt(queues=(replace(sales, waiting=WaitingRules(overflows=limits)), support))
        floor.available(EVA)
        call = floor.queued()
        assert floor.call(call).phase is CallPhase.QUEUED
        floor.wait(20.0)
        assert floor.offers(EVA) == [call]

    def test_without_agents_the_flow_goes_on(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "1")
        assert floor.said()[-1] == ("closed",)
        assert floor.call(call).phase is CallPhase.IN_FLOW

    def test_after_the_limit_the_caller_is_back_in_the_flow(self, floor: FlowFloor) -> None:
        floor.wish(ANN, LogIn())
        call = floor.entered()
        floor.press(call, "1")
        floor.wait(59.9)
        assert floor.call(call).phase is CallPhase.QUEUED
        floor.wait(0.2)
        assert floor.call(call).phase is CallPhase.IN_FLOW
        assert [event.queue for event in floor.events(CallLeftQueue)] == [SALES]
        assert floor.said()[-1] == ("closed",)

    def test_a_caller_who_rings_at_a_desk_is_not_taken_away_by_the_limit(self, floor: FlowFloor) -> None:
        floor.wish(ANN, LogIn())
        call = floor.entered()
        floor.press(call, "1")
        floor.wait(50)
        floor.available(ANN)
        floor.wait(15)
        assert floor.call(call).phase is CallPhase.OFFERED
        floor.wait(10)  # it is not accepted
        assert floor.call(call).phase is CallPhase.IN_FLOW
        assert floor.agent(ANN).state is AgentState.NOT_READY

    def test_the_callback_key_takes_the_caller_out_and_the_place_is_kept(self, floor: FlowFloor) -> None:
        floor.available(ANN)
        call = floor.entered()
        floor.press(call, "1")
        floor.wait(5)
        floor.press(call, "*")
        assert floor.agent(ANN).state is AgentState.AVAILABLE
        assert floor.said()[-1] == ("offer",)
        floor.press(call, "1")
        (booked,) = floor.state.callbacks
        (queued,) = floor.events(CallQueued)
        assert (booked.since, booked.taker) == (queued.since, ANN)  # the flow has let the caller go


class TestAsking:
    def looked_up(self, floor: FlowFloor) -> CallId:
        floor.wish(ANN, LogIn())
        call = floor.entered()
        floor.press(call, "2")
        floor.press(call, "4711")
        return call

    def test_a_lookup_is_run_and_its_answer_decides(self, floor: FlowFloor) -> None:
        call = self.looked_up(floor)
        (errand,) = floor.errands
        assert errand.errand.url == "https://crm.example.com/4711"  # type: ignore[union-attr]
        floor.answer(call, LookupAnswered(turn=floor.turn(call), status=200, body=b'{"level": 3}'))
        assert floor.call(call).queue == SUPPORT

    def test_without_an_answer_the_flow_goes_on_by_itself(self, floor: FlowFloor) -> None:
        call = self.looked_up(floor)
        floor.wait(8.1)
        assert floor.call(call).queue == SALES
        floor.answer(call, LookupAnswered(turn=3, status=200, body=b'{"level": 3}'))
        assert floor.call(call).queue == SALES

    def test_what_callers_enter_is_in_no_event(self, floor: FlowFloor) -> None:
        self.looked_up(floor)
        assert b"4711" not in b"".join(pack(event) for event in floor.log)
        passed = [move.exit for event in floor.events(FlowPassed) for move in event.moves]
        assert passed == ["open", "options.2", "next"]


class TestTransfers:
    def called(self, floor: FlowFloor) -> tuple[CallId, str]:
        call = floor.entered()
        floor.press(call, "3")
        return call, floor.sent(ConnectParty)[-1].party

    def test_who_is_called_and_answers_has_the_call(self, floor: FlowFloor) -> None:
        call, party = self.called(floor)
        to = floor.sent(ConnectParty)[-1].to
        assert isinstance(to, TrunkParty)
        assert (to.called.e164, to.trunk) == ("+442079460123", TRUNK)
        floor.take(PartyEstablished(**floor.stamp(), call=call, party=party))
        assert (floor.call(call).phase, floor.endings()) == (CallPhase.CONNECTED, ["transferred"])
        floor.wait(3600)
        floor.release(call)
        assert len(floor.events(CallEnded)) == 1

    def test_who_is_busy_sends_the_caller_back(self, floor: FlowFloor) -> None:
        call, party = self.called(floor)
        floor.take(PartyReleased(**floor.stamp(), call=call, party=party, cause=BUSY))
        assert floor.said()[-1] == ("closed",)
        assert [event.cause for event in floor.events(TransferEnded)] == [BUSY]

    def test_who_rings_too_long_rings_no_more(self, floor: FlowFloor) -> None:
        call, party = self.called(floor)
        floor.wait(26)
        assert [command.party for command in floor.sent(DropParty)] == [party]
        assert floor.said()[-1] == ("closed",)
        floor.take(PartyReleased(**floor.stamp(), call=call, party=party, cause=BUSY))
        assert floor.call(call).transfer is None
        assert floor.said().count(("closed",)) == 1

    def test_the_tenants_limits_hold_for_flows_too(self) -> None:
        floor = FlowFloor(limits=CallLimits(countries=("DE",)))
        call = floor.entered()
        floor.press(call, "3")
        assert floor.sent(ConnectParty) == []
        assert floor.said()[-1] == ("closed",)
        assert [event.limit for event in floor.events(LimitReached)] == ["destination"]
        assert floor.call(call).phase is CallPhase.IN_FLOW


class TestKeeping:
    def test_who_hangs_up_leaves_nothing_behind(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "2")
        floor.press(call, "47")
        floor.release(call)
        assert floor.kept == {}
        assert len(floor.state.flows) == 0
        assert len(floor.events(CallEnded)) == 1

    def test_the_next_owner_goes_on_where_the_former_was(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.press(call, "2")
        floor.press(call, "47")
        floor.state = floor.refold()
        floor.publish(flows_of())
        floor.state.flows.restore(floor.kept.values())
        floor.take(RulesAdopted())
        floor.press(call, "11")
        assert floor.errands[-1].errand.url == "https://crm.example.com/4711"  # type: ignore[union-attr]

    def test_a_call_whose_place_was_lost_waits_in_the_queue_of_its_number(self, floor: FlowFloor) -> None:
        call = floor.entered()
        floor.state = floor.refold()
        floor.publish(flows_of())
        floor.take(RulesAdopted())
        assert (floor.call(call).phase, floor.call(call).queue) == (CallPhase.QUEUED, SALES)

    def test_asking_alone_changes_nothing(self, floor: FlowFloor) -> None:
        call = floor.entered()
        before = floor.state.flows.of(call)
        decide(floor.state, CallDigit(**floor.stamp(), call=call, digit="1"), floor.now, floor.ids)
        assert floor.state.flows.of(call) == before
        assert floor.state.flows.changes == {}
