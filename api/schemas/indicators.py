"""Indicators over a span of time."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from api.schemas.common import Body, Input
from insight.given.contracts import REPEAT_DAYS, RESOLVED
from insight.judgement.causes import Verdict
from insight.judgement.links import Mover
from insight.judgement.readings import Status
from insight.kpi.figures import ServiceLevelVariant
from insight.kpi.given_sums import Input as Needed
from insight.kpi.targets import TargetSide
from insight.questions import By

OverviewUnit = Literal["half_hour", "hour", "day", "week", "month", "quarter"]
Granularity = Literal["total", "half_hour", "hour", "day", "week", "month"]


class IndicatorScope(Body, frozen=True):
    """`provider`: its home and all the clients that are told, together; the id is the home's."""

    kind: By | Literal["client", "provider"]
    id: UUID


class IndicatorItem(Body, frozen=True):
    """`values` by indicator code; None where nothing was there to measure."""

    key: str
    scope: IndicatorScope
    start: datetime
    end: datetime
    values: dict[str, float | None]


class IndicatorsBody(Body, frozen=True):
    formula_version: int
    items: tuple[IndicatorItem, ...]


class TargetBody(Body, frozen=True):
    """In the indicator's unit; None: no such limit."""

    low: float | None
    high: float | None


class ChangeBody(Body, frozen=True):
    """What the indicator was in another span; `percent` is None where that was 0 or is not known."""

    start: datetime
    end: datetime
    value: float | None
    difference: float | None
    percent: float | None


class FindingBody(Body, frozen=True):
    """A known cause, tested: `mover` is whose move it is, `act` what they can do, `because` what is behind it."""

    cause: str
    mover: Mover
    act: str
    verdict: Verdict
    measure: str | None
    value: float | None
    before: float | None
    target: TargetBody | None
    because: "tuple[FindingBody, ...]"


class ReadingBody(Body, frozen=True):
    """`hint` says why there is no value, `missed` on which side of the target the value is."""

    key: str
    version: int
    unit: str
    status: Status
    value: float | None
    hint: str
    target: TargetBody | None
    missed: TargetSide | None
    before: ChangeBody | None
    weekday: ChangeBody | None
    causes: tuple[FindingBody, ...]


class OverviewItem(Body, frozen=True):
    scope: IndicatorScope
    readings: tuple[ReadingBody, ...]


class OverviewBody(Body, frozen=True):
    """All 23 indicators of every place in one span, by the tenant's clock."""

    formula_version: int
    start: datetime
    end: datetime
    items: tuple[OverviewItem, ...]


class FormulaBody(Body, frozen=True):
    """One line of the formula sheet; `events` and `needs` are what it is computed from.

    `cadence` is how often to look at it.
    """

    number: int
    key: str
    version: int
    name: str
    unit: str
    formula: str
    target: str
    cadence: str
    levels: tuple[By, ...]
    events: tuple[str, ...]
    needs: tuple[Needed, ...]


class FormulasBody(Body, frozen=True):
    formula_version: int
    items: tuple[FormulaBody, ...]


class TargetSetting(Input, frozen=True):
    """Of one queue, team or agent (`scope_id`), of a level, or of all (`level` None). Without limits: no target."""

    key: str
    low: float | None = None
    high: float | None = None
    level: By | None = None
    scope_id: UUID | None = None


class IndicatorSettingsBody(Body, frozen=True):
    """How formulas are read, and the targets that take the place of the usual ones."""

    service_level_variant: ServiceLevelVariant
    wrap_up_is_occupied: bool
    repeat_days: int
    resolving_codes: tuple[str, ...]
    targets: tuple[TargetSetting, ...]


class IndicatorSettingsInput(Input, frozen=True):
    """The whole of it: what is left out is the usual again."""

    service_level_variant: ServiceLevelVariant = ServiceLevelVariant.OFFERED
    wrap_up_is_occupied: bool = False
    repeat_days: int = REPEAT_DAYS
    resolving_codes: tuple[str, ...] = RESOLVED
    targets: tuple[TargetSetting, ...] = ()
