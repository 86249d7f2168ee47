"""Sessions: a random token in the browser's cookie, its hash in the database."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.principal import Principal
from api.auth.tables import SessionRow
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Login, Logins, permissions_of

TOKEN_BYTES = 32  # beyond guessing
COOKIE_LENGTH = 100  # longer is none of ours

_sessions = SessionRow.table()


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class SessionStore:
    """operator-wide: a token names its user and tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, login: Login, origin: Origin, now: datetime, seconds: float) -> Secret:
        """A new session's token; expired sessions are cleared away."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self._session.execute(delete(_sessions).where(_sessions.c.expires_at <= now))
        await self._session.execute(
            insert(_sessions).values(
                token_hash=token_hash(token),
                tenant_id=login.tenant,
                user_id=login.user,
                created_at=now,
                expires_at=now + timedelta(seconds=seconds),
                address=origin.address,
                agent=origin.agent,
            )
        )
        return Secret(token)

    async def find(self, token: Secret, now: datetime) -> Principal | None:
        if len(token.reveal()) > COOKIE_LENGTH:
            return None
        return await self.find_by_hash(token_hash(token.reveal()), now)

    async def find_by_hash(self, key: bytes, now: datetime) -> Principal | None:
        """None when it expired, was closed, or its user is not active any more."""
        query = select(_sessions).where(_sessions.c.token_hash == key, _sessions.c.expires_at > now)
        row = (await self._session.execute(query)).one_or_none()
        login = None if row is None else await Logins(self._session).by_id(UserId(row.user_id))
        if row is None or login is None:
            return None
        return Principal(
            user=login.user,
            tenant=login.tenant,
            home=login.tenant,
            email=login.email,
            name=login.name,
            roles=frozenset(login.roles),
            permissions=permissions_of(login.roles),
            session=key,
            expires_at=row.expires_at,
        )

    async def close(self, key: bytes) -> None:
        await self._session.execute(delete(_sessions).where(_sessions.c.token_hash == key))

    async def close_all(self, user: UserId, but: bytes | None = None) -> None:
        """After a new password, or when the user may not log in any more."""
        others = delete(_sessions).where(_sessions.c.user_id == user)
        await self._session.execute(others if but is None else others.where(_sessions.c.token_hash != but))
