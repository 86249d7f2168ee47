"""Use cases: what lookups show to the servers they ask; told to nobody else once it is stored."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.secret import Secret
from routing.flows.errors import TooManyKept
from routing.flows.known import NameKind
from routing.flows.limits import CREDENTIALS_KEPT
from routing.library.naming import LiveFlows, require_unnamed
from routing.library.rows import NamedRows, require_revision
from routing.library.tables import FlowCredentialRow
from routing.library.unit import LibraryUnit

_credentials = FlowCredentialRow.table()


class Sealing(Protocol):
    def seal(self, secret: Secret, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> Secret: ...


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    sealed: bytes
    revision: int = 1


def _credential(row: Row[Any]) -> Credential:
    return Credential(id=row.id, name=row.name, sealed=row.sealed, revision=row.revision)


def _purpose(key: UUID) -> str:
    return f"flow credential {key}"


class CredentialRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session, self._tenant = session, scope.tenant
        self.rows = NamedRows[Credential](session, scope, _credentials, _credential)

    async def value(self, name: str, sealing: Sealing) -> Secret | None:
        """The Authorization header's; None: there is no such credential."""
        found = [one for one in await self.rows.page(None, CREDENTIALS_KEPT) if one.name == name]
        return sealing.open(found[0].sealed, _purpose(found[0].id)) if found else None

    async def reseal(self, sealing: Sealing) -> int:
        """All of them under the server's present key; returns how many. Their revisions stay: nobody changed them."""
        found = await self.rows.page(None, CREDENTIALS_KEPT)
        for one in found:
            sealed = sealing.seal(sealing.open(one.sealed, _purpose(one.id)), _purpose(one.id))
            mine = (_credentials.c.tenant_id == self._tenant, _credentials.c.id == one.id)
            await self._session.execute(update(_credentials).where(*mine).values(sealed=sealed))
        return len(found)


class CredentialService:
    def __init__(self, unit: LibraryUnit, sealing: Sealing) -> None:
        self._unit = unit
        self._sealing = sealing
        self._rows = CredentialRepository(unit.session, unit.scope).rows

    async def page(self, after: UUID | None, limit: int) -> Sequence[Credential]:
        return await self._rows.page(after, limit)

    async def get(self, key: UUID) -> Credential:
        """NotFound."""
        return await self._rows.get(key, "credential")

    async def names(self) -> frozenset[str]:
        return await self._rows.names()

    async def create(self, name: str, value: Secret) -> Credential:
        """NameInUse, TooManyKept."""
        if await self._rows.count() >= CREDENTIALS_KEPT:
            raise TooManyKept(f"{CREDENTIALS_KEPT} credentials may be kept: remove one.", allowed=CREDENTIALS_KEPT)
        key = self._unit.new_id()
        credential = Credential(id=key, name=name, sealed=self._sealing.seal(value, _purpose(key)))
        await self._rows.add({"id": key, "name": name, "sealed": credential.sealed})
        await self._unit.changed("flow_credential.created", key, name=name)
        return credential

    async def remove(self, key: UUID, live: LiveFlows, expected: int | None) -> None:
        """NotFound, RevisionMismatch, NamedByFlows while a live flow shows it."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        require_unnamed(live, NameKind.CREDENTIAL, old.name)
        await self._rows.remove(key)
        await self._unit.changed("flow_credential.removed", key, name=old.name)
