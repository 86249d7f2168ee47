"""Voice robots in a call: what routing asks of the gateway, and what becomes of it."""

import msgspec

from kernel.contracts.base import Message
from kernel.primitives.ids import CallId


class RobotPlace(msgspec.Struct, frozen=True):
    """Where a tenant's robot `name` is: `addresses` (IP literals) are all that its URL (ws, wss) may be taken to."""

    name: str
    url: str
    addresses: tuple[str, ...]


class ConnectRobot(Message, frozen=True, tag="connect_robot"):
    """The caller talks with a robot, which is told `parameters`, until RobotEnded of `token`, or until the caller is
    given something else to hear: then nothing is reported."""

    call: CallId
    token: str
    place: RobotPlace
    parameters: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"ConnectRobot({self.call}, {self.place.name})"


class DisconnectRobot(Message, frozen=True, tag="disconnect_robot"):
    call: CallId


class RobotEnded(Message, frozen=True, tag="robot_ended"):
    """The robot came back with `outcome` (empty: it named none) and `results`, or failed: `failure` says how."""

    call: CallId
    token: str
    failure: str = ""
    outcome: str = ""
    results: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"RobotEnded({self.call}, {self.failure or self.outcome!r})"


RobotCommand = ConnectRobot | DisconnectRobot
