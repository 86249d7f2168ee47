"""All trunks in memory, so that a datagram from a stranger costs one look-up and no query."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from random import SystemRandom
from uuid import UUID

import structlog

from gateway.sip.calls import HeaderLines
from gateway.sip.flow import Flow, HostPort
from gateway.sip.message import Request
from gateway.sip.tls_identity import PeerCertificate, TlsIdentity, owner_in
from gateway.trunks.arriving import Arrived, Stray, read_call, registered_as
from gateway.trunks.attempt import Attempt
from gateway.trunks.carried import NOTHING, Carried, Redirected
from gateway.trunks.guard import require_allowed
from gateway.trunks.lines import Lines
from gateway.trunks.order import in_order
from gateway.trunks.outgoing import (
    DEFAULT_PORTS,
    attempt_again,
    attempt_to,
    attempts_through,
    registers,
    tls_identity,
)
from gateway.trunks.ports import RegisteredPlace, TrunkDirectory
from gateway.trunks.proving import authorities_of, shows, takes_certificates
from gateway.trunks.signing import signer_of, vouch
from gateway.trunks.sources import Address, Source, read_address
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.contracts.trunks import TrunkLimits
from kernel.primitives.ids import TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber

REMEMBERED_SOURCES = 4096  # look-ups kept; strangers who invent more sources than this only empty the memory
BEGAN_BEFORE = TrunkLimits()  # is none of the calls that began in the last second

log = structlog.get_logger(__name__)

_system = SystemRandom()


class _Entry:
    __slots__ = ("identity", "signer", "sources", "trunk")

    def __init__(self, trunk: TrunkConfig) -> None:
        self.trunk = trunk
        self.signer = signer_of(trunk)
        self.sources = [*_read_sources(trunk), *_dialled(trunk)]
        self.identity = tls_identity(trunk)

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
        yield Source.parse(f"{trunk.host}#{trunk.port or DEFAULT_PORTS[trunk.transport]}")


class TrunkBook:
    """Refreshed per tenant on DirectoryChanged."""

    def __init__(
        self,
        directory: TrunkDirectory,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        draw: Callable[[], float] = _system.random,
    ) -> None:
        """`draw` gives numbers of [0, 1), by which equals share calls."""
        self._directory = directory
        self._now = now
        self._draw = draw
        self.lines = Lines()
        self.places: Callable[[TrunkId], Sequence[RegisteredPlace]] = lambda _trunk: ()
        self.is_usable: Callable[[TrunkId], bool] = lambda _trunk: True
        self.flow_to: Callable[[TrunkId], Flow | None] = lambda _trunk: None
        """The flow of our registration there, where the carrier calls us by it (RFC 5626)."""
        self.peer_at: Callable[[Flow], PeerCertificate | None] = lambda _flow: None
        """The certificate that the peer of a connection showed."""
        self._rules: dict[TenantId, DiallingRules] = {}
        self._entries: dict[TrunkId, _Entry] = {}
        self._own: dict[TenantId, list[TrunkConfig]] = {}
        self._identities: dict[str, TlsIdentity] = {}
        self._found: dict[HostPort, tuple[TrunkConfig, ...]] = {}
        self._proving: tuple[TrunkConfig, ...] = ()
        self._proven: dict[PeerCertificate, tuple[TrunkConfig, ...]] = {}
        self._learned: dict[str, tuple[Source, ...]] = {}
        self._peers: dict[TrunkId, tuple[Source, ...]] = {}

    async def refresh(self, tenant: TenantId | None = None) -> None:
        """Read all trunks, or one tenant's, anew."""
        trunks = await self._directory.trunks(tenant)
        kept = {
            key: entry for key, entry in self._entries.items() if tenant is not None and entry.trunk.tenant != tenant
        }
        self._entries = kept | {trunk.trunk: _Entry(trunk) for trunk in trunks}
        self._own = {}
        for one in self.all:
            self._own.setdefault(one.tenant, []).append(one)
        told = {one.tenant: one for one in await self._directory.dialling(tenant)}
        self._rules = {key: one for key, one in self._rules.items() if tenant not in (None, key)} | told
        found = (entry.identity for entry in self._entries.values())
        self._identities = {identity.owner: identity for identity in found if identity is not None}
        self._proving = tuple(trunk for trunk in self.all if takes_certificates(trunk))
        self._proven.clear()
        self._found.clear()

    @property
    def all(self) -> Sequence[TrunkConfig]:
        return [entry.trunk for entry in self._entries.values()]

    @property
    def names(self) -> frozenset[tuple[str, int]]:
        """Hosts that are dialled by name, with their ports: where they are has to be learned."""
        trunks = (entry.trunk for entry in self._entries.values())
        return frozenset(
            (trunk.host, trunk.port) for trunk in trunks if trunk.host and read_address(trunk.host) is None
        )

    def learn(self, host: str, addresses: Iterable[HostPort]) -> None:
        """A name's addresses: whom we dial by name may answer us, and end its calls."""
        sources = tuple(Source.parse(f"{address.host}#{address.port}") for address in addresses)
        if sources and self._learned.get(host) != sources:
            self._learned[host] = sources
            self._found.clear()

    def learn_peer(self, trunk: TrunkId, addresses: Iterable[HostPort]) -> None:
        """Where a peer that registers is now; none: it is registered no more."""
        sources = tuple(Source.parse(f"{address.host}#{address.port}") for address in addresses)
        if self._peers.get(trunk, ()) == sources:
            return
        self._peers.pop(trunk, None)
        if sources:
            self._peers[trunk] = sources
        self._found.clear()

    @property
    def tenants(self) -> frozenset[TenantId]:
        return frozenset(self._own)

    def get(self, trunk: TrunkId) -> TrunkConfig | None:
        entry = self._entries.get(trunk)
        return entry.trunk if entry is not None else None

    def identity(self, name: str) -> TlsIdentity | None:
        """Which trunk's certificate and authorities go by this name, as long as the trunk has any.

        After a change those that it has now: a dialog is older than what is shown on its next connection.
        """
        return self._identities.get(owner_in(name))

    def rules(self, tenant: TenantId) -> DiallingRules:
        """What holds for every call that leaves this tenant."""
        return self._rules.get(tenant) or DiallingRules(tenant=tenant)

    def attempts(
        self,
        tenant: TenantId,
        called: PhoneNumber,
        caller: PhoneNumber | None,
        trunk: TrunkId | None = None,
        carried: Carried = NOTHING,
    ) -> list[Attempt]:
        """The ways to `called`, best first: `trunk` where it is named, then the others by priority and weight.

        None where no trunk of `tenant` leads out. Trunks that are down are left out while another one is up.
        DiallingRefused where the tenant's limits forbid the number, whoever wants to call it.
        """
        rules = self.rules(tenant)
        require_allowed(rules, called, self._now())
        ways = self._ways(tenant, trunk, emergency=bool(called.emergency))
        usable = [way for way in ways if self.is_usable(way.trunk)]

        def through(way: TrunkConfig) -> list[Attempt]:
            if not registers(way):
                return attempts_through(way, called, caller, rules, carried, self.flow_to(way.trunk))
            return [attempt_to(place, way, called, caller, rules, carried) for place in self.places(way.trunk)]

        return [attempt for way in usable or ways for attempt in through(way)]

    def again(self, attempt: Attempt, trunk: TrunkConfig, called: PhoneNumber, by: Redirected) -> Attempt:
        """The way of `attempt` to the number `called` instead; DiallingRefused as for any other call."""
        rules = self.rules(trunk.tenant)
        require_allowed(rules, called, self._now())
        return attempt_again(attempt, trunk, called, rules, by)

    def signed(self, attempt: Attempt) -> HeaderLines:
        """Headers that vouch for the caller, for an INVITE that leaves now; none where its trunk does not sign."""
        entry = self._entries.get(attempt.trunk) if attempt.trunk is not None else None
        if entry is None or entry.signer is None:
            return ()
        return vouch(entry.signer, entry.trunk, self.rules(entry.trunk.tenant), attempt, self._now())

    def _ways(self, tenant: TenantId, named: TrunkId | None, *, emergency: bool) -> list[TrunkConfig]:
        own = self._own.get(tenant, [])
        apart = [trunk for trunk in own if trunk.options.emergency] if emergency else []
        if apart:
            return in_order(apart, self._draw)
        if named is not None and all(trunk.trunk != named for trunk in own):
            return []  # removed meanwhile, or never the tenant's
        out = in_order((one for one in own if one.options.outbound and one.trunk != named), self._draw)
        return [*(one for one in own if one.trunk == named), *out]

    # --- who uses which trunk ---

    def wait(self, attempt: Attempt, now: float) -> float:
        """Seconds until a call may leave by `attempt`, or until asking again makes sense; 0: now."""
        if not attempt.limited:
            return 0.0
        return max((self.lines.wait(key, limits, now) for key, limits in self._counted(attempt.trunk)), default=0.0)

    def take(self, session: str, attempt: Attempt, now: float) -> None:
        """A call leaves by `attempt`."""
        self.lines.take(session, self._counted(attempt.trunk), now)

    def admit(self, session: str, trunk: TrunkConfig, now: float) -> bool:
        """Whether a call may come in by `trunk`; its line is taken then."""
        limits = trunk.options.limits
        if self.lines.wait(trunk.trunk, limits, now):
            return False
        self.lines.take(session, ((trunk.trunk, limits),), now)
        return True

    def count(self, session: str, trunk: TrunkId, *, out: bool) -> None:
        """A call that goes on already takes a line, whether there is room or not; `out`: one of the tenant's too."""
        found = self.get(trunk)
        if found is not None:
            keys = (found.trunk, found.tenant) if out else (found.trunk,)
            self.lines.take(session, [(key, BEGAN_BEFORE) for key in keys], 0.0)

    def _counted(self, key: TrunkId | None) -> list[tuple[UUID, TrunkLimits]]:
        trunk = self.get(key) if key is not None else None
        if trunk is None:
            return []
        tenant = self.rules(trunk.tenant).limits
        all_calls = TrunkLimits(channels=tenant.calls_at_once, calls_per_second=tenant.calls_per_second)
        return [(trunk.trunk, trunk.options.limits), (trunk.tenant, all_calls)]

    # --- who calls ---

    def find(self, source: HostPort) -> Sequence[TrunkConfig]:
        """The trunks of this source, of all that match it the most exactly; several where tenants share a carrier."""
        found = self._found.get(source)
        if found is None:
            if len(self._found) >= REMEMBERED_SOURCES:
                self._found.clear()
            found = self._found[source] = self._search(source)
        return found

    @property
    def takes_certificates(self) -> bool:
        """Whether a stranger may prove by the certificate of its handshake that it is the peer of a trunk."""
        return bool(self._proving)

    def client_authorities(self, tenant: TenantId) -> str:
        """Who signs certificates of peers of this tenant's trunks, in PEM; empty: nobody does."""
        return authorities_of([trunk for trunk in self._proving if trunk.tenant == tenant])

    def proven(self, peer: PeerCertificate | None) -> tuple[TrunkConfig, ...]:
        """The trunks whose peer has this certificate, by the word of their own authorities."""
        if peer is None or not peer.vouched:
            return ()
        found = self._proven.get(peer)
        if found is None:
            if len(self._proven) >= REMEMBERED_SOURCES:
                self._proven.clear()
            found = self._proven[peer] = tuple(trunk for trunk in self._proving if shows(trunk, peer))
        return found

    def at(self, flow: Flow) -> Sequence[TrunkConfig]:
        """The trunks whose peer speaks on this flow: as its certificate says, else as its address does."""
        if self._proving and (proven := self.proven(self.peer_at(flow))):
            return proven
        return self.find(flow.remote)

    def shown_by(self, flow: Flow) -> list[TrunkConfig]:
        """Of these, the ones whose peer showed the certificate that it has to show."""
        peer = self.peer_at(flow)
        return [trunk for trunk in self.at(flow) if shows(trunk, peer)]

    def speaks(self, flow: Flow) -> bool:
        """Whether a trunk's peer does on this flow."""
        return bool(self.at(flow))

    def realm_of(self, flow: Flow) -> str | None:
        """The realm in which calls by this flow are proved; None where they are let in for their source alone."""
        inbound = [trunk.options.inbound for trunk in self.at(flow)]
        return inbound[0].domain if inbound and inbound[0] is not None and None not in inbound else None

    def is_known(self, source: HostPort) -> bool:
        return bool(self.find(source))

    async def choose(self, source: HostPort, called: PhoneNumber) -> TrunkConfig | None:
        """The one trunk by which `called` was reached; the number decides where tenants share a carrier's address."""
        found = self.find(source)
        if len({trunk.tenant for trunk in found}) < 2:
            return found[0] if found else None
        owner = await self._directory.owner(called)
        return next((trunk for trunk in found if trunk.tenant == owner), None)

    async def receive(
        self,
        source: HostPort,
        request: Request,
        proved: TrunkId | None = None,
        peer: PeerCertificate | None = None,
    ) -> Arrived | Stray:
        """Whose call this is: of the peer that `proved` who it is, else by our registration that it follows, else by
        the certificate that the `peer` showed, or its source, and the number it calls."""
        if proved is not None:
            return self._proved(request, proved, peer)
        near = self.proven(peer) or self.find(source)
        found = tuple(trunk for trunk in near if trunk.options.inbound is None and shows(trunk, peer))
        registered = registered_as(request, found)
        if registered is not None:
            found = (registered,)
        calls = [call for trunk in found if (call := read_call(request, trunk)) is not None]
        if not calls:
            return Stray.NO_NUMBER
        if len({trunk.tenant for trunk in found}) < 2:
            return calls[0]
        for call in calls:
            if await self._directory.owner(call.called) == call.trunk.tenant:
                return call
        return Stray.NOT_OURS

    def _proved(self, request: Request, key: TrunkId, peer: PeerCertificate | None) -> Arrived | Stray:
        trunk = self.get(key)
        if trunk is None or not shows(trunk, peer):
            return Stray.NOT_OURS
        return read_call(request, trunk) or Stray.NO_NUMBER

    def _search(self, source: HostPort) -> tuple[TrunkConfig, ...]:
        address = read_address(source.host)
        if address is None:
            return ()
        matches = [
            (precision, entry.trunk)
            for entry in self._entries.values()
            if (precision := entry.precision(address, source.port, self._learned_of(entry.trunk))) is not None
        ]
        best = max((precision for precision, _ in matches), default=None)
        return tuple(trunk for precision, trunk in matches if precision == best)

    def _learned_of(self, trunk: TrunkConfig) -> tuple[Source, ...]:
        return (*self._learned.get(trunk.host, ()), *self._peers.get(trunk.trunk, ()))
