"""Promised callbacks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from api.schemas.common import Body, Input
from kernel.contracts.callbacks import AttemptResult
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


class CallbackInput(Input, frozen=True):
    """`due` null: as soon as it is its turn; `agent_id`, who works in the queue, shall call back themselves."""

    queue_id: UUID
    number: Number
    due: datetime | None = None
    agent_id: UUID | None = None


class CallbackInsteadInput(Input, frozen=True):
    """`number` null: the one that the caller calls from."""

    number: Number | None = None
