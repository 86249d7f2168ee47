"""Telephone domains of tenants: what is shown there over TLS, and who signs the certificates of who calls there."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import structlog
from cryptography import x509

from gateway.app.ports import DomainDirectory
from gateway.sip.tls_identity import TlsIdentity, domain_in
from kernel.contracts.directory import DomainConfig
from kernel.primitives.certificates import covers, names_in
from kernel.primitives.ids import TenantId

log = structlog.get_logger(__name__)


class TenantDomains:
    """Asked in each handshake that others begin, and in those of ours that follow them.

    No name but a tenant's own domain leads to anything of that tenant.
    """

    def __init__(self, directory: DomainDirectory, authorities: Callable[[TenantId], str]) -> None:
        """`authorities` sign the certificates of peers of a tenant's trunks, in PEM; empty: nobody does."""
        self._directory = directory
        self._authorities = authorities
        self.all: Sequence[DomainConfig] = ()
        self._shown: dict[str, DomainConfig] = {}  # by domain, with the certificate that is shown there

    async def refresh(self, tenant: TenantId | None = None) -> None:
        """Read all domains, or one tenant's, anew."""
        fresh = await self._directory.domains(tenant)
        kept = [one for one in self.all if tenant is not None and one.tenant != tenant]
        self.all = (*kept, *fresh)
        self._shown = {one.domain: one for one in _shared(self.all)}

    def identity(self, name: str) -> TlsIdentity | None:
        """What is the tenant's at a name in lower case; None: nothing, or it is no tenant's."""
        found = self._shown.get(name)
        if found is None:
            return None
        believed = self._authorities(found.tenant)
        if not found.certificate and not believed:
            return None
        key = found.key.reveal() if found.key is not None else ""
        owner, chain = str(found.tenant), found.certificate
        return TlsIdentity(owner=owner, domain=name, certificate=chain, key=key, trusted_ca=believed)

    def again(self, identity: str) -> TlsIdentity | None:
        """What is now at the domain of the identity that has, or had, this name: for who called there and hung up."""
        return self.identity(domain_in(identity))


def _shared(domains: Sequence[DomainConfig]) -> Iterator[DomainConfig]:
    """A domain without a certificate shows one of the same tenant's that bears its name."""
    shown: dict[TenantId, list[tuple[DomainConfig, list[str]]]] = {}
    for one in domains:
        if one.certificate:
            shown.setdefault(one.tenant, []).append((one, _names(one)))
    for one in domains:
        others = () if one.certificate else shown.get(one.tenant, ())
        fitting = (other for other, names in others if covers(names, one.domain))
        other = next(fitting, one)
        yield msgspec.structs.replace(one, certificate=other.certificate, key=other.key)


def _names(domain: DomainConfig) -> list[str]:
    try:
        return names_in(x509.load_pem_x509_certificate(domain.certificate.encode()))
    except ValueError as error:
        log.warning("tls.identity_unusable", owner=str(domain.tenant), reason=str(error))
        return []
