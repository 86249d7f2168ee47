"""What a tenant's bill says of a span of time: seats, numbers, add-ons and what carriers' minutes cost it."""

import asyncio

from insight.kpi.spans import Span
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from tenants.billing.charges import charges
from tenants.billing.loading import load_book
from tenants.billing.metering import MeteringService
from tenants.billing.periods import Period, whole_second
from tenants.directory import TenantDirectories


class BilledCosts:
    """insight.overviews.Billed."""

    def __init__(self, database: Database, metering: MeteringService, directories: TenantDirectories) -> None:
        self._database = database
        self._metering = metering
        self._directories = directories

    async def cost(self, scope: TenantScope, span: Span) -> int | None:
        """In minor units of the tenant's currency, as its invoice would have it without tax; None: it is not billed."""
        directory = await self._directories.directory(scope.tenant)
        await self._metering.catch_up(scope.tenant)
        period = Period("", whole_second(span.start), whole_second(span.end), directory.time_zone)
        async with self._database.read(scope) as unit:
            book = await load_book(unit.session, scope, period)
        if not book.subscriptions:
            return None
        lines = await asyncio.to_thread(charges, book, period)
        return sum(line.amount.minor for line in lines if line.amount.currency == directory.currency)
