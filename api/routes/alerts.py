"""Alerts as they were, and who looks after those that are raised."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.paging import Paging
from api.schemas.alerts import AlertBody
from api.schemas.common import Page
from api.work import Work
from insight.kpi.state import AlertEntry
from kernel.primitives.ids import UserId

COLLECTION = "/v1/alerts"


def _body(entry: AlertEntry) -> AlertBody:
    alert = entry.alert
    return AlertBody(
        id=_key(entry),
        rule_id=alert.rule,
        name=alert.name,
        measure=alert.measure,
        queue_id=alert.queue,
        side=alert.side,
        limit=alert.limit,
        value=alert.value,
        worst=entry.worst,
        begun_at=alert.begun,
        raised_at=alert.raised,
        cleared_at=entry.cleared,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
    )


def _key(entry: AlertEntry) -> UUID:
    assert entry.alert.id is not None, "what is listed has an id"
    return entry.alert.id


@get(COLLECTION, operation_id="list_alerts", tags=["Alerts"])
async def list_alerts(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    raised: Annotated[bool | None, QueryParameter(description="Those that are still; false: that are over.")] = None,
) -> Page[AlertBody]:
    """Alerts of the last 400 days, newest first: when, how far beyond the limit, and who looked after them."""
    await work.services.insight.settle(work.principal.scope)
    async with work.read() as unit:
        found = await unit.indicators.alerts(paging.after, paging.one_more, raised)
    return paging.page_by(found, _key, _body)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_alert", tags=["Alerts"])
async def get_alert(key: NamedDependency[UUID], work: NamedDependency[Work]) -> AlertBody:
    """One alert."""
    await work.services.insight.settle(work.principal.scope)
    async with work.read() as unit:
        return _body(await unit.indicators.alert(key))


@post(f"{COLLECTION}/{{id:uuid}}/acknowledgement", operation_id="acknowledge_alert", status_code=200, tags=["Alerts"])
async def acknowledge_alert(key: NamedDependency[UUID], work: NamedDependency[Work]) -> AlertBody:
    """Say that you look after it: the board shows so to all. Who was first stays; what is over answers 409."""
    scope, insight = work.principal.scope, work.services.insight
    await insight.settle(scope)
    async with work.write() as unit:
        event = await unit.indicators.acknowledge(key, UserId(work.principal.person))
        if event is not None:
            await unit.uow.append(event)
    await insight.settle(scope)
    async with work.read() as unit:
        return _body(await unit.indicators.alert(key))


HANDLERS = [list_alerts, get_alert, acknowledge_alert]
