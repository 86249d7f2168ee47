"""A provider's console: its clients, and itself."""

from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.routes.users import hashed, invitation_body
from api.schemas.common import Page
from api.schemas.provider import ClientBody, ClientChange, ClientInput, ProviderBody, ProviderChange
from api.schemas.users import InvitationBody
from api.work import Unit, Work
from kernel.primitives.ids import TenantId
from tenants.directory.founding import Foundation
from tenants.directory.provider import Client, Provider

CLIENTS = "/v1/provider/clients"


def _body(client: Client) -> ClientBody:
    return msgspec.convert(client, ClientBody, from_attributes=True)


def _provider(provider: Provider) -> ProviderBody:
    return ProviderBody(id=provider.id, name=provider.name, home_tenant_id=provider.home)


@get("/v1/provider", operation_id="get_provider", tags=["Provider"])
async def get_provider(work: NamedDependency[Work]) -> Response[ProviderBody]:
    """The provider itself."""
    async with work.read_across() as unit:
        provider = await unit.console.provider()
    return shown(_provider(provider), provider.revision)


@patch("/v1/provider", operation_id="update_provider", tags=["Provider"])
async def update_provider(
    data: JSONBody[ProviderChange], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[ProviderBody]:
    """Change the provider's name."""
    async with work.write_across() as unit:
        provider = await unit.console.change_provider(given(data), expected)
    return shown(_provider(provider), provider.revision)


@get(CLIENTS, operation_id="list_clients", tags=["Provider"])
async def list_clients(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[ClientBody]:
    """Clients in the order in which they were made."""
    async with work.read_across() as unit:
        found = await unit.console.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(CLIENTS, operation_id="create_client", status_code=201, tags=["Provider"])
async def create_client(data: JSONBody[ClientInput], work: NamedDependency[Work]) -> Response[ClientBody]:
    """Found a client with its plan and its first owner, who has a password or is invited."""
    password_hash = await hashed(data.owner.password, work.services.passwords)
    new = Foundation(
        name=data.name,
        owner_email=data.owner.email,
        owner_name=data.owner.name,
        time_zone=data.time_zone,
        currency=data.currency,
        locale=data.locale,
        plan=data.plan,
        price_minor=data.price_per_seat_minor,
        seats=data.seats,
    )

    async def add(unit: Unit) -> Response[ClientBody]:
        client = await unit.console.create(new, password_hash, invite=data.owner.password is None)
        return created(_body(client), client.revision, CLIENTS, client.id)

    return await work.create(add, across=True)


@get(f"{CLIENTS}/{{id:uuid}}", operation_id="get_client", tags=["Provider"])
async def get_client(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[ClientBody]:
    """One client, as far as its provider knows it without a grant."""
    async with work.read_across() as unit:
        client = await unit.console.get(TenantId(key))
    return shown(_body(client), client.revision)


@patch(f"{CLIENTS}/{{id:uuid}}", operation_id="update_client", tags=["Provider"])
async def update_client(
    key: NamedDependency[UUID],
    data: JSONBody[ClientChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[ClientBody]:
    """Rename a client, close it with a reason, or reopen it."""
    async with work.write_across() as unit:
        client = await unit.console.change(TenantId(key), given(data), expected)
    return shown(_body(client), client.revision)


@post(f"{CLIENTS}/{{id:uuid}}/invitation", operation_id="invite_client_owner", status_code=200, tags=["Provider"])
async def invite_client_owner(key: NamedDependency[UUID], work: NamedDependency[Work]) -> InvitationBody:
    """A link's token for the client's first owner to set a password with, as long as that has not happened."""
    async with work.write_across() as unit:
        owner, invitation = await unit.console.invite_owner(TenantId(key))
    return invitation_body(owner, invitation)


HANDLERS = [
    get_provider,
    update_provider,
    list_clients,
    create_client,
    get_client,
    update_client,
    invite_client_owner,
]
