"""Appending to and reading from the tenants' logs, in SQLAlchemy Core; the caller holds the only write transaction."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Uuid, bindparam, func, insert, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.adapters.tables import event_log
from kernel.contracts.codec import pack, reader
from kernel.contracts.log import LogEvent, Logged
from kernel.primitives.ids import EventId, TenantId

_HEAD_AND_KNOWN = union_all(
    select(null().cast(Uuid), func.coalesce(func.max(event_log.c.sequence), 0)).where(
        event_log.c.tenant_id == bindparam("tenant")
    ),
    select(event_log.c.id, event_log.c.sequence).where(
        event_log.c.tenant_id == bindparam("tenant"), event_log.c.id.in_(bindparam("ids", expanding=True))
    ),
)
_INSERT = insert(event_log)
_READ = (
    select(event_log.c.sequence, event_log.c.body)
    .where(event_log.c.tenant_id == bindparam("tenant"), event_log.c.sequence > bindparam("after"))
    .order_by(event_log.c.sequence)
    .limit(bindparam("limit"))
)
_read_event = reader(LogEvent)
_END = select(func.coalesce(func.max(event_log.c.sequence), 0)).where(event_log.c.tenant_id == bindparam("tenant"))


def log_row(event: LogEvent, sequence: int, body: bytes) -> dict[str, Any]:
    """`body` is the packed event."""
    return {
        "tenant_id": event.tenant,
        "sequence": sequence,
        "id": event.id,
        "kind": str(type(event).__struct_config__.tag),
        "at": event.at,
        "body": body,
    }


async def append_events(connection: AsyncConnection, events: Sequence[LogEvent]) -> list[Logged]:
    """Give new events the next sequences of their tenants; an id in the log already, or twice here, counts once."""
    unique: dict[tuple[TenantId, EventId], LogEvent] = {}
    for event in events:
        unique.setdefault((event.tenant, event.id), event)
    in_order = sorted(unique.values(), key=lambda event: event.tenant.bytes)  # stable: keeps the order inside a tenant
    logged: dict[tuple[TenantId, EventId], Logged] = {}
    for tenant, group in groupby(in_order, key=lambda event: event.tenant):
        for entry in await _append_to(connection, tenant, list(group)):
            logged[(tenant, entry.event.id)] = entry
    return [logged[key] for key in unique if key in logged]


async def _append_to(connection: AsyncConnection, tenant: TenantId, events: Sequence[LogEvent]) -> list[Logged]:
    found = await connection.execute(_HEAD_AND_KNOWN, {"tenant": tenant, "ids": [event.id for event in events]})
    known: dict[Any, int] = {row[0]: row[1] for row in found}
    head = known.pop(None)
    fresh = [event for event in events if event.id not in known]
    if not fresh:
        return []
    logged = [Logged(sequence=head + place, event=event) for place, event in enumerate(fresh, start=1)]
    await connection.execute(_INSERT, [log_row(one.event, one.sequence, pack(one.event)) for one in logged])
    return logged


async def last_sequence(connection: AsyncConnection, tenant: TenantId) -> int:
    return (await connection.execute(_END, {"tenant": tenant})).scalar_one()


async def read_events(connection: AsyncConnection, tenant: TenantId, after: int, limit: int) -> list[Logged]:
    rows = await connection.execute(_READ, {"tenant": tenant, "after": after, "limit": limit})
    return [Logged(sequence=sequence, event=_read_event(body)) for sequence, body in rows]
