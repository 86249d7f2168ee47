"""What supervisors do to calls and agents."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from api.schemas.common import Input
from kernel.contracts.supervision import Manner


class SupervisionInput(Input, frozen=True):
    """listen: heard by nobody; whisper: heard by the agent; barge: heard by all."""

    manner: Manner


class MoveInput(Input, frozen=True):
    queue_id: UUID


class PickInput(Input, frozen=True):
    """`agent_id`, who must be available, is offered the call; without one the asking user talks at once."""

    agent_id: UUID | None = None


class AgentStateInput(Input, frozen=True):
    """`reason` is one of the tenant's, or none; a conversation is never cut off: the state is kept for afterwards."""

    state: Literal["available", "not_ready", "logged_out"]
    reason: Annotated[str, Meta(max_length=64)] = ""
