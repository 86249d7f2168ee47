"""The rows of grants, which belong to two tenants at once: the client and the provider's home."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.ids import ProviderId, TenantId, UserId
from tenants.directory import tables
from tenants.directory.grants.model import Closing, Grant, Holder, Terms, covers, is_live
from tenants.directory.permissions import Permission, named
from tenants.directory.roles import Role
from tenants.rows import RevisionMismatch

_grants = tables.GrantRow.table()
_users = tables.UserRow.table()
_tenants = tables.Tenant.table()
_providers = tables.Provider.table()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One of a provider's own people, active."""

    id: UserId
    email: str
    name: str
    roles: frozenset[Role]


class GrantFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is present must be equal."""

    client: TenantId | None = None
    provider: ProviderId | None = None
    before: UUID | None = None
    limit: int


class GrantBook:
    """operator-wide: a grant spans two tenants, so each method says whose grants it means."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, grant: Grant) -> None:
        await self._session.execute(insert(_grants).values(id=grant.id, revision=grant.revision, **_values(grant)))

    async def replace(self, new: Grant, revision: int) -> None:
        """RevisionMismatch when somebody else changed it since."""
        mine = (_grants.c.id == new.id, _grants.c.revision == revision)
        if await self._session.scalar(select(_grants.c.id).where(*mine).with_for_update()) is None:
            raise RevisionMismatch("Read it again, then repeat your change.")
        await self._session.execute(update(_grants).where(*mine).values(**_values(new), revision=new.revision))

    async def get(self, key: UUID) -> Grant | None:
        row = (await self._session.execute(select(_grants).where(_grants.c.id == key))).one_or_none()
        return None if row is None else _grant(row)

    async def find(self, wanted: GrantFilter) -> Sequence[Grant]:
        """Newest first."""
        query = select(_grants).order_by(_grants.c.id.desc()).limit(wanted.limit)
        if wanted.client is not None:
            query = query.where(_grants.c.tenant_id == wanted.client)
        if wanted.provider is not None:
            query = query.where(_grants.c.provider_id == wanted.provider)
        if wanted.before is not None:
            query = query.where(_grants.c.id < wanted.before)
        return await self._read(query)

    async def live(
        self, now: datetime, client: TenantId | None = None, provider: ProviderId | None = None
    ) -> Sequence[Grant]:
        """Those that give access now, newest first, of open clients only."""
        query = (
            select(_grants)
            .join(_tenants, _tenants.c.id == _grants.c.tenant_id)
            .where(
                _grants.c.given_at.is_not(None),
                _grants.c.closed_at.is_(None),
                _grants.c.until > now,
                _tenants.c.closed_at.is_(None),
            )
            .order_by(_grants.c.id.desc())
        )
        if client is not None:
            query = query.where(_grants.c.tenant_id == client)
        if provider is not None:
            query = query.where(_grants.c.provider_id == provider)
        return [grant for grant in await self._read(query) if is_live(grant, now)]

    async def of_person(self, person: Person, home: TenantId, now: datetime) -> Sequence[Grant]:
        """The live ones that the person of this home tenant may act by, newest first."""
        provider = await self.provider_at(home)
        if provider is None:
            return ()
        live = await self.live(now, provider=provider)
        return [grant for grant in live if covers(grant.holder, person.id, person.roles)]

    async def open_of(self, person: UserId) -> Sequence[Grant]:
        """The person's own ones that were not closed, given or not."""
        query = select(_grants).where(_grants.c.user_id == person, _grants.c.closed_at.is_(None))
        return await self._read(query.order_by(_grants.c.id))

    async def used(self, key: UUID, person: UserId, now: datetime) -> None:
        """Without a new revision: nobody changed it."""
        await self._session.execute(
            update(_grants).where(_grants.c.id == key).values(last_used_at=now, last_used_by=person)
        )

    async def provider_at(self, home: TenantId) -> ProviderId | None:
        """The provider whose own people are in this tenant."""
        key = await self._session.scalar(select(_providers.c.id).where(_providers.c.home_tenant_id == home))
        return None if key is None else ProviderId(key)

    async def home_of(self, provider: ProviderId) -> TenantId | None:
        key = await self._session.scalar(select(_providers.c.home_tenant_id).where(_providers.c.id == provider))
        return None if key is None else TenantId(key)

    async def provider_of(self, client: TenantId) -> ProviderId | None:
        key = await self._session.scalar(select(_tenants.c.provider_id).where(_tenants.c.id == client))
        return None if key is None else ProviderId(key)

    async def people(self, home: TenantId) -> Sequence[Person]:
        """The active people of a provider's home tenant."""
        rows = await self._session.execute(_active(home).order_by(_users.c.id))
        return [_person(row) for row in rows]

    async def person(self, home: TenantId, *, key: UserId | None = None, login_key: str | None = None) -> Person | None:
        """An active one, by id or by folded e-mail address."""
        condition = _users.c.id == key if login_key is None else _users.c.login_key == login_key
        row = (await self._session.execute(_active(home).where(condition))).one_or_none()
        return None if row is None else _person(row)

    async def names(self, people: Collection[UserId]) -> Mapping[UserId, str]:
        """Of people of either side, also those who left."""
        rows = await self._session.execute(
            select(_users.c.id, _users.c.name).where(_users.c.id.in_(sorted(people, key=str)))
        )
        return {UserId(key): name for key, name in rows}

    async def client_names(self, clients: Collection[TenantId]) -> Mapping[TenantId, str]:
        rows = await self._session.execute(
            select(_tenants.c.id, _tenants.c.name).where(_tenants.c.id.in_(sorted(clients, key=str)))
        )
        return {TenantId(key): name for key, name in rows}

    async def _read(self, query: Select[Any]) -> list[Grant]:
        return [_grant(row) for row in await self._session.execute(query)]


