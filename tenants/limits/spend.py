"""Closing calls out for the rest of a day whose spend is reached."""

import math
from fractions import Fraction

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


async def spent(session: AsyncSession, scope: TenantScope, day: Day, currency: str) -> int:
    """What calls that ended in the day cost at retail, a begun minor unit counted whole.

    What is rated in another currency than the tenant's does not count.
    """
    entries = await BillingEntryRepository(session, scope).during(day.start, day.end, CALLS)
    amounts = (
        entry.amount(Side.RETAIL) for entry in entries if entry.retail is not None and entry.retail.currency == currency
    )
    return math.ceil(sum(amounts, Fraction(0)))


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
        so_far = await spent(uow.session, scope, day, tenant.currency)
        if so_far < limits.spend_per_day:
            return
        await rows.put(replace(limits, closed_until=day.end, revision=limits.revision + 1))
        await unit.changed("limits.spend_reached", scope.tenant, spent=so_far, allowed=limits.spend_per_day)
        told = f"Calls of today cost {so_far} of {limits.spend_per_day} minor units of {tenant.currency}."
        alarm = LimitReached(
            id=EventId(self._ids.new()), tenant=scope.tenant, at=unit.now, limit="daily_spend", detail=told
        )
        await uow.append(alarm)
