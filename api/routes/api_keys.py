"""API keys: made, seen, rotated and revoked; the key itself is shown once."""

from datetime import timedelta
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth.keys import ApiKey, ApiKeyService, NewKey
from api.paging import Paging
from api.schemas.common import Page
from api.schemas.machines import ApiKeyBody, ApiKeyInput, NewApiKeyBody, RotationInput
from api.work import Unit, Work
from kernel.primitives.secret import Secret

COLLECTION = "/v1/api-keys"
DEFAULT = timedelta(days=90)  # long enough to forget, short enough that it is found out


def _body(key: ApiKey) -> ApiKeyBody:
    return ApiKeyBody(
        id=key.id,
        user_id=key.user,
        name=key.name,
        hint=key.hint,
        permissions=tuple(sorted(key.permissions)),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        last_used_address=key.last_used_address,
        revoked_at=key.revoked_at,
    )


def _made(made: tuple[ApiKey, Secret]) -> Response[NewApiKeyBody]:
    key, secret = made
    body = NewApiKeyBody(**msgspec.structs.asdict(_body(key)), key=secret.reveal())
    return Response(body, status_code=201, headers={"Location": f"{COLLECTION}/{key.id}"})


def _service(unit: Unit, work: Work) -> ApiKeyService:
    return ApiKeyService(unit.tenant_unit, work.principal)


@get(COLLECTION, operation_id="list_api_keys", tags=["Keys"])
async def list_api_keys(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[ApiKeyBody]:
    """All keys of the tenant in the order in which they were made, ended ones too."""
    async with work.read() as unit:
        found = await _service(unit, work).page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_api_key", status_code=201, tags=["Keys"])
async def create_api_key(data: JSONBody[ApiKeyInput], work: NamedDependency[Work]) -> Response[NewApiKeyBody]:
    """Make a key for a machine, with some of one's own permissions; the key is shown this once."""

    async def add(unit: Unit) -> Response[NewApiKeyBody]:
        expires_at = unit.tenant_unit.now + DEFAULT if data.expires_at is msgspec.UNSET else data.expires_at
        new = NewKey(name=data.name, permissions=frozenset(data.permissions), expires_at=expires_at)
        return _made(await _service(unit, work).create(new))

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_api_key", tags=["Keys"])
async def get_api_key(key: NamedDependency[UUID], work: NamedDependency[Work]) -> ApiKeyBody:
    """One key, with its last use."""
    async with work.read() as unit:
        return _body(await _service(unit, work).get(key))


@post(f"{COLLECTION}/{{id:uuid}}/rotation", operation_id="rotate_api_key", status_code=201, tags=["Keys"])
async def rotate_api_key(
    key: NamedDependency[UUID], data: JSONBody[RotationInput], work: NamedDependency[Work]
) -> Response[NewApiKeyBody]:
    """Make a key in place of this one, which ends now or after `overlap_seconds`."""

    async def rotate(unit: Unit) -> Response[NewApiKeyBody]:
        return _made(await _service(unit, work).rotate(key, timedelta(seconds=data.overlap_seconds)))

    return await work.create(rotate)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="revoke_api_key", status_code=204, tags=["Keys"])
async def revoke_api_key(key: NamedDependency[UUID], work: NamedDependency[Work]) -> None:
    """End a key: its next request is refused."""
    async with work.write() as unit:
        await _service(unit, work).revoke(key)


HANDLERS = [list_api_keys, create_api_key, get_api_key, rotate_api_key, revoke_api_key]
