"""Reading the history that charges are computed from."""

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from tenants.billing.book import BillingBook, Opening
from tenants.billing.entries import EntryKind
from tenants.billing.periods import Period
from tenants.billing.plans import Metric, Side
from tenants.billing.price_rows import prices_of
from tenants.billing.repository import BillingEntryRepository, NumberHoldingRepository, SeatRepository

_ALWAYS = frozenset(EntryKind) - {EntryKind.LOG_IN}


async def load_book(session: AsyncSession, scope: TenantScope, period: Period, side: Side = Side.RETAIL) -> BillingBook:
    """What `charges` needs for the period, or for any part of it."""
    seats, entries = SeatRepository(session, scope), BillingEntryRepository(session, scope)
    subscriptions = tuple(one for one in await seats.subscriptions() if one.since < period.end)
    prices = await prices_of(session, {one.plan for one in subscriptions}, side)
    opening = await entries.opening(period.start) if subscriptions else Opening()
    counts_log_ins = any(one.metric is Metric.CONCURRENT for one in prices)
    kinds = _ALWAYS | {EntryKind.LOG_IN} if counts_log_ins else _ALWAYS
    return BillingBook(
        side=side,
        subscriptions=subscriptions,
        prices=prices,
        assignments=tuple(await seats.during(period.start, period.end)),
        numbers=tuple(await NumberHoldingRepository(session, scope).during(period.start, period.end)),
        entries=tuple(await entries.during(period.start, period.end, kinds)),
        opening=opening,
    )
