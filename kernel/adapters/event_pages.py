"""Events of a few kinds, found by their time through a partial index of the log, and changed where they must."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.adapters.tables import event_log
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import LogEvent
from kernel.ports.unit_of_work import Database

PAGE = 1_000  # events held at once: some 1 MB

_columns = event_log.c


async def events_between(
    database: Database, scope: TenantScope, kinds: str, since: datetime, until: datetime | None
) -> AsyncIterator[LogEvent]:
    """By their time; nothing is held open while one is looked at. `kinds` is the index's condition."""
    query = select(_columns.at, _columns.sequence, _columns.body).where(
        _columns.tenant_id == scope.tenant, text(kinds), _columns.at >= since
    )
    if until is not None:
        query = query.where(_columns.at < until)
    query = query.order_by(_columns.at, _columns.sequence).limit(PAGE)
    page = await _page(database, scope, query)
    while page:
        for row in page:
            event: LogEvent = unpack(row.body, LogEvent)
            yield event
        if len(page) < PAGE:
            return
        page = await _page(database, scope, query.where(_later_than(page[-1])))


async def change_event(
    session: AsyncSession, scope: TenantScope, kinds: str, at: datetime, change: Callable[[LogEvent], LogEvent | None]
) -> bool:
    """The first of that time for which `change` gives another event; False: there is none."""
    mine = _columns.tenant_id == scope.tenant
    query = select(_columns.sequence, _columns.body).where(mine, text(kinds), _columns.at == at)
    for sequence, body in (await session.execute(query)).all():
        changed = change(unpack(body, LogEvent))
        if changed is not None:
            place = update(event_log).where(mine, _columns.sequence == sequence)
            await session.execute(place.values(body=pack(changed)))
            return True
    return False


async def _page(database: Database, scope: TenantScope, query: Select[Any, Any, Any]) -> Sequence[Row[Any, Any, Any]]:
    async with database.read(scope) as unit:
        return (await unit.session.execute(query)).all()


def _later_than(row: Row[Any, Any, Any]) -> ColumnElement[bool]:
    same = and_(_columns.at == row.at, _columns.sequence > row.sequence)
    return or_(_columns.at > row.at, same)
