"""Flows that connect the caller with one agent by name: that desk rings, nobody else's, and the flow goes on."""

from typing import Any

import pytest

from kernel.contracts.calls import OfferOutcome
from kernel.contracts.desk import LogOut, RejectOffer
from kernel.contracts.log import CallConnected, CallEnded, OfferEnded
from kernel.primitives.ids import CallId, UserId
from routing.calls.model import CallPhase
from tests.unit.routing.floor import ANN, BEN, EVA, SALES, ZOE
from tests.unit.routing.flow_documents import flows_of
from tests.unit.routing.flow_floor import FlowFloor


def to(agent: UserId) -> dict[str, Any]:
    return {
        "start": "to",
        "nodes": {
            "to": {
                "kind": "transfer", "to": {"kind": "agent", "agent": str(agent)}, "ring_seconds": 10,
                "on_failure": "sorry",
            },
            "sorry": {"kind": "play", "prompts": ["sorry"], "next": "bye"},
            "bye": {"kind": "hang_up"},
        },
    }  # fmt: skip


@pytest.fixture
def floor() -> FlowFloor:
    floor = FlowFloor()
    floor.publish(flows_of(main=to(ANN)))
    return floor


def apologised(floor: FlowFloor, call: CallId) -> None:
    assert floor.call(call).phase is CallPhase.IN_FLOW
    assert floor.said()[-1] == ("sorry",)
    floor.heard(call)
    assert floor.endings() == ["hung_up"]
    assert len(floor.events(CallEnded)) == 1
    assert floor.kept == {}


class TestFree:
    def test_their_desk_rings_and_who_accepts_has_the_caller(self, floor: FlowFloor) -> None:
        floor.available(BEN, ANN)
        call = floor.entered()
        assert (floor.offers(ANN), floor.offers(BEN)) == ([call], [])
        assert floor.call(call).queue == SALES
        floor.accept(ANN)
        assert [event.agent for event in floor.events(CallConnected)] == [ANN]
        assert (floor.endings(), floor.kept) == (["agent"], {})

    def test_somebody_who_serves_no_queue_can_be_named_too(self, floor: FlowFloor) -> None:
        floor.publish(flows_of(main=to(ZOE)))
        floor.available(ZOE)
        call = floor.entered()
        assert floor.offers(ZOE) == [call]


class TestNotReached:
    def test_who_is_not_ready_is_not_rung(self, floor: FlowFloor) -> None:
        floor.not_ready(ANN)
        apologised(floor, floor.entered())

    def test_who_is_not_logged_in_is_not_waited_for(self, floor: FlowFloor) -> None:
        floor.available(BEN)
        apologised(floor, floor.entered())
        assert floor.offers(BEN) == []

    def test_whoever_rejects_sends_the_caller_back_into_the_flow_and_to_nobody_else(self, floor: FlowFloor) -> None:
        floor.available(ANN, BEN)
        call = floor.entered()
        floor.wish(ANN, RejectOffer(offer=floor.offer_of(ANN)))
        assert floor.offers(BEN) == []
        apologised(floor, call)

    def test_a_desk_at_which_nobody_sits_rings_for_its_time(self, floor: FlowFloor) -> None:
        floor.available(ANN, BEN)
        call = floor.entered()
        floor.wait(60)
        assert floor.offers(BEN) == []
        assert [event.outcome for event in floor.events(OfferEnded)] == [OfferOutcome.AGENT_GONE]
        apologised(floor, call)

    def test_an_agent_who_leaves_meanwhile_is_not_waited_for(self, floor: FlowFloor) -> None:
        floor.available(ANN, EVA)
        call = floor.entered()
        floor.wish(ANN, LogOut())
        apologised(floor, call)

    def test_somebody_whom_nobody_knows_fails_at_once(self, floor: FlowFloor) -> None:
        floor.publish(flows_of(main=to(UserId(SALES))))
        apologised(floor, floor.entered())


def test_after_a_restart_in_the_midst_the_flow_goes_on_where_the_agent_rejects(floor: FlowFloor) -> None:
    floor.available(ANN, BEN)
    call = floor.entered()
    assert floor.kept[call].agent == ANN
    floor.state = floor.restored()
    floor.state.flows.restore(floor.kept.values())
    floor.publish(flows_of(main=to(ANN)))
    floor.wish(ANN, RejectOffer(offer=floor.offer_of(ANN)))
    assert floor.offers(BEN) == []
    apologised(floor, call)
