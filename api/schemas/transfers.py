"""Whom an agent can pass a call on to."""

from uuid import UUID

from api.schemas.common import Body
from kernel.contracts.calls import AgentState


class QueueTarget(Body, frozen=True):
    """`free` agents could take a call at once; `skills` are those that anybody of the queue has."""

    id: UUID
    name: str
    free: int
    skills: tuple[str, ...]


class ColleagueTarget(Body, frozen=True):
    """`free`: the desk can ring now; else `state` says why not."""

    id: UUID
    name: str
    state: AgentState
    free: bool


class TransferTargets(Body, frozen=True):
    queues: tuple[QueueTarget, ...]
    colleagues: tuple[ColleagueTarget, ...]
