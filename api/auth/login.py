"""Checking a password: with a limit on guesses, and in the same time whether or not there is such a user."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.lockout import (
    FAILURES_FROM_ANYWHERE,
    FAILURES_FROM_ONE_PLACE,
    LOCKED,
    Failures,
    after_failure,
    locked_seconds,
)
from api.auth.sessions import SessionStore
from api.auth.tables import LoginFailureRow
from api.errors import TooManyAttempts, WrongCredentials
from api.services import Services
from kernel.contracts.base import TenantScope
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Login, Logins, login_key
from tenants.unit import TenantUnit

_failures = LoginFailureRow.table()


class Guarded(NamedTuple):
    """Something that wrong passwords are counted for, and how many it bears."""

    key: bytes
    limit: int


def guarded(email: str, address: str) -> tuple[Guarded, ...]:
    """Known and unknown e-mail addresses alike: locking tells nothing about who has a log-in."""
    name = login_key(email)
    return (
        Guarded(_key("place", name, address), FAILURES_FROM_ONE_PLACE),
        Guarded(_key("anywhere", name), FAILURES_FROM_ANYWHERE),
    )


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\x00".join(parts).encode()).digest()


class LoginService:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._passwords = services.passwords
        self._clock = services.clock
        self._ids = services.ids
        self._session_seconds = services.settings.session_seconds

    async def log_in(self, email: str, password: Secret, origin: Origin) -> tuple[Login, Secret]:
        """The user and a new session's token; WrongCredentials, TooManyAttempts."""
        keys = guarded(email, origin.address)
        async with self._database.read() as uow:
            await self._require_unlocked(uow.session, keys)
            login = await Logins(uow.session).by_email(email)
        verdict = await self._passwords.verify(password, None if login is None else login.password_hash)
        if login is None or not verdict.right:
            await self._count_failure(keys, login, origin)
            raise WrongCredentials("Check both and try again.")
        now = self._clock.now()
        async with self._database.write() as uow:
            await self._require_unlocked(uow.session, keys)  # again: guesses at the same time count too
            for guard in keys:
                await uow.session.execute(delete(_failures).where(_failures.c.key == guard.key))
            if verdict.rehashed is not None:
                await Logins(uow.session).store_hash(login.user, verdict.rehashed)
            token = await SessionStore(uow.session).open(login, origin, now, self._session_seconds)
            by_user = Origin(login.user, origin.address, origin.agent)
            unit = TenantUnit(uow, TenantScope(login.tenant), by_user, self._clock, self._ids)
            await unit.audit("session.opened", login.user)
        return login, token

    async def _require_unlocked(self, session: AsyncSession, keys: tuple[Guarded, ...]) -> None:
        now = self._clock.now()
        waits = [locked_seconds(await _read(session, guard.key), guard.limit, now) for guard in keys]
        if max(waits) > 0:
            raise TooManyAttempts("Wait, or ask an admin for a new password.", retry_after=max(waits))

    async def _count_failure(self, keys: tuple[Guarded, ...], login: Login | None, origin: Origin) -> None:
        now = self._clock.now()
        async with self._database.write() as uow:
            await self._require_unlocked(uow.session, keys)
            await uow.session.execute(delete(_failures).where(_failures.c.last_at <= now - LOCKED))
            for guard in keys:
                await _count(uow.session, guard.key, now)
            if login is not None:
                unit = TenantUnit(uow, TenantScope(login.tenant), origin, self._clock, self._ids)
                await unit.audit("session.refused", login.user)


async def _read(session: AsyncSession, key: bytes) -> Failures | None:
    row = (await session.execute(select(_failures).where(_failures.c.key == key))).one_or_none()
    return None if row is None else Failures(count=row.failures, first_at=row.first_at, last_at=row.last_at)


async def _count(session: AsyncSession, key: bytes, now: datetime) -> None:
    known = await _read(session, key)
    new = after_failure(known, now)
    values = {"failures": new.count, "first_at": new.first_at, "last_at": new.last_at}
    if known is None:
        await session.execute(insert(_failures).values(key=key, **values))
    else:
        await session.execute(update(_failures).where(_failures.c.key == key).values(**values))
