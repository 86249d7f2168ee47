"""Who logs in: the one look-up that happens before a tenant is known."""

from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.ids import TenantId, UserId
from tenants.directory.custom_roles import custom_permissions
from tenants.directory.permissions import Permission, permissions_of
from tenants.directory.repository import login_key
from tenants.directory.roles import Role
from tenants.directory.tables import Tenant, UserRow

_users = UserRow.table()
_tenants = Tenant.table()


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """An active user; `password_hash` never leaves the server."""

    user: UserId
    tenant: TenantId
    email: str
    name: str
    roles: tuple[Role, ...]
    permissions: frozenset[Permission]
    password_hash: str
    closed: bool = False  # the tenant is: nobody of it works any more


class Logins:
    """operator-wide: an e-mail address or a session names its tenant, not the other way round."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_email(self, email: str) -> Login | None:
        return await self._find(_users.c.login_key == login_key(email))

    async def by_id(self, user: UserId) -> Login | None:
        """None too when the tenant is closed."""
        found = await self._find(_users.c.id == user)
        return None if found is None or found.closed else found

    async def is_open(self, tenant: TenantId) -> bool:
        """For machines of a tenant, which no user stands behind."""
        query = select(_tenants.c.id).where(_tenants.c.id == tenant, _tenants.c.closed_at.is_(None))
        return (await self._session.execute(query)).first() is not None

    async def store_hash(self, user: UserId, password_hash: str) -> None:
        await self._session.execute(update(_users).where(_users.c.id == user).values(password_hash=password_hash))

    async def _find(self, condition: Any) -> Login | None:
        query = (
            select(_users, _tenants.c.closed_at)
            .join(_tenants, _tenants.c.id == _users.c.tenant_id)
            .where(condition, _users.c.active.is_(True), _users.c.removed_at.is_(None))
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        own = await custom_permissions(self._session, TenantId(row.tenant_id), row.custom_roles)
        return _login(row, own)


def _login(row: Row[Any], own: frozenset[Permission]) -> Login:
    roles = tuple(Role(role) for role in row.roles)
    return Login(
        user=UserId(row.id),
        tenant=TenantId(row.tenant_id),
        email=row.email,
        name=row.name,
        roles=roles,
        permissions=permissions_of(roles) | own,
        password_hash=row.password_hash,
        closed=row.closed_at is not None,
    )
