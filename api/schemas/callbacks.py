"""Promised callbacks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from api.schemas.common import Body, Input
from kernel.contracts.callbacks import AttemptResult, CallbackOutcome, CancelReason
from routing.callbacks.machine import Phase

Number = Annotated[str, Meta(max_length=32, description="Internationally, as +442071838750.")]


class CallbackBody(Body, frozen=True):
    """`since` is the place in line; `due` is before when nobody is rung, null: at once; `agent_id` is who shall call.

    `taker_id` has it now; `last` is what came of the last attempt, of which `attempts` gave the customer the chance.
    """

    id: UUID
    queue_id: UUID
    number: str
    state: Phase
    since: datetime
    due: datetime | None
    expires: datetime
    agent_id: UUID | None
    taker_id: UUID | None
    call_id: UUID | None
    attempts: int
    last: AttemptResult | None


class EndedCallbackBody(Body, frozen=True):
    """`queue_id`, `agent_id` and `due` as it was asked for; `number` null: it was erased.

    `call_id` is the conversation, or the customer's own call; `by_id` and `reason` tell who took it back, and why;
    `last` is what came of the last attempt.
    """

    id: UUID
    queue_id: UUID
    number: str | None
    requested_at: datetime
    due: datetime | None
    agent_id: UUID | None
    ended_at: datetime
    outcome: CallbackOutcome
    call_id: UUID | None
    last: AttemptResult | None
    by_id: UUID | None
    reason: CancelReason | None


class CallbackChange(Input, frozen=True):
    """What is left out stays. `due` null: at once, or when the queue opens; `agent_id` null: anybody of the queue.

    The place in line is kept. Whoever is asked to take it now is asked no more.
    """

    queue_id: UUID | UnsetType = UNSET
    agent_id: UUID | UnsetType | None = UNSET
    due: datetime | UnsetType | None = UNSET


class CallbackInput(Input, frozen=True):
    """`due` null: as soon as it is its turn; `agent_id`, who works in the queue, shall call back themselves."""

    queue_id: UUID
    number: Number
    due: datetime | None = None
    agent_id: UUID | None = None


class CallbackInsteadInput(Input, frozen=True):
    """`number` null: the one that the caller calls from."""

    number: Number | None = None
