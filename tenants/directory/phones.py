"""Use cases: telephones of agents, and the domains that they register in. A secret is told once, when it is made."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import delete
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import PhoneId, UserId
from kernel.primitives.secret import Secret
from tenants.directory import tables
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.errors import NameTaken, PhoneDomainTaken, StillInUse
from tenants.directory.model import Algorithm, Phone, PhoneDomain, Trunk
from tenants.directory.repository import TrunkRepository, UserRepository
from tenants.directory.sealing import SecretBox
from tenants.rows import TenantRows, unless_taken
from tenants.unit import TenantUnit

SECRET_LENGTH = 20  # letters and digits a person can tell apart: 115 bits, and still typed into a telephone in a minute
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PHONES_OF_ONE = 10  # telephones of one agent
DOMAINS = 20
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")

_phones = tables.PhoneRow.table()
_domains = tables.PhoneDomainRow.table()


def secret_purpose(phone: PhoneId) -> str:
    return f"phone {phone}"


def new_secret() -> Secret:
    return Secret("".join(secrets.choice(_ALPHABET) for _ in range(SECRET_LENGTH)))


def read_domain(row: Row[Any]) -> PhoneDomain:
    return PhoneDomain(
        id=row.id,
        domain=row.domain,
        certificate=row.certificate or "",
        sealed_tls_key=row.sealed_tls_key,
        revision=row.revision,
    )


def read_phone(row: Row[Any]) -> Phone:
    return Phone(
        id=PhoneId(row.id),
        user=UserId(row.user_id),
        domain=row.domain_id,
        name=row.name,
        algorithm=cast(Algorithm, row.algorithm),
        sealed_secret=row.sealed_secret,
        may_transfer=row.may_transfer,
        revision=row.revision,
    )


class PhoneRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[Phone](session, scope, _phones, read_phone)
        self.domains = TenantRows[PhoneDomain](session, scope, _domains, read_domain)

    async def has(self, domain: UUID, name: str) -> bool:
        """Whether a telephone has this user name there."""
        return bool(await self.rows.find(_phones.c.domain_id == domain, _phones.c.name == name))

    async def add(self, phone: Phone) -> None:
        fixed = {"id": phone.id, "user_id": phone.user, "domain_id": phone.domain, "name": phone.name}
        with unless_taken(NameTaken("Another telephone has this user name.")):
            await self.rows.add(fixed | _values(phone) | {"revision": phone.revision})

    async def change(self, phone: Phone, revision: int) -> None:
        await self.rows.replace(phone.id, revision, _values(phone))

    async def remove_of(self, user: UserId) -> None:
        """All telephones of a person who leaves."""
        await self._session.execute(
            delete(_phones).where(_phones.c.tenant_id == self._tenant, _phones.c.user_id == user)
        )

    async def add_domain(self, domain: PhoneDomain) -> None:
        with unless_taken(PhoneDomainTaken("Use another one: a domain leads to one tenant only.")):
            await self.domains.add({"id": domain.id, "domain": domain.domain, "revision": domain.revision})

    async def show(self, domain: PhoneDomain, certificate: str | None, sealed_key: bytes | None) -> None:
        """What is shown over TLS to who asks for the domain from now on."""
        values = {"certificate": certificate, "sealed_tls_key": sealed_key}
        await self.domains.replace(domain.id, domain.revision, values)


def _values(phone: Phone) -> dict[str, Any]:
    return {
        "algorithm": phone.algorithm,
        "sealed_secret": phone.sealed_secret,
        "may_transfer": phone.may_transfer,
    }


def _stands_in(trunk: Trunk, domain: PhoneDomain) -> bool:
    return trunk.options.inbound is not None and trunk.options.inbound.domain == domain.domain


class PhoneService:
    def __init__(self, unit: TenantUnit, box: SecretBox) -> None:
        self._unit = unit
        self._box = box
        self._phones = PhoneRepository(unit.session, unit.scope)
        self._people = UserRepository(unit.session, unit.scope)
        self._trunks = TrunkRepository(unit.session, unit.scope)

    async def domains(self) -> Sequence[PhoneDomain]:
        return await self._phones.domains.find()

    async def add_domain(self, key: UUID, name: str) -> PhoneDomain:
        """InvalidInput, PhoneDomainTaken."""
        domain = PhoneDomain(id=key, domain=name.lower())
        checks = Checks()
        right = _DOMAIN.fullmatch(domain.domain) is not None
        checks.require(right, "domain", "not_a_domain", "a domain name such as phones.example.org, no address")
        checks.done()
        if len(await self.domains()) >= DOMAINS:
            raise InvalidInput(f"A tenant has up to {DOMAINS} telephone domains.")
        await self._phones.add_domain(domain)
        await self._unit.changed("phone_domain.created", key, domain=domain.domain)
        return domain

    async def remove_domain(self, key: UUID) -> None:
        """NotFound, StillInUse while telephones register in it."""
        domain = await get_or_not_found(self._phones.domains, key, "telephone domain")
        users = await self._phones.rows.find(_phones.c.domain_id == key)
        if users:
            used_by = [{"kind": "phone", "id": str(phone.id)} for phone in users[:PHONES_OF_ONE]]
            raise StillInUse("Remove the telephones of this domain first.", used_by=used_by)
        trunks = [trunk for trunk in await self._trunks.rows.find() if _stands_in(trunk, domain)]
        if trunks:
            used_by = [{"kind": "trunk", "id": str(trunk.id)} for trunk in trunks[:PHONES_OF_ONE]]
            raise StillInUse("Take the inbound accounts of trunks out of this domain first.", used_by=used_by)
        await self._phones.domains.remove(key)
        await self._unit.changed("phone_domain.removed", key, domain=domain.domain)

    async def domain_names(self) -> dict[UUID, str]:
        return {domain.id: domain.domain for domain in await self.domains()}

    async def page(self, after: UUID | None, limit: int) -> Sequence[Phone]:
        return await self._phones.rows.page(after, limit)

    async def get(self, key: PhoneId) -> Phone:
        return await get_or_not_found(self._phones.rows, key, "telephone")

    async def create(self, phone: Phone) -> tuple[Phone, Secret]:
        """The secret is told this once; InvalidInput, NameTaken."""
        await self._check(phone)
        secret = new_secret()
        new = self._sealed(phone, secret)
        await self._phones.add(new)
        await self._unit.changed("phone.created", new.id, name=new.name, user=str(new.user))
        return new, secret

    async def change(self, key: PhoneId, changes: Mapping[str, Any], expected: int | None) -> Phone:
        """What the telephone may do. NotFound, RevisionMismatch."""
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        await self._phones.change(new, old.revision)
        await self._unit.changed("phone.changed", key, name=new.name, fields=sorted(changes))
        return new

    async def rotate(self, key: PhoneId, algorithm: Algorithm | None) -> tuple[Phone, Secret]:
        """A new secret: the former one ends now, and what is registered by it. NotFound."""
        old = await self.get(key)
        secret = new_secret()
        wanted = msgspec.structs.replace(old, algorithm=algorithm or old.algorithm, revision=old.revision + 1)
        new = self._sealed(wanted, secret)
        await self._phones.change(new, old.revision)
        await self._unit.changed("phone.secret_rotated", key, name=new.name)
        return new, secret

    async def remove(self, key: PhoneId) -> None:
        """It is registered no more, and calls nobody; NotFound."""
        phone = await self.get(key)
        await self._phones.rows.remove(key)
        await self._unit.changed("phone.revoked", key, name=phone.name)

    async def _check(self, phone: Phone) -> None:
        checks = Checks()
        named = _NAME.fullmatch(phone.name) is not None
        checks.require(named, "name", "not_a_user_name", "1 to 64 small letters, digits, dots, hyphens, underscores")
        checks.require(await self._people.is_active(phone.user), "user_id", "not_found", "an active user of the tenant")
        known = await self._phones.domains.get(phone.domain) is not None
        checks.require(known, "domain_id", "not_found", "a telephone domain of the tenant")
        peers = {trunk.options.inbound.username for trunk in await self._trunks.rows.find() if trunk.options.inbound}
        checks.require(phone.name not in peers, "name", "taken", "another user name: a trunk has this one")
        checks.done()
        if len(await self._phones.rows.find(_phones.c.user_id == phone.user)) >= PHONES_OF_ONE:
            raise InvalidInput(f"An agent has up to {PHONES_OF_ONE} telephones.")

    def _sealed(self, phone: Phone, secret: Secret) -> Phone:
        return msgspec.structs.replace(phone, sealed_secret=self._box.seal(secret, secret_purpose(phone.id)))
