"""Indicators over a span of time."""

from datetime import datetime, timedelta
from typing import Annotated

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.readings import clients_body, formula_body, overview_body, settings_body, settings_of
from api.routes.responses import shown
from api.schemas.indicators import (
    By,
    FormulasBody,
    Granularity,
    IndicatorItem,
    IndicatorsBody,
    IndicatorScope,
    IndicatorSettingsBody,
    IndicatorSettingsInput,
    OverviewBody,
    OverviewUnit,
)
from api.times import aware
from api.work import Work
from insight.kpi.indicators import FORMULA_VERSION, INDICATORS
from insight.kpi.spans import Unit
from insight.overviews import Question
from insight.questions import IndicatorFilter, IndicatorRow
from insight.report import Teams
from kernel.primitives.errors import InvalidInput
from tenants.directory.teams import TEAMS

LONGEST = {
    "half_hour": timedelta(days=31),  # a month of half hours fills a chart
    "hour": timedelta(days=92),
    "day": timedelta(days=800),
    "week": timedelta(days=800),
    "month": timedelta(days=800),
    "total": timedelta(days=800),  # two years and their months' ends
}

LONGEST_OVERVIEW = timedelta(days=92)  # a quarter: calls are looked at one by one for their resolution


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
    """Indicators per tenant, queue, team or agent, of the log alone; `formula_version` tells how each is computed.

    What needs more than the log, with targets and causes, is in the overview.
    """
    start, end = _span(since, until, LONGEST[granularity])
    wanted = IndicatorFilter(since=start, until=end, by=by, granularity=granularity)
    async with work.read() as unit:
        settings = await unit.indicators.settings()
    rows = await work.services.insight.indicators(
        work.principal.scope, wanted, settings.choices, await _teams(work, by)
    )
    return IndicatorsBody(formula_version=FORMULA_VERSION, items=tuple(_item(row, by) for row in rows))


def _span(since: datetime, until: datetime, longest: timedelta) -> tuple[datetime, datetime]:
    start, end = aware("since", since), aware("until", until)
    if not timedelta(0) < end - start <= longest:
        problem = {"field": "until", "code": "bad_span", "detail": f"up to {longest.days} days after since"}
        raise InvalidInput("Ask for another span of time.", errors=[problem])
    return start, end


async def _teams(work: Work, by: By) -> Teams:
    """Their members and leads: a lead who takes calls is one of them."""
    if by != "team":
        return {}
    async with work.read() as unit:
        found = await unit.teams.page(None, TEAMS)
    return {team.id: frozenset((*team.members, *team.leads)) for team in found}


@get("/v1/indicators/overview", operation_id="read_indicators", tags=["Indicators"])
async def read_indicators(
    work: NamedDependency[Work],
    since: Annotated[datetime, QueryParameter(description="In the unit that is asked for, or where the span begins.")],
    until: Annotated[datetime | None, QueryParameter(description="End of a span of any length, up to 92 days.")] = None,
    unit: FromQuery[OverviewUnit] = "day",
    by: FromQuery[By] = "tenant",
) -> OverviewBody:
    """All 23 indicators of a half hour to a quarter, by the tenant's clock: values, targets, what they were before.

    For each out of its range the known causes are tested against the data, and it is told whose move it is.
    """
    question = _question(by, since, until, unit)
    answer = await work.services.overviews.read(work.principal.scope, question, await _teams(work, by))
    return overview_body(by, answer)


def _question(by: By, since: datetime, until: datetime | None, unit: OverviewUnit) -> Question:
    if until is None:
        return Question(by=by, since=aware("since", since), unit=Unit(unit))
    start, end = _span(since, until, LONGEST_OVERVIEW)
    return Question(by=by, since=start, until=end, unit=Unit(unit))


@get("/v1/indicators/clients", operation_id="read_client_indicators", tags=["Indicators"])
async def read_client_indicators(
    work: NamedDependency[Work],
    since: Annotated[datetime, QueryParameter(description="In the unit that is asked for, or where the span begins.")],
    until: Annotated[datetime | None, QueryParameter(description="End of a span of any length, up to 92 days.")] = None,
    unit: FromQuery[OverviewUnit] = "day",
) -> OverviewBody:
    """All 23 of each client that lets you see them, and of all of them with the provider's home, by the home's clock.

    Each client's by its own choices and targets, all together by the provider's.
    """
    clients = [acting.scope for acting in await work.in_clients("read_client_indicators")]
    answer = await work.services.overviews.read_clients(
        work.principal.scope, clients, _question("tenant", since, until, unit)
    )
    return clients_body(work.principal.tenant, answer)


@get("/v1/indicators/formulas", operation_id="list_formulas", tags=["Indicators"])
async def list_formulas() -> FormulasBody:
    """The formula sheet: how each indicator is computed, of what, and since which version."""
    return FormulasBody(formula_version=FORMULA_VERSION, items=tuple(formula_body(each) for each in INDICATORS))


@get("/v1/indicators/settings", operation_id="get_indicator_settings", tags=["Indicators"])
async def get_indicator_settings(work: NamedDependency[Work]) -> Response[IndicatorSettingsBody]:
    """How the tenant reads formulas, and its targets."""
    async with work.read() as unit:
        settings = await unit.indicators.settings()
    return shown(settings_body(settings), settings.revision)


@put("/v1/indicators/settings", operation_id="set_indicator_settings", tags=["Indicators"])
async def set_indicator_settings(
    data: JSONBody[IndicatorSettingsInput], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[IndicatorSettingsBody]:
    """Choose anew, all of it; past figures are read by it too. Nothing is counted otherwise for it."""
    async with work.write() as unit:
        settings = await unit.indicators.choose(settings_of(data), expected)
    return shown(settings_body(settings), settings.revision)


HANDLERS = [
    list_indicators,
    read_indicators,
    read_client_indicators,
    list_formulas,
    get_indicator_settings,
    set_indicator_settings,
]
