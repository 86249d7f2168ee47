"""Whether a tenant's people may log in at their desks."""

from api.auth.principal import Principal
from api.services import Services
from tenants.audit import Origin
from tenants.billing.invoices.dunning import DunningService
from tenants.unit import TenantUnit


async def require_not_suspended(services: Services, principal: Principal) -> None:
    """TenantSuspended says what is owed and whom to ask; agents who are logged in already go on."""
    async with services.database.read(principal.scope) as uow:
        unit = TenantUnit(uow, principal.scope, Origin(principal.user, "", "desk"), services.clock, services.ids)
        await DunningService(unit).require_not_suspended()
