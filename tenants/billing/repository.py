"""The rows of one tenant's subscription, seats, numbers and billing entries."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.ports.rows import put_new, put_whole
from kernel.ports.unit_of_work import Rows
from kernel.primitives.ids import UserId
from tenants.billing import tables
from tenants.billing.book import NumberHolding, Opening, SeatAssignment, Subscription
from tenants.billing.entries import BillingEntry, EntryKind, Rated
from tenants.billing.meter import Meter
from tenants.billing.plans import SeatKind, Side

MICROS = 1_000_000  # prices are kept in millionths of a minor unit

_subscriptions = tables.SubscriptionRow.table()
_seats = tables.SeatAssignmentRow.table()
_numbers = tables.NumberHoldingRow.table()
_entries = tables.BillingEntryRow.table()
_progress = tables.BillingProgressRow.table()
_ADD_ENTRY = put_new(_entries)
_MOVE_ON = put_whole(_progress, later_by="sequence")


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id, since=row.since, plan=row.plan_id, agent=row.agent, supervisor=row.supervisor, light=row.light
    )


def _seat(row: Row[Any]) -> SeatAssignment:
    return SeatAssignment(
        id=row.id,
        user=UserId(row.user_id),
        since=row.since,
        until=row.until,
        kind=SeatKind(row.kind),
        addons=tuple(row.addons),
    )


class SeatRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    # --- what is bought ---

    async def subscriptions(self) -> Sequence[Subscription]:
        """The whole history, oldest first."""
        mine = select(_subscriptions).where(_subscriptions.c.tenant_id == self._tenant)
        rows = await self._session.execute(mine.order_by(_subscriptions.c.since, _subscriptions.c.id))
        return [_subscription(row) for row in rows]

    async def present_subscription(self, *, lock: bool = False) -> Subscription | None:
        """Locked until the end of the transaction, two assignments cannot take one seat."""
        mine = select(_subscriptions).where(_subscriptions.c.tenant_id == self._tenant)
        newest = mine.order_by(_subscriptions.c.since.desc(), _subscriptions.c.id.desc()).limit(1)
        row = (await self._session.execute(newest.with_for_update() if lock else newest)).one_or_none()
        return None if row is None else _subscription(row)

    async def subscribe(self, new: Subscription) -> None:
        await self._session.execute(
            insert(_subscriptions).values(
                id=new.id,
                tenant_id=self._tenant,
                since=new.since,
                plan_id=new.plan,
                agent=new.agent,
                supervisor=new.supervisor,
                light=new.light,
            )
        )

    # --- who has a seat ---

    async def assigned(self) -> Sequence[SeatAssignment]:
        """Those that last, oldest first."""
        open_ones = select(_seats).where(_seats.c.tenant_id == self._tenant, _seats.c.until.is_(None))
        return [_seat(row) for row in await self._session.execute(open_ones.order_by(_seats.c.id))]

    async def history(self, user: UserId | None = None, after: UUID | None = None, limit: int | None = None) -> Any:
        """Of one person or of all, oldest first."""
        query = select(_seats).where(_seats.c.tenant_id == self._tenant).order_by(_seats.c.id).limit(limit)
        if user is not None:
            query = query.where(_seats.c.user_id == user)
        if after is not None:
            query = query.where(_seats.c.id > after)
        return [_seat(row) for row in await self._session.execute(query)]

    async def during(self, start: datetime, end: datetime) -> Sequence[SeatAssignment]:
        """Those that overlap the time."""
        query = select(_seats).where(_seats.c.tenant_id == self._tenant, _seats.c.since < end)
        rows = await self._session.execute(query.where(or_(_seats.c.until.is_(None), _seats.c.until > start)))
        return [_seat(row) for row in rows]

    async def seat_of(self, user: UserId) -> SeatAssignment | None:
        query = select(_seats).where(
            _seats.c.tenant_id == self._tenant, _seats.c.user_id == user, _seats.c.until.is_(None)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _seat(row)

    async def assign(self, assignment: SeatAssignment) -> None:
        await self._session.execute(
            insert(_seats).values(
                id=assignment.id,
                tenant_id=self._tenant,
                user_id=assignment.user,
                since=assignment.since,
                kind=assignment.kind.value,
                addons=list(assignment.addons),
            )
        )

    async def release(self, user: UserId, now: datetime) -> bool:
        """Whether there was a seat to take back."""
        open_one = (_seats.c.tenant_id == self._tenant, _seats.c.user_id == user, _seats.c.until.is_(None))
        if await self._session.scalar(select(_seats.c.id).where(*open_one)) is None:
            return False
        await self._session.execute(update(_seats).where(*open_one).values(until=now))
        return True


class NumberHoldingRepository:
    """From when to when the tenant had each of its numbers."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def during(self, start: datetime, end: datetime) -> Sequence[NumberHolding]:
        query = select(_numbers).where(_numbers.c.tenant_id == self._tenant, _numbers.c.since < end)
        rows = await self._session.execute(query.where(or_(_numbers.c.until.is_(None), _numbers.c.until > start)))
        return [NumberHolding(id=row.id, number=row.number_id, since=row.since, until=row.until) for row in rows]

    async def begin(self, holding: NumberHolding) -> None:
        values = {"id": holding.id, "number_id": holding.number, "since": holding.since}
        await self._session.execute(insert(_numbers).values(tenant_id=self._tenant, **values))

    async def end(self, number: UUID, now: datetime) -> None:
        mine = (_numbers.c.tenant_id == self._tenant, _numbers.c.number_id == number, _numbers.c.until.is_(None))
        await self._session.execute(update(_numbers).where(*mine).values(until=now))


