"""Wrong passwords and codes, counted by whom and from where they came."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.lockout import (
    FAILURES_FROM_ANYWHERE,
    FAILURES_FROM_ONE_PLACE,
    LOCKED,
    Failures,
    after_failure,
    locked_seconds,
)
from api.auth.tables import LoginFailureRow
from api.errors import TooManyAttempts
from tenants.directory import login_key

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


class FailureCounter:
    """operator-wide: nobody is known yet when a password is wrong."""

    def __init__(self, session: AsyncSession, keys: tuple[Guarded, ...], now: datetime) -> None:
        self._session = session
        self._keys = keys
        self._now = now

    async def require_unlocked(self, hold: bool = False) -> None:
        """TooManyAttempts; `hold` makes others who count wait until this transaction ends."""
        waits = [locked_seconds(await self._read(guard.key, hold), guard.limit, self._now) for guard in self._keys]
        if max(waits) > 0:
            raise TooManyAttempts("Wait, or ask an admin for a new password.", retry_after=max(waits))

    async def forget(self) -> None:
        for guard in self._keys:
            await self._session.execute(delete(_failures).where(_failures.c.key == guard.key))

    async def count(self) -> None:
        """One more; TooManyAttempts when others at the same time were enough."""
        await self.require_unlocked(hold=True)
        await self._session.execute(delete(_failures).where(_failures.c.last_at <= self._now - LOCKED))
        for guard in self._keys:
            await self._add(guard.key)

    async def _read(self, key: bytes, hold: bool) -> Failures | None:
        query = select(_failures).where(_failures.c.key == key)
        if hold:
            query = query.with_for_update()
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else Failures(count=row.failures, first_at=row.first_at, last_at=row.last_at)

    async def _add(self, key: bytes) -> None:
        known = await self._read(key, hold=True)
        if known is None:
            try:
                async with self._session.begin_nested():
                    await self._session.execute(insert(_failures).values(key=key, **self._values(None)))
            except IntegrityError:  # somebody else's first one came between
                known = await self._read(key, hold=True)
            else:
                return
        await self._session.execute(update(_failures).where(_failures.c.key == key).values(**self._values(known)))

    def _values(self, known: Failures | None) -> dict[str, object]:
        new = after_failure(known, self._now)
        return {"failures": new.count, "first_at": new.first_at, "last_at": new.last_at}
