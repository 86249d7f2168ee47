"""Indicators over a span of time."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from api.schemas.common import Body

By = Literal["tenant", "queue", "agent"]
Granularity = Literal["total", "half_hour", "hour", "day", "week", "month"]


class IndicatorScope(Body, frozen=True):
    kind: By
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
