"""Rules of alerts on live figures."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from api.schemas.common import Body, Input
from insight.alerts.machine import LONGEST_HOLD_SECONDS, NAME_LENGTH
from insight.alerts.measures import Measure
from insight.kpi.targets import TargetSide

Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH)]
Patience = Annotated[float, Meta(ge=0, le=LONGEST_HOLD_SECONDS)]


class AlertBody(Body, frozen=True):
    """`value` is what the figure was when it was raised, `worst` what was furthest beyond the limit until it was over.

    `begun_at`: since when the figure was beyond; `cleared_at` None: it is raised still. Names are null for who is
    not of this tenant.
    """

    id: UUID
    rule_id: UUID
    name: str
    measure: str
    queue_id: UUID | None
    queue_name: str | None
    side: str
    limit: float
    value: float | None
    worst: float | None
    begun_at: datetime
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_by_name: str | None
    acknowledged_at: datetime | None


class AlertRuleBody(Body, frozen=True):
    id: UUID
    name: str
    measure: Measure
    side: TargetSide
    limit: float
    clear_at: float
    queue_id: UUID | None
    raise_after_seconds: float
    clear_after_seconds: float


class AlertRuleInput(Input, frozen=True):
    """Raised when the figure stays on `side` of `limit`, cleared when it stays at `clear_at` (the limit) or better.

    Without a queue: of the whole tenant.
    """

    name: Name
    measure: Measure
    side: TargetSide
    limit: float
    clear_at: float | None = None
    queue_id: UUID | None = None
    raise_after_seconds: Patience = 0.0
    clear_after_seconds: Patience = 0.0


class AlertRuleChange(Input, frozen=True):
    """Only what is present changes."""

    name: Name | UnsetType = UNSET
    measure: Measure | UnsetType = UNSET
    side: TargetSide | UnsetType = UNSET
    limit: float | UnsetType = UNSET
    clear_at: float | UnsetType = UNSET
    queue_id: UUID | UnsetType | None = UNSET
    raise_after_seconds: Patience | UnsetType = UNSET
    clear_after_seconds: Patience | UnsetType = UNSET
