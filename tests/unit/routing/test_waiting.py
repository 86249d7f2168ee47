"""Callers who wait: what they are told, when their queue sends them on, and the places that they keep."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.contracts.callbacks import CallbackRequested
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.desk import LogOut
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallEnded, CallerTold, CallOverflowed, CallQueued, PartyLeft, TransferEnded
from kernel.contracts.queues import (
    Comfort,
    Distribution,
    LastAgent,
    Overflow,
    OverflowCause,
    ToCallback,
    ToNumber,
    ToQueue,
    WaitingRules,
)
from kernel.contracts.telephony import (
    AnswerCall,
    CallDigit,
    ConnectParty,
    DropParty,
    EndCall,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PlayToCaller,
    RejectCall,
)
from kernel.primitives.ids import CallId, QueueId, TenantId
from routing.acd import overflowing
from routing.acd.comforting import COMFORT_TOKEN
from routing.acd.flow_words import Announce, Announced, FlowSpoken
from routing.acd.outlook import queue_outlooks, waiting_callers
from routing.calls.model import LIMITS, CallPhase
from routing.flows.document.speech import Spoken
from routing.flows.run.effects import Speak
from tests.unit.routing.floor import (
    ANN,
    BEN,
    CALLER,
    EVA,
    FAR_END,
    SALES,
    SALES_NUMBER,
    SUPPORT,
    SUPPORT_NUMBER,
    Floor,
    directory,
)

FULL, WAITED, NO_AGENTS = OverflowCause.FULL, OverflowCause.WAITED, OverflowCause.NO_AGENTS
NO_LIMITS = WaitingRules()
OUTSIDE = ToNumber(FAR_END)
BUSY = EndCause(EndResult.CALLEE, EndReason.BUSY)


def queues(sales: WaitingRules = NO_LIMITS, support: WaitingRules = NO_LIMITS, **more: Any) -> dict[str, Any]:
    one, two = directory(TenantId(UUID(int=1))).queues
    return {"queues": (replace(one, waiting=sales, **more), replace(two, waiting=support))}


def floor_with(sales: WaitingRules = NO_LIMITS, support: WaitingRules = NO_LIMITS, **more: Any) -> Floor:
    return Floor(1, **queues(sales, support, **more))


def sends(*overflows: Overflow, capacity: int | None = None) -> WaitingRules:
    return WaitingRules(capacity=capacity, overflows=overflows)


def busy(floor: Floor) -> None:
    """Everybody of sales talks."""
    floor.available(ANN, BEN)
    for agent in (ANN, BEN):
        floor.queued()
        floor.accept(agent)


def party(floor: Floor, kind: Any, call: CallId, **more: Any) -> None:
    floor.take(kind(**floor.stamp_of(call), call=call, party=floor.sent(ConnectParty)[-1].party, **more))


class TestFull:
    def test_the_caller_beyond_the_capacity_goes_to_the_next_queue_and_keeps_the_place(self) -> None:
        floor = floor_with(sends(Overflow(FULL, ToQueue(SUPPORT)), capacity=1))
        busy(floor)
        first, second = floor.queued(), floor.queued()

        assert floor.call(first).queue == SALES
        assert floor.call(second).queue == SUPPORT
        (told,) = floor.events(CallOverflowed)
        assert (told.call, told.queue, told.cause, told.to) == (second, SALES, FULL, ToQueue(SUPPORT))
        assert floor.call(second).since == floor.now

    def test_who_can_be_served_at_once_needs_no_room(self) -> None:
        floor = floor_with(sends(capacity=0))
        call = floor.offered(ANN)
        assert floor.call(call).phase is CallPhase.OFFERED

    def test_without_another_way_the_line_is_busy_before_it_is_answered(self) -> None:
        floor = floor_with(sends(capacity=0))
        call = floor.arrive()
        (ended,) = floor.events(CallEnded)
        assert (ended.call, ended.queue) == (call, SALES)
        assert (ended.cause.reason, ended.cause.sip_code) == (EndReason.OVERLOADED, 486)
        assert floor.sent(RejectCall)[-1].cause.sip_code == 486
        assert not floor.sent(AnswerCall)

    def test_who_hears_the_greeting_takes_room_too(self) -> None:
        floor = floor_with(sends(capacity=1))
        floor.establish(floor.arrive())
        floor.arrive()
        assert len(floor.sent(AnswerCall)) == 1
        assert len(floor.sent(RejectCall)) == 1

    def test_who_can_go_elsewhere_is_answered(self) -> None:
        floor = floor_with(sends(Overflow(FULL, ToQueue(SUPPORT)), capacity=0))
        assert floor.call(floor.queued()).queue == SUPPORT
        full = floor_with(sends(Overflow(FULL, ToQueue(SUPPORT)), capacity=0), sends(capacity=0))
        full.arrive()
        assert full.sent(RejectCall)

    def test_who_fills_the_queue_during_the_greeting_is_told_so_after_it(self) -> None:
        floor = floor_with(sends(capacity=1))
        floor.available(ANN)
        first, second = floor.arrive(), floor.arrive()
        for call in (first, second):
            floor.establish(call)
        floor.wish(ANN, LogOut())
        for call in (first, second):
            floor.played(call)
        (ended,) = floor.events(CallEnded)
        assert (ended.call, ended.cause.sip_code) == (second, 486)
        assert floor.sent(EndCall)[-1].call == second

    def test_a_caller_who_comes_back_from_a_refused_offer_is_not_sent_away(self) -> None:
        floor = floor_with(sends(capacity=0))
        call = floor.offered(ANN)
        floor.wait(60)
        assert floor.call(call).phase is CallPhase.QUEUED


class TestNobodyThere:
    def test_a_caller_who_comes_goes_on(self) -> None:
        floor = floor_with(sends(Overflow(NO_AGENTS, ToQueue(SUPPORT))))
        assert floor.call(floor.queued()).queue == SUPPORT

    def test_all_who_wait_go_on_when_the_last_agent_logs_out(self) -> None:
        floor = floor_with(sends(Overflow(NO_AGENTS, ToQueue(SUPPORT))))
        floor.not_ready(ANN, BEN)
        calls = [floor.queued(), floor.queued()]
        floor.wish(ANN, LogOut())
        assert [floor.call(call).queue for call in calls] == [SALES, SALES]
        floor.wish(BEN, LogOut())
        assert [floor.call(call).queue for call in calls] == [SUPPORT, SUPPORT]
        assert [event.visited for event in floor.events(CallQueued)[-2:]] == [(SALES,), (SALES,)]

    def test_a_queue_never_gets_a_caller_back(self) -> None:
        floor = floor_with(sends(Overflow(NO_AGENTS, ToQueue(SUPPORT))), sends(Overflow(NO_AGENTS, ToQueue(SALES))))
        call = floor.queued()
        floor.wait(600)
        assert floor.call(call).queue == SUPPORT
        assert len(floor.events(CallOverflowed)) == 1

    def test_another_tenants_queue_is_none(self) -> None:
        elsewhere = ToQueue(QueueId(UUID(int=77)))
        floor = floor_with(sends(Overflow(NO_AGENTS, elsewhere)))
        assert floor.call(floor.queued()).queue == SALES

    def test_what_nobody_can_carry_out_gives_way_to_the_next(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(overflowing, "WAYS", {})
        floor = floor_with(sends(Overflow(NO_AGENTS, ToCallback()), Overflow(NO_AGENTS, ToQueue(SUPPORT))))
        assert floor.call(floor.queued()).queue == SUPPORT

    def test_changed_settings_hold_for_who_waits(self, floor: Floor) -> None:
        call = floor.queued()
        floor.adopt(**queues(sends(Overflow(NO_AGENTS, ToQueue(SUPPORT)))))
        assert floor.call(call).queue == SUPPORT


class TestWaitedTooLong:
    def test_the_caller_goes_on_after_the_time_in_this_queue(self) -> None:
        floor = floor_with(sends(Overflow(WAITED, ToQueue(SUPPORT), 30.0)))
        busy(floor)
        call = floor.queued()
        begun = floor.now
        floor.wait(29)
        assert floor.call(call).queue == SALES
        floor.available(EVA)
        floor.wait(1)
        assert floor.call(call).phase is CallPhase.OFFERED
        assert floor.call(call).queue == SUPPORT
        assert floor.call(call).since == begun

    def test_who_is_offered_at_that_time_stays(self) -> None:
        floor = floor_with(sends(Overflow(WAITED, ToQueue(SUPPORT), 30.0)))
        call = floor.queued()
        floor.wait(29)
        floor.available(ANN)
        floor.wait(2)
        assert floor.call(call).queue == SALES


class TestToANumber:
    @pytest.fixture
    def floor(self) -> Floor:
        return floor_with(sends(Overflow(NO_AGENTS, OUTSIDE)))

    def test_it_is_dialled_beside_the_music(self, floor: Floor) -> None:
        call = floor.queued()
        (dialled,) = floor.sent(ConnectParty)
        assert (dialled.call, dialled.to.called, dialled.ends_call) == (call, FAR_END, False)  # type: ignore[union-attr]
        assert floor.call(call).phase is CallPhase.DIVERTED
        assert floor.state.waiting.count(SALES) == 0

    def test_who_answers_has_the_caller_and_what_it_costs_is_told(self, floor: Floor) -> None:
        call = floor.queued()
        party(floor, PartyEstablished, call)
        assert floor.sent(JoinParty)[-1].ends_call
        answered = floor.now
        floor.wait(3_600)
        floor.release(call)
        (left,) = floor.events(PartyLeft)
        assert (left.to, left.since) == (floor.sent(ConnectParty)[0].to, answered)
        assert floor.events(CallEnded)[0].cause.reason is EndReason.HANGUP_BY_CALLER

    def test_who_does_not_answer_gives_the_caller_back_to_the_old_place(self, floor: Floor) -> None:
        call = floor.queued()
        since = floor.call(call).since
        floor.wait(20)
        party(floor, PartyReleased, call, cause=BUSY)
        assert floor.events(TransferEnded)[0].cause == BUSY
        assert floor.call(call).phase is CallPhase.QUEUED
        assert floor.call(call).since == since
        assert floor.sent(PlayToCaller)[-1].call == call
        assert len(floor.sent(ConnectParty)) == 1, "nobody is dialled over and over"

    def test_a_lost_report_ends_it_too(self, floor: Floor) -> None:
        call = floor.queued()
        floor.wait(LIMITS[CallPhase.DIVERTED].total_seconds())
        assert floor.sent(DropParty)[-1].call == call
        assert floor.call(call).phase is CallPhase.QUEUED

    def test_a_number_that_may_not_be_dialled_is_none(self) -> None:
        floor = Floor(1)
        floor.adopt(**queues(sends(Overflow(NO_AGENTS, OUTSIDE))), limits=CallLimits(countries=()))
        assert floor.call(floor.queued()).phase is CallPhase.QUEUED
        assert not floor.sent(ConnectParty)


class TestToACallback:
    """Without agents the queue offers to call back; the caller is asked before the line is let go."""

    @pytest.fixture
    def floor(self) -> Floor:
        return floor_with(sends(Overflow(NO_AGENTS, ToCallback())))

    def offered(self, floor: Floor) -> CallId:
        call = floor.queued()
        self.said(floor, call)
        return call

    def said(self, floor: Floor, call: CallId) -> None:
        """The sounds of what is to be said are there."""
        errand = floor.errands[-1].errand
        assert isinstance(errand, Speak)
        floor.take(FlowSpoken(floor.tenant, call, errand.turn, ("spoken-1",)))

    def words(self, floor: Floor) -> str:
        errand = floor.errands[-1].errand
        assert isinstance(errand, Speak)
        said = errand.said[0]
        assert isinstance(said, Spoken)
        return said.text

    def press(self, floor: Floor, call: CallId, digit: str) -> None:
        floor.take(CallDigit(**floor.stamp_of(call), call=call, digit=digit))

    def test_the_caller_hears_the_number_and_what_to_press(self, floor: Floor) -> None:
        call = self.offered(floor)
        assert "Press 1 to keep your place" in self.words(floor)
        assert "4 4 2 0 7 1 8 3 8 7 5 0" in self.words(floor)
        assert floor.sent(PlayToCaller)[-1].prompts == ("spoken-1",)
        assert floor.call(call).phase is CallPhase.IN_FLOW
        assert not floor.events(CallbackRequested), "nothing is promised unasked"

    def test_who_presses_the_key_is_promised_the_place_thanked_and_let_go(self, floor: Floor) -> None:
        call = self.offered(floor)
        since = floor.call(call).since
        self.press(floor, call, "1")
        (promised,) = floor.events(CallbackRequested)
        assert (promised.number, promised.since, promised.origin, promised.queue) == (CALLER, since, call, SALES)
        assert self.words(floor).startswith("Thank you")
        self.said(floor, call)
        floor.played(call, floor.sent(PlayToCaller)[-1].token)
        assert floor.sent(EndCall)[-1].call == call

    @pytest.mark.parametrize("keys", ["5", ""])
    def test_who_wants_to_stay_waits_at_the_old_place_and_is_not_asked_again(self, floor: Floor, keys: str) -> None:
        call = self.offered(floor)
        since = floor.call(call).since
        floor.played(call, floor.sent(PlayToCaller)[-1].token)
        for key in keys:
            self.press(floor, call, key)
        floor.wait(600)
        assert (floor.call(call).phase, floor.call(call).since) == (CallPhase.QUEUED, since)
        assert not floor.events(CallbackRequested)
        assert len(floor.events(CallOverflowed)) == 1

    def test_it_is_said_in_the_queues_language(self) -> None:
        comfort = Comfort(language="de-AT")
        floor = floor_with(WaitingRules(overflows=(Overflow(NO_AGENTS, ToCallback()),), comfort=comfort))
        floor.queued()
        assert "Drücken Sie die 1" in self.words(floor)

    def test_a_restart_in_the_middle_of_the_offer_loses_nobody(self, floor: Floor) -> None:
        call = self.offered(floor)
        standing = floor.state.flows.of(call)
        assert standing is not None
        floor.state = floor.restored()
        floor.state.flows.restore([standing])
        self.press(floor, call, "1")
        assert floor.events(CallbackRequested)[0].origin == call


COMFORT = WaitingRules(comfort=Comfort(prompts=("patience",), say_position=True, say_wait=True, language="de-AT"))


def announcements(floor: Floor, call: CallId) -> list[Announce]:
    return [one.errand for one in floor.errands if one.call == call and isinstance(one.errand, Announce)]


def comforts(floor: Floor) -> list[PlayToCaller]:
    return [command for command in floor.sent(PlayToCaller) if command.token == COMFORT_TOKEN]


class TestComfort:
    def test_callers_are_told_at_intervals_and_the_log_says_what(self) -> None:
        floor = floor_with(COMFORT)
        busy(floor)
        floor.queued()
        second = floor.queued()
        floor.wait(91)
        told = [(event.position, event.prompts) for event in floor.events(CallerTold) if event.call == second]
        assert told == [(2, ("patience",)), (2, ("patience",))]
        asked = announcements(floor, second)[-1]
        assert asked.prompts == ("patience",)
        place, wait = asked.phrases
        assert (place.prompt, place.text) == ("position_2", "Sie sind an Position 2 der Warteschlange.")
        assert wait.text.startswith("Wir sprechen voraussichtlich in etwa ")

        floor.take(Announced(floor.tenant, second, asked.message, ("patience", "spoken-1", "spoken-2")))
        played = comforts(floor)[-1]
        assert (played.call, played.prompts, played.music) == (second, ("patience", "spoken-1", "spoken-2"), "music")

    def test_sounds_that_come_when_the_caller_talks_or_late_play_nothing(self) -> None:
        floor = floor_with(COMFORT)
        call = floor.queued()
        floor.wait(31)
        first = Announced(floor.tenant, call, announcements(floor, call)[-1].message, ("spoken-1",))
        floor.take(replace(first, tenant=TenantId(UUID(int=99))))
        floor.wait(60)
        floor.take(first)
        assert not comforts(floor), "another tenant's, and one that a later message took the place of"
        second = replace(first, message=announcements(floor, call)[-1].message)
        floor.available(ANN)
        floor.take(second)
        floor.accept(ANN)
        floor.take(second)
        assert not comforts(floor)

    def test_a_recorded_message_alone_needs_no_voice(self) -> None:
        floor = floor_with(WaitingRules(comfort=Comfort(prompts=("patience",))))
        floor.queued()
        floor.wait(31)
        assert comforts(floor)[-1].prompts == ("patience",)
        assert not floor.errands

    def test_nobody_is_interrupted_in_a_conversation_or_while_it_rings(self) -> None:
        floor = floor_with(COMFORT, ring_seconds=60.0)
        floor.wait(5)
        floor.offered(ANN)
        floor.wait(40)
        assert not floor.events(CallerTold)
        floor.accept(ANN)
        floor.wait(300)
        assert not floor.events(CallerTold)

    def test_a_restart_tells_nothing_twice(self) -> None:
        floor = floor_with(COMFORT)
        floor.queued()
        floor.wait(31)
        floor.state = floor.restored()
        floor.wait(58)
        assert len(floor.events(CallerTold)) == 1
        floor.wait(2)
        assert len(floor.events(CallerTold)) == 2

    def test_without_anybody_at_work_no_time_is_promised(self) -> None:
        floor = floor_with(COMFORT)
        floor.queued()
        floor.wait(31)
        assert floor.events(CallerTold)[0].minutes is None


@pytest.fixture(params=["log", "snapshot"])
def restarted(request: pytest.FixtureRequest) -> Callable[[Floor], None]:
    def restart(floor: Floor) -> None:
        floor.state = floor.refold() if request.param == "log" else floor.restored()

    return restart


class TestKeptPlace:
    def test_who_was_cut_off_and_rings_again_is_before_who_came_meanwhile(
        self, floor: Floor, restarted: Callable[[Floor], None]
    ) -> None:
        floor.not_ready(ANN)
        lost = floor.queued()
        since = floor.call(lost).since
        floor.wait(60)
        floor.release(lost)
        restarted(floor)
        again = floor.queued()
        assert floor.call(again).since == since

    def test_the_place_is_of_its_number_and_its_time(self, floor: Floor) -> None:
        floor.release(floor.queued())
        floor.wait(601)
        assert floor.call(floor.queued()).since == floor.now

    def test_who_was_served_has_none(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.release(call)
        floor.wait(5)
        assert floor.call(floor.queued()).since == floor.now


class TestLastAgent:
    def test_is_waited_for_and_then_everybody_is_accepted(self, restarted: Callable[[Floor], None]) -> None:
        floor = floor_with(distribution=Distribution(last_agent=LastAgent(hold_seconds=30.0)))
        first = floor.connected(ANN)
        floor.release(first)
        restarted(floor)
        floor.available(BEN)
        call = floor.queued()
        assert floor.call(call).preferred is not None
        assert floor.call(call).phase is CallPhase.QUEUED, "Ben is free, and Ann is waited for"
        floor.wait(30)
        assert floor.call(call).agent == BEN


class TestMarks:
    def test_a_vip_is_served_before_who_waits_longer(self, floor: Floor) -> None:
        floor.queued(SUPPORT_NUMBER)
        floor.adopt(vips=frozenset({CALLER}))
        vip = floor.queued(SUPPORT_NUMBER)
        floor.available(EVA)
        assert floor.call(vip).phase is CallPhase.OFFERED
        assert floor.events(CallQueued)[-1].priority == 10

    def test_a_blocked_caller_is_turned_away(self, floor: Floor) -> None:
        floor.adopt(blocked=frozenset({CALLER}))
        call = floor.arrive(SALES_NUMBER)
        (ended,) = floor.events(CallEnded)
        assert (ended.call, ended.cause.reason) == (call, EndReason.NOT_ALLOWED)


class TestOutlook:
    def test_position_and_time_of_each_caller(self) -> None:
        floor = floor_with()
        busy(floor)
        calls = [floor.queued(), floor.queued()]
        callers = waiting_callers(floor.state, floor.tenant, floor.now)
        assert [(caller.call, caller.position) for caller in callers] == [(calls[0], 1), (calls[1], 2)]
        times = [caller.expected_seconds for caller in callers]
        assert None not in times
        assert times == sorted(times, key=lambda time: time or 0.0)
        outlook = next(one for one in queue_outlooks(floor.state, floor.tenant, floor.now) if one.queue == SALES)
        assert (outlook.waiting, outlook.agents) == (2, 2)
        assert (outlook.expected_seconds or 0.0) > (times[-1] or 0.0)

    def test_who_would_be_served_at_once_waits_not_at_all(self, floor: Floor) -> None:
        floor.available(ANN)
        assert queue_outlooks(floor.state, floor.tenant, floor.now)[0].expected_seconds == 0.0

    def test_nobody_at_work_has_no_end_in_sight(self, floor: Floor) -> None:
        floor.queued()
        assert {one.expected_seconds for one in queue_outlooks(floor.state, floor.tenant, floor.now)} == {None}
