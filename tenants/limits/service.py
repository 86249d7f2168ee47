"""Use cases: seeing and changing a tenant's limits."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from tenants.directory.changes import changed, require_revision
from tenants.directory.repository import TenantRepository
from tenants.limits.model import Limits, check_limits, day_of
from tenants.limits.repository import LimitsRepository
from tenants.limits.spend import spent
from tenants.unit import TenantUnit


class LimitsService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._rows = LimitsRepository(unit.session, unit.scope)
        self._tenants = TenantRepository(unit.session, unit.scope)

    async def get(self) -> Limits:
        return await self._rows.get()

    async def spent_today(self) -> int:
        """On carriers' minutes and set-up fees since midnight, in minor units of the tenant's currency."""
        tenant = await self._tenants.get()
        day = day_of(self._unit.now, tenant.time_zone)
        return await spent(self._unit.session, self._unit.scope, day, tenant.currency)

    async def change(self, changes: Mapping[str, Any], expected: int | None) -> Limits:
        """RevisionMismatch, InvalidInput. A raised spend opens calls out at once, a lowered one may close them."""
        old = await self._rows.get(lock=True)
        require_revision(old, expected)
        new = changed(old, changes)
        check_limits(new)
        new = replace(new, closed_until=await self._closed_until(new))
        await self._rows.put(new)
        await self._unit.changed("limits.changed", self._unit.scope.tenant, fields=sorted(changes))
        return new

    async def _closed_until(self, limits: Limits) -> Any:
        tenant = await self._tenants.get()
        day = day_of(self._unit.now, tenant.time_zone)
        if limits.spend_per_day is None:
            return None
        so_far = await spent(self._unit.session, self._unit.scope, day, tenant.currency)
        return day.end if so_far >= limits.spend_per_day else None
