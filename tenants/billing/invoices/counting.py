"""Reading, inside one transaction, what a period's invoice counts: the books as known then, and what came late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from tenants.billing.book import BillingBook
from tenants.billing.charges import Charge, charges
from tenants.billing.entries import BillingEntry, EntryKind
from tenants.billing.invoices.documents import Charged
from tenants.billing.invoices.known import ADJUSTED_PERIODS, adjustments, without
from tenants.billing.invoices.tables import InvoiceEntryRow
from tenants.billing.loading import load_book
from tenants.billing.periods import Period
from tenants.billing.plans import Side
from tenants.billing.tables import BillingEntryRow

LOOK_BACK = timedelta(days=31 * (ADJUSTED_PERIODS + 1))  # entries before what is still adjusted are not looked at

_entries = BillingEntryRow.table()
_links = InvoiceEntryRow.table()


class Counted(NamedTuple):
    """What an invoice is about: the period, the invoiced ones before it (newest first) and the side."""

    period: Period
    former: Sequence[Period]
    side: Side


class EntryLinkRepository:
    """For which period's invoice of a side each entry of the tenant was first known."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def link(self, counted: Counted) -> None:
        """Everything up to the period's end that no invoice knew before."""
        new = (
            select(_entries.c.tenant_id, literal(counted.side.value), _entries.c.id, literal(counted.period.name))
            .select_from(_entries.outerjoin(_links, self._on(counted.side)))
            .where(*self._span(counted.period), _links.c.entry_id.is_(None))
        )
        await self._session.execute(insert(_links).from_select(["tenant_id", "side", "entry_id", "period"], new))

    async def unknown(self, period: Period, side: Side, known_in: str) -> Sequence[BillingEntry]:
        """Entries up to the period's end that the invoice of the period `known_in` did not know yet."""
        query = (
            select(_entries.c.id, _entries.c.event_id, _entries.c.kind, _entries.c.at, _entries.c.quantity)
            .select_from(_entries.outerjoin(_links, self._on(side)))
            .where(*self._span(period), or_(_links.c.entry_id.is_(None), _links.c.period > known_in))
        )
        return [
            BillingEntry(
                id=row.id,
                event=row.event_id,
                kind=EntryKind(row.kind),
                at=row.at,
                quantity=row.quantity,
                subject=row.event_id,
            )
            for row in await self._session.execute(query)
        ]

    async def first_late(self, counted: Counted) -> datetime | None:
        """The oldest moment that the period's invoice was the first to know of though it lies before the period."""
        query = (
            select(_entries.c.at)
            .select_from(_entries.join(_links, self._on(counted.side)))
            .where(
                *self._span(counted.period),
                _entries.c.at < counted.period.start,
                _links.c.period == counted.period.name,
            )
            .order_by(_entries.c.at)
            .limit(1)
        )
        return await self._session.scalar(query)

    def _on(self, side: Side) -> ColumnElement[bool]:
        return and_(_links.c.entry_id == _entries.c.id, _links.c.tenant_id == self._tenant, _links.c.side == side.value)

    def _span(self, period: Period) -> tuple[ColumnElement[bool], ...]:
        return (
            _entries.c.tenant_id == self._tenant,
            _entries.c.at < period.end,
            _entries.c.at >= period.start - LOOK_BACK,
        )


class Counting:
    """One tenant's charges, as a given invoice knew them."""

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        self._session = session
        self._scope = TenantScope(tenant)
        self._links = EntryLinkRepository(session, self._scope)

    async def draft(self, counted: Counted) -> Charged:
        """As everything stands at this moment."""
        book = await load_book(self._session, self._scope, counted.period, counted.side)
        return Charged(self._scope.tenant, charges(book, counted.period), _events(book))

    async def close(self, counted: Counted) -> Charged:
        """What is known now is what the invoice knows, from here on for ever."""
        await self._links.link(counted)
        return await self.known(counted)

    async def known(self, counted: Counted) -> Charged:
        """The charges again, from what the period's invoice knew; adjustments of former periods come last."""
        period = counted.period
        book = await self._book(period, counted.side, period.name)
        events = _events(book)
        lines: list[Charge] = list(charges(book, period))
        late = await self._links.first_late(counted)
        if late is not None:
            touched = [former for former in counted.former if former.end > late]
            for former in reversed(touched):
                before = await self._book(former, counted.side, counted.former[0].name)
                after = await self._book(former, counted.side, period.name)
                events |= _events(after)
                lines += adjustments(before, after, former)
        return Charged(self._scope.tenant, lines, events)

    async def _book(self, period: Period, side: Side, known_in: str) -> BillingBook:
        book = await load_book(self._session, self._scope, period, side)
        return without(book, await self._links.unknown(period, side, known_in), period.start)


def _events(book: BillingBook) -> dict[UUID, UUID]:
    return {entry.id: entry.event for entry in book.entries}
