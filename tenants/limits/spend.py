"""Closing calls out for the rest of a day whose spend is reached."""

import math
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.log import LimitReached
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids
from tenants.audit import Origin
from tenants.billing.entries import EntryKind
from tenants.billing.plans import Side
from tenants.billing.repository import BillingEntryRepository
from tenants.directory.repository import TenantRepository
from tenants.limits.model import Day, Limits, day_of
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
    """Asked after calls were billed.

    A call costs when it has ended, so calls in progress can exceed the limit by what they cost.
    """

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def __call__(self, scope: TenantScope) -> None:
        """Not to be called inside a writing unit of work; only where the spend is reached does it need one."""
        async with self._database.read(scope) as unit:
            if await self._reached(unit.session, scope) is None:
                return
        async with self._database.write(scope) as unit:
            reached = await self._reached(unit.session, scope)  # somebody may have allowed more meanwhile
            if reached is not None:
                await unit.append(
                    await self._close(TenantUnit(unit, scope, BY_SYSTEM, self._clock, self._ids), *reached)
                )

    async def _reached(self, session: AsyncSession, scope: TenantScope) -> tuple[Limits, Spent] | None:
        """None also where the day is closed already."""
        limits = await LimitsRepository(session, scope).get()
        if limits.spend_per_day is None:
            return None
        tenant = await TenantRepository(session, scope).get()
        day = day_of(self._clock.now(), tenant.time_zone)
        if limits.closed_until == day.end:
            return None
        spent = await _spent(session, scope, day, tenant.currency)
        return (limits, spent) if spent.reaches(limits.spend_per_day) else None

    async def _close(self, unit: TenantUnit, limits: Limits, spent: Spent) -> LimitReached:
        """What the log is to be told."""
        closed = replace(limits, closed_until=spent.day.end, revision=limits.revision + 1)
        await LimitsRepository(unit.session, unit.scope).put(closed)
        tenant = unit.scope.tenant
        await unit.changed("limits.spend_reached", tenant, spent=spent.minor, allowed=limits.spend_per_day)
        told = f"Calls of today cost {spent.minor} of {limits.spend_per_day} minor units of {spent.currency}."
        return LimitReached(id=EventId(self._ids.new()), tenant=tenant, at=unit.now, limit="daily_spend", detail=told)
