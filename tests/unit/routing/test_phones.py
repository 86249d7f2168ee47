"""An agent dials at a telephone: as at the desk, with the tenant's limits."""

from datetime import timedelta

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import CallConnected, CallEnded, CallOffered, LimitReached
from kernel.contracts.telephony import ConnectParty, PhoneDialled, PhoneParty, PlayToCaller, RejectCall, TrunkParty
from kernel.primitives.ids import NO_TRUNK, CallId
from kernel.primitives.phone import NO_NUMBER, PhoneNumber
from tests.unit.routing.floor import ANN, FAR_END, SALES_NUMBER, START, TRUNK, Floor


def dial(floor: Floor, called: PhoneNumber = FAR_END) -> CallId:
    call = CallId(floor.ids.new())
    floor.take(PhoneDialled(**floor.stamp(), call=call, agent=ANN, phone="ann", called=called))
    return call


def test_an_agent_who_is_free_is_connected_by_the_tenants_trunk() -> None:
    floor = Floor(1)
    floor.not_ready(ANN)
    call = dial(floor)
    (order,) = floor.sent(ConnectParty)
    assert order.to == TrunkParty(called=FAR_END, caller=SALES_NUMBER, trunk=TRUNK)
    assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)
    floor.establish(call)
    assert [event.agent for event in floor.events(CallConnected)] == [ANN]
    floor.release(call)
    assert [event.call for event in floor.events(CallEnded)] == [call]
    assert floor.agent(ANN).state is AgentState.WRAP_UP


def test_the_softphone_has_no_part_in_it() -> None:
    floor = Floor(1)
    floor.not_ready(ANN)
    call = dial(floor)
    floor.establish(call)
    floor.reach(ANN, reachable=False)
    floor.wait(600)
    assert floor.sent(PlayToCaller) == []
    assert floor.agent(ANN).call == call


def test_a_report_that_comes_twice_dials_once() -> None:
    floor = Floor(1)
    floor.not_ready(ANN)
    call = CallId(floor.ids.new())
    report = PhoneDialled(**floor.stamp(), call=call, agent=ANN, phone="ann", called=FAR_END)
    floor.take(report)
    floor.take(report)
    assert len(floor.sent(ConnectParty)) == 1


def test_who_is_logged_out_or_in_a_call_is_refused() -> None:
    floor = Floor(1)
    out = dial(floor)
    floor.not_ready(ANN)
    first, second = dial(floor), dial(floor)
    refused = {order.call: order.cause.sip_code for order in floor.sent(RejectCall)}
    assert refused == {out: 480, second: 480}
    assert [order.call for order in floor.sent(ConnectParty)] == [first]


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        (CallLimits(countries=()), 403),
        (CallLimits(closed_until=START + timedelta(hours=1)), 403),
        (CallLimits(calls_at_once=0), 486),
    ],
)
def test_the_limits_of_the_tenant_hold(limits: CallLimits, status: int) -> None:
    floor = Floor(1, limits=limits)
    floor.not_ready(ANN)
    dial(floor)
    assert [order.cause.sip_code for order in floor.sent(RejectCall)] == [status]
    assert len(floor.events(LimitReached)) == 1
    assert floor.sent(ConnectParty) == []


def dial_colleague(floor: Floor) -> CallId:
    call = CallId(floor.ids.new())
    dialled = PhoneDialled(**floor.stamp(), call=call, agent=ANN, phone="ann", called=NO_NUMBER, party="ben")
    floor.take(dialled)
    return call


def test_another_telephone_is_called_without_trunk_and_number() -> None:
    floor = Floor(1, outbound_trunk=None, limits=CallLimits(countries=()))
    floor.not_ready(ANN)
    call = dial_colleague(floor)
    ben = PhoneParty(user="ben", by="ann")
    assert [order.to for order in floor.sent(ConnectParty)] == [ben]
    (offered,) = floor.events(CallOffered)
    assert (offered.called, offered.trunk, offered.forward) == (NO_NUMBER, NO_TRUNK, ben)
    floor.establish(call)
    assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)
    floor.release(call)
    assert floor.agent(ANN).state is AgentState.WRAP_UP


def test_a_call_to_another_telephone_counts_as_a_call() -> None:
    floor = Floor(1, limits=CallLimits(calls_at_once=0))
    floor.not_ready(ANN)
    dial_colleague(floor)
    assert len(floor.sent(RejectCall)) == 1
    assert floor.sent(ConnectParty) == []


def test_without_a_trunk_nobody_is_called() -> None:
    floor = Floor(1, outbound_trunk=None)
    floor.not_ready(ANN)
    dial(floor)
    assert [order.cause.sip_code for order in floor.sent(RejectCall)] == [403]


def test_without_a_trunk_an_emergency_number_is_called_by_any_that_carries_it() -> None:
    floor = Floor(1, outbound_trunk=None)
    floor.not_ready(ANN)
    police = PhoneNumber.parse("999", "GB")
    dial(floor, police)
    (order,) = floor.sent(ConnectParty)
    assert order.to == TrunkParty(called=police, caller=SALES_NUMBER, trunk=None)
