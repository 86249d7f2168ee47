"""Callbacks through the one door of routing: agents are asked, customers rung, and no place is lost."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.contracts.callbacks import (
    AttemptResult,
    CallbackAct,
    CallbackAttemptEnded,
    CallbackConnected,
    CallbackEnded,
    CallbackInstead,
    CallbackOutcome,
    CallbackRequested,
    CallbackReserved,
    CancelCallback,
    RequestCallback,
)
from kernel.contracts.calls import AgentState, EndReason
from kernel.contracts.desk import HangUp, LogOut, RejectCallback, TakeCallback
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallEnded, CallQueued
from kernel.contracts.queues import CALLBACK_CALENDAR, CallbackSettings, WaitingRules
from kernel.contracts.telephony import EndCall, PlaceCall
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, TenantId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import CallbackIntent, TimersDue
from routing.acd.draft import Draft
from routing.acd.flow_book import FlowBook, TenantFlows
from routing.acd.promising import promise
from routing.callbacks.errors import CallbackNotPossible
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback
from routing.callbacks.words import Wish
from routing.errors import DestinationNotAllowed, OfferGone
from routing.flows.calendars.calendar import Calendar, Opening
from tests.unit.routing.floor import ANN, BEN, CALLER, EVA, RING, SALES, ZOE, Floor, directory

MARY = PhoneNumber("+442071838791")
AVAILABLE, NOT_READY, OFFERED = AgentState.AVAILABLE, AgentState.NOT_READY, AgentState.OFFERED


def do(floor: Floor, act: CallbackAct, tenant: TenantId | None = None) -> None:
    floor.take(CallbackIntent(tenant or floor.tenant, ZOE, act))


def wish(floor: Floor, number: PhoneNumber = MARY, **changes: object) -> Callback:
    do(floor, RequestCallback(queue=SALES, number=number, **changes))  # pyright: ignore[reportArgumentType]
    return known(floor, number)


def known(floor: Floor, number: PhoneNumber = MARY) -> Callback:
    found = floor.state.callbacks.open_for(SALES, number)
    assert found is not None
    return found


def taken(floor: Floor) -> CallId:
    """Ann has taken it, and the customer's telephone rings."""
    floor.available(ANN)
    floor.wish(ANN, TakeCallback(callback=wish(floor).callback))
    return floor.sent(PlaceCall)[-1].call


def outcomes(floor: Floor) -> list[CallbackOutcome]:
    return [event.outcome for event in floor.events(CallbackEnded)]


def results(floor: Floor) -> list[AttemptResult]:
    return [event.result for event in floor.events(CallbackAttemptEnded)]


