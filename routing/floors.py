"""Which tenants share a floor: those whose calls reach the same agents, directly or through others.

A floor is a sorted tuple of tenants; most have one. Two tenants are joined while a directory names a guest or a client
(a link), and longer where an agent is still engaged with a call of the other (a bond).
"""

from collections.abc import Iterable

from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import TenantId
from routing.acd.state import Bond

Floor = tuple[TenantId, ...]


class Floors:
    """Only tenants that were `put` are on any floor."""

    def __init__(self) -> None:
        self._links: dict[TenantId, frozenset[TenantId]] = {}  # as the tenant's own directory tells
        self._named_by: dict[TenantId, set[TenantId]] = {}  # the same the other way round
        self._bonds: dict[TenantId, set[TenantId]] = {}

    def __contains__(self, tenant: TenantId) -> bool:
        return tenant in self._links

    def put(self, directory: TenantDirectory) -> None:
        """Know the tenant, and what its directory says now."""
        tenant = directory.tenant
        guests = {profile.home for profile in directory.agents if profile.home is not None}
        links = frozenset(guests | set(directory.clients)) - {tenant}
        for former in self._links.get(tenant, frozenset()) - links:
            self._named_by[former].discard(tenant)
        for linked in links:
            self._named_by.setdefault(linked, set()).add(tenant)
        self._links[tenant] = links

    def bind(self, floor: Floor, bonds: Iterable[Bond]) -> None:
        """What the state of this floor says now, in place of what it said before."""
        for tenant in floor:
            for other in self._bonds.pop(tenant, set()):
                self._bonds.get(other, set()).discard(tenant)
        for home, client in bonds:
            self._bonds.setdefault(home, set()).add(client)
            self._bonds.setdefault(client, set()).add(home)

    def floor_of(self, tenant: TenantId) -> Floor:
        found, open_ends = {tenant}, [tenant]
        while open_ends:
            for neighbour in self._neighbours(open_ends.pop()):
                if neighbour in self._links and neighbour not in found:
                    found.add(neighbour)
                    open_ends.append(neighbour)
        return tuple(sorted(found))

    def _neighbours(self, tenant: TenantId) -> set[TenantId]:
        links = set(self._links.get(tenant, ()))
        return links | self._named_by.get(tenant, set()) | self._bonds.get(tenant, set())
