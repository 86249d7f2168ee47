"""The operator's view over all tenants. Routes for tenants cannot import this module (`.importlinter`)."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from kernel.contracts.base import TenantScope
from kernel.contracts.directory import DiallingRules, DomainConfig, PhoneConfig, TrunkConfig
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids, PhoneId, ProviderId, TenantId
from kernel.primitives.money import Money
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import tables
from tenants.directory.dialling import config_of, load_dialling_rules
from tenants.directory.domain_certificates import domain_purpose
from tenants.directory.founding import Foundation, Founded, found_tenant
from tenants.directory.model import FIRST_REVISION
from tenants.directory.passwords import PasswordHasher
from tenants.directory.phones import read_domain, read_phone, secret_purpose
from tenants.directory.repository import read_trunk
from tenants.directory.sealing import SecretBox
from tenants.directory.trunks import inbound_purpose, password_purpose, signing_purpose, tls_purpose
from tenants.directory.users import check_password
from tenants.unit import TenantUnit

_trunks = tables.TrunkRow.table()
_numbers = tables.NumberRow.table()
_tenants = tables.Tenant.table()
_providers = tables.Provider.table()
_users = tables.UserRow.table()
_phones = tables.PhoneRow.table()
_domains = tables.PhoneDomainRow.table()


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
            unit = TenantUnit(uow, TenantScope(TenantId(self._ids.new())), origin, self._clock, self._ids)
            return await found_tenant(unit, provider, _foundation(new), hashed)


def _foundation(new: NewTenant) -> Foundation:
    return Foundation(
        name=new.name,
        owner_email=new.owner_email,
        owner_name=new.owner_name,
        time_zone=new.time_zone,
        currency=new.currency,
        locale=new.locale,
        plan=new.plan,
        price_minor=new.price.minor,
        seats=new.seats,
    )


class OperatorPhones:
    """All tenants' telephones, and the peers of their trunks, for the gateway."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    async def phones(self, tenant: TenantId | None = None) -> Sequence[PhoneConfig]:
        """Of active people, of every tenant or of one; a secret that cannot be opened is an error."""
        query = (
            select(_phones, _domains.c.domain)
            .join(_domains, _domains.c.id == _phones.c.domain_id)
            .join(_users, _users.c.id == _phones.c.user_id)
            .where(_users.c.active.is_(True), _users.c.removed_at.is_(None))
            .order_by(_phones.c.id)
        )
        if tenant is not None:
            query = query.where(_phones.c.tenant_id == tenant)
        peers = select(_trunks).where(_trunks.c.sealed_inbound_password.is_not(None)).order_by(_trunks.c.id)
        if tenant is not None:
            peers = peers.where(_trunks.c.tenant_id == tenant)
        async with self._database.read() as uow:
            found = [self._config(row) for row in await uow.session.execute(query)]
            proving = [peer for row in await uow.session.execute(peers) if (peer := self._peer(row)) is not None]
        return [*found, *proving]

    def _peer(self, row: Row[Any]) -> PhoneConfig | None:
        """Of a trunk, where it has an account."""
        trunk = read_trunk(row)
        inbound = trunk.options.inbound
        if inbound is None or trunk.sealed_inbound_password is None:
            return None
        return PhoneConfig(
            phone=PhoneId(trunk.id),
            tenant=TenantId(row.tenant_id),
            agent=None,
            name=inbound.username,
            domain=inbound.domain,
            secret=self._secrets.open(trunk.sealed_inbound_password, inbound_purpose(trunk.id)),
            algorithm=inbound.algorithm,
            trunk=trunk.id,
        )

    def _config(self, row: Row[Any]) -> PhoneConfig:
        phone = read_phone(row)
        return PhoneConfig(
            phone=phone.id,
            tenant=TenantId(row.tenant_id),
            agent=phone.user,
            name=phone.name,
            domain=row.domain,
            secret=self._secrets.open(phone.sealed_secret, secret_purpose(phone.id)),
            algorithm=phone.algorithm,
            may_transfer=phone.may_transfer,
        )


class OperatorDomains:
    """All tenants' telephone domains, for the gateway."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    async def domains(self, tenant: TenantId | None = None) -> Sequence[DomainConfig]:
        """Of every tenant or of one; a key that cannot be opened is an error."""
        query = select(_domains).order_by(_domains.c.id)
        if tenant is not None:
            query = query.where(_domains.c.tenant_id == tenant)
        async with self._database.read() as uow:
            return [self._config(row) for row in await uow.session.execute(query)]

    def _config(self, row: Row[Any]) -> DomainConfig:
        domain = read_domain(row)
        sealed = domain.sealed_tls_key
        key = None if sealed is None else self._secrets.open(sealed, domain_purpose(domain.id))
        return DomainConfig(
            tenant=TenantId(row.tenant_id), domain=domain.domain, certificate=domain.certificate, key=key
        )


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

    async def dialling(self, tenant: TenantId | None = None) -> Sequence[DiallingRules]:
        """What holds for every call that leaves a tenant, of every tenant or of one."""
        wanted = [tenant] if tenant is not None else await self._tenants_with_trunks()
        return [await load_dialling_rules(self._database, TenantScope(one)) for one in wanted]

    async def _tenants_with_trunks(self) -> Sequence[TenantId]:
        async with self._database.read() as uow:
            rows = await uow.session.scalars(select(_trunks.c.tenant_id).distinct())
            return [TenantId(key) for key in rows]

    def _config(self, row: Row[Any]) -> TrunkConfig:
        trunk = read_trunk(row)
        password = self._opened(trunk.sealed_password, password_purpose(trunk.id))
        key = self._opened(trunk.sealed_signing_key, signing_purpose(trunk.id))
        tls_key = self._opened(trunk.sealed_tls_key, tls_purpose(trunk.id))
        return config_of(trunk, TenantId(row.tenant_id), password, key, tls_key)

    def _opened(self, sealed: bytes | None, purpose: str) -> Secret | None:
        return None if sealed is None else self._secrets.open(sealed, purpose)
