"""All trunks in memory, so that a datagram from a stranger costs one look-up and no query."""

from collections.abc import Iterable, Sequence

import structlog

from gateway.sip.flow import HostPort
from gateway.trunks.attempt import Attempt
from gateway.trunks.outgoing import attempt_through
from gateway.trunks.ports import TrunkDirectory
from gateway.trunks.sources import Address, Source, read_address
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.ids import TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber

REMEMBERED_SOURCES = 4096  # look-ups kept; strangers who invent more sources than this only empty the memory

log = structlog.get_logger(__name__)


class _Entry:
    __slots__ = ("sources", "trunk")

    def __init__(self, trunk: TrunkConfig) -> None:
        self.trunk = trunk
        self.sources = [*_read_sources(trunk), *_dialled(trunk)]

    def precision(self, address: Address, port: int, learned: Sequence[Source]) -> tuple[bool, int] | None:
        sources = (*self.sources, *learned)
        return max((source.precision for source in sources if source.covers(address, port)), default=None)


def _read_sources(trunk: TrunkConfig) -> Iterable[Source]:
    for text in trunk.sources:
        try:
            yield Source.parse(text)
        except ValueError as error:
            log.warning("trunk.source_unreadable", trunk=str(trunk.trunk), source=text, reason=str(error))


def _dialled(trunk: TrunkConfig) -> Iterable[Source]:
    """Where we call to may answer us, and end its calls."""
    if read_address(trunk.host) is not None:
        yield Source.parse(f"{trunk.host}#{trunk.port}")


class TrunkBook:
    """Refreshed per tenant on DirectoryChanged."""

    def __init__(self, directory: TrunkDirectory) -> None:
        self._directory = directory
        self._entries: dict[TrunkId, _Entry] = {}
        self._found: dict[HostPort, tuple[TrunkConfig, ...]] = {}
        self._learned: dict[str, tuple[Source, ...]] = {}

    async def refresh(self, tenant: TenantId | None = None) -> None:
        """Read all trunks, or one tenant's, anew."""
        trunks = await self._directory.trunks(tenant)
        kept = {
            key: entry for key, entry in self._entries.items() if tenant is not None and entry.trunk.tenant != tenant
        }
        self._entries = kept | {trunk.trunk: _Entry(trunk) for trunk in trunks}
        self._found.clear()

    @property
    def names(self) -> frozenset[tuple[str, int]]:
        """Hosts that are dialled by name, with their ports: where they are has to be learned."""
        trunks = (entry.trunk for entry in self._entries.values())
        return frozenset((trunk.host, trunk.port) for trunk in trunks if read_address(trunk.host) is None)

    def learn(self, host: str, addresses: Iterable[HostPort]) -> None:
        """A name's addresses: whom we dial by name may answer us, and end its calls."""
        sources = tuple(Source.parse(f"{address.host}#{address.port}") for address in addresses)
        if sources and self._learned.get(host) != sources:
            self._learned[host] = sources
            self._found.clear()

    @property
    def tenants(self) -> frozenset[TenantId]:
        return frozenset(entry.trunk.tenant for entry in self._entries.values())

    def get(self, trunk: TrunkId) -> TrunkConfig | None:
        entry = self._entries.get(trunk)
        return entry.trunk if entry is not None else None

    def attempts(
        self, tenant: TenantId, called: PhoneNumber, caller: PhoneNumber | None, trunk: TrunkId | None = None
    ) -> list[Attempt]:
        """The ways to `called`, best first; `trunk` names the first one. None where no trunk of `tenant` leads out."""
        named = self.get(trunk) if trunk is not None else None
        if named is None or named.tenant != tenant:
            return []
        return [attempt_through(named, called, caller)]

    def find(self, source: HostPort) -> Sequence[TrunkConfig]:
        """The trunks of this source, of all that match it the most exactly; several where tenants share a carrier."""
        found = self._found.get(source)
        if found is None:
            if len(self._found) >= REMEMBERED_SOURCES:
                self._found.clear()
            found = self._found[source] = self._search(source)
        return found

    def is_known(self, source: HostPort) -> bool:
        return bool(self.find(source))

    async def choose(self, source: HostPort, called: PhoneNumber) -> TrunkConfig | None:
        """The one trunk by which `called` was reached; the number decides where tenants share a carrier's address."""
        found = self.find(source)
        if len({trunk.tenant for trunk in found}) < 2:
            return found[0] if found else None
        owner = await self._directory.owner(called)
        return next((trunk for trunk in found if trunk.tenant == owner), None)

    def _search(self, source: HostPort) -> tuple[TrunkConfig, ...]:
        address = read_address(source.host)
        if address is None:
            return ()
        matches = [
            (precision, entry.trunk)
            for entry in self._entries.values()
            if (precision := entry.precision(address, source.port, self._learned.get(entry.trunk.host, ()))) is not None
        ]
        best = max((precision for precision, _ in matches), default=None)
        return tuple(trunk for precision, trunk in matches if precision == best)
