"""Telephone domains of tenants: what is shown there over TLS, and who signs the certificates of who calls there."""

from collections.abc import Callable, Sequence

import msgspec
import structlog
from cryptography import x509

from gateway.app.ports import DomainDirectory
from gateway.sip.tls_identity import TlsIdentity
from kernel.contracts.directory import DomainConfig
from kernel.primitives.certificates import covers, names_in
from kernel.primitives.ids import TenantId

log = structlog.get_logger(__name__)


class TenantDomains:
    """Asked in each handshake. No name but a tenant's own domain leads to anything of that tenant."""

    def __init__(self, directory: DomainDirectory, authorities: Callable[[TenantId], str]) -> None:
        """`authorities` sign the certificates of peers of a tenant's trunks, in PEM; empty: nobody does."""
        self._directory = directory
        self._authorities = authorities
        self._domains: dict[str, DomainConfig] = {}

    async def refresh(self, tenant: TenantId | None = None) -> None:
        """Read all domains, or one tenant's, anew."""
        fresh = await self._directory.domains(tenant)
        kept = [one for one in self._domains.values() if tenant is not None and one.tenant != tenant]
        self._domains = {one.domain: one for one in (*kept, *_shared(fresh))}

    def identity(self, name: str) -> TlsIdentity | None:
        """What is the tenant's at a name in lower case; None: nothing, or it is no tenant's."""
        found = self._domains.get(name)
        if found is None:
            return None
        believed = self._authorities(found.tenant)
        if not found.certificate and not believed:
            return None
        key = found.key.reveal() if found.key is not None else ""
        return TlsIdentity(owner=str(found.tenant), certificate=found.certificate, key=key, trusted_ca=believed)


def _shared(domains: Sequence[DomainConfig]) -> list[DomainConfig]:
    """A domain without a certificate shows one of the same tenant's that bears its name."""
    shown = [(one, names) for one in domains if one.certificate and (names := _names(one))]

    def with_certificate(domain: DomainConfig) -> DomainConfig:
        if domain.certificate:
            return domain
        for one, names in shown:
            if one.tenant == domain.tenant and covers(names, domain.domain):
                return msgspec.structs.replace(domain, certificate=one.certificate, key=one.key)
        return domain

    return [with_certificate(domain) for domain in domains]


def _names(domain: DomainConfig) -> list[str]:
    try:
        return names_in(x509.load_pem_x509_certificate(domain.certificate.encode()))
    except ValueError as error:
        log.warning("tls.identity_unusable", owner=str(domain.tenant), reason=str(error))
        return []
