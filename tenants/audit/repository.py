"""The way to a tenant's audit: it can be added to and read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, Uuid, bindparam, insert, select, text, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import UserId
from tenants.audit.chain import NO_HASH, Break, Head, Link, Verifier, link, plain
from tenants.audit.model import AuditEntry, AuditFilter, Origin
from tenants.audit.tables import AuditHeadRow, AuditRow

ADDRESS_LENGTH = 64  # an IPv6 address with a zone
AGENT_LENGTH = 200  # the telling part of a User-Agent
ACTOR_LENGTH = 16
WALKED_AT_ONCE = 500  # hashed in a few milliseconds

_entries = AuditRow.table()
_heads = AuditHeadRow.table()
# The same words on every database: of two first entries at once, one waits here for the other.
_BEGIN = text(
    "INSERT INTO audit_heads (tenant_id, sequence, hash) VALUES (:tenant, 0, :hash) ON CONFLICT DO NOTHING"
).bindparams(bindparam("tenant", type_=Uuid()))


class AuditRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def add(self, entry: AuditEntry) -> None:
        """Put it at the end of the tenant's chain, which nobody else can do before this transaction ends."""
        origin = entry.origin
        stored = msgspec.structs.replace(
            entry,
            origin=msgspec.structs.replace(
                origin,
                address=origin.address[:ADDRESS_LENGTH],
                agent=origin.agent[:AGENT_LENGTH],
                actor=origin.actor[:ACTOR_LENGTH],
            ),
            detail=plain(entry.detail),
        )
        put = link(self._tenant, await self._take_head(), stored)
        await self._session.execute(insert(_entries).values(tenant_id=self._tenant, **_values(put)))
        await self._session.execute(
            update(_heads).where(_heads.c.tenant_id == self._tenant).values(sequence=put.sequence, hash=put.hash)
        )

    async def _take_head(self) -> Head:
        """Locked until the end of the transaction."""
        query = select(_heads.c.sequence, _heads.c.hash).where(_heads.c.tenant_id == self._tenant).with_for_update()
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            await self._session.execute(_BEGIN, {"tenant": self._tenant, "hash": NO_HASH})
            row = (await self._session.execute(query)).one()
        return Head(row.sequence, row.hash)

    async def has(self, entry: UUID) -> bool:
        query = select(_entries.c.id).where(_entries.c.tenant_id == self._tenant, _entries.c.id == entry)
        return (await self._session.execute(query)).one_or_none() is not None

    async def head(self) -> Head:
        query = select(_heads.c.sequence, _heads.c.hash).where(_heads.c.tenant_id == self._tenant)
        row = (await self._session.execute(query)).one_or_none()
        return Head() if row is None else Head(row.sequence, row.hash)

    async def page(self, before: UUID | None, limit: int, wanted: AuditFilter | None = None) -> Sequence[AuditEntry]:
        """Newest first."""
        return [found.entry for found in await self.links(before, limit, wanted)]

    async def links(self, before: UUID | None, limit: int, wanted: AuditFilter | None = None) -> Sequence[Link]:
        """The same with their places in the chain."""
        query = self._select(wanted or AuditFilter())
        if before is not None:
            place = select(_entries.c.sequence).where(_entries.c.tenant_id == self._tenant, _entries.c.id == before)
            query = query.where(_entries.c.sequence < place.scalar_subquery())
        rows = await self._session.execute(query.order_by(_entries.c.sequence.desc()).limit(limit))
        return [_link(row) for row in rows]

    async def after(self, sequence: int, limit: int) -> Sequence[Link]:
        """Oldest first."""
        query = self._select(AuditFilter()).where(_entries.c.sequence > sequence)
        return [_link(row) for row in await self._session.execute(query.order_by(_entries.c.sequence).limit(limit))]

    async def verify(self, kept: Head | None = None) -> tuple[Head, Break | None]:
        """How far the chain holds, and where it breaks if it does; `kept` is a head that was kept elsewhere."""
        verifier, at_end = Verifier(self._tenant, kept), False
        while True:
            links = await self.after(verifier.head.sequence, WALKED_AT_ONCE)
            broken = verifier.walk(links)
            if broken is not None:
                return verifier.head, broken
            if links:
                at_end = False
                continue
            stored = await self.head()
            if at_end or stored == verifier.head:
                return verifier.head, verifier.end(stored)
            at_end = True  # somebody added entries between the two readings, or they are missing: look once more

    def _select(self, wanted: AuditFilter) -> Select[Any]:
        equal = {
            "user_id": wanted.user,
            "action": wanted.action,
            "subject_kind": wanted.subject_kind,
            "subject_id": wanted.subject,
        }
        query = select(_entries).where(_entries.c.tenant_id == self._tenant)
        query = query.where(*(_entries.c[name] == value for name, value in equal.items() if value is not None))
        if wanted.since is not None:
            query = query.where(_entries.c.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(_entries.c.at < wanted.until)
        return query


def _values(put: Link) -> dict[str, Any]:
    entry, origin = put.entry, put.entry.origin
    return {
        "id": entry.id,
        "at": entry.at,
        "user_id": origin.user,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "address": origin.address,
        "agent": origin.agent,
        "detail": entry.detail,
        "grant_id": origin.grant,
        "actor": origin.actor,
        "sequence": put.sequence,
        "previous_hash": put.previous,
        "hash": put.hash,
    }


def _link(row: Row[Any]) -> Link:
    user = None if row.user_id is None else UserId(row.user_id)
    entry = AuditEntry(
        id=row.id,
        at=row.at,
        origin=Origin(user, row.address, row.agent, row.grant_id, row.actor),
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        detail=row.detail,
    )
    return Link(sequence=row.sequence, previous=row.previous_hash, hash=row.hash, entry=entry)
