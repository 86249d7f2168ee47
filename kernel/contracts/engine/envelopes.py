"""What goes over the connection."""

import msgspec

from kernel.contracts.engine.answers import Answer, Refusal
from kernel.contracts.engine.commands import Command
from kernel.contracts.engine.events import EngineEvent


class ToEngine(msgspec.Struct, frozen=True, kw_only=True):
    request: int
    command: Command


class FromEngine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either an answer to `request` (answer or refusal), or an event.

    Events that must not be lost (player_finished, player_failed, recording_*, talk_measured, answerer_decided,
    beep_heard, leg_ended, digit_received, drained) are kept, up to 10,000, while no controller is connected, and sent
    after the next Hello's answer. Those written in the last 10 s before a connection ended are sent again then, except
    digits: whoever was killed may not have read them. So the end of a player, recording or leg may be told twice.
    """

    request: int | None = None
    answer: Answer | None = None
    refusal: Refusal | None = None
    event: EngineEvent | None = None
