"""Roles: the built-in ones, and those that the tenant makes of the same permissions."""

from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.roles import PermissionBody, PermissionsBody, RoleBody, RoleChange, RoleInput
from api.work import Unit, Work
from tenants.directory import ROLE_PERMISSIONS, CustomRole, Permission, Role

COLLECTION = "/v1/roles"


def _body(role: CustomRole) -> RoleBody:
    return msgspec.convert(role, RoleBody, from_attributes=True)


def _built_in(role: Role) -> RoleBody:
    held = tuple(permission for permission in Permission if permission in ROLE_PERMISSIONS[role])
    return RoleBody(id=None, name=role, description=role.meaning, permissions=held)


@get("/v1/permissions", operation_id="list_permissions", tags=["Roles"])
async def list_permissions(work: NamedDependency[Work]) -> PermissionsBody:
    """All permissions, what they mean, and which of them you have."""
    mine = work.principal.permissions
    return PermissionsBody(
        items=tuple(PermissionBody(code=one, meaning=one.meaning, held=one in mine) for one in Permission)
    )


@get(COLLECTION, operation_id="list_roles", tags=["Roles"])
async def list_roles(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[RoleBody]:
    """The built-in roles on the first page, then the tenant's own ones."""
    async with work.read() as unit:
        found = await unit.roles.page(paging.after, paging.one_more)
    page = paging.page(found, _body)
    if paging.after is not None:
        return page
    return Page(items=[*(_built_in(role) for role in Role), *page.items], next_cursor=page.next_cursor)


@post(COLLECTION, operation_id="create_role", status_code=201, tags=["Roles"])
async def create_role(data: JSONBody[RoleInput], work: NamedDependency[Work]) -> Response[RoleBody]:
    """Make a role, of permissions that you have yourself."""

    async def add(unit: Unit) -> Response[RoleBody]:
        role = await unit.roles.create(CustomRole(id=unit.new_id(), **msgspec.structs.asdict(data)))
        return created(_body(role), role.revision, COLLECTION, role.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_role", tags=["Roles"])
async def get_role(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[RoleBody]:
    """One of the tenant's own roles."""
    async with work.read() as unit:
        role = await unit.roles.get(key)
    return shown(_body(role), role.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_role", tags=["Roles"])
async def update_role(
    key: NamedDependency[UUID],
    data: JSONBody[RoleChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[RoleBody]:
    """Change a role; who has it may do the new set with the next request."""
    async with work.write() as unit:
        role = await unit.roles.change(key, given(data), expected)
    return shown(_body(role), role.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_role", status_code=204, tags=["Roles"])
async def delete_role(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a role that nobody has."""
    async with work.write() as unit:
        await unit.roles.remove(key, expected)


HANDLERS = [list_permissions, list_roles, create_role, get_role, update_role, delete_role]
