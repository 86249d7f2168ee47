"""Who gave up and rings again keeps the place; the log tells all that is needed."""

import pytest

from kernel.contracts.calls import EndReason
from kernel.contracts.log import CallErased, LogEvent
from kernel.primitives.ids import CallId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.model import Place
from routing.callbacks.returning import Returning
from routing.callbacks.rules import RETURN_SECONDS
from tests.unit.routing.floor import ANN, CALLER, SALES, SALES_NUMBER, STRANGER, SUPPORT, SUPPORT_NUMBER, Floor


def told(floor: Floor, keep_seconds: float = RETURN_SECONDS) -> Returning:
    returning = Returning(keep_seconds)
    for event in floor.log:
        returning.apply(event)
    return returning


def left(floor: Floor, reason: EndReason = EndReason.HANGUP_BY_CALLER, called: PhoneNumber = SALES_NUMBER) -> CallId:
    call = floor.queued(called)
    floor.wait(40)
    floor.release(call, reason)
    return call


def test_who_gives_up_and_comes_back_in_time_gets_the_place(floor: Floor) -> None:
    joined = floor.now
    left(floor)
    floor.wait(60)
    assert told(floor).place_of(SALES, CALLER, floor.now, RETURN_SECONDS) == Place(5, joined)


def test_later_it_is_gone(floor: Floor) -> None:
    left(floor)
    floor.wait(RETURN_SECONDS + 1)
    assert told(floor).place_of(SALES, CALLER, floor.now, RETURN_SECONDS) is None


def test_in_another_queue_and_for_others_there_is_none(floor: Floor) -> None:
    left(floor)
    returning = told(floor)
    for queue, caller in ((SUPPORT, CALLER), (SALES, STRANGER), (SALES, None)):
        assert returning.place_of(queue, caller, floor.now, RETURN_SECONDS) is None


def test_a_place_is_used_once(floor: Floor) -> None:
    left(floor)
    floor.queued()
    assert told(floor).place_of(SALES, CALLER, floor.now, RETURN_SECONDS) is None


def test_who_was_served_has_none(floor: Floor) -> None:
    floor.release(floor.connected(ANN))
    assert len(told(floor)) == 0


def test_who_was_turned_away_has_none(floor: Floor) -> None:
    call = floor.arrive(STRANGER)
    assert floor.state.call(call) is None
    assert len(told(floor)) == 0


@pytest.mark.parametrize(("reason", "kept"), [(EndReason.LOST_IN_RESTART, 1), (EndReason.HANGUP_BY_SYSTEM, 0)])
def test_our_own_faults_keep_the_place_and_our_own_decisions_do_not(floor: Floor, reason: EndReason, kept: int) -> None:
    left(floor, reason)
    assert len(told(floor)) == kept


def test_an_erased_call_leaves_nothing(floor: Floor) -> None:
    call = left(floor)
    erased = CallErased(**floor.stamp(), call=call, number=True, note=False, reason="erasure")
    log: list[LogEvent] = [*floor.log, erased]
    returning = Returning()
    for event in log:
        returning.apply(event)
    assert len(returning) == 0


def test_old_places_are_forgotten(floor: Floor) -> None:
    left(floor, called=SUPPORT_NUMBER)
    floor.wait(RETURN_SECONDS * 2)
    left(floor)
    assert len(told(floor)) == 1
