"""A tenant's own roles: named sets of permissions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId, UserId
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.errors import NameTaken, StillInUse
from tenants.directory.escalation import require_held
from tenants.directory.model import CustomRole
from tenants.directory.permissions import Permission, named
from tenants.directory.roles import Role
from tenants.directory.tables import CustomRoleRow, UserRow
from tenants.rows import TenantRows
from tenants.unit import TenantUnit

DESCRIPTION_LENGTH = 500  # a paragraph
ROLES = 100  # more cannot be told apart in a list

_roles = CustomRoleRow.table()
_users = UserRow.table()


async def custom_permissions(session: AsyncSession, tenant: TenantId, roles: Sequence[str]) -> frozenset[Permission]:
    """What custom roles give together; asked for at each request, so without a query where there are none."""
    if not roles:
        return frozenset()
    keys = [UUID(role) for role in roles]
    found = await session.scalars(
        select(_roles.c.permissions).where(_roles.c.tenant_id == tenant, _roles.c.id.in_(keys))
    )
    return frozenset[Permission]().union(*(named(permissions) for permissions in found))


def _role(row: Row[Any]) -> CustomRole:
    known = named(row.permissions)
    return CustomRole(
        id=row.id,
        name=row.name,
        description=row.description,
        permissions=tuple(permission for permission in Permission if permission in known),
        revision=row.revision,
    )


def _values(role: CustomRole) -> dict[str, Any]:
    return {
        "name": role.name,
        "description": role.description,
        "permissions": [str(permission) for permission in role.permissions],
    }


class CustomRoleRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant
        self.rows = TenantRows[CustomRole](session, scope, _roles, _role)

    async def add(self, role: CustomRole) -> None:
        await self.rows.add({"id": role.id, "revision": role.revision} | _values(role))

    async def change(self, role: CustomRole, revision: int) -> None:
        await self.rows.replace(role.id, revision, _values(role))

    async def is_taken(self, name: str, but: UUID) -> bool:
        return any(role.id != but for role in await self.rows.find(_roles.c.name == name))

    async def holders(self, role: UUID) -> Sequence[UserId]:
        """The tenant's people who have it."""
        query = select(_users.c.id, _users.c.custom_roles).where(
            _users.c.tenant_id == self._tenant, _users.c.removed_at.is_(None)
        )
        rows = await self._session.execute(query.order_by(_users.c.id))
        return [UserId(key) for key, roles in rows if str(role) in roles]


def check_role(role: CustomRole) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.name("name", role.name)
    checks.require(role.name not in set(Role), "name", "built_in", "another name than those of the built-in roles")
    checks.require(len(role.description) <= DESCRIPTION_LENGTH, "description", "too_long", f"{DESCRIPTION_LENGTH}")
    checks.require(bool(role.permissions), "permissions", "no_permission", "at least one permission")
    checks.distinct("permissions", role.permissions)
    checks.done()


class CustomRoleService:
    """`acting` are the permissions of who asks."""

    def __init__(self, unit: TenantUnit, acting: frozenset[Permission]) -> None:
        self._unit = unit
        self._acting = acting
        self._roles = CustomRoleRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[CustomRole]:
        return await self._roles.rows.page(after, limit)

    async def get(self, key: UUID) -> CustomRole:
        return await get_or_not_found(self._roles.rows, key, "role")

    async def create(self, role: CustomRole) -> CustomRole:
        """InvalidInput, EscalationRefused, NameTaken."""
        await self._check(role)
        checks = Checks()
        checks.require(len(await self._roles.rows.find()) < ROLES, "name", "too_many", f"at most {ROLES} own roles")
        checks.done()
        await self._roles.add(role)
        await self._unit.audit("role.created", role.id, name=role.name, permissions=list(role.permissions))
        return role

    async def change(self, key: UUID, changes: Mapping[str, Any], expected: int | None) -> CustomRole:
        """Its holders may do the new set at once. NotFound, RevisionMismatch, InvalidInput, EscalationRefused."""
        old = await self.get(key)
        require_revision(old, expected)
        new = changed(old, changes)
        await self._check(new)
        await self._roles.change(new, old.revision)
        await self._unit.audit("role.changed", key, fields=sorted(changes), permissions=list(new.permissions))
        return new

    async def remove(self, key: UUID, expected: int | None) -> None:
        """NotFound, StillInUse while somebody has it."""
        role = await self.get(key)
        require_revision(role, expected)
        holders = await self._roles.holders(key)
        if holders:
            used_by = [{"kind": "user", "id": str(user)} for user in holders]
            raise StillInUse("Take the role from these people first.", used_by=used_by)
        await self._roles.rows.remove(key)
        await self._unit.audit("role.removed", key, name=role.name)

    async def _check(self, role: CustomRole) -> None:
        check_role(role)
        require_held(set(role.permissions), self._acting)
        if await self._roles.is_taken(role.name, role.id):
            raise NameTaken("Give the role another name.")
