"""Sessions: a random token in the browser's cookie, its hash in the database."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.principal import Principal
from api.auth.tables import SessionRow
from api.auth.tokens import token_hash
from kernel.contracts.base import TenantScope
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Login, Logins

TOKEN_BYTES = 32  # beyond guessing
COOKIE_LENGTH = 100  # longer is none of ours
SEEN_EVERY = timedelta(minutes=1)  # a desk asks all the time; a write for each would be waste
AGENT_LENGTH = 200  # the telling part of a User-Agent

Method = Literal["password", "second_factor", "sign_on"]
"""How somebody logged in."""

_sessions = SessionRow.table()


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's sessions, as that person sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    method: Method
    token_hash: bytes


def principal_of(login: Login, session: bytes, expires_at: datetime) -> Principal:
    return Principal(
        user=login.user,
        tenant=login.tenant,
        home=login.tenant,
        email=login.email,
        name=login.name,
        roles=frozenset(login.roles),
        permissions=login.permissions,
        session=session,
        expires_at=expires_at,
    )


class Times(msgspec.Struct, frozen=True):
    """When a session begins and when it ends by itself."""

    now: datetime
    expires_at: datetime

    @classmethod
    def lasting(cls, now: datetime, seconds: float) -> "Times":
        return cls(now, now + timedelta(seconds=seconds))


class SessionStore:
    """operator-wide: a token names its user and tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, key: UUID, login: Login, method: Method, origin: Origin, times: Times) -> Secret:
        """A new session's token; expired sessions are cleared away."""
        now = times.now
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self._session.execute(delete(_sessions).where(_sessions.c.expires_at <= now))
        await self._session.execute(
            insert(_sessions).values(
                id=key,
                token_hash=token_hash(token),
                tenant_id=login.tenant,
                user_id=login.user,
                created_at=now,
                last_seen_at=now,
                expires_at=times.expires_at,
                method=method,
                address=origin.address,
                agent=origin.agent[:AGENT_LENGTH],
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
        return principal_of(login, key, row.expires_at)

    async def unseen(self, key: bytes, now: datetime) -> bool:
        """Whether it is time to note that the session is in use."""
        query = select(_sessions.c.token_hash).where(
            _sessions.c.token_hash == key, _sessions.c.last_seen_at <= now - SEEN_EVERY
        )
        return (await self._session.execute(query)).first() is not None

    async def seen(self, key: bytes, address: str, now: datetime) -> None:
        change = update(_sessions).where(_sessions.c.token_hash == key)
        await self._session.execute(change.values(last_seen_at=now, address=address))

    async def close(self, key: bytes) -> None:
        await self._session.execute(delete(_sessions).where(_sessions.c.token_hash == key))

    async def close_all(self, user: UserId, but: bytes | None = None) -> None:
        """After a new password, or when the user may not log in any more."""
        others = delete(_sessions).where(_sessions.c.user_id == user)
        await self._session.execute(others if but is None else others.where(_sessions.c.token_hash != but))


class SessionRepository:
    """The open sessions of one tenant's people."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def of_user(self, user: UserId, now: datetime) -> Sequence[OpenSession]:
        """Newest first."""
        query = select(_sessions).where(*self._mine(user), _sessions.c.expires_at > now)
        rows = await self._session.execute(query.order_by(_sessions.c.id.desc()))
        return [
            OpenSession(
                id=row.id,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
                address=row.address,
                agent=row.agent,
                method=msgspec.convert(row.method, Method),  # pyright: ignore[reportArgumentType]
                token_hash=row.token_hash,
            )
            for row in rows
        ]

    async def close(self, user: UserId, key: UUID) -> bytes | None:
        """The hash of its token; None when the user has no such session."""
        query = select(_sessions.c.token_hash).where(*self._mine(user), _sessions.c.id == key)
        found: bytes | None = (await self._session.execute(query)).scalar_one_or_none()
        await self._session.execute(delete(_sessions).where(*self._mine(user), _sessions.c.id == key))
        return found

    async def close_all(self, user: UserId, but: bytes | None = None) -> int:
        """How many there were."""
        others = delete(_sessions).where(*self._mine(user))
        if but is not None:
            others = others.where(_sessions.c.token_hash != but)
        outcome = await self._session.execute(others)
        return outcome.rowcount if isinstance(outcome, CursorResult) else 0

    def _mine(self, user: UserId) -> tuple[Any, ...]:
        return (_sessions.c.tenant_id == self._tenant, _sessions.c.user_id == user)
