"""Founding a tenant: itself, its first owner and its plan."""

from typing import NamedTuple

import msgspec
from sqlalchemy import insert, select, update

from kernel.primitives.ids import ProviderId, TenantId, UserId
from kernel.primitives.money import Money
from tenants.billing import BillingService
from tenants.directory import tables
from tenants.directory.model import FIRST_REVISION, Tenant, User
from tenants.directory.permissions import EVERY_PERMISSION
from tenants.directory.repository import UserRepository, tenant_values
from tenants.directory.roles import Role
from tenants.directory.tenant import check_tenant
from tenants.directory.users import UserService
from tenants.unit import TenantUnit

_tenants = tables.Tenant.table()
_providers = tables.Provider.table()


class Foundation(msgspec.Struct, frozen=True, kw_only=True):
    """What a new tenant begins with."""

    name: str
    owner_email: str
    owner_name: str
    time_zone: str = "UTC"
    currency: str = "EUR"
    locale: str = "en"
    plan: str = "standard"
    price_minor: int = 4900
    seats: int = 1


class Founded(NamedTuple):
    tenant: TenantId
    owner: UserId


async def found_tenant(unit: TenantUnit, provider: ProviderId, new: Foundation, password_hash: str) -> Founded:
    """`unit` is of the tenant to be, not bound to its rows. A provider's first tenant is its home.

    InvalidInput, EmailTaken.
    """
    tenant = Tenant(
        id=unit.scope.tenant,
        provider=provider,
        name=new.name,
        time_zone=new.time_zone,
        currency=new.currency,
        locale=new.locale,
    )
    check_tenant(tenant)
    values = {"id": tenant.id, "provider_id": provider, "revision": FIRST_REVISION} | tenant_values(tenant)
    await unit.session.execute(insert(_tenants).values(**values))
    home = await unit.session.scalar(select(_providers.c.home_tenant_id).where(_providers.c.id == provider))
    if home is None:
        first = update(_providers).where(_providers.c.id == provider)
        await unit.session.execute(first.values(home_tenant_id=tenant.id))
    owner = User(id=UserId(unit.new_id()), email=new.owner_email, name=new.owner_name, roles=(Role.OWNER,))
    await unit.changed("tenant.founded", tenant.id, name=new.name)
    await UserService(unit, EVERY_PERMISSION).create(owner, password_hash)
    people = UserRepository(unit.session, unit.scope)
    await BillingService(unit, people).begin(new.plan, Money(new.price_minor, new.currency), new.seats)
    return Founded(tenant.id, owner.id)