def _active(home: TenantId) -> Select[Any]:
    return select(_users).where(_users.c.tenant_id == home, _users.c.active.is_(True), _users.c.removed_at.is_(None))


def _person(row: Row[Any]) -> Person:
    roles = frozenset(Role(role) for role in row.roles)
    return Person(id=UserId(row.id), email=row.email, name=row.name, roles=roles)


def _values(grant: Grant) -> dict[str, Any]:
    return {
        "tenant_id": grant.client,
        "provider_id": grant.provider,
        "user_id": grant.holder.person,
        "provider_role": grant.holder.role,
        "roles": [str(role) for role in grant.terms.roles],
        "permissions": [str(permission) for permission in grant.terms.permissions],
        "reason": grant.terms.reason,
        "until": grant.terms.until,
        "asked_at": grant.asked_at,
        "asked_by": grant.asked_by,
        "given_at": grant.given_at,
        "given_by": grant.given_by,
        "closed_at": grant.closed_at,
        "closed_by": grant.closed_by,
        "closing": grant.closing,
        "last_used_at": grant.last_used_at,
        "last_used_by": grant.last_used_by,
    }


def _user(key: UUID | None) -> UserId | None:
    return None if key is None else UserId(key)


def _grant(row: Row[Any]) -> Grant:
    known = named(row.permissions)
    return Grant(
        id=row.id,
        client=TenantId(row.tenant_id),
        provider=ProviderId(row.provider_id),
        holder=Holder(_user(row.user_id), None if row.provider_role is None else Role(row.provider_role)),
        terms=Terms(
            roles=tuple(Role(role) for role in row.roles),
            permissions=tuple(permission for permission in Permission if permission in known),
            until=row.until,
            reason=row.reason,
        ),
        asked_at=row.asked_at,
        asked_by=UserId(row.asked_by),
        given_at=row.given_at,
        given_by=_user(row.given_by),
        closed_at=row.closed_at,
        closed_by=_user(row.closed_by),
        closing=None if row.closing is None else Closing(row.closing),
        last_used_at=row.last_used_at,
        last_used_by=_user(row.last_used_by),
        revision=row.revision,
    )
