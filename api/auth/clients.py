"""OAuth 2.0 clients of a tenant and the access tokens that they get for their secrets (RFC 6749 4.4).

Access tokens are opaque and looked up at every request, not signed: so one that is revoked is refused at once, no key
has to be kept or rolled, and a token tells nothing to who finds it.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.keys import USED_EVERY, require_held
from api.auth.principal import Principal
from api.auth.tables import AccessTokenRow, OAuthClientRow
from api.auth.tokens import ACCESS_PREFIX, CLIENT_SECRET_PREFIX, is_whole, new_token, token_hash
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tenants.directory import Permission
from tenants.directory.checks import Checks
from tenants.directory.permissions import named
from tenants.rows import TenantRows
from tenants.unit import TenantUnit

TOKEN_SECONDS = 900  # a found token is of little use; a client asks four times an hour
CLIENTS = 100  # of one tenant: more are a mistake in a script

_clients = OAuthClientRow.table()
_tokens = AccessTokenRow.table()


class OAuthClient(msgspec.Struct, frozen=True, kw_only=True):
    """`permissions` are the scopes that it may ask for."""

    id: UUID
    tenant: TenantId
    name: str
    permissions: frozenset[Permission]
    created_at: datetime
    created_by: UUID
    last_used_at: datetime | None = None
    last_used_address: str | None = None


def _read(row: Row[Any]) -> OAuthClient:
    return OAuthClient(
        id=row.id,
        tenant=TenantId(row.tenant_id),
        name=row.name,
        permissions=named(row.permissions),
        created_at=row.created_at,
        created_by=row.created_by,
        last_used_at=row.last_used_at,
        last_used_address=row.last_used_address,
    )


class OAuthClientService:
    def __init__(self, unit: TenantUnit, principal: Principal) -> None:
        self._unit = unit
        self._principal = principal
        self._rows = TenantRows(unit.session, unit.scope, _clients, _read)

    async def page(self, after: UUID | None, limit: int) -> Sequence[OAuthClient]:
        return await self._rows.page(after, limit)

    async def get(self, key: UUID) -> OAuthClient:
        found = await self._rows.get(key)
        if found is None:
            raise NotFound("There is no such OAuth client.")
        return found

    async def create(self, name: str, permissions: frozenset[Permission]) -> tuple[OAuthClient, Secret]:
        """The secret is told this once; InvalidInput."""
        require_held(permissions, self._principal)
        checks = Checks()
        checks.name("name", name)
        checks.require(bool(permissions), "permissions", "none", "at least one permission")
        checks.done()
        if len(await self._rows.find()) >= CLIENTS:
            raise InvalidInput(f"A tenant has up to {CLIENTS} OAuth clients: remove some first.")
        secret = new_token(CLIENT_SECRET_PREFIX)
        client = OAuthClient(
            id=self._unit.new_id(),
            tenant=self._unit.scope.tenant,
            name=name,
            permissions=permissions,
            created_at=self._unit.now,
            created_by=self._principal.subject,
        )
        await self._rows.add(
            {
                "id": client.id,
                "name": name,
                "secret_hash": token_hash(secret.reveal()),
                "permissions": sorted(permissions),
                "created_at": client.created_at,
                "created_by": client.created_by,
            }
        )
        await self._unit.audit("oauth_client.created", client.id, permissions=sorted(permissions))
        return client, secret

    async def rotate(self, key: UUID) -> tuple[OAuthClient, Secret]:
        """A new secret; the old one and the tokens it got end at once. NotFound, InvalidInput."""
        client = await self.get(key)
        require_held(client.permissions, self._principal)
        secret = new_token(CLIENT_SECRET_PREFIX)
        await self._unit.session.execute(
            update(_clients).where(*self._mine(key)).values(secret_hash=token_hash(secret.reveal()))
        )
        await self._end_tokens(key)
        await self._unit.audit("oauth_client.rotated", key)
        return client, secret

    async def remove(self, key: UUID) -> None:
        """Its tokens end at once; NotFound."""
        await self.get(key)
        await self._unit.session.execute(update(_clients).where(*self._mine(key)).values(removed_at=self._unit.now))
        await self._end_tokens(key)
        await self._unit.audit("oauth_client.removed", key)

    async def _end_tokens(self, key: UUID) -> None:
        mine = (_tokens.c.tenant_id == self._unit.scope.tenant, _tokens.c.client_id == key)
        await self._unit.session.execute(delete(_tokens).where(*mine))

    def _mine(self, key: UUID) -> tuple[Any, ...]:
        return (_clients.c.tenant_id == self._unit.scope.tenant, _clients.c.id == key)


class GivenToken(msgspec.Struct, frozen=True):
    """What a token stands for."""

    client: OAuthClient
    permissions: frozenset[Permission]
    expires_at: datetime
    unseen: bool


class AccessTokens:
    """operator-wide: a client's id and a token name their tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def client(self, key: UUID, secret: str) -> OAuthClient | None:
        """None unless there is such a client and this is its secret."""
        query = select(_clients).where(_clients.c.id == key, _clients.c.removed_at.is_(None))
        row = (await self._session.execute(query)).one_or_none()
        known = b"" if row is None else bytes(row.secret_hash)
        right = hmac.compare_digest(known, token_hash(secret))
        return _read(row) if row is not None and right else None

    async def give(self, client: OAuthClient, permissions: frozenset[Permission], now: datetime) -> Secret:
        """A new token; expired ones are cleared away."""
        token = new_token(ACCESS_PREFIX)
        await self._session.execute(delete(_tokens).where(_tokens.c.expires_at <= now))
        await self._session.execute(
            insert(_tokens).values(
                token_hash=token_hash(token.reveal()),
                tenant_id=client.tenant,
                client_id=client.id,
                permissions=sorted(permissions),
                expires_at=now + timedelta(seconds=TOKEN_SECONDS),
            )
        )
        return token

    async def find(self, token: str, now: datetime) -> GivenToken | None:
        """None when it has expired or never was, or its client is gone."""
        if not is_whole(token, ACCESS_PREFIX):
            return None
        query = select(_tokens).where(_tokens.c.token_hash == token_hash(token), _tokens.c.expires_at > now)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        of_client = select(_clients).where(_clients.c.id == row.client_id, _clients.c.removed_at.is_(None))
        known = (await self._session.execute(of_client)).one_or_none()
        if known is None:
            return None
        client = _read(known)
        unseen = client.last_used_at is None or client.last_used_at <= now - USED_EVERY
        return GivenToken(client, named(row.permissions) & client.permissions, row.expires_at, unseen)

    async def used(self, client: UUID, address: str, now: datetime) -> None:
        change = update(_clients).where(_clients.c.id == client)
        await self._session.execute(change.values(last_used_at=now, last_used_address=address))
