"""What happens by itself: invoices when periods end, reminders and suspensions when payments do not come."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from kernel.contracts.base import TenantScope
from kernel.ports.lease import Lease
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids
from tenants.audit import Origin
from tenants.billing.invoices.dunning import DunningService, Notice, to_judge
from tenants.billing.invoices.run import InvoiceRun, Metering
from tenants.unit import TenantUnit

TICK_SECONDS = 300.0  # nobody waits for an invoice to the minute
LEASE = "billing"
LEASE_SECONDS = 3 * TICK_SECONDS  # a tick over many tenants may take longer than its interval
ORIGIN = Origin(user=None, address="", agent="billing clock")

log = structlog.get_logger(__name__)


class BillingPorts(NamedTuple):
    database: Database
    clock: Clock
    ids: Ids
    lease: Lease
    metering: Metering


class BillingClock:
    """# operator-wide: one process at a time; each step is done once however often it is tried."""

    def __init__(self, ports: BillingPorts) -> None:
        self._ports = ports
        self._run = InvoiceRun(ports.database, ports.clock, ports.ids, ports.metering)
        self._holder = str(ports.ids.new())
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._go())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._ports.lease.release(LEASE, self._holder)

    async def _go(self) -> None:
        while True:
            try:
                if await self._ports.lease.acquire(LEASE, self._holder, LEASE_SECONDS):
                    await self.tick()
            except Exception:
                log.exception("billing.tick_failed")
            await asyncio.sleep(TICK_SECONDS)

    async def tick(self) -> Sequence[Notice]:
        """Everything that is due now: what fails for one issuer or tenant is logged and does not stop the others."""
        for issuer in await self._run.issuers():
            try:
                for outcome in await self._run.due(issuer, ORIGIN):
                    numbers = [invoice.number for invoice in outcome.invoices]
                    log.info("billing.run", tenant=str(outcome.tenant), period=outcome.period, invoices=numbers)
            except Exception:
                log.exception("billing.run_failed", issuer=str(issuer))
        return await self._judge_all()

    async def _judge_all(self) -> Sequence[Notice]:
        ports = self._ports
        async with ports.database.read() as uow:
            tenants = await to_judge(uow.session)
        notices: list[Notice] = []
        for tenant in tenants:
            scope = TenantScope(tenant)
            async with ports.database.write(scope) as uow:
                notice = await DunningService(TenantUnit(uow, scope, ORIGIN, ports.clock, ports.ids)).judge()
            if notice is not None:
                notices.append(notice)
                told = notice.report
                log.warning("billing.standing", tenant=str(tenant), standing=told.standing, step=told.step)
        return notices
