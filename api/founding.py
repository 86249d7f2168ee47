"""`cordboard init`: a provider that serves itself, its tenant and the tenant's owner."""

from typing import Any

from api.composition import Storage
from api.settings import Settings
from kernel.primitives.ids import TenantId
from kernel.primitives.money import Money
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory.operator import NewTenant


async def found(settings: Settings, name: str, email: str, password: str, terms: dict[str, Any]) -> TenantId:
    """InvalidInput says what cannot be used."""
    async with Storage(settings) as storage:
        operator = storage.operator()
        provider = await operator.add_provider(name)
        new = NewTenant(
            name=name,
            owner_email=email,
            owner_name=email.partition("@")[0],
            owner_password=Secret(password),
            time_zone=terms["time_zone"],
            currency=terms["currency"],
            price=Money(terms["price_minor"], terms["currency"]),
        )
        founded = await operator.found(provider, new, Origin(user=None, address="", agent="cordboard init"))
        return founded.tenant
