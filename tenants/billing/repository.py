"""The rows of one tenant's plan and seats."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import UserId
from kernel.primitives.money import Money
from tenants.billing.seats import SeatAssignment, SeatTerms
from tenants.billing.tables import SeatAssignmentRow, SeatTermsRow

_terms = SeatTermsRow.table()
_seats = SeatAssignmentRow.table()


class SeatRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def terms(self) -> Sequence[SeatTerms]:
        """The whole history, oldest first."""
        query = select(_terms).where(_terms.c.tenant_id == self._tenant).order_by(_terms.c.id)
        rows = await self._session.execute(query)
        return [
            SeatTerms(since=row.since, plan=row.plan, price=Money(row.price_minor, row.currency), seats=row.seats)
            for row in rows
        ]

    async def present_terms(self) -> SeatTerms | None:
        """Locked until the end of the transaction, so that two assignments cannot take one seat."""
        query = select(_terms).where(_terms.c.tenant_id == self._tenant).order_by(_terms.c.id.desc()).limit(1)
        row = (await self._session.execute(query.with_for_update())).one_or_none()
        if row is None:
            return None
        return SeatTerms(since=row.since, plan=row.plan, price=Money(row.price_minor, row.currency), seats=row.seats)

    async def add_terms(self, key: UUID, terms: SeatTerms) -> None:
        await self._session.execute(
            insert(_terms).values(
                id=key,
                tenant_id=self._tenant,
                since=terms.since,
                plan=terms.plan,
                price_minor=terms.price.minor,
                currency=terms.price.currency,
                seats=terms.seats,
            )
        )

    async def assigned(self) -> Sequence[SeatAssignment]:
        """Those that last, oldest first."""
        open_ones = select(_seats).where(_seats.c.tenant_id == self._tenant, _seats.c.until.is_(None))
        rows = await self._session.execute(open_ones.order_by(_seats.c.id))
        return [SeatAssignment(id=row.id, user=UserId(row.user_id), since=row.since, until=row.until) for row in rows]

    async def history(self, user: UserId) -> Sequence[SeatAssignment]:
        query = select(_seats).where(_seats.c.tenant_id == self._tenant, _seats.c.user_id == user)
        rows = await self._session.execute(query.order_by(_seats.c.id))
        return [SeatAssignment(id=row.id, user=UserId(row.user_id), since=row.since, until=row.until) for row in rows]

    async def has_seat(self, user: UserId) -> bool:
        query = select(_seats.c.id).where(
            _seats.c.tenant_id == self._tenant, _seats.c.user_id == user, _seats.c.until.is_(None)
        )
        return await self._session.scalar(query) is not None

    async def assign(self, assignment: SeatAssignment) -> None:
        await self._session.execute(
            insert(_seats).values(
                id=assignment.id, tenant_id=self._tenant, user_id=assignment.user, since=assignment.since
            )
        )

    async def release(self, user: UserId, now: datetime) -> bool:
        """Whether there was a seat to take back."""
        open_one = (_seats.c.tenant_id == self._tenant, _seats.c.user_id == user, _seats.c.until.is_(None))
        if await self._session.scalar(select(_seats.c.id).where(*open_one)) is None:
            return False
        await self._session.execute(update(_seats).where(*open_one).values(until=now))
        return True
