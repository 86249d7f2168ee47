"""A callback from its request to its outcome."""

from datetime import timedelta

import pytest

from kernel.contracts.callbacks import (
    AttemptResult,
    CallbackAttemptEnded,
    CallbackConnected,
    CallbackDialled,
    CallbackEnded,
    CallbackFirst,
    CallbackOutcome,
    CallbackReleased,
    CallbackReserved,
)
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.primitives.ids import CallbackId, CallId
from routing.callbacks.errors import CallbackUnderWay
from routing.callbacks.fold import apply
from routing.callbacks.machine import Phase, TimerName
from routing.callbacks.model import Place
from routing.callbacks.rules import DIALS_AT_MOST, CallbackRules
from routing.callbacks.words import (
    Answered,
    Cancelled,
    DialOut,
    Joined,
    Left,
    Lost,
    MachineHeard,
    Matched,
    QueueCustomer,
    RangBack,
    Refused,
    ReleaseAgent,
    Released,
    StopDialling,
    Taken,
    TimerDue,
    Turn,
)
from tests.unit.routing.callbacks.desk import (
    ANN,
    BEN,
    JOHN,
    MARY,
    NINE,
    SALES,
    CallbackDesk,
    DayTime,
    NeverAgain,
    because,
)

CUSTOMER_FIRST = CallbackRules(first=CallbackFirst.CUSTOMER)
NO_ANSWER = because(EndReason.NO_ANSWER)


def dialling(desk: CallbackDesk) -> CallbackId:
    callback = desk.wish()
    desk.tell(callback, Matched(ANN))
    desk.tell(callback, Taken(ANN))
    return callback


def connected(desk: CallbackDesk) -> CallbackId:
    callback = dialling(desk)
    desk.tell(callback, Answered(desk.call_of(callback)))
    return callback


def ringing_nobody(desk: CallbackDesk) -> CallbackId:
    desk.rules = CUSTOMER_FIRST
    callback = desk.wish()
    desk.tell(callback, Turn())
    return callback


def outcome(desk: CallbackDesk) -> CallbackOutcome:
    (ended,) = desk.events(CallbackEnded)
    return ended.outcome


