"""Routing in use: owns floors, feeds their owners with reports, intents, changes of configuration and time."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import msgspec
import structlog

from kernel.contracts.base import Message
from kernel.contracts.callbacks import CallbackAct
from kernel.contracts.codec import reader, unpack
from kernel.contracts.desk import DeskIntent
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.heard import HeardEvent
from kernel.contracts.outlook import Outlook
from kernel.contracts.supervision import SupervisorAct
from kernel.contracts.telephony import TelephonyReport
from kernel.contracts.voicemail import VoicemailAct
from kernel.ports.bus import Subscription
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import TenantId, UserId
from routing.callbacks.model import Callback
from routing.errors import RoutingUnavailable
from routing.floors import Floor, Floors
from routing.joining import not_joined
from routing.owner import FloorClosed, FloorOwner
from routing.ports import RoutingPorts, RoutingSettings
from routing.reconciling import Reconciling
from routing.timers import Timers
from routing.voicemail.model import Voicemail

RENEWALS_PER_LEASE = 3  # two may be missed
LOOKS_PER_LEASE = 15  # of who starts while a dead process's leases last
GROUP = "routing"

_read = reader(TelephonyReport)
_read_heard = reader(HeardEvent)

Told = TypeVar("Told", bound=Message)

log = structlog.get_logger(__name__)


class RoutingService:
    """Start it before the gateway of the same process: the gateway announces its calls to whoever listens already."""

    def __init__(self, ports: RoutingPorts, settings: RoutingSettings | None = None) -> None:
        self._ports = ports
        self._settings = settings or RoutingSettings()
        self._timers = Timers(ports.clock, self._handle_timer)
        self._reconciling = Reconciling(ports.gateway, self._everyone, self._settings.reconcile_seconds)
        self._floors = Floors()
        self._owners: dict[TenantId, FloorOwner] = {}
        self._listening: dict[TenantId, tuple[Subscription, ...]] = {}
        self._arranging = asyncio.Lock()
        self._unheard: list[Subscription] = []
        self._directories: Subscription | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---

    async def start(self) -> None:
        """Returns when every floor is owned, rebuilt and listened to, but those of another process that lives.

        One that was killed holds its floors until their leases end. They are waited for: the gateway, which starts
        afterwards, tells once which calls there are.
        """
        self._directories = await self._ports.bus.subscribe("directory.*", self._directory_changed)
        for _ in range(LOOKS_PER_LEASE + 1):
            if await self._took_all():
                break
            await asyncio.sleep(self._settings.lease_seconds / LOOKS_PER_LEASE)
        lasting = (self._timers.run(), self._keep_leases(), self._reconciling.run())
        self._tasks = [asyncio.create_task(work) for work in lasting]

    async def close(self) -> None:
        """What was delivered is handled; leases are given back."""
        if self._directories is not None:
            await self._directories.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for subscriptions in self._listening.values():
            for subscription in subscriptions:
                await subscription.close()
        self._listening.clear()
        async with self._arranging:
            for owner in self._everyone():
                await self._dissolve(owner)

    def figures(self) -> Mapping[str, float]:
        """Counters by name, since the start."""
        return self._reconciling.figures

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

    def report_with(self, change: Change, reports: Sequence[TelephonyReport]) -> asyncio.Future[bool]:
        """Decide on reports of one tenant in the commit that writes `change`; False: nothing of either was done."""
        owner = self._owners.get(reports[0].tenant)
        return not_joined() if owner is None else owner.report_with(change, reports)

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

    async def voicemail(self, tenant: TenantId, person: UserId, act: VoicemailAct) -> None:
        """Carry out what somebody of the tenant does with a message; as `perform`."""
        await self._ask(tenant, lambda owner: owner.voicemail(tenant, person, act))

    async def voicemails(self, tenant: TenantId) -> list[Voicemail]:
        """The tenant's that are not done, in the order in which they are served. RoutingUnavailable."""
        found: list[Voicemail] = []

        async def look(owner: FloorOwner) -> None:
            found.extend(await owner.voicemails(tenant))

        await self._ask(tenant, look)
        return found

    async def _reported(self, tenant: TenantId, messages: Sequence[tuple[str, bytes]]) -> None:
        reports: list[TelephonyReport] = _understood(_read, tenant, messages)
        if reports:
            await self._ask(tenant, lambda owner: owner.report(*reports))

    async def _heard(self, tenant: TenantId, messages: Sequence[tuple[str, bytes]]) -> None:
        events: list[HeardEvent] = _understood(_read_heard, tenant, messages)
        if events:
            await self._ask(tenant, lambda owner: owner.hear(*events))

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
        changed: DirectoryChanged = unpack(payload, DirectoryChanged)
        async with self._arrangement():
            self._floors.put(await self._ports.directory.directory(changed.tenant, changed.id))
            await self._arrange(changed.tenant)

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
            if tenant not in self._listening:
                self._listening[tenant] = await self._listen(tenant)
        return True

    async def _listen(self, tenant: TenantId) -> tuple[Subscription, ...]:
        subscribe = self._ports.bus.subscribe_batches
        return (
            await subscribe(f"telephony.report.{tenant}", GROUP, partial(self._reported, tenant)),
            await subscribe(f"heard.{tenant}", GROUP, partial(self._heard, tenant)),
        )

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
            self._unheard.extend(self._listening.pop(tenant, ()))

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
            owners, since = self._everyone(), self._ports.clock.monotonic()
            held = {name: holder for owner in owners for name, holder in owner.leases.items()}
            renewed = await self._ports.lease.renew(held, self._settings.lease_seconds)
            for owner in owners:
                if not await owner.keep(renewed, since):
                    log.warning("routing.lease_lost", tenants=[str(tenant) for tenant in owner.floor])
                    await self._leave(owner.floor)
            await self._take_all()
            await self._part_the_done()

    async def _took_all(self) -> bool:
        async with self._arrangement():
            await self._take_all()
            return all(tenant in self._owners for tenant in await self._ports.tenants.all())

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


def _understood(read: Callable[[bytes], Told], tenant: TenantId, messages: Sequence[tuple[str, bytes]]) -> list[Told]:
    """Those of this tenant; a line in the process's log for what no redelivery would make better."""
    understood: list[Told] = []
    for subject, payload in messages:
        try:
            message = read(payload)
        except (msgspec.MsgspecError, ValueError):
            log.exception("routing.message_unreadable", subject=subject)
            continue
        if message.tenant == tenant:
            understood.append(message)
        else:
            log.error("routing.message_of_another_tenant", subject=subject, tenant=str(message.tenant))
    return understood
