"""Webhooks in use: follows the logs of all tenants that have endpoints, each endpoint by itself."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog

from kernel.contracts.base import TenantScope
from kernel.ports.bus import Bus, Subscription
from kernel.ports.lease import Lease
from kernel.primitives.ids import TenantId
from tenants.webhooks.delivery import Deliveries, DeliveryPorts
from tenants.webhooks.model import Endpoint
from tenants.webhooks.repository import ProgressRepository, WebhookRepository, tenants_with_webhooks
from tenants.webhooks.tables import WebhookRow

LEASE = "webhooks"
LEASE_SECONDS = 15.0  # when the process that delivers is gone, another one does after so long
LOOK_SECONDS = 5.0  # well within the lease
GATHER_SECONDS = 0.1  # one look at the log for what this brings: nobody sees a page open later by it
AFTER_FAULT_SECONDS = 5.0  # of ours, such as a database that is away

log = structlog.get_logger(__name__)


class WebhookPorts(NamedTuple):
    deliveries: DeliveryPorts
    bus: Bus
    lease: Lease


class WebhookWorker:
    """# operator-wide: one process at a time; how far each endpoint was told is in the database."""

    def __init__(self, ports: WebhookPorts) -> None:
        self._ports = ports
        self._database = ports.deliveries.database
        self._holder = str(ports.deliveries.ids.new())
        self._lanes: dict[TenantId, dict[UUID, _Lane]] = {}
        self._heard: dict[
            TenantId, Subscription
        ] = {}  # logs of tenants with endpoints: those of others are no news here
        self._stale: set[TenantId] = set()
        self._changed = asyncio.Event()
        self._working = False
        self._subscriptions: list[Subscription] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._subscriptions = [
            await self._ports.bus.subscribe("directory.*", self._directory_changed),
        ]
        self._task = asyncio.create_task(self._go())

    async def close(self) -> None:
        """What was delivered is written down."""
        for subscription in self._subscriptions:
            await subscription.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._stop()
        await self._ports.lease.release(LEASE, self._holder)

    async def _go(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("webhooks_not_looked_after")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._changed.wait()

    async def look(self) -> None:
        """Take or keep the lease, and bring the endpoints up to what the tenants say."""
        self._changed.clear()
        if not await self._ports.lease.acquire(LEASE, self._holder, LEASE_SECONDS):
            await self._stop()
            return
        if not self._working:
            self._working = True
            async with self._database.read() as unit:
                self._stale.update(await tenants_with_webhooks(unit.session))
        stale, self._stale = self._stale, set()
        for tenant in sorted(stale):
            try:
                await self._load(TenantScope(tenant))
            except Exception:
                log.exception("webhooks_not_loaded", tenant=str(tenant))
                self._stale.add(tenant)

    async def _stop(self) -> None:
        for tenant in list(self._lanes):
            for lane in (await self._forget(tenant)).values():
                await lane.stop()
        self._working = False

    async def _forget(self, tenant: TenantId) -> "dict[UUID, _Lane]":
        if tenant in self._heard:
            await self._heard.pop(tenant).close()
        return self._lanes.pop(tenant, {})

    async def _hear(self, tenant: TenantId) -> None:
        """Before a lane reads the log, which has what comes later."""
        if tenant not in self._heard:
            told = partial(self._logged, tenant)
            self._heard[tenant] = await self._ports.bus.subscribe_batches(f"log.{tenant}", None, told)

    async def _load(self, scope: TenantScope) -> None:
        """Those that are as they were go on; of all it is looked whether something shall be sent again."""
        async with self._database.read(scope) as unit:
            endpoints = await WebhookRepository(unit.session, scope).rows.find(WebhookRow.table().c.disabled.is_(None))
        wanted = {endpoint.id: endpoint for endpoint in endpoints}
        lanes = self._lanes.get(scope.tenant, {})
        for key, lane in list(lanes.items()):
            if wanted.get(key) != lane.endpoint:
                await lanes.pop(key).stop()
            else:
                lane.look_again()
        if wanted:
            await self._hear(scope.tenant)
        lanes |= await self._begin(scope, [one for key, one in wanted.items() if key not in lanes])
        if lanes:
            self._lanes[scope.tenant] = lanes
        else:
            await self._forget(scope.tenant)

    async def _begin(self, scope: TenantScope, endpoints: Sequence[Endpoint]) -> "dict[UUID, _Lane]":
        if not endpoints:
            return {}
        async with self._database.read(scope) as unit:
            progress = await ProgressRepository(unit.session, scope).of([endpoint.id for endpoint in endpoints])
        ports = self._ports.deliveries
        return {one.id: _Lane(Deliveries(ports, scope, one, progress[one.id])) for one in endpoints}

    async def _logged(self, tenant: TenantId, _messages: Sequence[tuple[str, bytes]]) -> None:
        """What was said is read from the log, by each endpoint when its turn comes."""
        for lane in self._lanes.get(tenant, {}).values():
            lane.told.set()

    async def _directory_changed(self, subject: str, _payload: bytes) -> None:
        """Its endpoints may be others by now."""
        self._stale.add(TenantId(UUID(subject.rpartition(".")[2])))
        self._changed.set()


class _Lane:
    """Drives the deliveries of one endpoint: what one waits for holds up no other."""

    def __init__(self, deliveries: Deliveries) -> None:
        self.told = asyncio.Event()
        self._deliveries = deliveries
        self._task = asyncio.create_task(self._run())

    @property
    def endpoint(self) -> Endpoint:
        return self._deliveries.endpoint

    def look_again(self) -> None:
        self._deliveries.again = True
        self.told.set()

    async def stop(self) -> None:
        """What is under way may come twice."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._deliveries.save()

    async def _run(self) -> None:
        while True:
            self.told.clear()
            try:
                wait = await self._deliveries.advance()
            except Exception:
                log.exception("webhook_failed", tenant=str(self._deliveries.scope.tenant))
                wait = AFTER_FAULT_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self.told.wait()
            await asyncio.sleep(GATHER_SECONDS)
