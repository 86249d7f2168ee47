"""A caller who talks with a robot, as the bridge sees it."""

from typing import Any

import pytest

from gateway.calls.inputs import PlayerOver, RobotOver
from gateway.calls.legs import LegState
from gateway.calls.model import Robot
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import pack, unpack
from kernel.contracts.engine import PlayerSource
from kernel.contracts.robots import ConnectRobot, DisconnectRobot, RobotEnded, RobotPlace
from kernel.contracts.telephony import EndCall, PlayToCaller
from tests.unit.gateway.calls.calls_world import CALL, FAR, World, call_in

PLACE = RobotPlace("reception", "wss://robot.example.com/", ("192.0.2.1",))
DONE = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)


def order(world: World, kind: type[Any], **fields: Any) -> None:
    command, tenant, at = world.stamp()
    world.order(kind(id=command, tenant=tenant, at=at, call=CALL, **fields))


def connect(world: World, token: str = "flow-3") -> str:
    """The player by which the robot speaks."""
    order(world, ConnectRobot, token=token, place=PLACE, parameters=(("a", "b"),))
    return next(iter(world.playing), "")


@pytest.fixture
def world() -> World:
    world = World()
    world.call = call_in(LegState.ANSWERED)
    return world


def ends(world: World) -> list[RobotEnded]:
    return [report for report in world.reports if isinstance(report, RobotEnded)]


def test_the_caller_hears_the_robot(world: World) -> None:
    player = connect(world)
    assert world.playing[player].robot == Robot(PLACE, (("a", "b"),))
    assert world.heard[FAR] == (PlayerSource(player=player),)
    assert ends(world) == []


def test_who_comes_back_is_told_with_results_once(world: World) -> None:
    player = connect(world)
    for _ in range(2):
        world.happen(RobotOver(player, outcome="sales", results=(("reason", "new"),)))
    (end,) = ends(world)
    assert (end.token, end.failure, end.outcome, end.results) == ("flow-3", "", "sales", (("reason", "new"),))
    assert (world.playing, world.heard[FAR]) == ({}, ())


def test_a_robot_that_fails_or_is_gone_from_the_engine_has_failed(world: World) -> None:
    world.happen(RobotOver(connect(world), failure="unreachable"))
    world.happen(PlayerOver(connect(world, "flow-4")))
    assert [(end.token, end.failure) for end in ends(world)] == [("flow-3", "unreachable"), ("flow-4", "engine")]


def test_what_takes_its_place_ends_it_without_a_word(world: World) -> None:
    player = connect(world)
    order(world, PlayToCaller, prompts=("sorry",), music=None, token="flow-4")
    assert player not in world.playing
    world.happen(RobotOver(player, outcome="late"))
    assert ends(world) == []


def test_it_is_let_go_by_routing_and_by_the_end_of_the_call(world: World) -> None:
    connect(world)
    order(world, DisconnectRobot)
    assert (world.playing, ends(world)) == ({}, [])
    connect(world, "flow-5")
    order(world, EndCall, cause=DONE)
    assert (world.playing, ends(world)) == ({}, [])


def test_letting_go_of_a_robot_leaves_prompts_alone(world: World) -> None:
    order(world, PlayToCaller, prompts=("a",), music=None, token="flow-1")
    order(world, DisconnectRobot)
    assert len(world.playing) == 1


def test_nobody_talks_on_a_call_that_is_not_answered() -> None:
    world = World()
    world.call = call_in(LegState.OFFERED)
    connect(world)
    assert [end.failure for end in ends(world)] == ["not answered"]
    assert world.playing == {}


def test_another_process_takes_it_over_from_what_was_saved(world: World) -> None:
    player = connect(world)
    world.call = unpack(pack(world.call), type(world.call))
    world.happen(RobotOver(player, outcome="sales"))
    assert [end.outcome for end in ends(world)] == ["sales"]
