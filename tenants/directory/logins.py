"""Who logs in: the one look-up that happens before a tenant is known."""

from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.ids import TenantId, UserId
from tenants.directory.repository import login_key
from tenants.directory.roles import Role
from tenants.directory.tables import UserRow

_users = UserRow.table()


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """An active user; `password_hash` never leaves the server."""

    user: UserId
    tenant: TenantId
    email: str
    name: str
    roles: tuple[Role, ...]
    password_hash: str


class Logins:
    """operator-wide: an e-mail address or a session names its tenant, not the other way round."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_email(self, email: str) -> Login | None:
        return await self._find(_users.c.login_key == login_key(email))

    async def by_id(self, user: UserId) -> Login | None:
        return await self._find(_users.c.id == user)

    async def store_hash(self, user: UserId, password_hash: str) -> None:
        await self._session.execute(update(_users).where(_users.c.id == user).values(password_hash=password_hash))

    async def _find(self, condition: Any) -> Login | None:
        query = select(_users).where(condition, _users.c.active.is_(True), _users.c.removed_at.is_(None))
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _login(row)


def _login(row: Row[Any]) -> Login:
    return Login(
        user=UserId(row.id),
        tenant=TenantId(row.tenant_id),
        email=row.email,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        password_hash=row.password_hash,
    )