class TestTaking:
    def test_an_agent_is_asked_and_the_customer_is_rung_when_they_take_it(self, floor: Floor) -> None:
        call = taken(floor)
        placed = floor.sent(PlaceCall)[-1]
        assert (placed.agent, placed.called, floor.call(call).queue) == (ANN, MARY, SALES)
        floor.establish(call)
        assert [event.agent for event in floor.events(CallbackConnected)] == [ANN]
        floor.wish(ANN, HangUp(call=call))
        assert outcomes(floor) == [CallbackOutcome.COMPLETED]
        assert floor.agent(ANN).state is AgentState.WRAP_UP

    def test_who_does_not_react_is_not_asked_again_and_a_colleague_is(self, floor: Floor) -> None:
        floor.available(ANN)
        wish(floor)
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (OFFERED, None)
        floor.wait(RING)
        assert floor.agent(ANN).state is NOT_READY
        assert known(floor).phase is Phase.WAITING
        floor.available(BEN)
        assert known(floor).taker == BEN

    @pytest.mark.parametrize("leave", ["reject", "log_out", "lose"])
    def test_who_leaves_it_leaves_it_its_place(self, floor: Floor, leave: str) -> None:
        floor.available(ANN)
        callback = wish(floor)
        if leave == "reject":
            floor.wish(ANN, RejectCallback(callback=callback.callback))
        elif leave == "log_out":
            floor.wish(ANN, LogOut())
        else:
            floor.reach(ANN, False)
        assert (known(floor).phase, known(floor).place) == (Phase.WAITING, callback.place)
        assert floor.agent(ANN).state is not OFFERED

    def test_another_ones_cannot_be_taken(self, floor: Floor) -> None:
        floor.available(ANN)
        callback = wish(floor).callback
        floor.not_ready(BEN)
        with pytest.raises(OfferGone):
            floor.wish(BEN, TakeCallback(callback=callback))

    def test_a_personal_one_waits_for_its_agent(self, floor: Floor) -> None:
        floor.available(ANN)
        wish(floor, agent=BEN)
        assert not floor.events(CallbackReserved)
        floor.available(BEN)
        assert known(floor).taker == BEN

    def test_a_personal_one_is_everybodys_when_its_agent_serves_the_queue_no_more(self, floor: Floor) -> None:
        wish(floor, agent=BEN)
        base = directory(floor.tenant)
        agents = tuple(replace(one, queues=()) if one.agent == BEN else one for one in base.agents)
        floor.adopt(agents=agents)
        floor.available(ANN)
        assert known(floor).taker == ANN

    def test_whom_a_promise_was_for_that_is_kept_later_is_asked_to_take_the_next_caller(self, floor: Floor) -> None:
        """It closes while the callback and a caller wait."""
        openings = (Opening("09:00", "09:10"), Opening("18:00", "20:00"))
        calendar = Calendar(time_zone="UTC", weekly={"monday": openings})
        floor.state.book = FlowBook({floor.tenant: TenantFlows(calendars={CALLBACK_CALENDAR: calendar})})
        wish(floor)
        call = floor.queued()
        floor.wait(900)
        floor.available(ANN)
        assert known(floor).phase is Phase.SCHEDULED
        assert floor.offers(ANN) == [call]


class TestPlaces:
    def test_who_asked_before_a_caller_came_is_served_before(self, floor: Floor) -> None:
        wish(floor)
        floor.wait(30)
        call = floor.queued()
        floor.available(ANN)
        assert (known(floor).taker, floor.call(call).agent) == (ANN, None)

    def test_in_place_of_waiting_the_place_is_kept_and_the_caller_let_go(self, floor: Floor) -> None:
        call = floor.queued()
        since = floor.call(call).since
        floor.wait(60)
        do(floor, CallbackInstead(call=call))
        assert known(floor, CALLER).since == since
        assert floor.sent(EndCall)[-1].call == call
        assert [event.queue for event in floor.events(CallEnded)] == [SALES]

    def test_who_is_still_on_the_line_is_not_rung(self, floor: Floor) -> None:
        floor.available(ANN)
        call = floor.arrive()
        promise(Draft(floor.state, floor.now, floor.ids), Wish(floor.tenant, SALES, CALLER, origin=call))
        floor.take(TimersDue())
        assert known(floor, CALLER).taker is None
        floor.release(call)
        assert known(floor, CALLER).taker == ANN

    def test_who_rings_first_gets_the_place(self, floor: Floor) -> None:
        first = floor.queued()
        since = floor.call(first).since
        do(floor, CallbackInstead(call=first))
        floor.wait(300)
        second = floor.queued()
        assert floor.call(second).since == since
        assert outcomes(floor) == [CallbackOutcome.RETURNED]
        assert [event.since for event in floor.events(CallQueued) if event.call == second][-1] == since

    def test_the_log_and_the_snapshot_tell_it_again(self, floor: Floor) -> None:
        taken(floor)
        wish(floor, PhoneNumber("+442071838792"), due=floor.now + timedelta(hours=1))
        for again in (floor.refold(), floor.restored()):
            assert list(again.callbacks) == list(floor.state.callbacks)
            assert again.callbacks.next_timer == floor.state.callbacks.next_timer
            assert again.waiting.calls(SALES) == floor.state.waiting.calls(SALES)


