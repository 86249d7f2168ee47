"""The alerts of a tenant as they were, newest first."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from insight.kpi.state import AlertEntry
from insight.tables import AlertRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import from_json, to_json

KEPT = timedelta(days=400)  # a month can be compared with the same one a year before

_rows = AlertRow.table()


class AlertRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def put(self, entries: Mapping[UUID, AlertEntry]) -> None:
        """In place of what was known of them; what was raised KEPT before the newest is forgotten."""
        if not entries:
            return
        newest = max(entry.alert.raised for entry in entries.values())
        mine = _rows.c.tenant_id == self._tenant
        await self._session.execute(delete(_rows).where(mine, _rows.c.alert_id.in_(sorted(entries))))
        values = [
            {
                "tenant_id": self._tenant,
                "alert_id": key,
                "raised_at": entry.alert.raised,
                "cleared_at": entry.cleared,
                "body": to_json(entry),
            }
            for key, entry in entries.items()
        ]
        await self._session.execute(insert(_rows), values)
        await self._session.execute(delete(_rows).where(mine, _rows.c.raised_at < newest - KEPT))

    async def page(self, before: UUID | None, limit: int, raised: bool | None) -> Sequence[AlertEntry]:
        """Newest first; `raised`: only those that are still, or only those that are over."""
        query = select(_rows.c.body).where(_rows.c.tenant_id == self._tenant)
        if before is not None:
            query = query.where(_rows.c.alert_id < before)
        if raised is not None:
            query = query.where(_rows.c.cleared_at.is_(None) == raised)
        found = await self._session.scalars(query.order_by(_rows.c.alert_id.desc()).limit(limit))
        return [from_json(body, AlertEntry) for body in found]

    async def get(self, key: UUID) -> AlertEntry | None:
        query = select(_rows.c.body).where(_rows.c.tenant_id == self._tenant, _rows.c.alert_id == key)
        body = await self._session.scalar(query)
        return None if body is None else from_json(body, AlertEntry)
