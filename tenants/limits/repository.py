"""The row of one tenant's limits."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from tenants.directory.model import FIRST_REVISION
from tenants.limits.model import Limits
from tenants.limits.tables import LimitsRow

_limits = LimitsRow.table()


class LimitsRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self, *, lock: bool = False) -> Limits:
        """`lock`: kept from others until the end of the transaction."""
        mine = select(_limits).where(_limits.c.tenant_id == self._tenant)
        row = (await self._session.execute(mine.with_for_update() if lock else mine)).one_or_none()
        if row is None:
            return Limits()
        return Limits(
            calls_at_once=row.calls_at_once,
            calls_per_second=row.calls_per_second,
            countries=None if row.countries is None else tuple(row.countries),
            premium=row.premium,
            spend_per_day=row.spend_per_day,
            closed_until=row.closed_until,
            revision=row.revision,
        )

    async def put(self, limits: Limits) -> None:
        values: dict[str, Any] = {
            "calls_at_once": limits.calls_at_once,
            "calls_per_second": limits.calls_per_second,
            "countries": None if limits.countries is None else list(limits.countries),
            "premium": limits.premium,
            "spend_per_day": limits.spend_per_day,
            "closed_until": limits.closed_until,
            "revision": limits.revision,
        }
        mine = _limits.c.tenant_id == self._tenant
        if limits.revision == FIRST_REVISION + 1 and await self._session.scalar(select(_limits).where(mine)) is None:
            await self._session.execute(insert(_limits).values(tenant_id=self._tenant, **values))
        else:
            await self._session.execute(update(_limits).where(mine).values(**values))
