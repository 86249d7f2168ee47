"""What routing needs of others, and how it is set up; `api/composition.py` plugs it together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from kernel.contracts.directory import TenantDirectory
from kernel.ports.bus import Bus
from kernel.ports.lease import Lease
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids, TenantId
from routing.acd.flow_book import NO_FLOWS, TenantFlows, VersionName
from routing.acd.flow_words import FlowAnswer, FlowErrand, FlowSpoken, FlowWord
from routing.flows.run.effects import StartLookup
from routing.flows.run.words import LookupFailed

LEASE_SECONDS = 15.0  # renewed at a third: a dead owner's tenants wait this long, a stopped one survives two misses
SNAPSHOT_EVENTS = 2_000  # folded in some 60 ms, so that a restart with many busy tenants takes seconds


class RoutingDirectory(Protocol):
    async def directory(self, tenant: TenantId) -> TenantDirectory:
        """As it is now: never older than a `DirectoryChanged` that was delivered before the question."""
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
    async def run(self, errand: FlowErrand) -> FlowAnswer:
        """Whatever comes of it, within the time that it may take; raises nothing."""
        ...


class NoErrands:
    async def run(self, errand: FlowErrand) -> FlowAnswer:
        asked = errand.errand
        if isinstance(asked, StartLookup):
            return FlowWord(errand.tenant, errand.call, LookupFailed(turn=asked.turn, why="not served here"))
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


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True):
    lease_seconds: float = LEASE_SECONDS
    snapshot_events: int = SNAPSHOT_EVENTS
