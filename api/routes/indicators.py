"""Indicators over a span of time."""

from datetime import datetime, timedelta
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from api.schemas.indicators import By, Granularity, IndicatorItem, IndicatorsBody, IndicatorScope
from api.times import aware
from api.work import Work
from insight.kpi.indicators import FORMULA_VERSION
from insight.questions import IndicatorFilter, IndicatorRow
from kernel.primitives.errors import InvalidInput

LONGEST = {
    "half_hour": timedelta(days=31),  # a month of half hours fills a chart
    "hour": timedelta(days=92),
    "day": timedelta(days=800),
    "week": timedelta(days=800),
    "month": timedelta(days=800),
    "total": timedelta(days=800),  # two years and their months' ends
}


def _item(row: IndicatorRow, by: By) -> IndicatorItem:
    return IndicatorItem(
        key=f"{by}:{row.scope}:{row.start.isoformat()}",
        scope=IndicatorScope(kind=by, id=row.scope),
        start=row.start,
        end=row.end,
        values=dict(row.values),
    )


@get("/v1/indicators", operation_id="list_indicators", tags=["Indicators"])
async def list_indicators(
    work: NamedDependency[Work],
    since: Annotated[datetime, QueryParameter(description="Counted in whole quarter hours, rounded down.")],
    until: Annotated[datetime, QueryParameter(description="Counted in whole quarter hours, rounded up.")],
    by: FromQuery[By] = "tenant",
    granularity: FromQuery[Granularity] = "total",
) -> IndicatorsBody:
    """Indicators per tenant, queue or agent; how each is computed is told by `formula_version`."""
    start, end = aware("since", since), aware("until", until)
    if not timedelta(0) < end - start <= LONGEST[granularity]:
        problem = {
            "field": "until",
            "code": "bad_span",
            "detail": f"up to {LONGEST[granularity].days} days after since",
        }
        raise InvalidInput("Ask for another span of time.", errors=[problem])
    wanted = IndicatorFilter(since=start, until=end, by=by, granularity=granularity)
    rows = await work.services.insight.indicators(work.principal.scope, wanted)
    return IndicatorsBody(formula_version=FORMULA_VERSION, items=tuple(_item(row, by) for row in rows))


HANDLERS = [list_indicators]
