"""Passing a call on inside the house: to a queue with context, to a colleague at once, or after asking them."""

from typing import Any

import pytest

from kernel.contracts.calls import AgentState, OfferOutcome
from kernel.contracts.colleagues import CallPassedOn, ColleagueAsked, ColleagueJoined, ColleagueLeft
from kernel.contracts.desk import (
    AcceptConsultation,
    Confer,
    ConsultColleague,
    Dial,
    DropParty,
    HandOver,
    HangUp,
    Hold,
    RejectConsultation,
    Retrieve,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.directory import AgentProfile
from kernel.contracts.log import CallConnected, CallEnded, CallQueued, TransferEnded
from kernel.contracts.queues import SkillLevel
from kernel.contracts.supervision import LeaveSupervision, Manner, SuperviseCall
from kernel.contracts.telephony import ConnectAgent, HoldCall, RetrieveCall
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId
from routing.acd.decide import next_timer
from routing.acd.picturing import picture_of
from routing.calls.model import CallPhase
from routing.errors import (
    AgentNotFree,
    CannotQueue,
    ColleaguesCall,
    NobodyInvited,
    OfferGone,
    TransferUnderWay,
    UnknownSkill,
)
from routing.reconciler.differences import compare
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, NOBODY, SALES, SUPPORT, ZOE, Floor, directory

GERMAN = (SkillLevel("german", 5),)


class Checked(Floor):
    """Audited after every decision."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(1, **changes)
        self.auditor = Auditor(self.state)

    def take(self, word: Any) -> Any:
        decision = super().take(word)
        self.auditor.follow(self.log)
        self.auditor.check(self.state, self.rules)
        return decision


def skilled(*agents: Any) -> dict[str, Any]:
    """Eva speaks German."""
    return {"agents": tuple(
        AgentProfile(agent=one.agent, name=one.name, queues=one.queues, has_seat=one.has_seat, skills=GERMAN)
        if one.agent in agents else one
        for one in directory(Checked().tenant).agents
    )}  # fmt: skip


@pytest.fixture
def floor() -> Checked:
    return Checked()


def asked(floor: Floor, note: str = "") -> CallId:
    """ANN, in conversation, asks ZOE, who serves no queue."""
    call = floor.connected(ANN)
    floor.available(ZOE)
    floor.wish(ANN, ConsultColleague(call=call, agent=ZOE, note=note))
    return call


def talking(floor: Floor) -> CallId:
    call = asked(floor)
    floor.wish(ZOE, AcceptConsultation(call=call))
    return call


class TestToAQueueWithContext:
    def test_only_who_has_the_skills_gets_the_caller_and_reads_the_note(self) -> None:
        floor = Checked(**skilled(EVA))
        call = floor.connected(ANN)
        floor.available(EVA)
        floor.wish(ANN, TransferToQueue(call=call, queue=SUPPORT, note=" wants a refund ", skills=GERMAN))
        (passed,) = floor.events(CallPassedOn)
        assert (passed.by, passed.note, passed.queue, passed.to) == (ANN, "wants a refund", SUPPORT, None)
        assert floor.call(call).agent == EVA
        assert floor.events(CallQueued)[-1].needs[0].accepts.of[0].skill == "german"  # type: ignore[union-attr]

    def test_skills_that_nobody_there_has_are_refused(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        with pytest.raises(UnknownSkill):
            floor.wish(ANN, TransferToQueue(call=call, queue=SUPPORT, skills=GERMAN))
        assert floor.call(call).phase is CallPhase.CONNECTED
        assert not floor.events(CallPassedOn)

    def test_what_the_caller_needed_before_does_not_hold_in_the_next_queue(self) -> None:
        floor = Checked(**skilled(EVA))
        call = floor.connected(ANN)
        floor.wish(ANN, TransferToQueue(call=call, queue=SUPPORT, skills=GERMAN))
        floor.available(EVA)
        floor.accept(EVA)
        floor.wish(EVA, TransferToQueue(call=call, queue=SALES))
        assert floor.call(call).needs == ()


class TestToAColleagueAtOnce:
    def test_their_desk_rings_though_they_serve_no_queue(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.available(ZOE, BEN)
        floor.wish(ANN, TransferToColleague(call=call, agent=ZOE, note="old friend"))
        assert (floor.call(call).phase, floor.call(call).agent) == (CallPhase.OFFERED, ZOE)
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert floor.events(CallPassedOn)[0].to == ZOE
        floor.accept(ZOE)
        assert floor.sent(ConnectAgent)[-1].agent == ZOE

    def test_whom_they_do_not_take_is_in_front_of_the_queue(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        since = floor.call(call).since
        floor.available(ZOE)
        floor.wait(100)
        later = floor.queued()
        floor.wish(ANN, TransferToColleague(call=call, agent=ZOE))
        floor.wait(20)
        assert floor.call(call).since == since
        floor.available(BEN)
        assert (floor.call(call).agent, floor.call(later).phase) == (BEN, CallPhase.QUEUED)

    @pytest.mark.parametrize("who", [EVA, BEN, NOBODY, ANN])
    def test_only_who_is_available_and_seated(self, floor: Floor, who: Any) -> None:
        call = floor.connected(ANN)
        floor.not_ready(BEN)
        with pytest.raises((AgentNotFree, NotFound)):
            floor.wish(ANN, TransferToColleague(call=call, agent=who))
        assert floor.call(call).agent == ANN

    def test_whom_we_dialled_is_asked_about_first(self, floor: Floor) -> None:
        floor.available(ANN, ZOE)
        floor.wish(ANN, Dial(called=FAR_END))
        (call,) = floor.state.calls
        floor.establish(call.call)
        with pytest.raises(CannotQueue):
            floor.wish(ANN, TransferToColleague(call=call.call, agent=ZOE))


class TestAskingAColleague:
    def test_the_caller_hears_music_while_their_desk_rings(self, floor: Floor) -> None:
        call = asked(floor, "what is the price?")
        assert floor.sent(HoldCall)[-1].call == call
        assert floor.agent(ZOE).state is AgentState.OFFERED
        (told,) = floor.events(ColleagueAsked)
        assert (told.agent, told.by, floor.events(CallPassedOn)[0].note) == (ZOE, ANN, "what is the price?")

    def test_the_two_hear_each_other_alone(self, floor: Floor) -> None:
        call = talking(floor)
        heard = floor.sent(SuperviseCall)[-1]
        assert (heard.call, heard.supervisor, heard.manner) == (call, ZOE, Manner.WHISPER)
        assert (floor.agent(ZOE).state, floor.agent(ZOE).call) == (AgentState.CONNECTED, call)
        assert floor.call(call).phase is CallPhase.HELD
        assert floor.call(call).agent == ANN

    def test_the_caller_is_handed_over_and_the_first_wraps_up(self, floor: Floor) -> None:
        call = talking(floor)
        floor.wish(ANN, HandOver(call=call))
        assert (floor.call(call).phase, floor.call(call).agent) == (CallPhase.CONNECTED, ZOE)
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        assert floor.sent(ConnectAgent)[-1].agent == ZOE
        assert floor.sent(LeaveSupervision)[-1].supervisor == ZOE
        assert floor.events(TransferEnded)[-1].attended
        assert [event.agent for event in floor.events(CallConnected)] == [ANN, ZOE]
        floor.release(call)
        assert floor.agent(ZOE).state is AgentState.WRAP_UP

    def test_all_three_talk_and_the_first_may_leave(self, floor: Floor) -> None:
        call = talking(floor)
        floor.wish(ANN, Confer(call=call))
        assert floor.sent(SuperviseCall)[-1].manner is Manner.BARGE
        assert floor.sent(RetrieveCall)[-1].call == call
        assert not floor.events(ColleagueJoined)[-1].aside
        floor.wish(ANN, HandOver(call=call))
        assert floor.call(call).agent == ZOE

    @pytest.mark.parametrize("intent", [Retrieve, DropParty])
    def test_who_goes_back_to_the_caller_lets_the_colleague_go(self, floor: Floor, intent: Any) -> None:
        call = talking(floor)
        floor.wish(ANN, intent(call=call, **({"party": "colleague"} if intent is DropParty else {})))
        assert floor.agent(ZOE).state is AgentState.AVAILABLE
        assert floor.events(ColleagueLeft)[-1].outcome is OfferOutcome.ACCEPTED
        assert floor.call(call).colleague is None

    def test_the_colleague_leaves_by_hanging_up_and_ends_nothing(self, floor: Floor) -> None:
        call = talking(floor)
        with pytest.raises(ColleaguesCall):
            floor.wish(ZOE, Hold(call=call))
        floor.wish(ZOE, HangUp(call=call))
        assert not floor.events(CallEnded)
        assert (floor.agent(ZOE).state, floor.call(call).agent) == (AgentState.AVAILABLE, ANN)

    def test_who_declines_or_does_not_answer_leaves_the_caller_on_hold(self, floor: Floor) -> None:
        call = asked(floor)
        floor.wish(ZOE, RejectConsultation(call=call))
        assert floor.events(ColleagueLeft)[-1].outcome is OfferOutcome.REJECTED
        floor.available(BEN)
        floor.wish(ANN, ConsultColleague(call=call, agent=BEN))
        floor.wait(20)
        assert floor.events(ColleagueLeft)[-1].outcome is OfferOutcome.NO_ANSWER
        assert (floor.agent(BEN).state, floor.call(call).phase) == (AgentState.NOT_READY, CallPhase.HELD)

    def test_before_the_answer_nobody_can_be_handed_the_call(self, floor: Floor) -> None:
        call = asked(floor)
        for intent in (HandOver(call=call), Confer(call=call)):
            with pytest.raises(NobodyInvited):
                floor.wish(ANN, intent)
        floor.available(BEN)
        with pytest.raises(TransferUnderWay):
            floor.wish(ANN, ConsultColleague(call=call, agent=BEN))

    def test_nobody_else_can_answer(self, floor: Floor) -> None:
        call = asked(floor)
        floor.available(BEN)
        with pytest.raises(OfferGone):
            floor.wish(BEN, AcceptConsultation(call=call))

    @pytest.mark.parametrize("answered", [False, True])
    def test_the_callers_end_frees_the_colleague(self, floor: Floor, answered: bool) -> None:
        call = talking(floor) if answered else asked(floor)
        floor.release(call)
        assert floor.agent(ZOE).state is AgentState.AVAILABLE
        assert floor.state.consultations == {}

    @pytest.mark.parametrize("answered", [False, True])
    def test_an_agent_who_is_lost_frees_the_colleague_and_gives_the_caller_back(
        self, floor: Floor, answered: bool
    ) -> None:
        call = talking(floor) if answered else asked(floor)
        floor.reach(ANN, reachable=False)
        floor.wait(31)
        assert floor.agent(ZOE).state in {AgentState.AVAILABLE, AgentState.NOT_READY}
        assert floor.call(call).phase is CallPhase.QUEUED

    def test_a_colleague_whose_browser_is_lost_leaves_the_call_as_it_was(self, floor: Floor) -> None:
        call = talking(floor)
        floor.reach(ZOE, reachable=False)
        floor.wait(31)
        assert floor.agent(ZOE).state is AgentState.NOT_READY
        assert (floor.call(call).agent, floor.call(call).phase) == (ANN, CallPhase.HELD)

    @pytest.mark.parametrize("answered", [False, True])
    def test_nobody_heals_what_is_no_difference(self, floor: Floor, answered: bool) -> None:
        if answered:
            talking(floor)
        else:
            asked(floor)
        assert compare(picture_of(floor.state, floor.now, next_timer(floor.state))) == []

    def test_the_log_alone_tells_who_was_asked(self, floor: Floor) -> None:
        call = talking(floor)
        for state in (floor.refold(), floor.restored()):
            assert state.call(call) == floor.call(call)
            assert state.consultations == {ZOE: call}
