"""By which leg an agent takes part in calls: the browser's, or the line to a telephone as long as it is up."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from gateway.app.agent_legs import AgentLegs
from gateway.calls.inputs import AgentAttached, AgentDetached
from gateway.calls.legs import Leg, LegInput
from gateway.calls.model import Call
from kernel.contracts.calls import Direction
from kernel.primitives.ids import CallId, TenantId
from tests.fakes import FakeClock, SequentialIds
from tests.unit.gateway.calls.calls_world import ANNA, BY_CALLER, CALLED, OTHER_TENANT, TENANT, TRUNK

BROWSER = "softphone.anna"


@pytest.fixture
def legs() -> AgentLegs:
    ports = cast(Any, SimpleNamespace(clock=FakeClock(), ids=SequentialIds()))
    return AgentLegs(ports, lambda agent: BROWSER)


def dialled(number: int, *, kept: bool = True, tenant: TenantId = TENANT) -> Call:
    name = CallId(UUID(int=number))
    call = Call(
        id=name,
        tenant=tenant,
        trunk=TRUNK,
        direction=Direction.OUTBOUND,
        called=CALLED,
        caller=None,
        far=Leg(name=f"{name}.far"),
        line_of=ANNA if kept else None,
    )
    call.far.advance(LegInput.DIAL)
    return call


def answered(call: Call) -> Call:
    call.far.advance(LegInput.ANSWER)
    return call


def ended(call: Call) -> Call:
    call.far.close(LegInput.END, BY_CALLER)
    return call


def leg(legs: AgentLegs, tenant: TenantId = TENANT) -> tuple[str | None, bool]:
    moment = legs.moment((tenant, ANNA))
    return moment.agent_media, moment.by_line


def test_the_line_counts_from_its_answer_to_its_end(legs: AgentLegs) -> None:
    call = dialled(1)
    assert legs.note(call) is None
    assert leg(legs) == (BROWSER, False)
    assert legs.note(answered(call)) == ((TENANT, ANNA), AgentAttached(ANNA, call.far.name, by_line=True))
    assert legs.note(call) is None, "told once"
    assert (leg(legs), legs.has_line((TENANT, ANNA))) == ((call.far.name, True), True)
    assert legs.note(ended(call)) == ((TENANT, ANNA), AgentDetached(ANNA, call.far.name))
    assert legs.note(call) is None
    assert (leg(legs), legs.has_line((TENANT, ANNA))) == ((BROWSER, False), False)


def test_the_end_of_a_former_line_leaves_the_present_one(legs: AgentLegs) -> None:
    former, present = answered(dialled(1)), answered(dialled(2))
    legs.note(former)
    assert legs.note(present) == ((TENANT, ANNA), AgentAttached(ANNA, present.far.name, by_line=True))
    assert legs.note(ended(former)) is None
    assert leg(legs) == (present.far.name, True)


def test_other_calls_and_other_tenants_are_not_the_agent_s_line(legs: AgentLegs) -> None:
    assert legs.note(answered(dialled(1, kept=False))) is None
    legs.note(answered(dialled(2, tenant=OTHER_TENANT)))
    assert leg(legs) == (BROWSER, False)
