"""OAuth 2.0 clients of the tenant: machines that get short-lived access tokens for their secret."""

from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.clients import OAuthClient, OAuthClientService
from api.paging import Paging
from api.schemas.common import Page
from api.schemas.machines import NewOAuthClientBody, OAuthClientBody, OAuthClientInput
from api.work import Unit, Work
from kernel.primitives.secret import Secret

COLLECTION = "/v1/oauth-clients"


def _body(client: OAuthClient) -> OAuthClientBody:
    return OAuthClientBody(
        id=client.id,
        name=client.name,
        permissions=tuple(sorted(client.permissions)),
        created_at=client.created_at,
        created_by=client.created_by,
        last_used_at=client.last_used_at,
        last_used_address=client.last_used_address,
    )


def _made(made: tuple[OAuthClient, Secret]) -> Response[NewOAuthClientBody]:
    client, secret = made
    body = NewOAuthClientBody(**msgspec.structs.asdict(_body(client)), client_secret=secret.reveal())
    return Response(body, status_code=201, headers={"Location": f"{COLLECTION}/{client.id}"})


def _service(unit: Unit, work: Work) -> OAuthClientService:
    return OAuthClientService(unit.tenant_unit, work.principal)


@get(COLLECTION, operation_id="list_oauth_clients", tags=["Keys"])
async def list_oauth_clients(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[OAuthClientBody]:
    """The tenant's OAuth clients in the order in which they were made."""
    async with work.read() as unit:
        found = await _service(unit, work).page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_oauth_client", status_code=201, tags=["Keys"])
async def create_oauth_client(
    data: JSONBody[OAuthClientInput], work: NamedDependency[Work]
) -> Response[NewOAuthClientBody]:
    """Make a client with some of one's own permissions as its scopes; the secret is shown this once."""

    async def add(unit: Unit) -> Response[NewOAuthClientBody]:
        return _made(await _service(unit, work).create(data.name, frozenset(data.permissions)))

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_oauth_client", tags=["Keys"])
async def get_oauth_client(key: NamedDependency[UUID], work: NamedDependency[Work]) -> OAuthClientBody:
    """One client, with its last use."""
    async with work.read() as unit:
        return _body(await _service(unit, work).get(key))


@post(f"{COLLECTION}/{{id:uuid}}/rotation", operation_id="rotate_oauth_client", status_code=201, tags=["Keys"])
async def rotate_oauth_client(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[NewOAuthClientBody]:
    """A new secret; the old one and its tokens end at once."""

    async def rotate(unit: Unit) -> Response[NewOAuthClientBody]:
        return _made(await _service(unit, work).rotate(key))

    return await work.create(rotate)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_oauth_client", status_code=204, tags=["Keys"])
async def delete_oauth_client(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """Remove a client: its tokens end at once."""
    async with work.write() as unit:
        await _service(unit, work).remove(key)


HANDLERS = [list_oauth_clients, create_oauth_client, get_oauth_client, rotate_oauth_client, delete_oauth_client]
