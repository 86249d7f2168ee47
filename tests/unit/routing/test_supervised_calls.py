"""Supervision through the one door of routing: it follows calls and agents, and the log tells all of it."""

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.desk import RequestState
from kernel.contracts.supervision import (
    LeaveSupervision,
    Manner,
    StopSupervising,
    Supervise,
    SuperviseCall,
    SupervisionChanged,
    SupervisorAct,
    TakeOver,
)
from kernel.primitives.ids import CallId, TenantId
from routing.acd.decide import SupervisorIntent, decide
from routing.errors import CallGone, SupervisorBusy
from tests.unit.routing.floor import ANN, BEN, ZOE, Floor


def act(floor: Floor, what: SupervisorAct, tenant: TenantId | None = None) -> None:
    floor.take(SupervisorIntent(tenant or floor.tenant, ZOE, what))


def listening(floor: Floor, manner: Manner = Manner.LISTEN) -> CallId:
    call = floor.connected(ANN)
    floor.not_ready(ZOE)
    act(floor, Supervise(call=call, manner=manner))
    return call


def manners(floor: Floor) -> list[Manner | None]:
    return [event.manner for event in floor.events(SupervisionChanged)]


def test_the_gateway_is_told_who_takes_part_and_the_log_tells_it_again(floor: Floor) -> None:
    call = listening(floor, Manner.WHISPER)
    (command,) = floor.sent(SuperviseCall)
    assert (command.call, command.supervisor, command.home, command.manner) == (call, ZOE, floor.tenant, Manner.WHISPER)
    for again in (floor.refold(), floor.restored()):
        assert again.listening.ears == floor.state.listening.ears


def test_the_end_of_the_call_lets_the_supervisor_go(floor: Floor) -> None:
    floor.release(listening(floor))
    assert manners(floor) == [Manner.LISTEN, None]
    assert len(floor.sent(LeaveSupervision)) == 1


def test_who_becomes_available_takes_part_no_more(floor: Floor) -> None:
    listening(floor)
    floor.wish(ZOE, RequestState(state=AgentState.AVAILABLE))
    assert manners(floor) == [Manner.LISTEN, None]


def test_who_takes_over_is_the_agent_then_and_no_third(floor: Floor) -> None:
    call = listening(floor, Manner.WHISPER)
    act(floor, TakeOver(call=call))
    assert (floor.call(call).agent, manners(floor)) == (ZOE, [Manner.WHISPER, None])
    assert not floor.state.listening


def test_it_can_be_ended(floor: Floor) -> None:
    listening(floor)
    act(floor, StopSupervising())
    act(floor, StopSupervising())
    assert manners(floor) == [Manner.LISTEN, None]


def test_it_takes_a_supervisor_who_is_not_ready(floor: Floor) -> None:
    call = floor.connected(ANN)
    floor.available(BEN)
    with pytest.raises(SupervisorBusy):
        floor.take(SupervisorIntent(floor.tenant, BEN, Supervise(call=call, manner=Manner.LISTEN)))


def test_another_tenants_call_is_not_there(floor: Floor) -> None:
    call = floor.connected(ANN)
    floor.not_ready(ZOE)
    with pytest.raises(CallGone):
        floor.take(
            SupervisorIntent(TenantId(floor.ids.new()), ZOE, Supervise(call=call, manner=Manner.LISTEN)),
        )


def test_a_decision_that_is_not_kept_leaves_no_ear(floor: Floor) -> None:
    call = floor.connected(ANN)
    floor.not_ready(ZOE)
    word = SupervisorIntent(floor.tenant, ZOE, Supervise(call=call, manner=Manner.BARGE))
    assert decide(floor.state, word, floor.now, floor.ids).events
    assert not floor.state.listening