class TestAttempts:
    def test_a_busy_customer_is_rung_again_later_and_the_agent_is_free(self, floor: Floor) -> None:
        floor.release(taken(floor), EndReason.BUSY)
        assert (results(floor), floor.agent(ANN).state) == ([AttemptResult.BUSY], AVAILABLE)
        floor.wait(299)
        assert known(floor).phase is Phase.SCHEDULED
        floor.wait(2)
        assert known(floor).taker == ANN

    def test_nobody_rings_for_ever(self, floor: Floor) -> None:
        call = taken(floor)
        floor.wait(31)
        assert (results(floor), floor.sent(EndCall)[-1].call) == ([AttemptResult.NO_ANSWER], call)
        assert floor.agent(ANN).state is AVAILABLE

    def test_what_a_restart_took_does_not_count(self, floor: Floor) -> None:
        taken(floor)
        floor.announce([], [ANN])
        assert results(floor) == [AttemptResult.LOST]
        assert known(floor).attempts == 0

    def test_an_appointment_rings_at_its_time(self, floor: Floor) -> None:
        floor.available(ANN)
        wish(floor, due=floor.now + timedelta(hours=1))
        floor.wait(3599)
        assert not floor.events(CallbackReserved)
        floor.wait(2)
        assert known(floor).taker == ANN


class TestLimits:
    def test_it_can_be_cancelled_by_the_tenant_only(self, floor: Floor) -> None:
        floor.available(ANN)
        callback = wish(floor).callback
        with pytest.raises(NotFound):
            do(floor, CancelCallback(callback=callback), TenantId(floor.ids.new()))
        do(floor, CancelCallback(callback=callback))
        assert (outcomes(floor), floor.agent(ANN).state) == ([CallbackOutcome.CANCELLED], AVAILABLE)

    def test_a_number_that_may_not_be_dialled_is_not_promised(self, floor: Floor) -> None:
        floor.adopt(limits=CallLimits(countries=("DE",)))
        with pytest.raises(DestinationNotAllowed):
            wish(floor)

    def test_one_that_may_not_be_dialled_any_more_is_refused(self, floor: Floor) -> None:
        callback = wish(floor).callback
        floor.adopt(limits=CallLimits(countries=("DE",)))
        floor.available(ANN)
        floor.wish(ANN, TakeCallback(callback=callback))
        assert (outcomes(floor), floor.agent(ANN).state) == ([CallbackOutcome.REFUSED], AVAILABLE)

    def test_an_agent_who_does_not_serve_the_queue_is_not_promised(self, floor: Floor) -> None:
        with pytest.raises(CallbackNotPossible):
            wish(floor, agent=EVA)

    def test_one_number_is_promised_once(self, floor: Floor) -> None:
        wish(floor)
        wish(floor)
        assert len(floor.events(CallbackRequested)) == 1


class TestSettingsOfTheQueue:
    """Each queue has its own."""

    def floor(self, **settings: object) -> Floor:
        one, two = directory(TenantId(UUID(int=1))).queues
        callbacks = CallbackSettings(**settings)  # pyright: ignore[reportArgumentType]
        return Floor(1, queues=(replace(one, waiting=WaitingRules(callbacks=callbacks)), two))

    def test_nobody_is_rung_out_of_its_hours(self) -> None:
        floor = self.floor(calendar="evenings", place_expires_seconds=3_600.0)
        evenings = Calendar(time_zone="UTC", weekly={"monday": (Opening("18:00", "20:00"),)})
        floor.state.book = FlowBook({floor.tenant: TenantFlows(calendars={"evenings": evenings})})
        floor.available(ANN)
        promised = wish(floor)
        opening = floor.now.replace(hour=18, minute=0, second=0, microsecond=0)
        assert (promised.phase, promised.due) == (Phase.SCHEDULED, opening)
        assert promised.expires == opening + timedelta(hours=1)
        floor.wait((opening - floor.now).total_seconds() - 1)
        assert not floor.events(CallbackReserved)
        floor.wait(2)
        assert known(floor).taker == ANN

    def test_after_its_attempts_it_gives_up(self) -> None:
        floor = self.floor(attempts=1)
        floor.release(taken(floor), EndReason.NO_ANSWER)
        assert outcomes(floor) == [CallbackOutcome.EXHAUSTED]

    def test_the_pause_between_attempts_is_its_own(self) -> None:
        floor = self.floor(attempts=2, pause_seconds=120.0)
        floor.release(taken(floor), EndReason.BUSY)
        assert known(floor).due == floor.now + timedelta(seconds=120)
