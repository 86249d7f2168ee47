"""Alerts as they were, and who looks after those that are raised."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.names import Names
from api.paging import Paging
from api.schemas.alerts import AlertBody
from api.schemas.common import Page
from api.times import aware
from api.work import Work
from insight.kept.alerts import AlertFilter
from insight.kpi.state import AlertEntry
from kernel.primitives.ids import QueueId, UserId

COLLECTION = "/v1/alerts"


def _body(entry: AlertEntry, names: Names) -> AlertBody:
    alert = entry.alert
    return AlertBody(
        id=_key(entry),
        rule_id=alert.rule,
        name=alert.name,
        measure=alert.measure,
        queue_id=alert.queue,
        queue_name=_text(names.queue(alert.queue)),
        side=alert.side,
        limit=alert.limit,
        value=alert.value,
        worst=entry.worst,
        begun_at=alert.begun,
        raised_at=alert.raised,
        cleared_at=entry.cleared,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_by_name=_text(names.user(alert.acknowledged_by)),
        acknowledged_at=alert.acknowledged_at,
    )


def _text(name: bytes) -> str | None:
    return msgspec.json.decode(name, type=str | None)


async def _names(work: Work, entries: Sequence[AlertEntry]) -> Names:
    book, scope = work.services.names, work.principal.scope
    names = await book.of(scope)
    known = all(names.know(entry.alert.acknowledged_by, entry.alert.queue) for entry in entries)
    return names if known else await book.read(scope)


async def _one(work: Work, key: UUID) -> AlertBody:
    """NotFound."""
    await work.services.insight.settle(work.principal.scope)
    async with work.read() as unit:
        found = await unit.indicators.alert(key)
    return _body(found, await _names(work, [found]))


def _key(entry: AlertEntry) -> UUID:
    assert entry.alert.id is not None, "what is listed has an id"
    return entry.alert.id


@get(COLLECTION, operation_id="list_alerts", tags=["Alerts"])
async def list_alerts(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    raised: Annotated[bool | None, QueryParameter(description="Those that are still; false: that are over.")] = None,
    queue_id: Annotated[UUID | None, QueryParameter(description="Of one queue's figures.")] = None,
    since: Annotated[datetime | None, QueryParameter(description="Raised at this time or later.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Raised before this time.")] = None,
) -> Page[AlertBody]:
    """Alerts of the last 400 days, newest first: when, how far beyond the limit, and who looked after them."""
    await work.services.insight.settle(work.principal.scope)
    wanted = AlertFilter(
        raised=raised,
        queue=None if queue_id is None else QueueId(queue_id),
        since=None if since is None else aware("since", since),
        until=None if until is None else aware("until", until),
    )
    async with work.read() as unit:
        found = await unit.indicators.alerts(paging.after, paging.one_more, wanted)
    names = await _names(work, found)
    return paging.page_by(found, _key, lambda entry: _body(entry, names))


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_alert", tags=["Alerts"])
async def get_alert(key: NamedDependency[UUID], work: NamedDependency[Work]) -> AlertBody:
    """One alert."""
    return await _one(work, key)


@post(f"{COLLECTION}/{{id:uuid}}/acknowledgement", operation_id="acknowledge_alert", status_code=200, tags=["Alerts"])
async def acknowledge_alert(key: NamedDependency[UUID], work: NamedDependency[Work]) -> AlertBody:
    """Say that you look after it: the board shows so to all. Who was first stays; what is over answers 409."""
    scope, insight = work.principal.scope, work.services.insight
    await insight.settle(scope)
    async with work.write() as unit:
        event = await unit.indicators.acknowledge(key, UserId(work.principal.person))
        if event is not None:
            await unit.uow.append(event)
    return await _one(work, key)


HANDLERS = [list_alerts, get_alert, acknowledge_alert]
