"""The life of one leg, as a table; `Leg.state` is assigned nowhere else."""

from enum import StrEnum
from types import MappingProxyType

import msgspec

from kernel.contracts.calls import EndCause


class LegState(StrEnum):
    IDLE = "idle"
    OFFERED = "offered"
    DIALING = "dialing"
    EARLY = "early"
    ANSWERED = "answered"
    ENDING = "ending"
    ENDED = "ended"


class LegInput(StrEnum):
    OFFER = "offer"  # the far side asks us
    DIAL = "dial"  # we ask the far side
    PROGRESS = "progress"  # it rings, or sends early media
    ANSWER = "answer"  # sound flows from here on
    RELEASE = "release"  # we end it, and wait for the far side's word
    END = "end"  # it is gone


IDLE, OFFERED, DIALING, EARLY = LegState.IDLE, LegState.OFFERED, LegState.DIALING, LegState.EARLY
ANSWERED, ENDING, ENDED = LegState.ANSWERED, LegState.ENDING, LegState.ENDED

LEG_TABLE = MappingProxyType(
    {
        (IDLE, LegInput.OFFER): OFFERED,
        (IDLE, LegInput.DIAL): DIALING,
        (IDLE, LegInput.RELEASE): ENDED,
        (IDLE, LegInput.END): ENDED,
        (OFFERED, LegInput.PROGRESS): EARLY,
        (OFFERED, LegInput.ANSWER): ANSWERED,
        (OFFERED, LegInput.RELEASE): ENDING,
        (OFFERED, LegInput.END): ENDED,
        (DIALING, LegInput.PROGRESS): EARLY,
        (DIALING, LegInput.ANSWER): ANSWERED,
        (DIALING, LegInput.RELEASE): ENDING,
        (DIALING, LegInput.END): ENDED,
        (EARLY, LegInput.PROGRESS): EARLY,
        (EARLY, LegInput.ANSWER): ANSWERED,
        (EARLY, LegInput.RELEASE): ENDING,
        (EARLY, LegInput.END): ENDED,
        (ANSWERED, LegInput.RELEASE): ENDING,
        (ANSWERED, LegInput.END): ENDED,
        (ENDING, LegInput.END): ENDED,
    }
)
"""Every pair that is not listed leaves the leg as it is: late, doubled and crossing inputs do nothing."""

LIVE = frozenset({IDLE, OFFERED, DIALING, EARLY, ANSWERED})


class Leg(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One party's side of a call; `name` is its leg in the media engine, `cause` is set once, when its end begins."""

    name: str
    state: LegState = LegState.IDLE
    cause: EndCause | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE

    def advance(self, taken: LegInput) -> bool:
        """Whether the input changed the leg."""
        after = LEG_TABLE.get((self.state, taken))
        if after is None:
            return False
        self.state = after
        return True

    def close(self, taken: LegInput, cause: EndCause) -> bool:
        """RELEASE or END with its reason; the first reason stays. Whether this began the leg's end."""
        was_live = self.live
        if not self.advance(taken) or not was_live:
            return False
        self.cause = cause
        return True
