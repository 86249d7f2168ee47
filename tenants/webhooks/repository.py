"""Rows of webhooks of one tenant, and which tenants have any."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from tenants.rows import TenantRows
from tenants.webhooks.model import PARKED_KEPT, Disabled, Endpoint, Parked, Progress
from tenants.webhooks.published import EventType
from tenants.webhooks.tables import WebhookParkedRow, WebhookProgressRow, WebhookRow

_webhooks = WebhookRow.table()
_progress = WebhookProgressRow.table()
_parked = WebhookParkedRow.table()


class WebhookRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self.rows = TenantRows[Endpoint](session, scope, _webhooks, _endpoint)
        self._session = session
        self._tenant = scope.tenant

    async def count(self) -> int:
        query = select(func.count()).select_from(_webhooks).where(_webhooks.c.tenant_id == self._tenant)
        return await self._session.scalar(query) or 0

    async def add(self, endpoint: Endpoint, progress: Progress) -> None:
        await self.rows.add({"id": endpoint.id, "created_at": endpoint.created_at, "revision": 1} | _values(endpoint))
        place = {"tenant_id": self._tenant, "webhook_id": endpoint.id}
        await self._session.execute(insert(_progress).values(**place, **msgspec.structs.asdict(progress)))

    async def change(self, endpoint: Endpoint, expected: int) -> None:
        """RevisionMismatch unless the row still has the revision `expected`."""
        await self.rows.replace(endpoint.id, expected, _values(endpoint))

    async def remove(self, key: UUID) -> None:
        """With all that is known of it."""
        for table in (_parked, _progress):
            mine = table.c.tenant_id == self._tenant, table.c.webhook_id == key
            await self._session.execute(delete(table).where(*mine))
        await self.rows.remove(key)


class ProgressRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def of(self, keys: Collection[UUID]) -> Mapping[UUID, Progress]:
        query = select(_progress).where(_progress.c.tenant_id == self._tenant, _progress.c.webhook_id.in_(sorted(keys)))
        return {row.webhook_id: _progress_of(row) for row in await self._session.execute(query)}

    async def save(self, key: UUID, progress: Progress) -> None:
        """Nothing comes of it when the endpoint is gone."""
        mine = _progress.c.tenant_id == self._tenant, _progress.c.webhook_id == key
        await self._session.execute(update(_progress).where(*mine).values(**msgspec.structs.asdict(progress)))


class ParkedRepository:
    """Of one endpoint."""

    def __init__(self, session: AsyncSession, scope: TenantScope, endpoint: UUID) -> None:
        self._session = session
        self._place = {"tenant_id": scope.tenant, "webhook_id": endpoint}
        self._mine: tuple[ColumnElement[bool], ...] = (
            _parked.c.tenant_id == scope.tenant,
            _parked.c.webhook_id == endpoint,
        )

    async def page(self, after: UUID | None, limit: int) -> Sequence[Parked]:
        """In the order of the events' ids, which is nearly that of the log."""
        query = select(_parked).where(*self._mine).order_by(_parked.c.event_id).limit(limit)
        if after is not None:
            query = query.where(_parked.c.event_id > after)
        return [_parked_of(row) for row in await self._session.execute(query)]

    async def due(self, limit: int) -> Sequence[Parked]:
        """Those that shall be sent again, in the order of the log."""
        query = select(_parked).where(*self._mine, _parked.c.again).order_by(_parked.c.sequence).limit(limit)
        return [_parked_of(row) for row in await self._session.execute(query)]

    async def ask_again(self, events: Collection[UUID] | None) -> int:
        """Of `events`, or of all; how many there are."""
        wanted = self._mine if events is None else (*self._mine, _parked.c.event_id.in_(sorted(events)))
        asked = await self._session.scalar(select(func.count()).select_from(_parked).where(*wanted)) or 0
        await self._session.execute(update(_parked).where(*wanted).values(again=True))
        return asked

    async def put(self, parked: Parked) -> None:
        """In place of what is known of the same event; the oldest beyond PARKED_KEPT are forgotten."""
        await self.remove(parked.id)
        values = msgspec.structs.asdict(parked)
        await self._session.execute(insert(_parked).values(**self._place, event_id=values.pop("id"), **values))
        newest = select(_parked.c.sequence).where(*self._mine).order_by(_parked.c.sequence.desc())
        last = await self._session.scalar(newest.offset(PARKED_KEPT).limit(1))
        if last is not None:
            await self._session.execute(delete(_parked).where(*self._mine, _parked.c.sequence <= last))

    async def remove(self, event: UUID) -> None:
        await self._session.execute(delete(_parked).where(*self._mine, _parked.c.event_id == event))

    async def forget(self, before: Any) -> None:
        """What was parked before this moment."""
        await self._session.execute(delete(_parked).where(*self._mine, _parked.c.parked_at < before))


async def tenants_with_webhooks(session: AsyncSession) -> Sequence[TenantId]:
    """# operator-wide: all that have endpoints."""
    query = select(_webhooks.c.tenant_id).distinct().order_by(_webhooks.c.tenant_id)
    return [TenantId(tenant) for tenant in await session.scalars(query)]


def _values(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "events": [event.value for event in endpoint.events],
        "sealed": endpoint.sealed,
        "former": endpoint.former,
        "former_until": endpoint.former_until,
        "disabled": None if endpoint.disabled is None else endpoint.disabled.value,
    }


def _endpoint(row: Row[Any]) -> Endpoint:
    """Without event types that a later version does not send any more."""
    known = {event.value: event for event in EventType}
    return Endpoint(
        id=row.id,
        name=row.name,
        url=row.url,
        events=tuple(known[name] for name in row.events if name in known),
        created_at=row.created_at,
        sealed=row.sealed,
        former=row.former,
        former_until=row.former_until,
        disabled=None if row.disabled is None else Disabled(row.disabled),
        revision=row.revision,
    )


def _progress_of(row: Row[Any]) -> Progress:
    return Progress(
        sequence=row.sequence,
        failures=row.failures,
        failing_since=row.failing_since,
        next_at=row.next_at,
        error=row.error,
        delivered_at=row.delivered_at,
    )


def _parked_of(row: Row[Any]) -> Parked:
    return Parked(
        id=row.event_id,
        sequence=row.sequence,
        type=row.type,
        at=row.at,
        parked_at=row.parked_at,
        error=row.error,
        again=row.again,
    )
