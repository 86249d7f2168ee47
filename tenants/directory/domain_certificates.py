"""Use cases: what is shown over TLS at a telephone domain. Keys go in and are never told again."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from kernel.primitives.certificates import covers
from kernel.primitives.errors import NotFound
from kernel.primitives.secret import Secret
from tenants.directory.certificates import Papers, check_chain, expires_at, names_of, plain
from tenants.directory.changes import get_or_not_found
from tenants.directory.checks import Checks
from tenants.directory.model import PhoneDomain
from tenants.directory.phones import PhoneRepository
from tenants.directory.sealing import SecretBox
from tenants.unit import TenantUnit

NAMES_TOLD = 300  # characters: a certificate may have a hundred names


def domain_purpose(domain: UUID) -> str:
    return f"phone domain {domain} tls"


class DomainCertificate(msgspec.Struct, frozen=True):
    """`shown_for`: the tenant's domains at which this certificate is shown."""

    domain: PhoneDomain
    shown_for: tuple[str, ...]


class DomainCertificateService:
    """Of the tenant's own domains; `reserved` names are the operator's, whatever domain a tenant has."""

    def __init__(self, unit: TenantUnit, box: SecretBox, reserved: Collection[str] = ()) -> None:
        self._unit = unit
        self._box = box
        self._reserved = reserved
        self._repository = PhoneRepository(unit.session, unit.scope)
        self._domains = self._repository.domains

    async def get(self, key: UUID) -> DomainCertificate:
        """NotFound, also where the domain shows none of its own."""
        domain = await self._domain(key)
        if not domain.certificate:
            raise NotFound("This telephone domain has no certificate of its own.")
        names = names_of(domain.certificate)
        others = [one for one in await self._domains.find() if not one.certificate and covers(names, one.domain)]
        return DomainCertificate(domain, (domain.domain, *(one.domain for one in others)))

    async def put(self, key: UUID, chain: str, secret: Secret) -> DomainCertificate:
        """Show this chain from the next handshake on. NotFound, InvalidInput."""
        domain = await self._domain(key)
        self._check(domain, chain, secret)
        await self._repository.show(domain, plain(chain), self._box.seal(secret, domain_purpose(key)))
        await self._unit.changed("phone_domain.certificate_set", key, domain=domain.domain)
        return await self.get(key)

    async def remove(self, key: UUID) -> None:
        """Show what the operator has. NotFound."""
        found = await self.get(key)
        await self._repository.show(found.domain, None, None)
        await self._unit.changed("phone_domain.certificate_removed", key, domain=found.domain.domain)

    async def _domain(self, key: UUID) -> PhoneDomain:
        return await get_or_not_found(self._domains, key, "telephone domain")

    def _check(self, domain: PhoneDomain, chain: str, secret: Secret) -> None:
        checks = Checks()
        own = not covers(self._reserved, domain.domain)
        checks.require(own, "certificate", "operators_name", f"another domain: {domain.domain} is the operator's own")
        check_chain(checks, Papers(chain, secret), self._unit.now)
        names = names_of(chain)
        told = f"a certificate that bears {domain.domain}; this one bears {', '.join(names)[:NAMES_TOLD] or 'no name'}"
        unread = expires_at(chain) is None  # told already
        checks.require(unread or covers(names, domain.domain), "certificate", "other_name", told)
        checks.done()
