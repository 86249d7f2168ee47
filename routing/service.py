"""Routing in use: owns tenants, feeds their owners with reports, intents, changes of configuration and time."""

import asyncio
import contextlib
from collections import defaultdict
from functools import partial

import msgspec
import structlog

from kernel.contracts.codec import unpack
from kernel.contracts.desk import DeskIntent
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.bus import Subscription
from kernel.primitives.ids import TenantId, UserId
from routing.errors import RoutingUnavailable
from routing.owner import TenantOwner
from routing.ports import RoutingPorts, RoutingSettings
from routing.timers import Timers

RENEWALS_PER_LEASE = 3  # two may be missed
GROUP = "routing"

log = structlog.get_logger(__name__)


class RoutingService:
    """Start it before the gateway of the same process: the gateway announces its calls to whoever listens already."""

    def __init__(self, ports: RoutingPorts, settings: RoutingSettings | None = None) -> None:
        self._ports = ports
        self._settings = settings or RoutingSettings()
        self._timers = Timers(ports.clock, self._handle_timer)
        self._owners: dict[TenantId, TenantOwner] = {}
        self._reports: dict[TenantId, Subscription] = {}
        self._taking: dict[TenantId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._directories: Subscription | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---

    async def start(self) -> None:
        """Returns when every tenant whose lease is free is owned, rebuilt and listened to."""
        self._directories = await self._ports.bus.subscribe("directory.*", self._directory_changed)
        for tenant in await self._ports.tenants.all():
            await self._take(tenant)
        self._tasks = [asyncio.create_task(self._timers.run()), asyncio.create_task(self._keep_leases())]

    async def close(self) -> None:
        """What was delivered is handled; leases are given back."""
        if self._directories is not None:
            await self._directories.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for tenant in list(self._owners):
            await self._leave(tenant)

    # --- inputs ---

    async def perform(self, tenant: TenantId, agent: UserId, intent: DeskIntent) -> None:
        """Carry it out, or raise a CordboardError that can be shown; returns when it is committed.

        It writes, so it must not be called inside a writing unit of work.
        """
        owner = self._owners.get(tenant)
        if owner is None:
            raise RoutingUnavailable("Calls of this tenant are not distributed by this process: try again shortly.")
        await owner.perform(agent, intent)

    async def _reported(self, owner: TenantOwner, subject: str, payload: bytes) -> None:
        try:
            report: TelephonyReport = unpack(payload, TelephonyReport)
        except (msgspec.MsgspecError, ValueError):
            log.exception("routing.report_unreadable", subject=subject)
            return
        if report.tenant != owner.tenant:
            log.error("routing.report_of_another_tenant", subject=subject, tenant=str(report.tenant))
            return
        await owner.report(report)

    async def _directory_changed(self, subject: str, payload: bytes) -> None:
        tenant = unpack(payload, DirectoryChanged).tenant
        owner = self._owners.get(tenant)
        if owner is None:
            await self._take(tenant)
        else:
            await owner.adopt()

    async def _handle_timer(self, tenant: TenantId) -> None:
        owner = self._owners.get(tenant)
        if owner is not None:
            await owner.handle_timer()

    # --- who owns what ---

    async def _take(self, tenant: TenantId) -> None:
        async with self._taking[tenant]:
            if tenant in self._owners:
                return
            owner = TenantOwner(tenant, self._ports, self._settings, self._timers.arm)
            if not await owner.hold():
                return
            await owner.adopt()
            self._owners[tenant] = owner
            self._reports[tenant] = await self._ports.bus.subscribe_queue(
                f"telephony.report.{tenant}", GROUP, partial(self._reported, owner)
            )

    async def _leave(self, tenant: TenantId) -> None:
        async with self._taking[tenant]:
            owner = self._owners.pop(tenant, None)
            if owner is None:
                return
            await self._reports.pop(tenant).close()
            await owner.close()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / RENEWALS_PER_LEASE)
            try:
                await self._renew_and_take()
            except Exception:
                log.exception("routing.leases_failed")

    async def _renew_and_take(self) -> None:
        for tenant, owner in list(self._owners.items()):
            if not await owner.hold():
                log.warning("routing.lease_lost", tenant=str(tenant))
                await self._leave(tenant)
        for tenant in await self._ports.tenants.all():
            with contextlib.suppress(RoutingUnavailable):
                await self._take(tenant)
