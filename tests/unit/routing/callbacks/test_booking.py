"""Promising callbacks: times, duplicates, places."""

from datetime import timedelta

import pytest

from kernel.contracts.callbacks import AttemptResult, CallbackChanged, CallbackFirst, CallbackPooled, CallbackRequested
from kernel.contracts.calls import EndReason
from kernel.primitives.ids import CallId
from kernel.primitives.phone import NO_NUMBER, PhoneNumber
from routing.callbacks import booking
from routing.callbacks.errors import CallbackNotPossible, CallbacksFull
from routing.callbacks.machine import Phase
from routing.callbacks.model import Place
from routing.callbacks.rules import AHEAD, CallbackRules
from routing.callbacks.words import Cancelled, Matched, Released, Taken, Turn
from tests.unit.routing.callbacks.desk import (
    ANN,
    BEN,
    JOHN,
    MARY,
    NINE,
    SALES,
    SERVICE,
    CallbackDesk,
    DayTime,
    NeverAgain,
    OpenUntil,
    because,
)

HOUR = timedelta(hours=1)
WAITED = Place(5, NINE - timedelta(minutes=4))


class TestPlace:
    def test_who_asks_instead_of_waiting_keeps_the_place(self, desk: CallbackDesk) -> None:
        late = desk.wish(JOHN)
        early = desk.wish(MARY, place=WAITED)
        assert [one.callback for one in desk.waiting()] == [early, late]
        assert desk.get(early).place == WAITED

    def test_a_callback_stands_in_one_line_with_callers(self, desk: CallbackDesk) -> None:
        callback = desk.get(desk.wish(place=WAITED))
        assert callback.key == (-5, WAITED.since, callback.callback)

    def test_one_that_is_over_is_found_by_nothing_any_more(self, desk: CallbackDesk) -> None:
        asked_in = CallId(desk.ids.new())
        callback = desk.wish(origin=asked_in)
        desk.tell(callback, Matched(ANN))
        desk.tell(callback, Taken(ANN))
        call = desk.call_of(callback)
        desk.tell(callback, Cancelled(None))
        book = desk.book
        assert (book.get(callback), book.of_call(call), book.of_origin(asked_in), book.of_taker(ANN)) == (None,) * 4
        assert (book.open_for(SALES, MARY), book.count(SALES), book.taken, book.next_timer) == (None, 0, [], None)
        assert desk.wish() != callback, "the number may ask again"


