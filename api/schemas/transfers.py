"""Whom a call can be passed on to, and the requests that do it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from api.schemas.common import Body, Input
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import SKILLS_ASKED, Note
from kernel.contracts.queues import SkillLevel

Number = Annotated[str, Meta(max_length=32, description="Internationally, as +442071838750.")]


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


class _Place(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class OutsidePlace(_Place, frozen=True, tag="number"):
    """Dialled within the limits of the call's tenant; one of its own numbers leads to its queue."""

    number: Number


class QueuePlace(_Place, frozen=True, tag="queue"):
    """The caller waits for somebody who has the `skills`, and who reads the `note`."""

    queue_id: UUID
    note: Note = ""
    skills: Annotated[tuple[SkillLevel, ...], Meta(max_length=SKILLS_ASKED)] = ()


class ColleaguePlace(_Place, frozen=True, tag="colleague"):
    """Their desk rings; they read the `note`."""

    agent_id: UUID
    note: Note = ""


class TransferInput(Input, frozen=True):
    """Where the call goes without asking first."""

    to: OutsidePlace | QueuePlace | ColleaguePlace


class ConsultationInput(Input, frozen=True):
    """Who is asked first, while the caller hears music."""

    to: OutsidePlace | ColleaguePlace


class CallPartyBody(Body, frozen=True):
    """Called in by `number`, by a telephone's user name (`phone`), or a colleague by `name`.

    `state` holds since `since`; aside: with the agent alone. `reason` is why they left, or did not come.
    """

    party: str
    number: str | None
    phone: str | None
    name: str | None
    state: Literal["dialling", "aside", "joined", "left"]
    since: datetime
    reason: str | None


class CallPartiesBody(Body, frozen=True):
    """`agent_id` talks with the caller, null: nobody does now. `parties` are those called in, and who was the last to
    leave, with the reason."""

    agent_id: UUID | None
    parties: tuple[CallPartyBody, ...]
