"""Voice robots that flows connect callers with."""

from typing import Any

import pytest

from kernel.contracts.codec import pack, unpack
from kernel.contracts.robots import ConnectRobot, DisconnectRobot, RobotEnded, RobotPlace
from kernel.primitives.ids import CallId
from routing.acd.flow_standings import Standing
from routing.acd.flow_words import RobotFound
from routing.flows.run.words import RobotFailed
from tests.unit.routing.floor import SALES
from tests.unit.routing.flow_documents import flows_of
from tests.unit.routing.flow_floor import FlowFloor

PLACE = RobotPlace("reception", "wss://robot.example.com/", ("192.0.2.1",))
TALK: dict[str, Any] = {
    "start": "talk",
    "variables": {"reason": ""},
    "nodes": {
        "talk": {
            "kind": "robot", "robot": "reception", "send": ["caller"], "results": ["reason"], "seconds": 60,
            "outcomes": {"sales": "wait"}, "otherwise": "bye", "on_failure": "sorry",
        },
        "sorry": {"kind": "play", "prompts": ["sorry"], "next": "bye"},
        "wait": {"kind": "queue", "queue": str(SALES), "on_full": "bye"},
        "bye": {"kind": "hang_up"},
    },
}  # fmt: skip


@pytest.fixture
def floor() -> FlowFloor:
    floor = FlowFloor()
    floor.publish(flows_of(main=TALK))
    return floor


def talking(floor: FlowFloor) -> CallId:
    call = floor.entered()
    floor.take(RobotFound(floor.tenant, call, floor.turn(call), PLACE))
    return call


def ended(floor: FlowFloor, call: CallId, **fields: Any) -> None:
    token = floor.sent(ConnectRobot)[-1].token
    floor.take(RobotEnded(**floor.stamp_of(call), call=call, token=token, **fields))


def test_the_robot_is_looked_for_and_then_connected_once(floor: FlowFloor) -> None:
    call = floor.entered()
    (errand,) = floor.errands
    assert errand.errand.robot == "reception"  # type: ignore[union-attr]
    assert floor.sent(ConnectRobot) == []
    floor.take(RobotFound(floor.tenant, call, floor.turn(call) - 1, PLACE))
    assert floor.sent(ConnectRobot) == [], "that was asked for by another node"
    for _ in range(2):
        floor.take(RobotFound(floor.tenant, call, floor.turn(call), PLACE))
    (command,) = floor.sent(ConnectRobot)
    assert (command.place, command.parameters[0][0]) == (PLACE, "caller")


def test_its_outcome_says_where_the_call_goes_and_its_results_are_kept(floor: FlowFloor) -> None:
    call = talking(floor)
    ended(floor, call, outcome="sales", results=(("reason", "new"), ("more", "none asked")))
    assert floor.call(call).queue == SALES


@pytest.mark.parametrize("outcome", ["", "support"])
def test_an_outcome_without_an_exit_goes_on_otherwise(floor: FlowFloor, outcome: str) -> None:
    ended(floor, talking(floor), outcome=outcome)
    assert floor.endings() == ["hung_up"]


def test_a_robot_that_fails_or_cannot_be_found_leads_to_on_failure(floor: FlowFloor) -> None:
    ended(floor, talking(floor), failure="unreachable")
    other = floor.entered()
    floor.answer(other, RobotFailed(turn=floor.turn(other), why="address"))
    assert floor.said() == [("sorry",), ("sorry",)]


def test_beyond_its_time_it_is_let_go(floor: FlowFloor) -> None:
    call = talking(floor)
    floor.wait(66)
    assert [command.call for command in floor.sent(DisconnectRobot)] == [call]
    assert floor.said() == [("sorry",)]
    ended(floor, call, outcome="sales")
    assert floor.said() == [("sorry",)]


def test_one_found_too_late_is_not_called(floor: FlowFloor) -> None:
    call = floor.entered()
    turn = floor.turn(call)
    floor.wait(66)
    floor.take(RobotFound(floor.tenant, call, turn, PLACE))
    assert floor.sent(ConnectRobot) == []


def test_the_next_owner_asks_again_until_it_was_connected(floor: FlowFloor) -> None:
    call = floor.entered()
    assert unpack(pack(floor.kept[call]), Standing).owed == floor.kept[call].owed != ()
    floor.take(RobotFound(floor.tenant, call, floor.turn(call), PLACE))
    assert floor.kept[call].owed == ()
