"""What routing needs of others, and how it is set up; `api/composition.py` plugs it together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from kernel.contracts.directory import TenantDirectory
from kernel.ports.bus import Bus
from kernel.ports.lease import Lease
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids, TenantId

LEASE_SECONDS = 15.0  # renewed at a third: a dead owner's tenants wait this long, a stopped one survives two misses
SNAPSHOT_EVENTS = 2_000  # folded in some 60 ms, so that a restart with many busy tenants takes seconds


class RoutingDirectory(Protocol):
    async def directory(self, tenant: TenantId) -> TenantDirectory:
        """As it is now: never older than a `DirectoryChanged` that was delivered before the question."""
        ...


class RoutingTenants(Protocol):
    async def all(self) -> Sequence[TenantId]: ...


@dataclass(frozen=True, kw_only=True)
class RoutingPorts:
    database: Database
    bus: Bus
    directory: RoutingDirectory
    tenants: RoutingTenants
    lease: Lease
    clock: Clock
    ids: Ids


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True):
    lease_seconds: float = LEASE_SECONDS
    snapshot_events: int = SNAPSHOT_EVENTS
