"""What a queue's settings say about callbacks, and the port for its business hours."""

from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from kernel.contracts.callbacks import AttemptResult, CallbackFirst
from kernel.contracts.queues import (
    CALLBACK_ATTEMPTS,
    CALLBACK_PATIENCE_SECONDS,
    CALLBACK_RING_SECONDS,
    PLACE_EXPIRES_SECONDS,
    SCHEDULED_EXPIRES_SECONDS,
    AnsweringMachines,
    CallbackSettings,
)

DIALS_AT_MOST = 10  # whoever is at fault, no customer's telephone rings more often for one wish
PERSONAL_SECONDS = 900.0  # the agent who promised gets a quarter of an hour, then a colleague keeps the word
AHEAD = timedelta(days=90)  # a quarter: calendars are kept no longer ahead
OPEN_AT_MOST = 5_000  # per queue: as many as can wait; beyond that the promise could not be kept

SPACING_SECONDS: dict[AttemptResult, float] = {
    AttemptResult.BUSY: 300.0,  # they talk, and will have finished
    AttemptResult.DECLINED: 1800.0,  # not now
    AttemptResult.NO_ANSWER: 1800.0,
    AttemptResult.UNREACHABLE: 1800.0,
    AttemptResult.MACHINE: 3600.0,
    AttemptResult.NOT_CONFIRMED: 1800.0,
    AttemptResult.HUNG_UP: 1800.0,
    AttemptResult.NOBODY_FREE: 60.0,  # our fault: soon, and by then with an agent
    AttemptResult.AGENT_GONE: 60.0,
    AttemptResult.FAILED: 120.0,  # a carrier that has trouble is not dialled in a loop
    AttemptResult.LOST: 60.0,
}

COUNTED = frozenset(
    {
        AttemptResult.BUSY,
        AttemptResult.DECLINED,
        AttemptResult.NO_ANSWER,
        AttemptResult.UNREACHABLE,
        AttemptResult.MACHINE,
        AttemptResult.NOT_CONFIRMED,
        AttemptResult.HUNG_UP,
    }
)
"""Those in which the customer's side had its chance; what is our fault or a carrier's takes no attempt away."""


class CallbackRules(msgspec.Struct, frozen=True, kw_only=True):
    """Of one queue. `machine_ends`: a message on an answering machine is enough; `spacing` adds to SPACING_SECONDS."""

    first: CallbackFirst = CallbackFirst.AGENT
    attempts: int = CALLBACK_ATTEMPTS
    ring_seconds: float = CALLBACK_RING_SECONDS
    offer_seconds: float = 20.0
    patience_seconds: float = CALLBACK_PATIENCE_SECONDS
    place_expires_seconds: float = PLACE_EXPIRES_SECONDS
    scheduled_expires_seconds: float = SCHEDULED_EXPIRES_SECONDS
    personal_seconds: float | None = PERSONAL_SECONDS
    answering_machines: AnsweringMachines = AnsweringMachines.WAIT_FOR_KEY
    machine_ends: bool = False
    spacing: dict[AttemptResult, float] = {}

    def pause_after(self, result: AttemptResult) -> timedelta:
        return timedelta(seconds=self.spacing.get(result, SPACING_SECONDS.get(result, 0.0)))


def rules_of(settings: CallbackSettings, offer_seconds: float) -> CallbackRules:
    """`offer_seconds`: an agent is asked as long as a call would ring."""
    pause = settings.pause_seconds
    return CallbackRules(
        first=settings.first,
        patience_seconds=settings.patience_seconds,
        attempts=settings.attempts,
        ring_seconds=settings.ring_seconds,
        offer_seconds=offer_seconds,
        place_expires_seconds=settings.place_expires_seconds,
        scheduled_expires_seconds=settings.scheduled_expires_seconds,
        answering_machines=settings.answering_machines,
        spacing={} if pause is None else dict.fromkeys(COUNTED, pause),
    )


class Hours(Protocol):
    """When the queue's people may ring customers."""

    def next_opening(self, instant: datetime) -> datetime | None:
        """The first moment from `instant` on that is open, `instant` itself where it is; None: not to be foreseen."""
        ...


class AlwaysOpen:
    """Of a queue without a calendar."""

    def next_opening(self, instant: datetime) -> datetime | None:
        return instant
