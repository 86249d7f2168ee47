"""Messages as work items: agents are asked to take them after all callers, work on them, and leave none behind."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from kernel.contracts.callbacks import CallbackFirst, RequestCallback
from kernel.contracts.calls import AgentState, EndReason
from kernel.contracts.desk import Dial, FinishWrapUp, LogOut, RequestState
from kernel.contracts.log import CallOffered
from kernel.contracts.queues import (
    AtLeast,
    CallbackSettings,
    Distribution,
    Step,
    WaitingRules,
)
from kernel.contracts.telephony import PlaceCall
from kernel.contracts.voicemail import (
    FinishVoicemail,
    GiveBackVoicemail,
    RejectVoicemail,
    ReturnCause,
    TakeVoicemail,
    VoicemailEnded,
    VoicemailOffered,
    VoicemailReturned,
    VoicemailRungBack,
)
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import VoicemailId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import CallbackIntent
from routing.acd.picturing import picture_of
from routing.calls.model import CallPhase
from routing.errors import AlreadyOnCall, OfferGone
from routing.reconciler.differences import compare
from routing.voicemail.decide import OFFER_SECONDS
from routing.voicemail.errors import VoicemailInHand
from routing.voicemail.machine import Phase
from tests.unit.routing.floor import ANN, BEN, SALES, SUPPORT, SUPPORT_NUMBER, directory
from tests.unit.routing.work_floor import RULES, WorkFloor

CUSTOMER = PhoneNumber("+442071838799")


def knows_no_skills(*_: object) -> None:
    """In place of a check of the auditor, to whom a caller who needs German is forgotten."""


@pytest.fixture
def floor() -> WorkFloor:
    return WorkFloor()


class TestOffers:
    def test_who_becomes_available_is_asked_to_take_the_oldest(self, floor: WorkFloor) -> None:
        first, second = floor.heard(), floor.heard()
        floor.available(ANN)
        assert floor.phase(first) == (Phase.OFFERED, ANN)
        assert floor.phase(second) == (Phase.NEW, None)
        agent = floor.agent(ANN)
        assert (agent.state, agent.call, agent.queue) == (AgentState.OFFERED, None, SALES)
        assert agent.until == floor.now + timedelta(seconds=OFFER_SECONDS)

    def test_a_message_whose_sound_arrives_is_offered_to_who_is_there(self, floor: WorkFloor) -> None:
        message = floor.left()
        floor.available(ANN)
        assert floor.phase(message.voicemail) == (Phase.NEW, None), "nothing can be heard of it yet"
        floor.store(message.call, message.voicemail)
        assert floor.phase(message.voicemail) == (Phase.OFFERED, ANN)

    def test_overdue_ones_come_first(self, floor: WorkFloor) -> None:
        old = floor.heard()
        floor.wait(RULES.due_seconds)
        young = floor.heard()
        floor.available(ANN)
        assert (floor.phase(old)[0], floor.phase(young)[0]) == (Phase.OFFERED, Phase.NEW)

    def test_a_queue_that_does_not_offer_them_asks_nobody(self) -> None:
        floor = WorkFloor(replace(RULES, offered=False))
        name = floor.heard()
        floor.available(ANN)
        assert floor.phase(name) == (Phase.NEW, None)
        assert floor.state_of(ANN) == (AgentState.AVAILABLE, "")

    def test_callers_come_first(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, RejectVoicemail(name))
        call = floor.queued()
        floor.wish(ANN, RequestState(AgentState.AVAILABLE))
        assert floor.agent(ANN).call == call
        assert floor.phase(name) == (Phase.NEW, None)

    def test_who_could_serve_a_caller_soon_is_not_asked(
        self, floor: WorkFloor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(floor.auditor, "_nobody_forgotten", knows_no_skills)
        name = floor.heard()
        sales, support = (floor.rules.queue(queue) for queue in (SALES, SUPPORT))
        assert sales is not None
        assert support is not None
        german = Distribution(needs=(Step(AtLeast("german", 5)),))
        floor.adopt(
            queues=(replace(sales, waiting=WaitingRules(voicemail=RULES)), replace(support, distribution=german))
        )
        call = floor.queued(SUPPORT_NUMBER)
        floor.available(ANN)
        assert floor.call(call).phase is CallPhase.QUEUED, "she does not fit"
        assert floor.phase(name) == (Phase.NEW, None)
        floor.release(call)
        assert floor.phase(name) == (Phase.OFFERED, ANN)

    def test_whose_customer_is_being_rung_is_not_asked(self, floor: WorkFloor) -> None:
        sales, support = floor.state.rules.directory(floor.tenant).queues
        first = replace(sales.waiting, callbacks=CallbackSettings(first=CallbackFirst.CUSTOMER))
        floor.adopt(queues=(replace(sales, waiting=first), support))
        left = floor.heard()
        floor.take(CallbackIntent(floor.tenant, BEN, RequestCallback(queue=SALES, number=CUSTOMER)))
        floor.available(ANN)
        assert [placed.called for placed in floor.sent(PlaceCall)] == [CUSTOMER]
        assert floor.phase(left)[0] is Phase.NEW
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_the_queues_skills_hold_for_messages_too(self, floor: WorkFloor) -> None:
        name = floor.heard()
        sales, support = directory(floor.tenant).queues
        german = Distribution(needs=(Step(AtLeast("german", 5)),))
        waiting = WaitingRules(voicemail=RULES)
        floor.adopt(queues=(replace(sales, waiting=waiting, distribution=german), support))
        floor.available(ANN)
        assert floor.phase(name) == (Phase.NEW, None)

    def test_some_are_kept_free_for_callers(self) -> None:
        floor = WorkFloor(replace(RULES, keep_free=1))
        name = floor.heard()
        floor.available(ANN)
        assert floor.phase(name) == (Phase.NEW, None), "she is the one who is kept free"
        floor.available(BEN)
        assert floor.phase(name)[0] is Phase.OFFERED

    def test_refused_goes_to_the_next_and_the_agent_is_not_ready(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN, BEN)
        floor.act(ANN, RejectVoicemail(name))
        assert floor.state_of(ANN) == (AgentState.NOT_READY, "rejected")
        assert floor.phase(name) == (Phase.OFFERED, BEN)
        assert [event.cause for event in floor.events(VoicemailReturned)] == [ReturnCause.REJECTED]
        with pytest.raises(OfferGone):
            floor.act(ANN, RejectVoicemail(name))

    def test_who_does_not_react_is_not_asked_again(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.wait(OFFER_SECONDS)
        assert floor.state_of(ANN) == (AgentState.NOT_READY, "no_answer")
        assert floor.phase(name) == (Phase.NEW, None)
        assert [event.cause for event in floor.events(VoicemailReturned)] == [ReturnCause.NO_ANSWER]
        assert len(floor.events(VoicemailOffered)) == 1

    def test_who_is_lost_while_asked_leaves_it_to_others(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.reach(ANN, reachable=False)
        assert floor.phase(name) == (Phase.NEW, None)
        assert floor.agent(ANN).state is AgentState.NOT_READY

    def test_one_that_is_erased_releases_who_was_asked(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.erase(floor.message(name))
        assert floor.state_of(ANN) == (AgentState.AVAILABLE, "")


class TestWork:
    def test_work_is_connected_time_with_no_call_for_the_queue(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        agent = floor.agent(ANN)
        assert (agent.state, agent.call, agent.queue, agent.client) == (AgentState.CONNECTED, None, SALES, floor.tenant)
        floor.act(ANN, FinishVoicemail(name, disposition="resolved", note="All well."))
        assert floor.state_of(ANN) == (AgentState.AVAILABLE, "")
        (ended,) = floor.events(VoicemailEnded)
        assert (ended.agent, ended.disposition, ended.note, ended.call) == (ANN, "resolved", "All well.", None)

    def test_who_picks_one_from_the_list_goes_the_same_way_and_back_to_the_pause(self) -> None:
        floor = WorkFloor(replace(RULES, offered=False))
        name = floor.heard()
        floor.available(ANN)
        floor.wish(ANN, RequestState(AgentState.NOT_READY, "break"))
        floor.act(ANN, TakeVoicemail(name))
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, None)
        floor.act(ANN, FinishVoicemail(name))
        assert floor.state_of(ANN) == (AgentState.NOT_READY, "break")

    def test_nobody_has_two_works_at_once(self, floor: WorkFloor) -> None:
        first, second, third = floor.heard(), floor.heard(), floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(first))
        with pytest.raises(VoicemailInHand):
            floor.act(ANN, TakeVoicemail(second))
        floor.act(BEN, TakeVoicemail(second))
        with pytest.raises(VoicemailInHand):
            floor.act(BEN, TakeVoicemail(third))

    def test_who_talks_or_wraps_up_takes_none(self) -> None:
        floor = WorkFloor(replace(RULES, offered=False))
        name = floor.heard()
        floor.wrapping_up(ANN)
        with pytest.raises(AlreadyOnCall):
            floor.act(ANN, TakeVoicemail(name))

    def test_no_caller_rings_at_who_works_on_one(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        floor.queued()
        assert floor.agent(ANN).call is None

    def test_given_back_it_is_not_offered_again_before_it_is_overdue(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        floor.act(ANN, GiveBackVoicemail(name))
        assert floor.state_of(ANN) == (AgentState.AVAILABLE, "")
        assert floor.phase(name) == (Phase.NEW, None)
        floor.wait(RULES.due_seconds - 60)
        assert floor.phase(name) == (Phase.NEW, None)
        floor.wait(60)
        assert floor.phase(name) == (Phase.OFFERED, ANN)

    def test_whose_time_is_over_is_not_ready_and_the_message_in_line_again(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        floor.wait(RULES.work_seconds)
        assert floor.state_of(ANN) == (AgentState.NOT_READY, "overdue")
        assert floor.phase(name) == (Phase.NEW, None)
        floor.available(BEN)
        assert floor.phase(name) == (Phase.OFFERED, BEN)

    def test_log_out_leaves_it_to_others(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        floor.wish(ANN, LogOut())
        assert floor.agent(ANN).state is AgentState.LOGGED_OUT
        assert floor.phase(name) == (Phase.NEW, None)

    def test_whose_browser_stays_away_leaves_it_to_others(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        floor.reach(ANN, reachable=False)
        assert floor.phase(name) == (Phase.TAKEN, ANN)
        floor.wait(31)
        assert floor.agent(ANN).state is AgentState.NOT_READY
        assert floor.phase(name) == (Phase.NEW, None)


class TestRingingBack:
    def ring(self, floor: WorkFloor) -> tuple[VoicemailId, Any]:
        name = floor.heard()
        floor.available(ANN)
        floor.act(ANN, TakeVoicemail(name))
        floor.wish(ANN, Dial(called=CUSTOMER))
        (rung,) = floor.events(VoicemailRungBack)
        assert rung.call == floor.agent(ANN).call
        return name, rung.call

    def test_the_call_is_the_queues_and_the_end_of_the_message_names_it(self, floor: WorkFloor) -> None:
        name, call = self.ring(floor)
        assert [event.queue for event in floor.events(CallOffered) if event.call == call] == [SALES]
        floor.establish(call)
        floor.act(ANN, FinishVoicemail(name, disposition="resolved"))
        assert [event.call for event in floor.events(VoicemailEnded)] == [call]
        assert floor.agent(ANN).call == call, "they talk on"
        floor.release(call)
        assert floor.agent(ANN).state is AgentState.WRAP_UP
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert floor.state_of(ANN) == (AgentState.AVAILABLE, "")

    def test_after_the_call_they_are_back_at_the_message(self, floor: WorkFloor) -> None:
        name, call = self.ring(floor)
        floor.establish(call)
        floor.release(call)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, None)
        assert floor.phase(name) == (Phase.TAKEN, ANN)

    def test_who_is_not_reached_may_be_rung_again(self, floor: WorkFloor) -> None:
        name, call = self.ring(floor)
        floor.release(call, EndReason.NO_ANSWER)
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, None)
        floor.wish(ANN, Dial(called=CUSTOMER))
        floor.act(ANN, FinishVoicemail(name))
        assert floor.events(VoicemailEnded)[0].call == floor.events(VoicemailRungBack)[-1].call != call

    def test_a_long_talk_does_not_take_the_message_away(self, floor: WorkFloor) -> None:
        name, call = self.ring(floor)
        floor.establish(call)
        floor.wait(RULES.work_seconds + 60)
        assert floor.phase(name) == (Phase.TAKEN, ANN)

    def test_a_second_call_needs_the_first_to_be_over(self, floor: WorkFloor) -> None:
        self.ring(floor)
        with pytest.raises(CordboardError):
            floor.wish(ANN, Dial(called=CUSTOMER))


class TestKept:
    def test_an_offer_and_work_outlive_a_restart(self, floor: WorkFloor) -> None:
        first, _ = floor.heard(), floor.heard()
        floor.available(ANN)
        for again in (floor.refold(), floor.restored()):
            assert again.snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)
            assert len(again.messages.line) == len(floor.state.messages.line) == 1
        floor.act(ANN, TakeVoicemail(first))
        assert floor.refold().snapshot(floor.tenant) == floor.state.snapshot(floor.tenant)

    def test_the_reconciler_leaves_who_works_on_one_alone(self, floor: WorkFloor) -> None:
        name = floor.heard()
        floor.available(ANN)
        assert list(compare(picture_of(floor.state, floor.now, None))) == []
        floor.act(ANN, TakeVoicemail(name))
        assert list(compare(picture_of(floor.state, floor.now, None))) == []

    def test_other_rules_count_at_once(self, floor: WorkFloor) -> None:
        silent = WorkFloor(replace(RULES, offered=False))
        name = silent.heard()
        silent.available(ANN)
        sales, support = directory(silent.tenant).queues
        silent.adopt(queues=(replace(sales, waiting=WaitingRules(voicemail=RULES)), support))
        assert silent.phase(name) == (Phase.OFFERED, ANN)
