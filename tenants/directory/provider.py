"""Use cases of a provider's console: its own settings and its clients, never a client's rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.errors import Conflict, NotFound
from kernel.primitives.ids import ProviderId, TenantId, UserId
from tenants.directory import tables
from tenants.directory.changes import changed, require_revision
from tenants.directory.checks import Checks
from tenants.directory.founding import Foundation, found_tenant
from tenants.directory.invitations import Invitation, InvitationRepository
from tenants.directory.model import Entity
from tenants.rows import RevisionMismatch
from tenants.unit import TenantUnit

REASON_LENGTH = 500  # a paragraph

_tenants = tables.Tenant.table()
_providers = tables.Provider.table()


class Provider(Entity, frozen=True):
    id: ProviderId
    name: str
    home: TenantId


class Client(Entity, frozen=True):
    """What a provider knows of a client without a grant."""

    id: TenantId
    name: str
    time_zone: str
    currency: str
    locale: str
    closed_at: datetime | None
    closed_reason: str | None


def _client(row: Row[Any]) -> Client:
    return Client(
        id=TenantId(row.id),
        name=row.name,
        time_zone=row.time_zone,
        currency=row.currency,
        locale=row.locale,
        closed_at=row.closed_at,
        closed_reason=row.closed_reason,
        revision=row.revision,
    )


class ClientBook:
    """operator-wide: the tenants of one provider but its own, by what stands in their own rows."""

    def __init__(self, session: AsyncSession, provider: Provider) -> None:
        self._session = session
        self._provider = provider

    def _mine(self) -> Select[Any]:
        return select(_tenants).where(_tenants.c.provider_id == self._provider.id, _tenants.c.id != self._provider.home)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Client]:
        query = self._mine().order_by(_tenants.c.id).limit(limit)
        if after is not None:
            query = query.where(_tenants.c.id > after)
        return [_client(row) for row in await self._session.execute(query)]

    async def get(self, key: TenantId) -> Client:
        row = (await self._session.execute(self._mine().where(_tenants.c.id == key))).one_or_none()
        if row is None:
            raise NotFound("There is no such client.")
        return _client(row)

    async def replace(self, new: Client, revision: int) -> None:
        """RevisionMismatch when it was changed since."""
        mine = (_tenants.c.id == new.id, _tenants.c.revision == revision)
        if await self._session.scalar(select(_tenants.c.id).where(*mine).with_for_update()) is None:
            raise RevisionMismatch("Read it again, then repeat your change.")
        values = msgspec.structs.asdict(new)
        del values["id"]
        await self._session.execute(update(_tenants).where(*mine).values(**values))


def check_client(client: Client) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    checks.name("name", client.name)
    checks.time_zone("time_zone", client.time_zone)
    checks.locale("locale", client.locale)
    if client.closed_reason is not None:
        checks.name("closed_reason", client.closed_reason, REASON_LENGTH)
    checks.require(
        client.closed_at is None or client.closed_reason is not None, "closed_reason", "no_reason", "why it is closed"
    )
    checks.done()


class ProviderConsole:
    """`unit` is of the provider's home tenant and not bound to its rows."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit

    async def provider(self) -> Provider:
        """The provider whose home the tenant is; NotFound for a client."""
        home = self._unit.scope.tenant
        row = (
            await self._unit.session.execute(select(_providers).where(_providers.c.home_tenant_id == home))
        ).one_or_none()
        if row is None:
            raise NotFound("This tenant is no provider.")
        return Provider(id=ProviderId(row.id), name=row.name, home=home, revision=row.revision)

    async def change_provider(self, changes: Mapping[str, Any], expected: int | None) -> Provider:
        """RevisionMismatch, InvalidInput."""
        old = await self.provider()
        require_revision(old, expected)
        new = changed(old, changes)
        checks = Checks()
        checks.name("name", new.name)
        checks.done()
        mine = (_providers.c.id == new.id, _providers.c.revision == old.revision)
        await self._unit.session.execute(update(_providers).where(*mine).values(name=new.name, revision=new.revision))
        await self._unit.audit("provider.changed", new.id, fields=sorted(changes))
        return new

    async def _book(self) -> ClientBook:
        return ClientBook(self._unit.session, await self.provider())

    async def page(self, after: UUID | None, limit: int) -> Sequence[Client]:
        return await (await self._book()).page(after, limit)

    async def get(self, key: TenantId) -> Client:
        return await (await self._book()).get(key)

    async def create(self, new: Foundation, password_hash: str, invite: bool) -> Client:
        """`invite`: the owner sets the password with an invitation, which is asked for next. EmailTaken."""
        provider = await self.provider()
        unit = self._unit.beside(TenantId(self._unit.new_id()))
        founded = await found_tenant(unit, provider.id, new, password_hash)
        if invite:
            await InvitationRepository(unit.session, unit.scope).replace(founded.owner, unit.now, founding=True)
        await self._unit.audit("client.created", founded.tenant, name=new.name)
        return await self.get(founded.tenant)

    async def invite_owner(self, key: TenantId) -> tuple[UserId, Invitation]:
        """A new invitation for a first owner who has not come yet; Conflict afterwards."""
        await self.get(key)
        unit = self._unit.beside(key)
        invitations = InvitationRepository(unit.session, unit.scope)
        waiting = await invitations.first_owner()
        if waiting is None:
            raise Conflict("The owner has a password already; the client's own people invite others.")
        invitation = await invitations.replace(waiting, unit.now, founding=True)
        await unit.audit("user.invited", waiting, by="provider")
        await self._unit.audit("client.owner_invited", key)
        return waiting, invitation

    async def change(self, key: TenantId, changes: Mapping[str, Any], expected: int | None) -> Client:
        """`changes` may hold `closed`: close it with a `closed_reason`, or reopen it. InvalidInput."""
        book = await self._book()
        old = await book.get(key)
        require_revision(old, expected)
        fields = dict(changes)
        closed = fields.pop("closed", None)
        if closed is not None:
            fields |= self._closing(old, closed, fields.get("closed_reason"))
        new = changed(old, fields)
        check_client(new)
        await book.replace(new, old.revision)
        action = "closed" if closed and old.closed_at is None else "reopened" if closed is False else "changed"
        detail = {"fields": sorted(changes), "reason": new.closed_reason}
        await self._unit.audit(f"client.{action}", key, **detail)
        await self._unit.beside(key).changed(f"tenant.{action}", key, **detail)
        return new

    def _closing(self, old: Client, closed: bool, reason: str | None) -> dict[str, Any]:
        if not closed:
            return {"closed_at": None, "closed_reason": None}
        return {"closed_at": old.closed_at or self._unit.now, "closed_reason": reason or old.closed_reason}
