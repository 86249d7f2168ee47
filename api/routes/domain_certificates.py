"""Certificates of telephone domains: put, seen, taken away; keys go in and are never told again."""

from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.routes.phones import DOMAINS
from api.schemas.phones import DomainCertificateBody, DomainCertificateInput
from api.work import Work
from kernel.primitives.secret import Secret
from tenants.directory import DomainCertificate, facts_of

PLACE = f"{DOMAINS}/{{id:uuid}}/certificate"


def _body(found: DomainCertificate) -> DomainCertificateBody:
    chain = found.domain.certificate
    facts = facts_of(chain)
    if facts is None:
        raise AssertionError("What cannot be read is not taken")
    return DomainCertificateBody(certificate=chain, shown_for=found.shown_for, **msgspec.structs.asdict(facts))


@get(PLACE, operation_id="get_phone_domain_certificate", tags=["Telephones"])
async def get_phone_domain_certificate(
    key: NamedDependency[UUID], work: NamedDependency[Work]
) -> DomainCertificateBody:
    """What is shown over TLS to who asks for the domain."""
    async with work.read() as unit:
        return _body(await unit.domain_certificates.get(key))


@put(PLACE, operation_id="set_phone_domain_certificate", tags=["Telephones"])
async def set_phone_domain_certificate(
    key: NamedDependency[UUID], data: JSONBody[DomainCertificateInput], work: NamedDependency[Work]
) -> DomainCertificateBody:
    """Show this certificate from the next handshake on."""
    async with work.write() as unit:
        return _body(await unit.domain_certificates.put(key, data.certificate, Secret(data.key)))


@delete(PLACE, operation_id="remove_phone_domain_certificate", status_code=204, tags=["Telephones"])
async def remove_phone_domain_certificate(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Show what the operator has."""
    async with work.write() as unit:
        await unit.domain_certificates.remove(key)


HANDLERS = (get_phone_domain_certificate, set_phone_domain_certificate, remove_phone_domain_certificate)