class TestAgentFirst:
    def test_the_customer_is_rung_for_an_agent_who_has_taken_it(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        assert not desk.ordered(DialOut)
        desk.tell(callback, Taken(ANN))
        (order,) = desk.ordered(DialOut)
        assert (order.number, order.agent, order.detect) == (MARY, ANN, False)

    def test_an_answer_is_a_conversation_and_its_end_the_outcome(self, desk: CallbackDesk) -> None:
        callback = connected(desk)
        call = desk.call_of(callback)
        assert [event.agent for event in desk.events(CallbackConnected)] == [ANN]
        desk.tell(callback, Released(call, because(EndReason.HANGUP_BY_CALLER)))
        assert outcome(desk) is CallbackOutcome.COMPLETED
        assert desk.events(CallbackEnded)[0].call == call
        assert desk.book.get(callback) is None

    def test_who_does_not_take_it_leaves_it_its_place(self, desk: CallbackDesk) -> None:
        callback = desk.wish(place=Place(5, NINE - timedelta(minutes=4)))
        before = desk.get(callback).key
        desk.tell(callback, Matched(ANN))
        desk.tell(callback, Left(ANN))
        assert desk.get(callback).key == before
        assert [one.key for one in desk.waiting()] == [before]

    def test_an_agent_who_does_not_react_is_released_by_time(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        desk.wait(desk.rules.offer_seconds)
        assert desk.ordered(ReleaseAgent) == [ReleaseAgent(ANN)]
        assert [event.agent for event in desk.events(CallbackReleased)] == [ANN]
        assert desk.get(callback).phase is Phase.WAITING

    def test_only_who_was_asked_can_take_it(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        assert not desk.tell(callback, Taken(BEN)).events
        assert not desk.tell(callback, Matched(BEN)).events

    def test_taking_it_twice_rings_once(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        assert not desk.tell(callback, Taken(ANN)).orders
        assert len(desk.ordered(DialOut)) == 1

    def test_who_leaves_and_was_not_asked_changes_nothing(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        assert not desk.tell(callback, Left(BEN)).events
        assert desk.get(callback).taker == ANN

    def test_what_comes_again_in_a_conversation_changes_nothing(self, desk: CallbackDesk) -> None:
        callback = connected(desk)
        call = desk.call_of(callback)
        for word in (Answered(call), Joined(call, ANN), Refused()):
            assert not desk.tell(callback, word).events

    def test_an_agent_who_leaves_while_it_rings_costs_the_customer_no_attempt(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        call = desk.call_of(callback)
        desk.tell(callback, Left(ANN))
        assert desk.ordered(StopDialling) == [StopDialling(call)]
        assert not desk.ordered(ReleaseAgent)
        assert (desk.get(callback).attempts, desk.get(callback).last) == (0, AttemptResult.AGENT_GONE)

    def test_a_machine_that_the_agent_hears_is_an_attempt(self, desk: CallbackDesk) -> None:
        callback = connected(desk)
        desk.tell(callback, MachineHeard(desk.call_of(callback)))
        assert (desk.get(callback).phase, desk.get(callback).attempts) == (Phase.SCHEDULED, 1)
        assert len(desk.ordered(StopDialling)) == 1
        assert not desk.ordered(ReleaseAgent)


class TestCustomerFirst:
    def test_who_answers_waits_at_their_place_for_an_agent(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        call = desk.call_of(callback)
        assert desk.ordered(DialOut)[0].detect
        desk.tell(callback, Answered(call))
        assert desk.ordered(QueueCustomer) == [QueueCustomer(call, SALES, desk.get(callback).place)]
        desk.tell(callback, Joined(call, BEN))
        assert desk.events(CallbackConnected)[0].agent == BEN

    def test_a_machine_is_hung_up_on(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        call = desk.call_of(callback)
        desk.tell(callback, Answered(call))
        desk.tell(callback, MachineHeard(call))
        assert desk.ordered(StopDialling) == [StopDialling(call)]
        assert desk.get(callback).last is AttemptResult.MACHINE

    def test_only_a_machine_is_one(self, desk: CallbackDesk) -> None:
        desk.rules = CallbackRules(machine_ends=True)
        callback = dialling(desk)
        desk.tell(callback, Released(desk.call_of(callback), because(EndReason.BUSY)))
        assert (desk.get(callback).phase, desk.get(callback).last) == (Phase.SCHEDULED, AttemptResult.BUSY)

    def test_a_message_on_a_machine_is_enough_where_the_queue_says_so(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        desk.rules = CallbackRules(first=CallbackFirst.CUSTOMER, machine_ends=True)
        desk.tell(callback, MachineHeard(desk.call_of(callback)))
        assert outcome(desk) is CallbackOutcome.MACHINE

    def test_nobody_is_kept_waiting_for_long_and_our_fault_costs_no_attempt(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        desk.tell(callback, Answered(desk.call_of(callback)))
        desk.wait(desk.rules.patience_seconds)
        assert (desk.get(callback).attempts, desk.get(callback).last) == (0, AttemptResult.NOBODY_FREE)
        assert len(desk.ordered(StopDialling)) == 1

    def test_who_hangs_up_before_an_agent_is_there_is_rung_again(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        call = desk.call_of(callback)
        desk.tell(callback, Answered(call))
        desk.tell(callback, Released(call, because(EndReason.HANGUP_BY_CALLER)))
        assert desk.get(callback).last is AttemptResult.HUNG_UP
        assert not desk.ordered(StopDialling)

    def test_its_turn_comes_once(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        assert not desk.tell(callback, Turn()).orders
        assert len(desk.ordered(DialOut)) == 1

    def test_who_is_on_the_line_is_not_cancelled_before_an_agent_is_there(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        desk.tell(callback, Answered(desk.call_of(callback)))
        with pytest.raises(CallbackUnderWay):
            desk.tell(callback, Cancelled(BEN))

    def test_who_hears_nobody_by_our_fault_has_not_hung_up(self, desk: CallbackDesk) -> None:
        for result, came_of_it in (
            (EndResult.OURS, AttemptResult.FAILED),
            (EndResult.COMPLETED, AttemptResult.HUNG_UP),
        ):
            callback = ringing_nobody(desk)
            call = desk.call_of(callback)
            desk.tell(callback, Answered(call))
            desk.tell(callback, Released(call, EndCause(result, EndReason.HANGUP_BY_CALLER)))
            assert desk.get(callback).last is came_of_it
            desk.tell(callback, Cancelled(None))

    def test_a_desk_that_rings_no_more_does_not_keep_them(self, desk: CallbackDesk) -> None:
        callback = ringing_nobody(desk)
        desk.tell(callback, Answered(desk.call_of(callback)))
        desk.now += timedelta(seconds=desk.rules.patience_seconds)
        ringing = desk.now + timedelta(seconds=5)
        desk.tell(callback, TimerDue(TimerName.PATIENCE, ringing))
        assert desk.get(callback).phase is Phase.ANSWERED, "the offer comes to its end first"
        desk.now += timedelta(seconds=6)
        desk.tell(callback, TimerDue(TimerName.PATIENCE, ringing))
        assert desk.get(callback).last is AttemptResult.NOBODY_FREE

    def test_agents_are_not_asked_for_it(self, desk: CallbackDesk) -> None:
        desk.rules = CUSTOMER_FIRST
        assert not desk.tell(desk.wish(), Matched(ANN)).events

    def test_an_agents_callback_has_no_turn_of_its_own(self, desk: CallbackDesk) -> None:
        assert not desk.tell(desk.wish(), Turn()).events


class TestAttempts:
    @pytest.mark.parametrize(
        ("reason", "result", "counted"),
        [
            (EndReason.BUSY, AttemptResult.BUSY, 1),
            (EndReason.NO_ANSWER, AttemptResult.NO_ANSWER, 1),
            (EndReason.DECLINED, AttemptResult.DECLINED, 1),
            (EndReason.UNREACHABLE, AttemptResult.UNREACHABLE, 1),
            (EndReason.MEDIA_FAILED, AttemptResult.UNREACHABLE, 1),
            (EndReason.LOST_IN_RESTART, AttemptResult.LOST, 0),
        ],
    )
    def test_each_end_of_the_ringing_has_its_result_and_pause(
        self, desk: CallbackDesk, reason: EndReason, result: AttemptResult, counted: int
    ) -> None:
        callback = dialling(desk)
        desk.tell(callback, Released(desk.call_of(callback), because(reason)))
        (ended,) = desk.events(CallbackAttemptEnded)
        assert ended.result is result
        assert ended.due == desk.now + desk.rules.pause_after(result)
        assert desk.ordered(ReleaseAgent) == [ReleaseAgent(ANN)]
        assert desk.get(callback).attempts == counted

    def test_what_comes_late_of_an_attempt_that_is_over_changes_nothing(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        call = desk.call_of(callback)
        desk.tell(callback, Released(call, NO_ANSWER))
        over = desk.get(callback)
        assert (over.call, over.taker, over.until) == (None, None, None)
        for word in (Answered(call), Joined(call, ANN), MachineHeard(call), Released(call, NO_ANSWER), Lost(call)):
            assert not desk.tell(callback, word).events

    def test_what_is_told_of_one_that_is_not_known_changes_nothing(self, desk: CallbackDesk) -> None:
        dialling(desk)
        assert apply(None, desk.events(CallbackDialled)[0]) is None

    def test_after_the_last_attempt_it_is_over(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        for _ in range(desk.rules.attempts):
            desk.tell(callback, Matched(ANN))
            desk.tell(callback, Taken(ANN))
            desk.tell(callback, Released(desk.call_of(callback), because(EndReason.BUSY)))
            desk.wait(600)
        assert outcome(desk) is CallbackOutcome.EXHAUSTED
        assert len(desk.events(CallbackDialled)) == desk.rules.attempts

    def test_a_number_that_does_not_exist_is_not_rung_again(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        desk.tell(callback, Released(desk.call_of(callback), because(EndReason.UNKNOWN_NUMBER)))
        assert outcome(desk) is CallbackOutcome.EXHAUSTED

    def test_whoever_is_at_fault_no_telephone_rings_for_ever(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        while desk.book.get(callback) is not None:
            desk.tell(callback, Matched(ANN))
            desk.tell(callback, Taken(ANN))
            desk.tell(callback, Lost(desk.call_of(callback)))
            desk.wait(60)
        assert len(desk.events(CallbackDialled)) == DIALS_AT_MOST
        assert outcome(desk) is CallbackOutcome.EXHAUSTED

    def test_a_telephone_of_which_nothing_is_heard_stops_ringing(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        call = desk.call_of(callback)
        desk.wait(desk.rules.ring_seconds)
        assert desk.ordered(StopDialling) == [StopDialling(call)]
        assert desk.get(callback).last is AttemptResult.NO_ANSWER
        assert not desk.tell(callback, Released(call, NO_ANSWER)).events  # the report comes late

    def test_the_place_is_kept_through_attempts(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        since = desk.get(callback).since
        desk.tell(callback, Released(desk.call_of(callback), because(EndReason.BUSY)))
        desk.wait(desk.rules.pause_after(AttemptResult.BUSY).total_seconds())
        assert (desk.get(callback).phase, desk.get(callback).since) == (Phase.WAITING, since)

    def test_words_of_another_call_change_nothing(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        other = CallId(desk.ids.new())
        for word in (Answered(other), Joined(other, ANN), MachineHeard(other), Released(other, NO_ANSWER), Lost(other)):
            assert not desk.tell(callback, word).events

    def test_a_restart_while_it_rings_frees_the_agent_and_stops_nothing(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        desk.tell(callback, Lost(desk.call_of(callback)))
        assert desk.orders[1:] == [ReleaseAgent(ANN)], "there is no leg any more"

    def test_a_restart_in_a_conversation_leaves_it_done(self, desk: CallbackDesk) -> None:
        callback = connected(desk)
        desk.tell(callback, Lost(desk.call_of(callback)))
        assert outcome(desk) is CallbackOutcome.COMPLETED

    def test_a_number_that_may_not_be_dialled_ends_it_and_frees_the_agent(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        desk.tell(callback, Refused())
        assert outcome(desk) is CallbackOutcome.REFUSED
        assert desk.ordered(ReleaseAgent) == [ReleaseAgent(ANN)]


class TestTime:
    def test_what_nobody_takes_expires(self, desk: CallbackDesk) -> None:
        desk.wish()
        desk.wait(desk.rules.place_expires_seconds)
        assert outcome(desk) is CallbackOutcome.EXPIRED

    def test_expiry_waits_while_it_rings(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.wait(desk.rules.place_expires_seconds - 10)
        desk.tell(callback, Matched(ANN))
        desk.tell(callback, Taken(ANN))
        desk.wait(20)
        assert desk.get(callback).phase is Phase.DIALLING
        desk.tell(callback, Answered(desk.call_of(callback)))
        assert desk.get(callback).phase is Phase.CONNECTED

    def test_a_timer_that_is_not_due_or_does_not_run_changes_nothing(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        for name in TimerName:
            assert not desk.tell(callback, TimerDue(name)).events

    def test_nobody_is_rung_out_of_hours(self) -> None:
        desk = CallbackDesk(hours=DayTime())
        callback = desk.wish()
        desk.now = NINE.replace(hour=18, minute=30)
        assert not [event for event in desk.tell(callback, Matched(ANN)).events if isinstance(event, CallbackReserved)]
        assert desk.get(callback).due == NINE.replace(day=3, hour=8)
        desk.wait(13.5 * 3600)
        assert desk.get(callback).phase is Phase.WAITING

    def test_who_takes_it_after_closing_is_free_again(self) -> None:
        desk = CallbackDesk(hours=DayTime())
        callback = desk.wish()
        desk.now = NINE.replace(hour=17, minute=59, second=55)
        desk.tell(callback, Matched(ANN))
        desk.now = NINE.replace(hour=18, second=5)
        desk.tell(callback, Taken(ANN))
        assert not desk.ordered(DialOut)
        assert desk.ordered(ReleaseAgent) == [ReleaseAgent(ANN)]
        assert desk.get(callback).phase is Phase.SCHEDULED

    def test_a_pause_that_ends_at_night_ends_in_the_morning(self) -> None:
        desk = CallbackDesk(hours=DayTime())
        desk.now = NINE.replace(hour=17, minute=50)
        callback = dialling(desk)
        desk.tell(callback, Released(desk.call_of(callback), NO_ANSWER))
        assert desk.get(callback).due == NINE.replace(day=3, hour=8)

    def test_an_attempt_that_would_come_too_late_is_the_end(self) -> None:
        desk = CallbackDesk(CallbackRules(place_expires_seconds=3600), DayTime())
        desk.now = NINE.replace(hour=17, minute=50)
        callback = dialling(desk)
        desk.tell(callback, Released(desk.call_of(callback), NO_ANSWER))
        assert outcome(desk) is CallbackOutcome.EXPIRED

    def test_who_would_be_rung_after_it_expires_is_not(self) -> None:
        desk = CallbackDesk(CallbackRules(place_expires_seconds=3600), DayTime())
        desk.now = NINE.replace(hour=17, minute=30)
        callback = desk.wish()
        desk.now = NINE.replace(hour=18, minute=5)
        desk.tell(callback, Matched(ANN))
        assert outcome(desk) is CallbackOutcome.EXPIRED
        assert not desk.events(CallbackReserved)

    def test_an_attempt_due_at_the_moment_of_expiry_is_too_late(self, desk: CallbackDesk) -> None:
        pause = desk.rules.pause_after(AttemptResult.BUSY).total_seconds()
        desk.rules = CallbackRules(place_expires_seconds=pause)
        callback = dialling(desk)
        desk.tell(callback, Released(desk.call_of(callback), because(EndReason.BUSY)))
        assert outcome(desk) is CallbackOutcome.EXPIRED

    def test_where_it_never_opens_again_it_is_over(self, desk: CallbackDesk) -> None:
        rung, waiting = dialling(desk), desk.wish(JOHN)
        desk.hours = NeverAgain()
        desk.tell(rung, Released(desk.call_of(rung), because(EndReason.BUSY)))
        desk.tell(waiting, Matched(BEN))
        assert [event.outcome for event in desk.events(CallbackEnded)] == [CallbackOutcome.EXPIRED] * 2

    def test_another_timer_than_the_one_that_is_due_changes_nothing(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.now += timedelta(seconds=desk.rules.place_expires_seconds)
        assert not desk.tell(callback, TimerDue(TimerName.POOL)).events


class TestWill:
    def test_staff_may_cancel_until_the_customer_is_on_the_line(self, desk: CallbackDesk) -> None:
        callback = connected(desk)
        with pytest.raises(CallbackUnderWay):
            desk.tell(callback, Cancelled(BEN))
        assert not desk.events(CallbackEnded)

    def test_cancelling_stops_the_ringing_and_frees_the_agent(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        call = desk.call_of(callback)
        desk.tell(callback, Cancelled(BEN))
        assert desk.orders[-2:] == [StopDialling(call), ReleaseAgent(ANN)]
        assert desk.events(CallbackEnded)[0].by == BEN

    def test_the_customers_own_call_ends_it_even_while_we_ring_them(self, desk: CallbackDesk) -> None:
        callback = dialling(desk)
        own = CallId(desk.ids.new())
        desk.tell(callback, RangBack(own))
        (ended,) = desk.events(CallbackEnded)
        assert (ended.outcome, ended.call) == (CallbackOutcome.RETURNED, own)
        assert len(desk.ordered(StopDialling)) == 1

    def test_another_call_of_who_is_on_the_line_changes_nothing(self, desk: CallbackDesk) -> None:
        callback = connected(desk)
        assert not desk.tell(callback, RangBack(CallId(desk.ids.new()))).events