class TestAppointments:
    def test_its_place_in_line_is_of_the_time_that_was_agreed_on(self, desk: CallbackDesk) -> None:
        assert desk.get(desk.wish(due=NINE + HOUR)).since == NINE + HOUR

    def test_only_what_one_agent_promised_is_everybodys_later(self, desk: CallbackDesk) -> None:
        personal = desk.wish(agent=ANN, due=NINE + HOUR)
        within = timedelta(seconds=desk.rules.personal_seconds or 0)
        assert desk.get(personal).pool_at == NINE + HOUR + within
        assert desk.get(desk.wish(JOHN)).pool_at is None
        desk.rules = CallbackRules(personal_seconds=None)
        assert desk.get(desk.wish(agent=BEN, queue=SERVICE)).pool_at is None

    def test_who_is_rung_first_may_be_wished(self, desk: CallbackDesk) -> None:
        assert desk.get(desk.wish(first=CallbackFirst.CUSTOMER)).first is CallbackFirst.CUSTOMER

    def test_a_time_after_which_it_never_opens_is_not_promised(self) -> None:
        desk = CallbackDesk(hours=OpenUntil(NINE + HOUR))
        desk.wish(JOHN)
        with pytest.raises(CallbackNotPossible):
            desk.wish(due=NINE + 2 * HOUR)

    def test_nobody_is_rung_before_the_time_that_was_agreed_on(self, desk: CallbackDesk) -> None:
        callback = desk.wish(due=NINE + HOUR)
        assert not desk.tell(callback, Matched(ANN)).events
        desk.wait(3600)
        assert desk.get(callback).phase is Phase.WAITING
        assert desk.tell(callback, Matched(ANN)).events

    def test_an_appointment_out_of_hours_is_moved_to_the_opening(self) -> None:
        desk = CallbackDesk(hours=DayTime())
        callback = desk.wish(due=NINE.replace(hour=20))
        assert desk.get(callback).due == NINE.replace(day=3, hour=8)

    def test_a_place_kept_over_night_expires_a_day_after_the_opening(self) -> None:
        desk = CallbackDesk(hours=DayTime())
        desk.now = NINE.replace(hour=19)
        callback = desk.wish()
        assert desk.get(callback).expires == NINE.replace(day=4, hour=8)

    def test_a_promise_to_one_agent_is_kept_by_others_when_they_have_no_time(self, desk: CallbackDesk) -> None:
        callback = desk.wish(agent=ANN, first=CallbackFirst.CUSTOMER)
        assert desk.get(callback).first is CallbackFirst.AGENT
        assert not desk.tell(callback, Matched(BEN)).events
        desk.wait(desk.rules.personal_seconds or 0)
        assert len(desk.events(CallbackPooled)) == 1
        assert desk.tell(callback, Matched(BEN)).events

    @pytest.mark.parametrize("away", [-HOUR, AHEAD + HOUR])
    def test_times_that_cannot_be_kept_are_not_promised(self, desk: CallbackDesk, away: timedelta) -> None:
        with pytest.raises(CallbackNotPossible) as refused:
            desk.wish(due=NINE + away)
        assert refused.value.extra == {"field": "due"}

    @pytest.mark.parametrize("number", [NO_NUMBER, PhoneNumber("+44999")])
    def test_numbers_that_nobody_answers_are_not_promised(self, desk: CallbackDesk, number: PhoneNumber) -> None:
        with pytest.raises(CallbackNotPossible):
            desk.wish(number)

    def test_a_queue_that_closes_for_good_promises_nothing(self) -> None:
        with pytest.raises(CallbackNotPossible):
            CallbackDesk(hours=NeverAgain()).wish()

    def test_no_more_is_promised_than_can_be_kept(self, desk: CallbackDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(booking, "OPEN_AT_MOST", 1)
        desk.wish(MARY)
        with pytest.raises(CallbacksFull):
            desk.wish(JOHN)
        desk.wish(JOHN, queue=SERVICE)


class TestAskedAgain:
    def test_one_number_has_one_callback_in_a_queue_and_the_earlier_place(self, desk: CallbackDesk) -> None:
        first = desk.wish()
        desk.now += HOUR
        assert desk.wish() == first
        assert len(desk.events(CallbackRequested)) == 1
        assert desk.get(first).since == NINE

    def test_another_queue_is_another_matter(self, desk: CallbackDesk) -> None:
        assert desk.wish(queue=SERVICE) != desk.wish(queue=SALES)

    def test_an_earlier_place_is_taken_over(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.wish(place=WAITED)
        assert desk.get(callback).since == WAITED.since

    def test_who_has_an_appointment_and_asks_for_now_is_rung_now(self, desk: CallbackDesk) -> None:
        callback = desk.wish(due=NINE + HOUR)
        desk.wish()
        assert desk.get(callback).phase is Phase.WAITING

    def test_who_waits_and_asks_for_later_is_rung_later(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.wish(due=NINE + HOUR)
        assert (desk.get(callback).phase, desk.get(callback).due) == (Phase.SCHEDULED, NINE + HOUR)
        assert not desk.waiting()

    def test_who_asks_again_later_is_owed_it_for_longer_and_by_the_call_of_the_last_wish(
        self, desk: CallbackDesk
    ) -> None:
        first, last = CallId(desk.ids.new()), CallId(desk.ids.new())
        callback = desk.wish(origin=first)
        before = desk.get(callback).expires
        desk.wish(due=NINE + 30 * HOUR)
        assert desk.get(callback).expires > before
        assert desk.get(callback).origin == first
        desk.wish(due=NINE + 31 * HOUR, origin=last)
        assert desk.get(callback).origin == last
        assert desk.book.of_origin(first) is None

    def test_the_same_wish_twice_is_not_recorded_twice(self, desk: CallbackDesk) -> None:
        desk.wish(due=NINE + HOUR)
        desk.wish(due=NINE + HOUR)
        assert not desk.events(CallbackChanged)

    def test_what_is_being_carried_out_stays_as_it_is(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        before = desk.get(callback)
        desk.wish(due=NINE + HOUR)
        desk.tell(callback, Taken(ANN))
        desk.wish(due=NINE + HOUR)
        assert not desk.events(CallbackChanged)
        assert desk.get(callback).since == before.since

    def test_while_the_telephone_rings_it_cannot_be_moved(self, desk: CallbackDesk) -> None:
        desk.rules = CallbackRules(first=CallbackFirst.CUSTOMER)
        callback = desk.wish()
        desk.tell(callback, Turn())
        desk.wish(due=NINE + HOUR)
        assert desk.get(callback).phase is Phase.DIALLING
        assert not desk.events(CallbackChanged)

    def test_asking_again_does_not_make_the_telephone_ring_sooner_after_an_attempt(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        desk.tell(callback, Taken(ANN))
        desk.tell(callback, Released(desk.call_of(callback), because(EndReason.NO_ANSWER)))
        due = desk.get(callback).due
        desk.wish()
        assert desk.get(callback).due == due
        desk.wish(due=NINE + 3 * HOUR)
        assert desk.get(callback).due == NINE + 3 * HOUR, "but it may ring later"

    def test_after_the_pause_it_may_be_asked_for_again(self, desk: CallbackDesk) -> None:
        callback = desk.wish()
        desk.tell(callback, Matched(ANN))
        desk.tell(callback, Taken(ANN))
        desk.tell(callback, Released(desk.call_of(callback), because(EndReason.BUSY)))
        desk.wait(desk.rules.pause_after(AttemptResult.BUSY).total_seconds())
        assert desk.wish() == callback
        assert desk.get(callback).phase is Phase.WAITING
