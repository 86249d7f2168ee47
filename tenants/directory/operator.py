"""The operator's view over all tenants. Routes for tenants cannot import this module (`.importlinter`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from kernel.contracts.base import TenantScope
from kernel.contracts.directory import TrunkConfig
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids, ProviderId, TenantId, UserId
from kernel.primitives.money import Money
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.billing import BillingService
from tenants.directory import tables
from tenants.directory.model import FIRST_REVISION, Tenant, User
from tenants.directory.passwords import PasswordHasher
from tenants.directory.permissions import EVERY_PERMISSION
from tenants.directory.repository import UserRepository, read_trunk, tenant_values
from tenants.directory.roles import Role
from tenants.directory.sealing import SecretBox
from tenants.directory.tenant import check_tenant
from tenants.directory.trunks import password_purpose
from tenants.directory.users import UserService, check_password
from tenants.unit import TenantUnit

_trunks = tables.TrunkRow.table()
_numbers = tables.NumberRow.table()
_tenants = tables.Tenant.table()
_providers = tables.Provider.table()


class NewTenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant, its first owner and its plan."""

    name: str
    owner_email: str
    owner_name: str
    owner_password: Secret
    time_zone: str = "UTC"
    currency: str = "EUR"
    locale: str = "en"
    plan: str = "standard"
    price: Money = Money(4900, "EUR")
    seats: int = 1


class Founded(NamedTuple):
    tenant: TenantId
    owner: UserId


class OperatorTenants:
    """Which tenants there are, and making new ones."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, passwords: PasswordHasher) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._passwords = passwords

    async def all(self) -> Sequence[TenantId]:
        async with self._database.read() as uow:
            rows = await uow.session.scalars(select(_tenants.c.id).order_by(_tenants.c.id))
            return [TenantId(key) for key in rows]

    async def add_provider(self, name: str) -> ProviderId:
        provider = ProviderId(self._ids.new())
        async with self._database.write() as uow:
            await uow.session.execute(insert(_providers).values(id=provider, name=name, revision=FIRST_REVISION))
        return provider

    async def found(self, provider: ProviderId, new: NewTenant, origin: Origin) -> Founded:
        """InvalidInput, EmailTaken."""
        check_password(new.owner_password)
        hashed = await self._passwords.hash(new.owner_password)
        async with self._database.write() as uow:
            return await self._found(uow, provider, new, hashed, origin)

    async def _found(
        self, uow: UnitOfWork, provider: ProviderId, new: NewTenant, hashed: str, origin: Origin
    ) -> Founded:
        tenant = Tenant(
            id=TenantId(self._ids.new()),
            provider=provider,
            name=new.name,
            time_zone=new.time_zone,
            currency=new.currency,
            locale=new.locale,
        )
        check_tenant(tenant)
        values = {"id": tenant.id, "provider_id": provider, "revision": FIRST_REVISION} | tenant_values(tenant)
        await uow.session.execute(insert(_tenants).values(**values))
        unit = TenantUnit(uow, TenantScope(tenant.id), origin, self._clock, self._ids)
        owner = User(
            id=UserId(self._ids.new()),
            email=new.owner_email,
            name=new.owner_name,
            roles=(Role.OWNER,),
        )
        await unit.changed("tenant.founded", tenant.id, name=new.name)
        await UserService(unit, EVERY_PERMISSION).create(owner, hashed)
        people = UserRepository(uow.session, unit.scope)
        await BillingService(unit, people).begin(new.plan, Money(new.price.minor, new.currency), new.seats)
        return Founded(tenant.id, owner.id)


class OperatorTrunks:
    """All tenants' trunks, for the gateway."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    async def trunks(self, tenant: TenantId | None = None) -> Sequence[TrunkConfig]:
        """Of every tenant or of one; a password that cannot be opened is an error here, not a failed call later."""
        query = select(_trunks).order_by(_trunks.c.id)
        if tenant is not None:
            query = query.where(_trunks.c.tenant_id == tenant)
        async with self._database.read() as uow:
            return [self._config(row) for row in await uow.session.execute(query)]

    async def owner(self, called: PhoneNumber) -> TenantId | None:
        """The tenant whose number this is."""
        async with self._database.read() as uow:
            key = await uow.session.scalar(select(_numbers.c.tenant_id).where(_numbers.c.e164 == called.e164))
        return None if key is None else TenantId(key)

    def _config(self, row: Row[Any]) -> TrunkConfig:
        trunk = read_trunk(row)
        sealed = trunk.sealed_password
        return TrunkConfig(
            trunk=trunk.id,
            tenant=TenantId(row.tenant_id),
            name=trunk.name,
            sources=trunk.sources,
            host=trunk.host,
            port=trunk.port,
            transport=trunk.transport,
            username=trunk.username,
            password=None if sealed is None else self._secrets.open(sealed, password_purpose(trunk.id)),
            codecs=trunk.codecs,
            region=trunk.region,
        )
