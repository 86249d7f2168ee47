"""Appending to and reading from the tenants' logs, in SQLAlchemy Core; the caller holds the only write transaction."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kernel.adapters.tables import event_log
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import LogEvent, Logged
from kernel.primitives.ids import EventId, TenantId

_HEAD = select(func.coalesce(func.max(event_log.c.sequence), 0)).where(event_log.c.tenant_id == bindparam("tenant"))
_KNOWN = select(event_log.c.id).where(
    event_log.c.tenant_id == bindparam("tenant"), event_log.c.id.in_(bindparam("ids", expanding=True))
)
_READ = (
    select(event_log.c.sequence, event_log.c.body)
    .where(event_log.c.tenant_id == bindparam("tenant"), event_log.c.sequence > bindparam("after"))
    .order_by(event_log.c.sequence)
    .limit(bindparam("limit"))
)


def _kind(event: LogEvent) -> str:
    return str(type(event).__struct_config__.tag)


async def append_events(session: AsyncSession, events: Sequence[LogEvent]) -> list[Logged]:
    """Give new events the next sequences of their tenants; an id in the log already, or twice here, counts once."""
    unique: dict[tuple[TenantId, EventId], LogEvent] = {}
    for event in events:
        unique.setdefault((event.tenant, event.id), event)
    in_order = sorted(unique.values(), key=lambda event: event.tenant.bytes)  # stable: keeps the order inside a tenant
    logged: dict[tuple[TenantId, EventId], Logged] = {}
    for tenant, group in groupby(in_order, key=lambda event: event.tenant):
        for entry in await _append_to(session, tenant, list(group)):
            logged[(tenant, entry.event.id)] = entry
    return [logged[key] for key in unique if key in logged]


async def _append_to(session: AsyncSession, tenant: TenantId, events: Sequence[LogEvent]) -> list[Logged]:
    known = set(await session.scalars(_KNOWN, {"tenant": tenant, "ids": [event.id for event in events]}))
    fresh = [event for event in events if event.id not in known]
    if not fresh:
        return []
    head = await session.scalar(_HEAD, {"tenant": tenant}) or 0
    logged = [Logged(sequence=head + place, event=event) for place, event in enumerate(fresh, start=1)]
    rows = [
        {
            "tenant_id": tenant,
            "sequence": entry.sequence,
            "id": entry.event.id,
            "kind": _kind(entry.event),
            "at": entry.event.at,
            "body": pack(entry.event),
        }
        for entry in logged
    ]
    await session.execute(insert(event_log), rows)
    return logged


async def read_events(connection: AsyncConnection, tenant: TenantId, after: int, limit: int) -> list[Logged]:
    rows = await connection.execute(_READ, {"tenant": tenant, "after": after, "limit": limit})
    return [Logged(sequence=sequence, event=unpack(body, LogEvent)) for sequence, body in rows]
