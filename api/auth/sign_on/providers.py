"""Identity providers of a tenant, and the e-mail domains whose people they know."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.errors import DomainTaken
from api.auth.policy import LoginPolicyRepository
from api.auth.sign_on.client import Registration
from api.auth.sign_on.fetching import check_url
from api.auth.tables import EmailDomainRow, ExternalIdentityRow, IdentityProviderRow, SignOnAttemptRow
from kernel.primitives.errors import Conflict, NotFound, RevisionMismatch
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tenants.directory import Role, SecretBox
from tenants.directory.checks import Checks
from tenants.rows import TenantRows
from tenants.unit import TenantUnit

DOMAINS = 50  # of one provider
URL_LENGTH = 500
CLIENT_LENGTH = 255
SECRET_LENGTH = 1000  # the longest known ones are JWTs of some 300
PROVIDERS = 20  # of one tenant

_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_providers = IdentityProviderRow.table()
_domains = EmailDomainRow.table()
_identities = ExternalIdentityRow.table()
_attempts = SignOnAttemptRow.table()


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """`default_role` is what somebody unknown becomes; None: only known people come in."""

    id: UUID
    tenant: TenantId
    name: str
    issuer: str
    client_id: str
    sealed_secret: bytes | None
    default_role: Role | None
    domains: tuple[str, ...] = ()
    revision: int = 1

    def registration(self, box: SecretBox) -> Registration:
        secret = None if self.sealed_secret is None else box.open(self.sealed_secret, secret_purpose(self.id))
        return Registration(self.issuer, self.client_id, secret)


def secret_purpose(provider: UUID) -> str:
    return f"identity provider {provider}"


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _read(row: Row[Any]) -> IdentityProvider:
    return IdentityProvider(
        id=row.id,
        tenant=TenantId(row.tenant_id),
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        sealed_secret=row.sealed_secret,
        default_role=None if row.default_role is None else Role(row.default_role),
        revision=row.revision,
    )


def check_provider(provider: IdentityProvider, private: bool) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.name("name", provider.name)
    wrong = check_url(provider.issuer, private)
    detail = wrong or f"up to {URL_LENGTH} characters"
    checks.require(wrong is None and len(provider.issuer) <= URL_LENGTH, "issuer", "not_an_issuer", detail)
    right = 0 < len(provider.client_id) <= CLIENT_LENGTH and provider.client_id.isprintable()
    checks.require(right, "client_id", "not_a_client", f"1 to {CLIENT_LENGTH} characters")
    checks.require(0 < len(provider.domains) <= DOMAINS, "domains", "bad_number", f"1 to {DOMAINS} of them")
    for domain in provider.domains:
        checks.require(_DOMAIN.fullmatch(domain) is not None, "domains", "not_a_domain", "such as example.org")
    checks.distinct("domains", provider.domains)
    checks.require(provider.default_role is not Role.OWNER, "default_role", "no_owner", "owners are made by owners")
    checks.done()


class IdentityProviderService:
    """`private`: issuers may be in our own networks."""

    def __init__(self, unit: TenantUnit, box: SecretBox, private: bool) -> None:
        self._unit = unit
        self._box = box
        self._private = private
        self._rows = TenantRows(unit.session, unit.scope, _providers, _read)

    async def page(self, after: UUID | None, limit: int) -> Sequence[IdentityProvider]:
        return [await self._with_domains(one) for one in await self._rows.page(after, limit)]

    async def get(self, key: UUID) -> IdentityProvider:
        found = await self._rows.get(key)
        if found is None:
            raise NotFound("There is no such identity provider.")
        return await self._with_domains(found)

    async def create(self, new: IdentityProvider, secret: Secret | None) -> IdentityProvider:
        """InvalidInput, DomainTaken, Conflict."""
        check_provider(new, self._private)
        if len(await self._rows.find()) >= PROVIDERS:
            raise Conflict(f"A tenant has up to {PROVIDERS} identity providers: remove one first.")
        made = msgspec.structs.replace(new, sealed_secret=self._sealed(new.id, secret))
        await self._rows.add({"id": made.id, "revision": made.revision} | _values(made))
        await self._claim(made)
        await self._unit.audit("identity_provider.created", made.id, issuer=made.issuer, domains=list(made.domains))
        return made

    async def change(self, key: UUID, changes: Mapping[str, Any], expected: int | None) -> IdentityProvider:
        """`secret` may be among the changes. NotFound, RevisionMismatch, InvalidInput, DomainTaken."""
        old = await self.get(key)
        if expected is not None and expected != old.revision:
            raise RevisionMismatch("Read it again, then repeat your change.")
        fields = dict(changes)
        if "secret" in fields:
            fields["sealed_secret"] = self._sealed(key, fields.pop("secret"))
        new = msgspec.structs.replace(old, revision=old.revision + 1, **fields)
        check_provider(new, self._private)
        await self._rows.replace(key, old.revision, _values(new))
        if new.issuer != old.issuer:  # subjects are the issuer's: another one's mean somebody else
            await self._forget(_identities, key)
        await self._forget(_domains, key)
        await self._claim(new)
        await self._unit.audit("identity_provider.changed", key, fields=sorted(changes), issuer=new.issuer)
        return new

    async def remove(self, key: UUID, expected: int | None) -> None:
        """NotFound, RevisionMismatch; Conflict while it is the only way in."""
        old = await self.get(key)
        if expected is not None and expected != old.revision:
            raise RevisionMismatch("Read it again, then repeat your change.")
        policy = await LoginPolicyRepository(self._unit.session, self._unit.scope).get()
        if policy.sign_on_only and len(await self._rows.find()) == 1:
            raise Conflict("Allow passwords in the log-in policy first: this is the only way to log in.")
        for table in (_domains, _identities, _attempts):
            await self._forget(table, key)
        await self._rows.remove(key)
        await self._unit.audit("identity_provider.removed", key)

    async def _with_domains(self, provider: IdentityProvider) -> IdentityProvider:
        query = select(_domains.c.domain).where(*self._of(_domains, provider.id)).order_by(_domains.c.domain)
        found = tuple((await self._unit.session.execute(query)).scalars())
        return msgspec.structs.replace(provider, domains=found)

    async def _claim(self, provider: IdentityProvider) -> None:
        rows = [
            {"domain": domain, "tenant_id": self._unit.scope.tenant, "identity_provider_id": provider.id}
            for domain in provider.domains
        ]
        try:
            await self._unit.session.execute(insert(_domains), rows)
        except IntegrityError as error:
            raise DomainTaken("Ask who runs this service whose domain it is.") from error

    async def _forget(self, table: Any, provider: UUID) -> None:
        await self._unit.session.execute(delete(table).where(*self._of(table, provider)))

    def _of(self, table: Any, provider: UUID) -> tuple[Any, ...]:
        return (table.c.tenant_id == self._unit.scope.tenant, table.c.identity_provider_id == provider)

    def _sealed(self, provider: UUID, secret: Secret | None) -> bytes | None:
        if secret is None:
            return None
        checks = Checks()
        right = 0 < len(secret.reveal()) <= SECRET_LENGTH
        checks.require(right, "client_secret", "not_a_secret", f"1 to {SECRET_LENGTH} characters")
        checks.done()
        return self._box.seal(secret, secret_purpose(provider))


def _values(provider: IdentityProvider) -> dict[str, Any]:
    return {
        "name": provider.name,
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "sealed_secret": provider.sealed_secret,
        "default_role": None if provider.default_role is None else str(provider.default_role),
    }


class SignOnFinder:
    """operator-wide: an e-mail domain or a provider's id names its tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_domain(self, domain: str) -> IdentityProvider | None:
        query = select(_providers).join(_domains, _domains.c.identity_provider_id == _providers.c.id)
        row = (await self._session.execute(query.where(_domains.c.domain == domain))).one_or_none()
        return None if row is None else _read(row)

    async def by_id(self, key: UUID) -> IdentityProvider | None:
        row = (await self._session.execute(select(_providers).where(_providers.c.id == key))).one_or_none()
        if row is None:
            return None
        query = select(_domains.c.domain).where(_domains.c.identity_provider_id == key)
        domains = tuple((await self._session.execute(query)).scalars())
        return msgspec.structs.replace(_read(row), domains=domains)
