"""What people, or other systems of theirs, give for the indicators: no log tells it."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from api.schemas.common import Body, Input

Moment = Annotated[datetime, Meta(tz=True)]


class GivenInput(Input, frozen=True, tag_field="kind"):
    """`id` is the sender's: what is given again under it takes the place of what was given before."""

    renamed: ClassVar[dict[str, str]] = {"agent_id": "agent", "queue_id": "queue", "call_id": "call"}

    id: UUID


class ShiftInput(GivenInput, frozen=True, tag="shift"):
    """Planned time of one person; without `takes_calls` a break, a course or other work, taken out of what does."""

    agent_id: UUID
    start: Moment
    end: Moment
    takes_calls: bool = True


class ForecastInput(GivenInput, frozen=True, tag="forecast"):
    """Calls expected to be offered; without a queue: to the whole tenant."""

    start: Moment
    end: Moment
    calls: Annotated[float, Meta(ge=0)]
    queue_id: UUID | None = None


class CostInput(GivenInput, frozen=True, tag="cost"):
    """In minor units of the tenant's currency; of a queue or an agent where one is named."""

    start: Moment
    end: Moment
    minor: Annotated[int, Meta(ge=0, lt=2**53)]
    queue_id: UUID | None = None
    agent_id: UUID | None = None


class EmploymentInput(GivenInput, frozen=True, tag="employment"):
    """One person's time with the centre; `left` None: still there."""

    agent_id: UUID
    joined: Moment
    left: Moment | None = None
    full_time: bool = True


class EvaluationInput(GivenInput, frozen=True, tag="evaluation"):
    """One scorecard of a call, 0 to 100 points; `at` is when the call was offered."""

    agent_id: UUID
    at: Moment
    score: Annotated[float, Meta(ge=0, le=100)]
    queue_id: UUID | None = None


class SurveyInput(GivenInput, frozen=True, tag="survey"):
    """A caller's own word: `resolved`, and `satisfaction` of 1 to 5; `at` is when the call was offered."""

    call_id: UUID
    at: Moment
    agent_id: UUID | None = None
    queue_id: UUID | None = None
    resolved: bool | None = None
    satisfaction: Annotated[int, Meta(ge=1, le=5)] | None = None


AnyGiven = ShiftInput | ForecastInput | CostInput | EmploymentInput | EvaluationInput | SurveyInput


class GivenEntries(Input, frozen=True):
    """Up to 1,000 at once, of any kinds: all of them are kept, or none."""

    entries: tuple[AnyGiven, ...]


class GivenReport(Body, frozen=True):
    """`unknown_agents` and `unknown_queues` are named in entries that were kept, and count for nobody now."""

    kept: int
    unknown_agents: tuple[UUID, ...]
    unknown_queues: tuple[UUID, ...]
