"""Use cases: seeing and changing a tenant's limits."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from tenants.directory.changes import changed, require_revision
from tenants.limits.model import Limits, check_limits
from tenants.limits.repository import LimitsRepository
from tenants.limits.spend import Spent, spent_today
from tenants.unit import TenantUnit


class LimitsService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._rows = LimitsRepository(unit.session, unit.scope)

    async def get(self) -> Limits:
        return await self._rows.get()

    async def spent_today(self) -> Spent:
        """On carriers' minutes and set-up fees since midnight."""
        return await spent_today(self._unit.session, self._unit.scope, self._unit.now)

    async def change(self, changes: Mapping[str, Any], expected: int | None) -> Limits:
        """RevisionMismatch, InvalidInput. A raised spend opens calls out at once, a lowered one may close them."""
        old = await self._rows.get(lock=True)
        require_revision(old, expected)
        new = changed(old, changes)
        check_limits(new)
        spent = await self.spent_today()
        new = replace(new, closed_until=spent.day.end if spent.reaches(new.spend_per_day) else None)
        await self._rows.put(new)
        await self._unit.changed("limits.changed", self._unit.scope.tenant, fields=sorted(changes))
        return new
