"""What is done outside of decisions for calls in flows, and what comes back."""

import msgspec

from kernel.contracts.robots import RobotPlace
from kernel.primitives.ids import CallId, TenantId
from routing.flows.run.effects import ConnectRobot, Speak, StartLookup
from routing.flows.run.words import AnyWord
from routing.matching.announcing import Phrase

Errand = Speak | StartLookup | ConnectRobot
"""To make sounds of words, to ask a tenant's server, and to find a tenant's robot."""


class Announce(msgspec.Struct, frozen=True):
    """What a waiting caller is told: `prompts`, then `phrases`; `message` counts what they were told in this queue."""

    message: int
    prompts: tuple[str, ...]
    phrases: tuple[Phrase, ...]


class FlowErrand(msgspec.Struct, frozen=True):
    """To be run once what was decided is committed; a `FlowAnswer` or `Announced` answers it."""

    tenant: TenantId
    call: CallId
    errand: Errand | Announce


class FlowWord(msgspec.Struct, frozen=True):
    tenant: TenantId
    call: CallId
    word: AnyWord


class FlowSpoken(msgspec.Struct, frozen=True):
    """What was to be said in `turn` lies in the prompt store; of what could not be spoken there is nothing."""

    tenant: TenantId
    call: CallId
    turn: int
    prompts: tuple[str, ...]


class RobotFound(msgspec.Struct, frozen=True):
    """Where the robot that was asked for in `turn` may be reached."""

    tenant: TenantId
    call: CallId
    turn: int
    place: RobotPlace


class Announced(msgspec.Struct, frozen=True):
    """The sounds of an `Announce`; of what could not be spoken there is nothing."""

    tenant: TenantId
    call: CallId
    message: int
    prompts: tuple[str, ...]


FlowAnswer = FlowWord | FlowSpoken | RobotFound
ErrandAnswer = FlowAnswer | Announced
