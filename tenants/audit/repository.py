"""The way to a tenant's audit: it can be added to and read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import UserId
from tenants.audit.model import AuditEntry, Origin
from tenants.audit.tables import AuditRow

ADDRESS_LENGTH = 64  # an IPv6 address with a zone
AGENT_LENGTH = 200  # the telling part of a User-Agent


class AuditRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def add(self, entry: AuditEntry) -> None:
        self._session.add(
            AuditRow(
                id=entry.id,
                tenant_id=self._tenant,
                at=entry.at,
                user_id=entry.origin.user,
                action=entry.action,
                subject_kind=entry.subject_kind,
                subject_id=entry.subject_id,
                address=entry.origin.address[:ADDRESS_LENGTH],
                agent=entry.origin.agent[:AGENT_LENGTH],
                detail=entry.detail,
                grant_id=entry.origin.grant,
                actor=entry.origin.actor,
            )
        )
        await self._session.flush()

    async def page(self, before: UUID | None, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        query = select(AuditRow).where(AuditRow.tenant_id == self._tenant)
        if before is not None:
            query = query.where(col(AuditRow.id) < before)
        rows = await self._session.scalars(query.order_by(col(AuditRow.id).desc()).limit(limit))
        return [_entry(row) for row in rows]


def _entry(row: AuditRow) -> AuditEntry:
    user = None if row.user_id is None else UserId(row.user_id)
    return AuditEntry(
        id=row.id,
        at=row.at,
        origin=Origin(user, row.address, row.agent, row.grant_id, row.actor),
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        detail=row.detail,
    )
