"""What routing needs of others, and how it is set up; `api/composition.py` plugs it together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from kernel.contracts.directory import TenantDirectory
from kernel.contracts.reconciling import Surroundings
from kernel.ports.bus import Bus
from kernel.ports.lease import Lease
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, TenantId
from routing.acd.flow_book import NO_FLOWS, TenantFlows, VersionName
from routing.acd.flow_words import Announce, Announced, ErrandAnswer, FlowErrand, FlowSpoken, FlowWord
from routing.flows.run.effects import ConnectRobot, StartLookup
from routing.flows.run.words import LookupFailed, RobotFailed

LEASE_SECONDS = 3.0  # so long a dead owner's callers are in nobody's hands, as a dead gateway's (gateway.app.turn)
RECONCILE_SECONDS = 3.0  # so often all sides are compared: what is healed waits for two pictures at least
SNAPSHOT_EVENTS = 2_000  # folded in some 60 ms, so that a restart with many busy tenants takes seconds


class RoutingDirectory(Protocol):
    async def directory(self, tenant: TenantId, told: EventId | None = None) -> TenantDirectory:
        """As it is now, and never older than the change `told`, which the asker has heard of."""
        ...


class RoutingTenants(Protocol):
    async def all(self) -> Sequence[TenantId]: ...


class RoutingFlows(Protocol):
    async def flows(self, tenant: TenantId, used: Collection[VersionName]) -> TenantFlows:
        """The published call flows with all versions that are live or `used`, and the business hours."""
        ...


class NoFlows:
    """Of a centre whose numbers lead to queues only."""

    async def flows(self, tenant: TenantId, used: Collection[VersionName]) -> TenantFlows:
        return NO_FLOWS


class FlowErrands(Protocol):
    async def run(self, errand: FlowErrand) -> ErrandAnswer:
        """Whatever comes of it, within the time that it may take; raises nothing."""
        ...


class Gateway(Protocol):
    """The gateway and its engine, as the reconciler looks at them."""

    async def surroundings(self) -> Surroundings | None:
        """What they hold; None: it cannot be told now."""
        ...

    async def delete_stray(self, leg: str) -> None:
        """A leg of the engine that belongs to no call."""
        ...

    def behind(self, tenant: TenantId) -> float:
        """Commands and reports of the tenant that are younger than so many seconds may be on their way."""
        ...


class NoGateway:
    """Of which nothing is heard: routing is compared with itself."""

    async def surroundings(self) -> Surroundings | None:
        return None

    async def delete_stray(self, leg: str) -> None:
        raise AssertionError("nothing was seen of the engine")

    def behind(self, tenant: TenantId) -> float:
        return 0.0


class NoErrands:
    async def run(self, errand: FlowErrand) -> ErrandAnswer:
        asked = errand.errand
        if isinstance(asked, StartLookup):
            return FlowWord(errand.tenant, errand.call, LookupFailed(turn=asked.turn, why="not served here"))
        if isinstance(asked, ConnectRobot):
            return FlowWord(errand.tenant, errand.call, RobotFailed(turn=asked.turn, why="not served here"))
        if isinstance(asked, Announce):
            return Announced(errand.tenant, errand.call, asked.message, asked.prompts)
        return FlowSpoken(errand.tenant, errand.call, asked.turn, ())


@dataclass(frozen=True, kw_only=True)
class RoutingPorts:
    database: Database
    bus: Bus
    directory: RoutingDirectory
    tenants: RoutingTenants
    lease: Lease
    clock: Clock
    ids: Ids
    flows: RoutingFlows = field(default_factory=NoFlows)
    errands: FlowErrands = field(default_factory=NoErrands)
    gateway: Gateway = field(default_factory=NoGateway)


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True):
    lease_seconds: float = LEASE_SECONDS
    snapshot_events: int = SNAPSHOT_EVENTS
    reconcile_seconds: float = RECONCILE_SECONDS
