"""Use cases: the tenant itself."""

from collections.abc import Mapping
from typing import Any

from tenants.directory.changes import changed, require_revision
from tenants.directory.checks import Checks
from tenants.directory.model import Tenant
from tenants.directory.repository import NumberRepository, TenantRepository, TrunkRepository
from tenants.unit import TenantUnit


def check_tenant(tenant: Tenant) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.name("name", tenant.name)
    checks.time_zone("time_zone", tenant.time_zone)
    checks.currency("currency", tenant.currency)
    checks.locale("locale", tenant.locale)
    checks.codes("not_ready_reasons", tenant.not_ready_reasons)
    checks.done()


class TenantService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._tenants = TenantRepository(unit.session, unit.scope)
        self._trunks = TrunkRepository(unit.session, unit.scope)
        self._numbers = NumberRepository(unit.session, unit.scope)

    async def get(self) -> Tenant:
        return await self._tenants.get()

    async def change(self, changes: Mapping[str, Any], expected: int | None) -> Tenant:
        """RevisionMismatch, InvalidInput."""
        old = await self.get()
        require_revision(old, expected)
        new = changed(old, changes)
        check_tenant(new)
        await self._require_own(new)
        await self._tenants.replace(new, old.revision)
        await self._unit.changed("tenant.changed", new.id, fields=sorted(changes))
        return new

    async def _require_own(self, tenant: Tenant) -> None:
        checks = Checks()
        trunk, number = tenant.outbound_trunk, tenant.outbound_number
        if trunk is not None and await self._trunks.rows.get(trunk) is None:
            checks.wrong("outbound_trunk_id", "no_such_trunk", "a trunk of this tenant")
        if number is not None and await self._numbers.rows.get(number) is None:
            checks.wrong("outbound_number_id", "no_such_number", "a number of this tenant")
        checks.done()
