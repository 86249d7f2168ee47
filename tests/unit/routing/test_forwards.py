"""Numbers that lead outside or to a telephone, and to no queue."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.directory import CallLimits, NumberRoute
from kernel.contracts.log import CallAnswered, CallEnded, CallOffered, LimitReached
from kernel.contracts.telephony import AnswerCall, ConnectParty, PhoneParty, PlayToCaller, RejectCall, TrunkParty
from kernel.primitives.ids import NumberId
from kernel.primitives.phone import PhoneNumber
from routing.calls.model import CallPhase
from tests.unit.routing.floor import ANN, CALLER, FAR_END, SALES, SALES_NUMBER, SUPPORT, SUPPORT_NUMBER, TRUNK, Floor

FRENCH = PhoneNumber.parse("+33142685300")
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)
NOT_ALLOWED = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, sip_code=403, q850=21)


def forwarding(to: TrunkParty | PhoneParty, number: int = 1, **changes: Any) -> Floor:
    numbers = (
        NumberRoute(number=NumberId(UUID(int=1)), called=SALES_NUMBER, queue=SALES, forward=to),
        NumberRoute(number=NumberId(UUID(int=2)), called=SUPPORT_NUMBER, queue=SUPPORT),
    )
    return Floor(number, numbers=numbers, **changes)


def test_the_number_outside_is_dialled_with_the_callers_number_and_nothing_is_answered_yet() -> None:
    floor = forwarding(TrunkParty(called=FAR_END))
    call = floor.arrive()
    (order,) = floor.sent(ConnectParty)
    assert (order.call, order.to) == (call, TrunkParty(called=FAR_END, caller=CALLER, trunk=TRUNK))
    assert order.record
    assert floor.sent(AnswerCall) == []
    (offered,) = floor.events(CallOffered)
    assert (offered.queue, offered.forward) == (None, order.to)


def test_a_telephone_shows_who_calls() -> None:
    floor = forwarding(PhoneParty(user="reception"))
    floor.arrive()
    assert [order.to for order in floor.sent(ConnectParty)] == [PhoneParty(user="reception", caller=CALLER)]


def test_the_answer_is_the_conversation_and_nobody_is_greeted() -> None:
    floor = forwarding(TrunkParty(called=FAR_END))
    call = floor.arrive()
    floor.establish(call)
    assert floor.call(call).phase is CallPhase.CONNECTED
    assert len(floor.events(CallAnswered)) == 1
    assert floor.sent(PlayToCaller) == []
    floor.release(call)
    assert [event.call for event in floor.events(CallEnded)] == [call]


def test_the_log_alone_gives_the_same_state() -> None:
    floor = forwarding(TrunkParty(called=FAR_END))
    call = floor.arrive()
    floor.establish(call)
    assert floor.refold().call(call) == floor.call(call)
    assert floor.restored().call(call) == floor.call(call)


def test_who_does_not_answer_for_minutes_is_given_up() -> None:
    floor = forwarding(TrunkParty(called=FAR_END))
    call = floor.arrive()
    floor.wait(300)
    assert [event.call for event in floor.events(CallEnded)] == [call]


def test_a_country_that_may_not_be_dialled_is_not_dialled_and_admins_are_told() -> None:
    floor = forwarding(TrunkParty(called=FRENCH), limits=CallLimits(countries=("GB",)))
    call = floor.arrive()
    assert floor.sent(ConnectParty) == []
    assert [(reject.call, reject.cause) for reject in floor.sent(RejectCall)] == [(call, NOT_ALLOWED)]
    assert [event.call for event in floor.events(LimitReached)] == [call]


def test_an_emergency_number_is_dialled_whatever_the_limits() -> None:
    police = PhoneNumber.parse("999", "GB")
    floor = forwarding(TrunkParty(called=police), limits=CallLimits(countries=("FR",), closed_until=FAR_AWAY))
    floor.arrive()
    assert len(floor.sent(ConnectParty)) == 1
    assert floor.events(LimitReached) == []


def test_a_suspended_tenant_calls_nobody() -> None:
    floor = forwarding(TrunkParty(called=FAR_END), suspended=True)
    floor.arrive()
    assert floor.sent(ConnectParty) == []
    assert len(floor.sent(AnswerCall)) == 1


def test_no_agent_gets_it_and_another_tenants_number_is_as_it_was() -> None:
    floor = forwarding(TrunkParty(called=FAR_END))
    floor.available(ANN)
    call = floor.arrive()
    floor.establish(call)
    assert floor.offer_to(ANN) is None
    other = Floor(2)
    other.arrive()
    assert other.sent(ConnectParty) == []
