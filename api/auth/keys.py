"""API keys: a person's permissions, or some of them, in the hand of a machine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.principal import Principal
from api.auth.tables import ApiKeyRow
from api.auth.tokens import HINT, KEY_PREFIX, is_whole, new_token, token_hash
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import Forbidden, InvalidInput, NotFound
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.directory import Permission
from tenants.directory.checks import Checks
from tenants.directory.permissions import named, of_provider
from tenants.unit import TenantUnit

LONGEST = timedelta(days=366)  # a key that nobody has looked at for a year is forgotten somewhere
OVERLAP = timedelta(days=7)  # to bring a new key to all machines
USED_EVERY = timedelta(minutes=1)  # how exactly the last use is noted
KEYS = 200  # of one tenant that are good: more are a mistake in a script

_keys = ApiKeyRow.table()


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`permissions` is what it was given; what it may is never more than its maker may now."""

    id: UUID
    user: UserId
    name: str
    hint: str
    permissions: frozenset[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    last_used_address: str | None = None
    revoked_at: datetime | None = None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    permissions: frozenset[Permission]
    expires_at: datetime


def _read(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        user=UserId(row.user_id),
        name=row.name,
        hint=row.hint,
        permissions=named(row.permissions),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_used_address=row.last_used_address,
        revoked_at=row.revoked_at,
    )


def require_held(wanted: frozenset[Permission], principal: Principal) -> None:
    """InvalidInput naming what a machine cannot be given: what its maker has not, or what is the provider's."""
    missing = sorted(one for one in wanted if one not in principal.permissions or of_provider(one))
    if missing:
        problem = {"field": "permissions", "code": "not_yours", "detail": ", ".join(missing)}
        raise InvalidInput("Give a machine only permissions that you have yourself.", errors=[problem])


class ApiKeyRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def page(self, after: UUID | None, limit: int) -> Sequence[ApiKey]:
        """In the order of creation, revoked ones too."""
        query = select(_keys).where(_keys.c.tenant_id == self._tenant).order_by(_keys.c.id).limit(limit)
        if after is not None:
            query = query.where(_keys.c.id > after)
        return [_read(row) for row in await self._session.execute(query)]

    async def get(self, key: UUID) -> ApiKey | None:
        query = select(_keys).where(_keys.c.tenant_id == self._tenant, _keys.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _read(row)

    async def good(self, now: datetime) -> int:
        query = select(_keys.c.id).where(
            _keys.c.tenant_id == self._tenant, _keys.c.revoked_at.is_(None), _keys.c.expires_at > now
        )
        return len((await self._session.execute(query)).all())

    async def add(self, key: ApiKey, secret: Secret) -> None:
        await self._session.execute(
            insert(_keys).values(
                id=key.id,
                tenant_id=self._tenant,
                user_id=key.user,
                name=key.name,
                hint=key.hint,
                key_hash=token_hash(secret.reveal()),
                permissions=sorted(key.permissions),
                created_at=key.created_at,
                expires_at=key.expires_at,
            )
        )

    async def revoke(self, key: UUID, at: datetime) -> bool:
        """Whether it was not revoked before."""
        return await self._end(key, revoked_at=at)

    async def end_at(self, key: UUID, at: datetime) -> bool:
        """Whether it was not revoked before."""
        return await self._end(key, expires_at=at)

    async def _end(self, key: UUID, **values: datetime) -> bool:
        mine = (_keys.c.tenant_id == self._tenant, _keys.c.id == key, _keys.c.revoked_at.is_(None))
        outcome = await self._session.execute(update(_keys).where(*mine).values(**values))
        return isinstance(outcome, CursorResult) and outcome.rowcount == 1


class ApiKeyService:
    def __init__(self, unit: TenantUnit, principal: Principal) -> None:
        self._unit = unit
        self._principal = principal
        self._keys = ApiKeyRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[ApiKey]:
        return await self._keys.page(after, limit)

    async def get(self, key: UUID) -> ApiKey:
        found = await self._keys.get(key)
        if found is None:
            raise NotFound("There is no such API key.")
        return found

    async def create(self, new: NewKey) -> tuple[ApiKey, Secret]:
        """The key itself is told this once; InvalidInput, Forbidden."""
        self._require_own_tenant()
        require_held(new.permissions, self._principal)
        self._check(new)
        if await self._keys.good(self._unit.now) >= KEYS:
            raise InvalidInput(f"A tenant has up to {KEYS} API keys: revoke some first.")
        return await self._add(new, self._principal.person, "api_key.created")

    async def revoke(self, key: UUID) -> None:
        """At once; NotFound."""
        await self.get(key)
        if await self._keys.revoke(key, self._unit.now):
            await self._unit.audit("api_key.revoked", key)

    async def rotate(self, key: UUID, overlap: timedelta) -> tuple[ApiKey, Secret]:
        """A new key with the same name and permissions; the old one is good for `overlap` still.

        NotFound, InvalidInput, Forbidden.
        """
        self._require_own_tenant()
        old = await self.get(key)
        if old.revoked_at is not None or old.expires_at <= self._unit.now:
            raise InvalidInput("The key has ended: make a new one.")
        if not timedelta() <= overlap <= OVERLAP:
            raise InvalidInput(f"The old key is good for up to {OVERLAP.days} days more.")
        require_held(old.permissions, self._principal)
        lasts = old.expires_at - old.created_at
        new = NewKey(name=old.name, permissions=old.permissions, expires_at=self._unit.now + lasts)
        made = await self._add(new, self._principal.person, "api_key.rotated", replaces=str(key))
        ends = min(old.expires_at, self._unit.now + overlap)
        if not await (self._keys.end_at(key, ends) if overlap else self._keys.revoke(key, self._unit.now)):
            raise InvalidInput("The key has ended: make a new one.")
        return made

    async def _add(self, new: NewKey, user: UserId, action: str, **detail: Any) -> tuple[ApiKey, Secret]:
        secret = new_token(KEY_PREFIX)
        key = ApiKey(
            id=self._unit.new_id(),
            user=user,
            name=new.name,
            hint=secret.reveal()[:HINT],
            permissions=new.permissions,
            created_at=self._unit.now,
            expires_at=new.expires_at,
        )
        await self._keys.add(key, secret)
        await self._unit.audit(action, key.id, permissions=sorted(key.permissions), **detail)
        return key, secret

    def _check(self, new: NewKey) -> None:
        checks = Checks()
        checks.name("name", new.name)
        checks.require(bool(new.permissions), "permissions", "none", "at least one permission")
        soon = self._unit.now < new.expires_at <= self._unit.now + LONGEST
        checks.require(soon, "expires_at", "out_of_range", f"within the next {LONGEST.days} days")
        checks.done()

    def _require_own_tenant(self) -> None:
        """A key is its maker's, and people under a grant are guests."""
        if self._principal.home != self._principal.tenant:
            raise Forbidden("Ask the client's own people to make a key.")


class FoundKey(msgspec.Struct, frozen=True):
    key: ApiKey
    unseen: bool


class ApiKeyFinder:
    """operator-wide: a key names its tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, token: str, now: datetime) -> FoundKey | None:
        """None when it was revoked, has expired, or never was."""
        if not is_whole(token, KEY_PREFIX):
            return None
        query = select(_keys).where(
            _keys.c.key_hash == token_hash(token), _keys.c.revoked_at.is_(None), _keys.c.expires_at > now
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        return FoundKey(_read(row), row.last_used_at is None or row.last_used_at <= now - USED_EVERY)

    async def used(self, key: UUID, address: str, now: datetime) -> None:
        change = update(_keys).where(_keys.c.id == key)
        await self._session.execute(change.values(last_used_at=now, last_used_address=address))
