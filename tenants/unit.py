"""One transaction of one tenant by one actor: what every use case of this package works in."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.directory import DirectoryChanged
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, TenantId
from tenants.audit import AuditEntry, AuditRepository, Origin


def directory_subject(scope: TenantScope) -> str:
    return f"directory.{scope.tenant}"


class TenantUnit:
    """`now` is one moment for the whole transaction."""

    def __init__(self, uow: UnitOfWork, scope: TenantScope, origin: Origin, clock: Clock, ids: Ids) -> None:
        self.scope = scope
        self.origin = origin
        self.now = clock.now()
        self._uow = uow
        self._clock = clock
        self._ids = ids
        self._announced = False
        self._beside: dict[TenantId, TenantUnit] = {}

    @property
    def session(self) -> AsyncSession:
        return self._uow.session

    def beside(self, tenant: TenantId) -> "TenantUnit":
        """The same work, in the same transaction, upon another tenant: what spans two is told in both audits."""
        if tenant == self.scope.tenant:
            return self
        if tenant not in self._beside:
            other = TenantUnit(self._uow, TenantScope(tenant), self.origin, self._clock, self._ids)
            other.now = self.now
            self._beside[tenant] = other
        return self._beside[tenant]

    def new_id(self) -> UUID:
        return self._ids.new()

    async def log_end(self) -> int:
        """The last sequence of the tenant's log."""
        return await self._uow.log_end(self.scope.tenant)

    async def audit(self, action: str, subject: UUID | None, **detail: Any) -> None:
        """`action` is "<subject kind>.<what happened>"."""
        entry = AuditEntry(
            id=self._ids.new(),
            at=self.now,
            origin=self.origin,
            action=action,
            subject_kind=action.partition(".")[0],
            subject_id=subject,
            detail=detail | {"guest": self.origin.guest} if self.origin.guest else detail,
        )
        await AuditRepository(self.session, self.scope).add(entry)

    def emit(self, subject: str, payload: bytes) -> None:
        """Leaves with the commit."""
        self._uow.emit(subject, payload)

    async def changed(self, action: str, subject: UUID, **detail: Any) -> None:
        """Audit a change of configuration and tell everyone who keeps a copy of it."""
        await self.audit(action, subject, **detail)
        self.announce()

    def announce(self) -> None:
        """Tell everyone who keeps a copy of the tenant's configuration, once."""
        if not self._announced:
            self._announced = True
            event = DirectoryChanged(id=EventId(self._ids.new()), tenant=self.scope.tenant, at=self.now)
            self._uow.emit(directory_subject(self.scope), pack(event))
