"""The alerts of a tenant as they were, newest first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from insight.kpi.state import AlertEntry
from insight.tables import AlertRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import from_json, to_json
from kernel.ports.rows import put_whole
from kernel.ports.unit_of_work import Rows
from kernel.primitives.ids import QueueId, TenantId

KEPT = timedelta(days=400)  # a month can be compared with the same one a year before

_rows = AlertRow.table()
_PUT = put_whole(_rows)
_FORGET = delete(_rows).where(_rows.c.tenant_id == bindparam("tenant"), _rows.c.raised_at < bindparam("before"))


def put(tenant: TenantId, entries: Mapping[UUID, AlertEntry]) -> Iterator[Rows]:
    """In place of what was known of them; what was raised KEPT before the newest is forgotten."""
    values = [
        {
            "tenant_id": tenant,
            "alert_id": key,
            "raised_at": entry.alert.raised,
            "cleared_at": entry.cleared,
            "queue_id": entry.alert.queue,
            "body": to_json(entry),
        }
        for key, entry in entries.items()
    ]
    if values:
        yield _PUT, values
        newest = max(entry.alert.raised for entry in entries.values())
        yield _FORGET, [{"tenant": tenant, "before": newest - KEPT}]


class AlertFilter(NamedTuple):
    """`raised`: only those that are still, or only those that are over. Raised from `since` to before `until`."""

    raised: bool | None = None
    queue: QueueId | None = None
    since: datetime | None = None
    until: datetime | None = None


def _conditions(wanted: AlertFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.raised is not None:
        yield _rows.c.cleared_at.is_(None) == wanted.raised
    if wanted.queue is not None:
        yield _rows.c.queue_id == wanted.queue
    if wanted.since is not None:
        yield _rows.c.raised_at >= wanted.since
    if wanted.until is not None:
        yield _rows.c.raised_at < wanted.until


class AlertRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def page(self, before: UUID | None, limit: int, wanted: AlertFilter) -> Sequence[AlertEntry]:
        """Newest first."""
        query = select(_rows.c.body).where(_rows.c.tenant_id == self._tenant, *_conditions(wanted))
        if before is not None:
            query = query.where(_rows.c.alert_id < before)
        found = await self._session.scalars(query.order_by(_rows.c.alert_id.desc()).limit(limit))
        return [from_json(body, AlertEntry) for body in found]

    async def get(self, key: UUID) -> AlertEntry | None:
        query = select(_rows.c.body).where(_rows.c.tenant_id == self._tenant, _rows.c.alert_id == key)
        body = await self._session.scalar(query)
        return None if body is None else from_json(body, AlertEntry)
