"""Telephones: made, seen, given a new secret, revoked; a secret is shown once."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import given, shown
from api.schemas.common import Page
from api.schemas.phones import (
    NewPhoneBody,
    PhoneBody,
    PhoneChange,
    PhoneContactBody,
    PhoneDomainBody,
    PhoneDomainInput,
    PhoneInput,
    PhoneSecretInput,
    ProvisioningBody,
)
from api.work import Unit, Work
from gateway.registrar.binding import Binding
from gateway.registrar.provisioning import Format, Line, provisioning
from kernel.primitives.ids import PhoneId, UserId
from kernel.primitives.secret import Secret
from tenants.directory import Phone, PhoneDomain, expires_at

DOMAINS = "/v1/phone-domains"
COLLECTION = "/v1/phones"
NO_STORE = {"Cache-Control": "no-store"}


def _domain(domain: PhoneDomain) -> PhoneDomainBody:
    return PhoneDomainBody(id=domain.id, domain=domain.domain, certificate_expires_at=expires_at(domain.certificate))


def _contact(binding: Binding) -> PhoneContactBody:
    flow = binding.flow
    return PhoneContactBody(
        uri=binding.uri,
        address=None if flow is None else flow.remote.host,
        transport=None if flow is None else flow.transport,
        user_agent=binding.user_agent,
        granted_seconds=binding.seconds,
    )


def _body(phone: Phone, domains: Mapping[UUID, str], bindings: Sequence[Binding]) -> PhoneBody:
    return PhoneBody(
        id=phone.id,
        user_id=phone.user,
        name=phone.name,
        domain=domains[phone.domain],
        algorithm=phone.algorithm,
        may_transfer=phone.may_transfer,
        contacts=tuple(map(_contact, bindings)),
    )


async def _made(unit: Unit, work: Work, made: tuple[Phone, Secret], wanted: Format | None) -> Response[NewPhoneBody]:
    phone, secret = made
    body = _body(phone, await unit.phones.domain_names(), ())
    text: ProvisioningBody | None = None
    if wanted is not None:
        server = work.services.settings.phone_server
        line = Line(
            name=phone.name,
            domain=body.domain,
            secret=secret.reveal(),
            label=(await unit.users.get(phone.user)).name,
            host=server.host,
            port=server.port,
            transport=server.transport,
        )
        text = msgspec.convert(provisioning(wanted, line), ProvisioningBody, from_attributes=True)
    new = NewPhoneBody(**msgspec.structs.asdict(body), secret=secret.reveal(), provisioning=text)
    return Response(new, status_code=201, headers={"Location": f"{COLLECTION}/{phone.id}"} | NO_STORE)


@get(DOMAINS, operation_id="list_phone_domains", tags=["Telephones"])
async def list_phone_domains(work: NamedDependency[Work]) -> Page[PhoneDomainBody]:
    """The domains in which the tenant's telephones register."""
    async with work.read() as unit:
        return Page(items=[_domain(domain) for domain in await unit.phones.domains()])


@post(DOMAINS, operation_id="create_phone_domain", status_code=201, tags=["Telephones"])
async def create_phone_domain(
    data: JSONBody[PhoneDomainInput], work: NamedDependency[Work]
) -> Response[PhoneDomainBody]:
    """Add a domain; no other tenant has it."""

    async def add(unit: Unit) -> Response[PhoneDomainBody]:
        domain = await unit.phones.add_domain(unit.new_id(), data.domain)
        return Response(_domain(domain), status_code=201)

    return await work.create(add)


@delete(f"{DOMAINS}/{{id:uuid}}", operation_id="delete_phone_domain", status_code=204, tags=["Telephones"])
async def delete_phone_domain(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Remove a domain that no telephone registers in."""
    async with work.write() as unit:
        await unit.phones.remove_domain(key)


@get(COLLECTION, operation_id="list_phones", tags=["Telephones"])
async def list_phones(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[PhoneBody]:
    """Telephones in the order in which they were made, and where they are registered now."""
    async with work.read() as unit:
        found = await unit.phones.page(paging.after, paging.one_more)
        domains = await unit.phones.domain_names()
    where, tenant = work.services.registrations, work.principal.tenant
    return paging.page(found, lambda phone: _body(phone, domains, where.bindings(tenant, phone.id)))


@post(COLLECTION, operation_id="create_phone", status_code=201, tags=["Telephones"])
async def create_phone(data: JSONBody[PhoneInput], work: NamedDependency[Work]) -> Response[NewPhoneBody]:
    """Make a telephone of an agent; its secret is shown this once."""

    async def add(unit: Unit) -> Response[NewPhoneBody]:
        phone = Phone(
            id=PhoneId(unit.new_id()),
            user=UserId(data.user_id),
            domain=data.domain_id,
            name=data.name,
            algorithm=data.algorithm,
            may_transfer=data.may_transfer,
        )
        return await _made(unit, work, await unit.phones.create(phone), data.format)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_phone", tags=["Telephones"])
async def get_phone(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[PhoneBody]:
    """One telephone, and where it is registered now."""
    async with work.read() as unit:
        phone = await unit.phones.get(PhoneId(key))
        domains = await unit.phones.domain_names()
    bindings = work.services.registrations.bindings(work.principal.tenant, phone.id)
    return shown(_body(phone, domains, bindings), phone.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_phone", tags=["Telephones"])
async def update_phone(
    key: NamedDependency[UUID],
    data: JSONBody[PhoneChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[PhoneBody]:
    """Change what a telephone may do; it holds for calls in progress too."""
    async with work.write() as unit:
        phone = await unit.phones.change(PhoneId(key), given(data), expected)
        domains = await unit.phones.domain_names()
    bindings = work.services.registrations.bindings(work.principal.tenant, phone.id)
    return shown(_body(phone, domains, bindings), phone.revision)


@post(f"{COLLECTION}/{{id:uuid}}/secret", operation_id="rotate_phone_secret", status_code=201, tags=["Telephones"])
async def rotate_phone_secret(
    key: NamedDependency[UUID], data: JSONBody[PhoneSecretInput], work: NamedDependency[Work]
) -> Response[NewPhoneBody]:
    """Make a new secret; the former one ends now, and what is registered by it."""

    async def rotate(unit: Unit) -> Response[NewPhoneBody]:
        return await _made(unit, work, await unit.phones.rotate(PhoneId(key), data.algorithm), data.format)

    return await work.create(rotate)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="revoke_phone", status_code=204, tags=["Telephones"])
async def revoke_phone(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Revoke a telephone: it is called no more, and calls nobody."""
    async with work.write() as unit:
        await unit.phones.remove(PhoneId(key))


HANDLERS = [
    list_phone_domains,
    create_phone_domain,
    delete_phone_domain,
    list_phones,
    create_phone,
    get_phone,
    update_phone,
    rotate_phone_secret,
    revoke_phone,
]
