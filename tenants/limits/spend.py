"""Closing calls out for the rest of a day whose spend is reached."""

import math
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.log import LimitReached
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids
from tenants.audit import Origin
from tenants.billing.entries import EntryKind
from tenants.billing.plans import Side
from tenants.billing.repository import BillingEntryRepository
from tenants.directory.repository import TenantRepository
from tenants.limits.model import Day, day_of
from tenants.limits.repository import LimitsRepository
from tenants.unit import TenantUnit

CALLS = (EntryKind.MINUTES, EntryKind.SETUP_FEE)
BY_SYSTEM = Origin(user=None, address="", agent="spend limit")


class Spent(NamedTuple):
    """What calls that ended in the day cost at retail, in minor units of the tenant's currency, a begun one whole.

    What is rated in another currency does not count.
    """

    day: Day
    minor: int
    currency: str

    def reaches(self, allowed: int | None) -> bool:
        return allowed is not None and self.minor >= allowed


async def spent_today(session: AsyncSession, scope: TenantScope, now: datetime) -> Spent:
    tenant = await TenantRepository(session, scope).get()
    return await _spent(session, scope, day_of(now, tenant.time_zone), tenant.currency)


async def _spent(session: AsyncSession, scope: TenantScope, day: Day, currency: str) -> Spent:
    entries = await BillingEntryRepository(session, scope).during(day.start, day.end, CALLS)
    amounts = (
        entry.amount(Side.RETAIL) for entry in entries if entry.retail is not None and entry.retail.currency == currency
    )
    return Spent(day, math.ceil(sum(amounts, Fraction(0))), currency)


class SpendGuard:
    """Asked after calls were billed, in the transaction that billed them.

    A call costs when it has ended, so calls in progress can exceed the limit by what they cost.
    """

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    async def __call__(self, uow: UnitOfWork, scope: TenantScope) -> None:
        rows = LimitsRepository(uow.session, scope)
        limits = await rows.get()
        if limits.spend_per_day is None:
            return
        unit = TenantUnit(uow, scope, BY_SYSTEM, self._clock, self._ids)
        tenant = await TenantRepository(uow.session, scope).get()
        day = day_of(unit.now, tenant.time_zone)
        if limits.closed_until == day.end:
            return
        spent = await _spent(uow.session, scope, day, tenant.currency)
        if not spent.reaches(limits.spend_per_day):
            return
        await rows.put(replace(limits, closed_until=spent.day.end, revision=limits.revision + 1))
        await unit.changed("limits.spend_reached", scope.tenant, spent=spent.minor, allowed=limits.spend_per_day)
        told = f"Calls of today cost {spent.minor} of {limits.spend_per_day} minor units of {spent.currency}."
        alarm = LimitReached(
            id=EventId(self._ids.new()), tenant=scope.tenant, at=unit.now, limit="daily_spend", detail=told
        )
        await uow.append(alarm)
