"""The alert rules of a tenant, and which tenants have any."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from insight.alerts.machine import AlertRule
from insight.tables import AlertRuleRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import from_json, to_json
from kernel.primitives.ids import TenantId

_rows = AlertRuleRow.table()


class KeptRule(msgspec.Struct, frozen=True, kw_only=True):
    rule: AlertRule
    revision: int = 1


class AlertRuleRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def all(self) -> Sequence[KeptRule]:
        """By their ids, which is the order in which they were made."""
        query = select(_rows).where(_rows.c.tenant_id == self._tenant).order_by(_rows.c.rule_id)
        return [_kept(row.body, row.revision) for row in await self._session.execute(query)]

    async def page(self, after: UUID | None, limit: int) -> Sequence[KeptRule]:
        query = select(_rows).where(_rows.c.tenant_id == self._tenant).order_by(_rows.c.rule_id).limit(limit)
        if after is not None:
            query = query.where(_rows.c.rule_id > after)
        return [_kept(row.body, row.revision) for row in await self._session.execute(query)]

    async def count(self) -> int:
        return await self._session.scalar(select(func.count()).where(_rows.c.tenant_id == self._tenant)) or 0

    async def get(self, key: UUID) -> KeptRule | None:
        row = (await self._session.execute(select(_rows).where(*self._place(key)))).one_or_none()
        return None if row is None else _kept(row.body, row.revision)

    async def add(self, rule: AlertRule) -> KeptRule:
        values = {"tenant_id": self._tenant, "rule_id": rule.id, "revision": 1, "body": to_json(rule)}
        await self._session.execute(insert(_rows).values(**values))
        return KeptRule(rule=rule)

    async def change(self, kept: KeptRule) -> KeptRule:
        """With the next revision."""
        new = KeptRule(rule=kept.rule, revision=kept.revision + 1)
        values = {"revision": new.revision, "body": to_json(new.rule)}
        await self._session.execute(update(_rows).where(*self._place(kept.rule.id)).values(**values))
        return new

    async def remove(self, key: UUID) -> None:
        await self._session.execute(delete(_rows).where(*self._place(key)))

    def _place(self, key: UUID) -> tuple[ColumnElement[bool], ...]:
        return _rows.c.tenant_id == self._tenant, _rows.c.rule_id == key


def _kept(body: bytes, revision: int) -> KeptRule:
    return KeptRule(rule=from_json(body, AlertRule), revision=revision)


async def watched_tenants(session: AsyncSession) -> Sequence[TenantId]:
    """# operator-wide: all that have alert rules."""
    query = select(_rows.c.tenant_id).distinct().order_by(_rows.c.tenant_id)
    return [TenantId(tenant) for tenant in await session.scalars(query)]
