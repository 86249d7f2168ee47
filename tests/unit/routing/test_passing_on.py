"""A supervisor passes an agent's call on: by the same rules as the agent's desk, told in the supervisor's name."""

import pytest

from kernel.contracts.calls import Actor, AgentState
from kernel.contracts.colleagues import CallPassedOn
from kernel.contracts.desk import (
    Confer,
    Consult,
    ConsultColleague,
    DropParty,
    HandOver,
    PassingIntent,
    Retrieve,
    Transfer,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.directory import CallLimits
from kernel.contracts.log import AgentStateChanged, LimitReached
from kernel.contracts.supervision import PassOn
from kernel.contracts.telephony import ConnectParty, DisconnectAgent, HoldCall, JoinParty, PartyEstablished
from kernel.primitives.ids import QueueId, TenantId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import Decision, SupervisorIntent
from routing.calls.model import CallPhase
from routing.errors import (
    CallGone,
    CallNotConnected,
    DestinationNotAllowed,
    NobodyInvited,
    PartyGone,
    TransferUnderWay,
    UnknownQueue,
)
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, EVA, FAR_END, SALES, SUPPORT, ZOE, Floor

FRENCH = PhoneNumber.parse("+33142685300")


def do(floor: Floor, intent: PassingIntent, tenant: TenantId | None = None) -> Decision:
    """Zoe supervises; afterwards log and state agree."""
    decision = floor.take(SupervisorIntent(tenant or floor.tenant, ZOE, PassOn(intent=intent)))
    auditor = Auditor(floor.refold([]))
    auditor.follow(floor.log)
    auditor.check(floor.state, floor.rules)
    return decision


def test_to_a_queue_with_a_note_in_the_supervisors_name(floor: Floor) -> None:
    call = floor.connected(ANN)
    do(floor, TransferToQueue(call=call, queue=SUPPORT, note=" wants a refund "))
    (passed,) = floor.events(CallPassedOn)
    assert (passed.by, passed.note, passed.queue) == (ZOE, "wants a refund", SUPPORT)
    assert floor.call(call).queue == SUPPORT
    changed = floor.events(AgentStateChanged)[-1]
    assert (changed.agent, changed.state, changed.actor, changed.by) == (
        *(ANN, AgentState.WRAP_UP),
        *(Actor.SUPERVISOR, ZOE),
    )


def test_outside_at_once(floor: Floor) -> None:
    call = floor.connected(ANN)
    do(floor, Transfer(call=call, called=FAR_END))
    (sent,) = floor.sent(ConnectParty)
    assert not sent.aside
    assert [one.agent for one in floor.sent(DisconnectAgent)] == [ANN]


def test_to_a_colleague_at_once(floor: Floor) -> None:
    call = floor.connected(ANN)
    floor.available(EVA)
    do(floor, TransferToColleague(call=call, agent=EVA, note="knows the case"))
    assert floor.call(call).agent == EVA
    assert [one.by for one in floor.events(CallPassedOn)] == [ZOE]


def test_a_consultation_is_begun_for_the_agent_and_joined(floor: Floor) -> None:
    call = floor.connected(ANN)
    do(floor, Consult(call=call, called=FAR_END))
    assert floor.call(call).phase is CallPhase.HELD
    with pytest.raises(TransferUnderWay):
        do(floor, ConsultColleague(call=call, agent=BEN))
    with pytest.raises(NobodyInvited):
        do(floor, Confer(call=call))
    floor.take(PartyEstablished(**floor.stamp(), call=call, party="party1"))
    do(floor, Confer(call=call))
    assert len(floor.sent(JoinParty)) == 1
    do(floor, HandOver(call=call))
    assert floor.agent(ANN).state is AgentState.WRAP_UP


def test_a_consultation_is_given_up(floor: Floor) -> None:
    call = floor.connected(ANN)
    do(floor, Consult(call=call, called=FAR_END))
    assert len(floor.sent(HoldCall)) == 1
    do(floor, Retrieve(call=call))
    assert floor.call(call).phase is CallPhase.CONNECTED
    with pytest.raises(PartyGone):
        do(floor, DropParty(call=call, party="party1"))


def test_what_the_limits_forbid_is_refused_and_told_of_who_asked() -> None:
    floor = Floor(1, limits=CallLimits(countries=("GB",)))
    call = floor.connected(ANN)
    with pytest.raises(DestinationNotAllowed):
        do(floor, Transfer(call=call, called=FRENCH))
    assert floor.call(call).phase is CallPhase.CONNECTED
    assert [event.agent for event in floor.events(LimitReached)] == [ZOE]


def test_a_call_with_no_agent_of_another_tenant_or_that_has_ended(floor: Floor) -> None:
    call = floor.connected(ANN)
    waiting = floor.queued()
    with pytest.raises(CallNotConnected):
        do(floor, TransferToQueue(call=waiting, queue=SALES))
    with pytest.raises(UnknownQueue):
        do(floor, TransferToQueue(call=call, queue=QueueId(ANN)))
    with pytest.raises(CallGone):
        do(floor, TransferToQueue(call=call, queue=SALES), TenantId(ANN))
    floor.release(call)
    with pytest.raises(CallGone):
        do(floor, TransferToQueue(call=call, queue=SALES))