class EntryFilter(msgspec.Struct, frozen=True):
    """From `since` (inclusive) to `until` (exclusive)."""

    kind: EntryKind | None = None
    since: datetime | None = None
    until: datetime | None = None


def new_entries(scope: TenantScope, entries: Iterable[BillingEntry]) -> Rows:
    """Those that are there already are left out."""
    return _ADD_ENTRY, [_values(scope, entry) for entry in entries]


def _values(scope: TenantScope, entry: BillingEntry) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": entry.id,
        "tenant_id": scope.tenant,
        "event_id": entry.event,
        "kind": entry.kind.value,
        "at": entry.at,
        "quantity": entry.quantity,
        "subject_id": entry.subject,
    }
    for side in Side:
        rated = entry.rated(side)
        values |= {
            f"{side}_quantity": rated and rated.quantity,
            f"{side}_micros": rated and int(rated.price * MICROS),
            f"{side}_currency": rated and rated.currency,
            f"{side}_label": rated and rated.label,
            f"{side}_prefix": rated and rated.prefix,
        }
    return values


def further(scope: TenantScope, meter: Meter, state: bytes) -> Rows:
    """How far the entries go, with the packed meter; never back: another process may be further."""
    return _MOVE_ON, [{"tenant_id": scope.tenant, "sequence": meter.sequence, "state": state}]


class BillingEntryRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def page(self, wanted: EntryFilter, after: UUID | None, limit: int | None) -> Sequence[BillingEntry]:
        """Oldest first."""
        query = select(_entries).where(_entries.c.tenant_id == self._tenant).order_by(_entries.c.id).limit(limit)
        if wanted.kind is not None:
            query = query.where(_entries.c.kind == wanted.kind.value)
        if wanted.since is not None:
            query = query.where(_entries.c.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(_entries.c.at < wanted.until)
        if after is not None:
            query = query.where(_entries.c.id > after)
        return [_entry(row) for row in await self._session.execute(query)]

    async def during(self, start: datetime, end: datetime, kinds: Collection[EntryKind]) -> Sequence[BillingEntry]:
        query = select(_entries).where(
            _entries.c.tenant_id == self._tenant,
            _entries.c.kind.in_([kind.value for kind in kinds]),
            _entries.c.at >= start,
            _entries.c.at < end,
        )
        return [_entry(row) for row in await self._session.execute(query)]

    async def opening(self, moment: datetime) -> Opening:
        """The levels of all that came before."""
        query = (
            select(_entries.c.kind, func.sum(_entries.c.quantity))
            .where(
                _entries.c.tenant_id == self._tenant,
                _entries.c.kind.in_([EntryKind.RECORDING_STORAGE.value, EntryKind.LOG_IN.value]),
                _entries.c.at < moment,
            )
            .group_by(_entries.c.kind)
        )
        sums = {kind: int(total) for kind, total in await self._session.execute(query)}
        return Opening(
            recording_bytes=sums.get(EntryKind.RECORDING_STORAGE.value, 0), log_ins=sums.get(EntryKind.LOG_IN.value, 0)
        )


def _entry(row: Row[Any]) -> BillingEntry:
    return BillingEntry(
        id=row.id,
        event=row.event_id,
        kind=EntryKind(row.kind),
        at=row.at,
        quantity=row.quantity,
        subject=row.subject_id,
        retail=_rated(row.retail_quantity, row.retail_micros, row.retail_currency, row.retail_label, row.retail_prefix),
        wholesale=_rated(
            row.wholesale_quantity,
            row.wholesale_micros,
            row.wholesale_currency,
            row.wholesale_label,
            row.wholesale_prefix,
        ),
    )


def _rated(
    quantity: int | None, micros: int | None, currency: str | None, label: str | None, prefix: str | None
) -> Rated | None:
    if quantity is None or micros is None or currency is None:
        return None
    price = from_micros(micros)
    return Rated(quantity=quantity, price=price, currency=currency, label=label or "", prefix=prefix or "")


def from_micros(micros: int) -> Decimal:
    return Decimal(micros).scaleb(-6)


class MeterRepository:
    """How far the entries go, and the fold at that place."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def load(self) -> bytes | None:
        return await self._session.scalar(select(_progress.c.state).where(_progress.c.tenant_id == self._tenant))

    async def sequence(self) -> int:
        """0 before the first."""
        mine = _progress.c.tenant_id == self._tenant
        return await self._session.scalar(select(_progress.c.sequence).where(mine)) or 0
