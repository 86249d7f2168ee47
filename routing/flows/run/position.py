"""Where a call is in its flow: saved with the call, so that it survives a restart."""

from datetime import datetime
from enum import StrEnum

import msgspec

from kernel.primitives.phone import PhoneNumber
from routing.flows.document.names import CALLED, CALLER, DIVERTED_BY


class Phase(StrEnum):
    SPEAKING = "speaking"  # words or prompts are heard
    COLLECTING = "collecting"  # the next key is waited for
    WAITING = "waiting"  # for somebody who was asked to do something
    FINISHING = "finishing"  # a message has been long enough, its recorder is asked to stop
    ENDED = "ended"


class Ending(StrEnum):
    """How the flow was left for good."""

    AGENT = "agent"  # the queue found one
    TRANSFERRED = "transferred"
    HUNG_UP = "hung_up"  # by the flow
    CALLER_GONE = "caller_gone"
    FAILED = "failed"  # it could not go on: the caller went to the fallback queue, if there is one


class CallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What every flow may ask about a call; None where the network did not tell."""

    called: PhoneNumber
    caller: PhoneNumber | None = None
    diverted_by: PhoneNumber | None = None

    def variables(self) -> dict[str, str]:
        numbers = {CALLER: self.caller, CALLED: self.called, DIVERTED_BY: self.diverted_by}
        return {name: "" if number is None else number.e164 for name, number in numbers.items()}


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """`version` of `flow` is what the call goes through, whatever is published meanwhile.

    `turn` counts what was asked of others: reports of an earlier turn are late and change nothing. `deadline` is when
    TimeOut is due. `pressed` are the keys of the present entry, `ahead` those pressed before they were asked for.
    `tries` of this node have failed; `steps` nodes were passed since the caller last did something.
    """

    flow: str
    version: int
    node: str
    phase: Phase
    turn: int = 0
    variables: dict[str, str] = {}
    private: tuple[str, ...] = ()  # variables that are shown to nobody
    deadline: datetime | None = None
    pressed: str = ""
    ahead: str = ""
    tries: int = 0
    steps: int = 0
    ending: Ending | None = None

    def __repr__(self) -> str:
        """Variables and keys are the caller's own."""
        return f"Position({self.flow} {self.version}, {self.node}, {self.phase}, turn {self.turn}, {self.ending})"


def next_timer(position: Position) -> datetime | None:
    """When TimeOut is due."""
    return position.deadline
