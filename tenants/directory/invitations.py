"""Invitations: a link with which a person sets the first password, and nobody else ever knows it."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId, UserId
from kernel.primitives.secret import Secret
from tenants.directory.errors import InvitationInvalid
from tenants.directory.tables import InvitationRow

TOKEN_BYTES = 32  # beyond guessing
VALID = timedelta(days=7)  # over a weekend and an illness; a new one is asked for in a moment

_invitations = InvitationRow.table()


class Invitation(NamedTuple):
    """`token` is told once and stored nowhere."""

    token: Secret
    expires_at: datetime


class Invited(NamedTuple):
    user: UserId
    tenant: TenantId


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class InvitationRepository:
    """The invitations of one tenant's people, one for each at most."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def replace(self, user: UserId, now: datetime, *, founding: bool = False) -> Invitation:
        """A new one; a former one is void. `founding`: of a client's first owner, by its provider."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self.remove(user)
        await self._session.execute(
            insert(_invitations).values(
                user_id=user,
                tenant_id=self._tenant,
                token_hash=_hash(token),
                expires_at=now + VALID,
                founding=founding,
            )
        )
        return Invitation(Secret(token), now + VALID)

    async def remove(self, user: UserId) -> None:
        await self._session.execute(
            delete(_invitations).where(_invitations.c.tenant_id == self._tenant, _invitations.c.user_id == user)
        )

    async def first_owner(self) -> UserId | None:
        """Who was invited as the tenant's first owner and has not come yet, even if too late."""
        query = select(_invitations.c.user_id).where(
            _invitations.c.tenant_id == self._tenant, _invitations.c.founding.is_(True)
        )
        key = await self._session.scalar(query)
        return None if key is None else UserId(key)


async def invited(session: AsyncSession, token: Secret, now: datetime) -> Invited:
    """Whom the token is for; InvitationInvalid. operator-wide: a token names its tenant, not the other way round."""
    query = select(_invitations).where(
        _invitations.c.token_hash == _hash(token.reveal()), _invitations.c.expires_at > now
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise InvitationInvalid("Ask who invited you for a new one.")
    return Invited(UserId(row.user_id), TenantId(row.tenant_id))
