"""Routing on the embedded kernel with a real clock, for two tenants."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from kernel.adapters import InProcessBus, LocalLease, Relay, SystemClock, SystemIds
from kernel.contracts.calls import AgentState
from kernel.contracts.codec import pack
from kernel.contracts.desk import AcceptOffer, DeskIntent, LogIn, RequestState
from kernel.contracts.directory import DirectoryChanged, QueueRules, TenantDirectory
from kernel.contracts.log import AgentStateChanged, LogEvent, OfferMade
from kernel.primitives.ids import CallId, EventId, OfferId, TenantId, UserId
from routing import RoutingPorts, RoutingService, RoutingSettings
from routing.errors import RoutingUnavailable
from tests.databases import StoringDatabase
from tests.fakes import TwoTenants
from tests.integration.routing.gateway import ScriptedGateway
from tests.unit.routing.floor import SALES, SUPPORT, directory

RING_SECONDS = 0.4
WRAP_UP_SECONDS = 0.3
QUEUES = tuple(
    QueueRules(queue=queue, name="Queue", ring_seconds=RING_SECONDS, wrap_up_seconds=WRAP_UP_SECONDS)
    for queue in (SALES, SUPPORT)
)


class Directories:
    """The tenants' side, as routing asks for it: changes are told on the bus."""

    def __init__(self, bus: InProcessBus) -> None:
        self._bus = bus
        self._ids = SystemIds()
        self._clock = SystemClock()
        self.known: dict[TenantId, TenantDirectory] = {}

    async def directory(self, tenant: TenantId, told: EventId | None = None) -> TenantDirectory:
        return self.known[tenant]

    async def all(self) -> Sequence[TenantId]:
        return list(self.known)

    async def change(self, tenant: TenantId, **changes: Any) -> None:
        self.known[tenant] = directory(tenant, **({"queues": QUEUES} | changes))
        message = DirectoryChanged(id=EventId(self._ids.new()), tenant=tenant, at=self._clock.now())
        await self._bus.publish(f"directory.{tenant}", pack(message))


class Centre:
    """The parts, and the short ways to them."""

    def __init__(self, database: StoringDatabase, bus: InProcessBus, relay: Relay, tenants: TwoTenants) -> None:
        self.database = database
        self.bus = bus
        self.relay = relay
        self.tenant = tenants.ours
        self.other = tenants.theirs
        self.clock = SystemClock()
        self.ids = SystemIds()
        self.directories = Directories(bus)
        for tenant in tenants:
            self.directories.known[tenant] = directory(tenant, queues=QUEUES)
        self.lease = LocalLease(self.clock)
        self.settings = RoutingSettings(lease_seconds=0.3)
        self.routing = self.service()
        self.gateway = self.gateway_of(self.tenant)

    def service(self) -> RoutingService:
        ports = RoutingPorts(
            database=self.database,
            bus=self.bus,
            directory=self.directories,
            tenants=self.directories,
            lease=self.lease,
            clock=self.clock,
            ids=self.ids,
        )
        return RoutingService(ports, self.settings)

    def gateway_of(self, tenant: TenantId, times: int = 1) -> ScriptedGateway:
        return ScriptedGateway(self.bus, tenant, self.clock, self.ids, times)

    async def start(self) -> None:
        await self.routing.start()
        await self.gateway.start()

    async def close(self) -> None:
        await self.gateway.close()
        await self.routing.close()

    # --- agents ---

    async def wish(self, agent: UserId, intent: DeskIntent, tenant: TenantId | None = None) -> None:
        await self.routing.perform(tenant or self.tenant, agent, intent)

    async def available(self, *agents: UserId, gateway: ScriptedGateway | None = None) -> None:
        gateway = gateway or self.gateway
        for agent in agents:
            await gateway.softphone(agent)
            await self.wish(agent, LogIn(), gateway.tenant)
            await self.wish(agent, RequestState(state=AgentState.AVAILABLE), gateway.tenant)

    async def accept(self, agent: UserId, tenant: TenantId | None = None) -> None:
        offers = [event for event in await self.log(tenant) if isinstance(event, OfferMade) and event.agent == agent]
        await self.wish(agent, AcceptOffer(offer=OfferId(offers[-1].offer)), tenant)

    # --- looking ---

    async def log(self, tenant: TenantId | None = None) -> list[LogEvent]:
        return [entry.event for entry in await self.database.read_log(tenant or self.tenant)]

    async def events(self, kind: type[Any], call: CallId | None = None) -> list[Any]:
        found = [event for event in await self.log() if isinstance(event, kind)]
        return [event for event in found if call is None or getattr(event, "call", None) == call]

    async def state(self, agent: UserId, tenant: TenantId | None = None) -> tuple[AgentState, str]:
        states = [event for event in await self.log(tenant) if isinstance(event, AgentStateChanged)]
        own = [event for event in states if event.agent == agent]
        return (own[-1].state, own[-1].reason) if own else (AgentState.LOGGED_OUT, "")

    async def until(self, agent: UserId, state: AgentState, reason: str = "") -> None:
        """Wait until the log says so; TimeoutError after five seconds."""
        async with asyncio.timeout(5):
            while await self.state(agent) != (state, reason):  # noqa: ASYNC110 the log is what is looked at
                await asyncio.sleep(0.005)

    async def eventually(self, kind: type[Any], count: int) -> list[Any]:
        """Wait until the log holds so many; TimeoutError after fifteen seconds."""
        async with asyncio.timeout(15):
            while len(events := await self.events(kind)) < count:  # noqa: ASYNC110 the log is what is looked at
                await asyncio.sleep(0.02)
        return events

    async def insist(self, agent: UserId, intent: DeskIntent) -> None:
        """Try until this process owns the tenant."""
        async with asyncio.timeout(5):
            while True:
                try:
                    return await self.wish(agent, intent)
                except RoutingUnavailable:
                    await asyncio.sleep(0.01)


@pytest.fixture
async def centre(
    database: StoringDatabase, bus: InProcessBus, relay: Relay, tenants: TwoTenants
) -> AsyncIterator[Centre]:
    centre = Centre(database, bus, relay, tenants)
    await centre.start()
    yield centre
    await centre.close()
    await relay.drain()
