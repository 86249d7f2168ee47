"""What the engine is asked to play for a call's robot."""

from pathlib import Path
from uuid import UUID

import pytest

from gateway.app.playing import over_of, player_of
from gateway.calls.effects import StartPlayer
from gateway.calls.inputs import PlayerOver, RobotOver
from gateway.calls.legs import LegState
from gateway.calls.model import Robot, Sound
from kernel.contracts.engine import Address, ForkEnd, ForkEnded, ForkPlay, Parameter, PlayerFailed
from kernel.contracts.robots import RobotPlace
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tests.unit.gateway.calls.calls_world import CALL, FAR, TENANT, call_in

PLACE = RobotPlace("reception", "wss://robot.example.com/talk", ("192.0.2.1", "2001:db8::1"))
EFFECT = StartPlayer(f"{CALL}.1", Sound(robot=Robot(PLACE, (("caller", "+49"),))))


class NoPrompts:
    def path(self, tenant: TenantId, name: str) -> Path:
        raise KeyError(name)


class Secrets:
    def __init__(self, secret: Secret | Exception | None) -> None:
        self._secret = secret

    async def authorization(self, tenant: TenantId, robot: str) -> Secret | None:
        assert (tenant, robot) == (TENANT, "reception")
        if isinstance(self._secret, Exception):
            raise self._secret
        return self._secret


async def fork(secret: Secret | Exception | None, effect: StartPlayer = EFFECT) -> ForkPlay | None:
    create = await player_of(call_in(LegState.ANSWERED), effect, NoPrompts(), Secrets(secret))
    if create is None:
        return None
    assert (create.player, create.group) == (f"{CALL}.1", str(CALL))
    assert isinstance(create.play, ForkPlay)
    return create.play


async def test_a_robot_is_called_at_its_addresses_by_names_like_twilios() -> None:
    play = await fork(Secret("Bearer x"))
    assert play is not None
    assert (play.leg, play.authorization) == (FAR, "Bearer x")
    assert play.addresses == (Address(host="192.0.2.1", port=443), Address(host="2001:db8::1", port=443))
    assert (play.call, play.account) == (f"CA{CALL.hex}", f"AC{TENANT.hex}")
    assert (play.stream[:2], UUID(play.stream[2:]).hex) == ("MZ", play.stream[2:])
    assert play.parameters == (Parameter(name="caller", value="+49"),)
    assert await fork(Secret("Bearer x")) == play, "repeated, it is the same player"


async def test_the_port_of_its_url_counts() -> None:
    place = RobotPlace("reception", "ws://robot.example.com:8080/talk", ("192.0.2.1",))
    play = await fork(None, StartPlayer(f"{CALL}.1", Sound(robot=Robot(place, ()))))
    assert play is not None
    assert (play.addresses[0].port, play.authorization) == (8080, "")


async def test_a_secret_that_cannot_be_had_is_no_robot() -> None:
    assert await fork(RuntimeError("no key opens it")) is None


@pytest.mark.parametrize(("reason", "failure"), [("closed", ""), ("broken", "broken"), ("slow", "slow")])
def test_how_a_robot_ended_decides_whether_it_failed(reason: ForkEnd, failure: str) -> None:
    results = (Parameter(name="a", value="b"),)
    ended = ForkEnded(player="p", leg=FAR, reason=reason, outcome="sales", results=results)
    assert over_of(ended) == RobotOver("p", failure, "sales", (("a", "b"),))


def test_a_player_that_fails_is_over() -> None:
    assert over_of(PlayerFailed(player="p", reason="no WAV")) == PlayerOver("p")
