"""What a tenant may not do: beyond its limits, or while it is suspended."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.desk import Dial, LogIn
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallEnded, CallOffered, CallQueued, LimitReached
from kernel.contracts.telephony import AnswerCall, EndCall, PlaceCall, PlayToCaller, RejectCall
from kernel.primitives.errors import CordboardError
from kernel.primitives.phone import PhoneNumber
from routing.errors import (
    CallsAtOnceReached,
    CallsPerSecondReached,
    DailySpendReached,
    DestinationNotAllowed,
    PremiumNotAllowed,
    Suspended,
)
from tests.unit.routing.floor import ANN, BEN, FAR_END, START, Floor

BUSY = EndCause(EndResult.OURS, EndReason.OVERLOADED, sip_code=486, q850=17)
LATER = EndCause(EndResult.OURS, EndReason.OVERLOADED, sip_code=480, q850=41)
PREMIUM = PhoneNumber.parse("+449098790123")
FRENCH = PhoneNumber.parse("+33142685300")


def limited(number: int = 1, **limits: Any) -> Floor:
    return Floor(number, limits=CallLimits(**limits))


def told(floor: Floor) -> list[str]:
    return [event.limit for event in floor.events(LimitReached)]


def test_a_caller_beyond_the_calls_at_once_hears_busy_and_admins_are_told() -> None:
    floor = limited(calls_at_once=2)
    first, second, third = floor.arrive(), floor.arrive(), floor.arrive()
    assert [(reject.call, reject.cause) for reject in floor.sent(RejectCall)] == [(third, BUSY)]
    assert [(ended.call, ended.cause) for ended in floor.events(CallEnded)] == [(third, BUSY)]
    assert told(floor) == ["calls_at_once"]
    assert {answer.call for answer in floor.sent(AnswerCall)} == {first, second}


def test_room_is_there_again_when_a_call_has_ended() -> None:
    floor = limited(calls_at_once=1)
    first = floor.arrive()
    floor.arrive()
    floor.release(first)
    third = floor.arrive()
    assert third in {answer.call for answer in floor.sent(AnswerCall)}


def test_a_refused_call_that_is_reported_again_is_refused_once() -> None:
    floor = limited(calls_at_once=0)
    call = floor.arrive()
    floor.arrive(call=call)
    assert len(floor.events(CallOffered)) == len(floor.sent(RejectCall)) == 1


def test_as_many_calls_as_allowed_begin_in_any_one_second() -> None:
    floor = limited(calls_per_second=2)
    floor.arrive()
    floor.now += timedelta(seconds=0.6)
    floor.arrive()
    floor.now += timedelta(seconds=0.3)
    refused = floor.arrive()
    floor.now += timedelta(seconds=0.2)  # the first is more than a second ago
    taken = floor.arrive()
    assert [(reject.call, reject.cause) for reject in floor.sent(RejectCall)] == [(refused, LATER)]
    assert taken in {answer.call for answer in floor.sent(AnswerCall)}
    assert told(floor) == ["calls_per_second"]


def test_dialling_counts_with_the_calls_that_come_in() -> None:
    floor = limited(calls_at_once=1)
    floor.not_ready(ANN)
    floor.arrive()
    with pytest.raises(CallsAtOnceReached) as refusal:
        floor.wish(ANN, Dial(called=FAR_END))
    assert refusal.value.extra == {"allowed": 1}
    assert [(event.limit, event.agent) for event in floor.events(LimitReached)] == [("calls_at_once", ANN)]
    assert floor.sent(PlaceCall) == []


@pytest.mark.parametrize(
    ("limits", "called", "error"),
    [
        ({"countries": ("GB", "DE")}, FRENCH, DestinationNotAllowed),
        ({"countries": ()}, FAR_END, DestinationNotAllowed),
        ({}, PREMIUM, PremiumNotAllowed),
        ({"closed_until": START + timedelta(hours=1)}, FAR_END, DailySpendReached),
        ({"calls_per_second": 0}, FAR_END, CallsPerSecondReached),
    ],
)
def test_what_may_not_be_dialled_is_refused_and_told(
    limits: dict[str, Any], called: PhoneNumber, error: type[CordboardError]
) -> None:
    floor = limited(**limits)
    floor.not_ready(ANN)
    with pytest.raises(error):
        floor.wish(ANN, Dial(called=called))
    assert floor.sent(PlaceCall) == []
    assert len(told(floor)) == 1
    assert floor.agent(ANN).call is None


@pytest.mark.parametrize(
    ("limits", "called"),
    [
        ({"countries": ("FR",)}, FRENCH),
        ({"premium": True}, PREMIUM),
        ({"closed_until": START}, FAR_END),
        ({"calls_at_once": 1, "calls_per_second": 1}, FAR_END),
    ],
)
def test_what_is_allowed_is_dialled(limits: dict[str, Any], called: PhoneNumber) -> None:
    floor = limited(**limits)
    floor.not_ready(ANN)
    floor.wish(ANN, Dial(called=called))
    assert [place.called for place in floor.sent(PlaceCall)] == [called]
    assert told(floor) == []


def test_who_calls_a_suspended_tenant_hears_an_announcement_and_waits_in_no_queue() -> None:
    floor = Floor(1, suspended=True)
    call = floor.arrive()
    floor.establish(call)
    floor.played(call)
    assert [answer.record for answer in floor.sent(AnswerCall)] == [False]
    assert [play.prompts for play in floor.sent(PlayToCaller)] == [("unavailable",)]
    assert [end.call for end in floor.sent(EndCall)] == [call]
    assert [ended.cause.reason for ended in floor.events(CallEnded)] == [EndReason.NOT_ALLOWED]
    assert floor.events(CallQueued) == []


def test_who_hangs_up_during_the_announcement_has_abandoned_nothing() -> None:
    floor = Floor(1, suspended=True)
    call = floor.arrive()
    floor.establish(call)
    floor.release(call)
    assert [ended.cause.reason for ended in floor.events(CallEnded)] == [EndReason.HANGUP_BY_CALLER]


def test_an_announcement_whose_end_nobody_reports_ends_by_itself() -> None:
    floor = Floor(1, suspended=True)
    call = floor.arrive()
    floor.establish(call)
    floor.wait(600)
    assert [ended.call for ended in floor.events(CallEnded)] == [call]


def test_calls_in_progress_finish_when_the_tenant_is_suspended() -> None:
    floor = Floor(1)
    talking, waiting = floor.connected(ANN), floor.queued()
    floor.adopt(suspended=True)
    assert floor.events(CallEnded) == []
    floor.release(talking)
    floor.wait(61)
    floor.accept(ANN)
    assert floor.call(waiting).agent == ANN


def test_nobody_logs_in_or_dials_for_a_suspended_tenant() -> None:
    floor = Floor(1)
    floor.not_ready(ANN)
    floor.adopt(suspended=True)
    with pytest.raises(Suspended):
        floor.wish(ANN, Dial(called=FAR_END))
    with pytest.raises(Suspended):
        floor.wish(BEN, LogIn())
    assert told(floor) == []


def test_limits_hold_after_a_restart() -> None:
    floor = limited(calls_at_once=2)
    floor.arrive()
    floor.arrive()
    for state in (floor.refold(), floor.restored()):
        assert state.present(floor.tenant) == 2
        assert state.begun_since(floor.tenant, floor.now - timedelta(seconds=1), 5) == 2
