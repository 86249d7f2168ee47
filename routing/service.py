"""Routing in use: owns floors, feeds their owners with reports, intents, changes of configuration and time."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import msgspec
import structlog

from kernel.contracts.callbacks import CallbackAct
from kernel.contracts.codec import reader, unpack
from kernel.contracts.desk import DeskIntent
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.outlook import Outlook
from kernel.contracts.supervision import SupervisorAct
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.bus import Subscription
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import TenantId, UserId
from routing.callbacks.model import Callback
from routing.errors import RoutingUnavailable
from routing.floors import Floor, Floors
from routing.owner import FloorClosed, FloorOwner
from routing.ports import RoutingPorts, RoutingSettings
from routing.timers import Timers

RENEWALS_PER_LEASE = 3  # two may be missed
GROUP = "routing"

_read = reader(TelephonyReport)

log = structlog.get_logger(__name__)


class RoutingService:
    """Start it before the gateway of the same process: the gateway announces its calls to whoever listens already."""

    def __init__(self, ports: RoutingPorts, settings: RoutingSettings | None = None) -> None:
        self._ports = ports
        self._settings = settings or RoutingSettings()
        self._timers = Timers(ports.clock, self._handle_timer)
        self._floors = Floors()
        self._owners: dict[TenantId, FloorOwner] = {}
        self._reports: dict[TenantId, Subscription] = {}
        self._arranging = asyncio.Lock()
        self._unheard: list[Subscription] = []
        self._directories: Subscription | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---

    async def start(self) -> None:
        """Returns when every floor whose leases are free is owned, rebuilt and listened to."""
        self._directories = await self._ports.bus.subscribe("directory.*", self._directory_changed)
        async with self._arrangement():
            await self._take_all()
        self._tasks = [asyncio.create_task(self._timers.run()), asyncio.create_task(self._keep_leases())]

    async def close(self) -> None:
        """What was delivered is handled; leases are given back."""
        if self._directories is not None:
            await self._directories.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for subscription in self._reports.values():
            await subscription.close()
        self._reports.clear()
        async with self._arranging:
            for owner in self._everyone():
                await self._dissolve(owner)

    # --- inputs ---

    async def perform(self, tenant: TenantId, agent: UserId, intent: DeskIntent) -> None:
        """Carry out what an agent of this tenant asks for, or raise a CordboardError that can be shown.

        Returns when it is committed. It writes, so it must not be called inside a writing unit of work.
        """
        await self._ask(tenant, lambda owner: owner.perform(tenant, agent, intent))

    async def supervise(self, tenant: TenantId, supervisor: UserId, act: SupervisorAct) -> None:
        """Carry out what a supervisor does to calls and agents of this tenant; as `perform`."""
        await self._ask(tenant, lambda owner: owner.supervise(tenant, supervisor, act))

    async def outlook(self, tenant: TenantId) -> Outlook:
        """What callers can expect; RoutingUnavailable."""
        found: list[Outlook] = []

        async def look(owner: FloorOwner) -> None:
            found.append(await owner.outlook(tenant))

        await self._ask(tenant, look)
        return found[0]

    async def report_with(self, change: Change, reports: Sequence[TelephonyReport]) -> bool:
        """Decide on reports of one tenant in the commit that writes `change`; False: nothing of either was done."""
        owner = self._owners.get(reports[0].tenant)
        return owner is not None and await owner.report_with(change, reports)

    async def callback(self, tenant: TenantId, person: UserId | None, act: CallbackAct) -> None:
        """Carry out what somebody of the tenant asks about callbacks; as `perform`."""
        await self._ask(tenant, lambda owner: owner.callback(tenant, person, act))

    async def callbacks(self, tenant: TenantId) -> list[Callback]:
        """The tenant's open ones, in the order in which they are served. RoutingUnavailable."""
        found: list[Callback] = []

        async def look(owner: FloorOwner) -> None:
            found.extend(await owner.callbacks(tenant))

        await self._ask(tenant, look)
        return found

    async def _reported(self, tenant: TenantId, messages: Sequence[tuple[str, bytes]]) -> None:
        read = [_read_report(tenant, subject, payload) for subject, payload in messages]
        reports = [report for report in read if report is not None]
        if reports:
            await self._ask(tenant, lambda owner: owner.report(*reports))

    async def _ask(self, tenant: TenantId, question: Callable[[FloorOwner], Awaitable[None]]) -> None:
        """Of the owner, whoever it is: while floors are arranged anew, the question waits."""
        while (owner := self._owners.get(tenant) or await self._next_owner(tenant)) is not None:
            with contextlib.suppress(FloorClosed):
                return await question(owner)
        raise RoutingUnavailable("Calls of this tenant are not distributed by this process: try again shortly.")

    async def _next_owner(self, tenant: TenantId) -> FloorOwner | None:
        async with self._arranging:
            return self._owners.get(tenant)

    async def _directory_changed(self, subject: str, payload: bytes) -> None:
        tenant = unpack(payload, DirectoryChanged).tenant
        async with self._arrangement():
            self._floors.put(await self._ports.directory.directory(tenant))
            await self._arrange(tenant)

    async def _handle_timer(self, tenant: TenantId) -> None:
        owner = self._owners.get(tenant)
        if owner is not None:
            with contextlib.suppress(FloorClosed):
                await owner.handle_timer()

    # --- who shares a floor, and who owns it ---

    @asynccontextmanager
    async def _arrangement(self) -> AsyncGenerator[None]:
        """Floors change inside only; whoever asks meanwhile is heard afterwards."""
        try:
            async with self._arranging:
                yield
        finally:
            while self._unheard:
                await self._unheard.pop().close()

    async def _arrange(self, tenant: TenantId) -> None:
        """The tenant, and all who share its floor or did so until now, get the owner of their present floor."""
        former = self._owners.get(tenant)
        if former is not None and len(former.floor) > 1:
            self._floors.bind(former.floor, await former.bonds())
        left = {tenant} if former is None else set(former.floor)
        while left:
            floor = self._floors.floor_of(min(left))
            left |= await self._part(floor)
            if await self._own(floor):
                left -= set(floor)

    async def _part(self, floor: Floor) -> set[TenantId]:
        """Dissolve what stands in the floor's way; returns the tenants that this leaves without an owner."""
        parted: set[TenantId] = set()
        for owner in {self._owners[tenant] for tenant in floor if tenant in self._owners}:
            if owner.floor != floor:
                parted |= await self._dissolve(owner)
        return parted

    async def _own(self, floor: Floor) -> bool:
        """False when its calls need agents of other floors, or theirs need it: then it is another floor."""
        owner = self._owners.get(floor[0]) or FloorOwner(floor, self._ports, self._settings, self._timers.arm)
        if not await owner.hold():
            await self._leave(floor)
            return True
        self._floors.bind(floor, await owner.bonds())
        if self._floors.floor_of(floor[0]) != floor:
            await self._dissolve(owner)
            return False
        await owner.adopt()
        for tenant in floor:
            self._owners[tenant] = owner
            if tenant not in self._reports:
                subject = f"telephony.report.{tenant}"
                handler = partial(self._reported, tenant)
                self._reports[tenant] = await self._ports.bus.subscribe_batches(subject, GROUP, handler)
        return True

    async def _dissolve(self, owner: FloorOwner) -> set[TenantId]:
        for tenant in owner.floor:
            self._owners.pop(tenant, None)
        await owner.close()
        return set(owner.floor)

    async def _leave(self, floor: Floor) -> None:
        """To another process."""
        for tenant in floor:
            owner = self._owners.get(tenant)
            if owner is not None:
                await self._dissolve(owner)
            if tenant in self._reports:
                self._unheard.append(self._reports.pop(tenant))

    def _everyone(self) -> set[FloorOwner]:
        return set(self._owners.values())

    # --- leases ---

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / RENEWALS_PER_LEASE)
            try:
                await self._renew_and_take()
            except Exception:
                log.exception("routing.leases_failed")

    async def _renew_and_take(self) -> None:
        async with self._arrangement():
            for owner in self._everyone():
                if not await owner.hold():
                    log.warning("routing.lease_lost", tenants=[str(tenant) for tenant in owner.floor])
                    await self._leave(owner.floor)
            await self._take_all()
            await self._part_the_done()

    async def _take_all(self) -> None:
        tenants = await self._ports.tenants.all()
        for tenant in tenants:
            if tenant not in self._floors:
                self._floors.put(await self._ports.directory.directory(tenant))
        for tenant in tenants:
            if tenant not in self._owners:
                with contextlib.suppress(RoutingUnavailable):
                    await self._arrange(tenant)

    async def _part_the_done(self) -> None:
        """Floors that only a call still held together."""
        for owner in self._everyone():
            if len(owner.floor) > 1 and self._owners.get(owner.name) is owner:
                self._floors.bind(owner.floor, await owner.bonds())
                if self._floors.floor_of(owner.name) != owner.floor:
                    await self._arrange(owner.name)


def _read_report(tenant: TenantId, subject: str, payload: bytes) -> TelephonyReport | None:
    """None, with a line in the process's log, for what no redelivery would make better."""
    try:
        report: TelephonyReport = _read(payload)
    except (msgspec.MsgspecError, ValueError):
        log.exception("routing.report_unreadable", subject=subject)
        return None
    if report.tenant != tenant:
        log.error("routing.report_of_another_tenant", subject=subject, tenant=str(report.tenant))
        return None
    return report
