"""The registrar at work: agents' telephones and trunks' peers on the sockets, their expiry, what is saved of them."""

import asyncio
import secrets
from collections.abc import Sequence
from contextvars import Context

import msgspec
import structlog

from gateway.app.ports import GatewayPorts
from gateway.app.registration_store import RegistrationChange, RegistrationStore, SavedTelephone
from gateway.app.trunk_states import TrunkStateBook
from gateway.registrar.admission import PhoneAdmission, Strikes
from gateway.registrar.binding import Binding, Place
from gateway.registrar.book import PhoneBook
from gateway.registrar.digest import DigestServer
from gateway.registrar.registrar import Registrar
from gateway.registrar.registrations import Registrations
from gateway.sip.events import InviteReceived, RequestReceived
from gateway.sip.flow import Flow
from gateway.sip.message import Response
from gateway.trunks.book import TrunkBook
from kernel.contracts.directory import PhoneConfig
from kernel.contracts.telephony import PhoneChanged
from kernel.primitives.ids import EventId, PhoneId, TenantId, TrunkId

SECRET_BYTES = 32
TAG_BYTES = 8  # RFC 3261 19.3 asks for 32 bits
SAVE_SECONDS = 0.25  # changes that come within share one commit; what a crash takes is registered anew by its refresh
RETRY_SECONDS = 5.0  # until a database that is not there is asked again
MAX_SAVED = 500  # changes per commit: some ten milliseconds

log = structlog.get_logger(__name__)


class Telephones:
    """All telephones that register with this gateway, and the peers of `trunks` that do."""

    def __init__(
        self, ports: GatewayPorts, gateway: str, strikes: Strikes, trunks: TrunkBook, states: TrunkStateBook
    ) -> None:
        secret = secrets.token_bytes(SECRET_BYTES)
        self._ports = ports
        self._store = RegistrationStore(ports.database, gateway)
        self._trunks = trunks
        self._states = states
        self._book = PhoneBook()
        self._registrations = Registrations(self._book)
        self.admission = PhoneAdmission(self._book, self._registrations, DigestServer(secret), secret, strikes)
        self._registrar = Registrar(self._book, self._registrations)
        trunks.places = lambda trunk: self._registrations.places_of(PhoneId(trunk))
        self._told: dict[PhoneId, SavedTelephone] = {}  # whom routing takes for registered
        self._expiry: asyncio.TimerHandle | None = None
        self._expires_at = 0.0
        self._saver: asyncio.Task[None] | None = None

    # --- life ---

    async def start(self) -> None:
        """Read who may register and who was registered."""
        self._book.load(await self._ports.telephones.phones())
        now = asyncio.get_running_loop().time()
        self._told = await self._store.load()
        for phone, saved in self._told.items():
            if self._book.get(phone) is not None:
                self._registrations.restore(phone, saved.bindings, now)
            if not self._registrations.is_registered(phone):
                self._registrations.changed[phone] = None
        self._settle()
        self._learn_peers()

    async def note_peers(self) -> None:
        """Keep the state of all peers for people who ask: a new process knows who is registered from its start on."""
        for peer in self._book.peers:
            await self._note_peer(peer, changed=False)

    async def refresh(self, tenant: TenantId) -> None:
        """The tenant's configuration changed: who was revoked is called no more."""
        self._registrations.drop(self._book.load(await self._ports.telephones.phones(tenant), tenant))
        self._settle()
        self._learn_peers()

    async def close(self) -> None:
        """Save what is not saved yet."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._saver is not None:
            self._saver.cancel()
            await asyncio.gather(self._saver, return_exceptions=True)
        try:
            await self._save(self._drain())
        except Exception:
            log.exception("registrations.not_saved")

    # --- questions ---

    def places(self, tenant: TenantId, user: str) -> list[Place]:
        """Where to call the telephone of this user name, best first; empty: it is not registered."""
        return self._registrations.places(tenant, user)

    def has(self, tenant: TenantId, user: str) -> bool:
        """Whether a telephone of this user name may register, whether or not it does."""
        return self._book.of_tenant(tenant, user) is not None

    def of_tenant(self, tenant: TenantId, user: str) -> PhoneConfig | None:
        """The telephone of this user name; a trunk's peer is none."""
        return self._book.of_tenant(tenant, user)

    def bindings(self, tenant: TenantId, phone: PhoneId) -> Sequence[Binding]:
        """Where it is registered, for its owner to see."""
        config = self._book.get(phone)
        return self._registrations.of(phone) if config is not None and config.tenant == tenant else ()

    @property
    def figures(self) -> dict[str, float]:
        """Counters by name, since the start; `*_live` is a gauge."""
        found = {
            f"registrations_{name}": value for name, value in msgspec.structs.asdict(self._registrar.counters).items()
        }
        return {**found, "phones_registered_live": float(len(self._registrations))}

    # --- SIP ---

    def register(self, event: RequestReceived, now: float) -> Response:
        """Answer a REGISTER that the gate let in."""
        response = self._registrar.answer(event.request, event.flow, secrets.token_hex(TAG_BYTES), now)
        self._settle()
        self._learn_peers()
        return response

    def flow_closed(self, flow: Flow) -> None:
        """A connection is gone."""
        if self._registrations.has_flow(flow):
            self._registrations.flow_closed(flow)
            self._settle()
            self._learn_peers()

    def caller(self, event: InviteReceived | RequestReceived) -> PhoneConfig | None:
        """Whose INVITE or MESSAGE was let in by digest; None where its source alone let it in."""
        return self.admission.caller(event.request, self._trunks.realm_of(event.flow))

    def _learn_peers(self) -> None:
        """Where a peer registered from, it also calls from and answers from."""
        for peer in self._book.peers:
            flows = [binding.flow for binding in self._registrations.of(peer.phone)]
            self._trunks.learn_peer(TrunkId(peer.phone), [flow.remote for flow in flows if flow is not None])

    # --- time and saving ---

    def _settle(self) -> None:
        """After each change: one timer for the first expiry, one task for what is to be saved."""
        due = self._registrations.next_expiry()
        if due is not None and (self._expiry is None or due < self._expires_at):
            if self._expiry is not None:
                self._expiry.cancel()
            self._expires_at = due
            self._expiry = asyncio.get_running_loop().call_at(due, self._expire)
        if self._registrations.changed and self._saver is None:
            self._saver = asyncio.get_running_loop().create_task(self._save_soon(), context=Context())

    def _expire(self) -> None:
        self._expiry = None
        self._registrations.expire(asyncio.get_running_loop().time())
        self._settle()
        self._learn_peers()

    async def _save_soon(self) -> None:
        try:
            await asyncio.sleep(SAVE_SECONDS)
            while self._registrations.changed:
                changes = self._drain()
                try:
                    await self._save(changes)
                except Exception:
                    log.exception("registrations.not_saved", phones=len(changes))
                    self._registrations.changed |= {change.phone: None for change in changes}
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._saver = None

    def _drain(self) -> list[RegistrationChange]:
        changed = self._registrations.changed
        return [self._change(phone) for phone in [changed.popitem()[0] for _ in range(min(len(changed), MAX_SAVED))]]

    def _change(self, phone: PhoneId) -> RegistrationChange:
        config, told = self._book.get(phone), self._told.get(phone)
        state: SavedTelephone | None = None
        if config is not None and self._registrations.is_registered(phone):
            bindings = self._registrations.saved(phone)
            state = SavedTelephone(tenant=config.tenant, agent=config.agent, name=config.name, bindings=bindings)
        about = state or told
        report = self._report(about, registered=state is not None) if (state is None) != (told is None) else None
        return RegistrationChange(phone=phone, state=state, report=report)

    def _report(self, about: SavedTelephone | None, *, registered: bool) -> PhoneChanged | None:
        if about is None or about.agent is None:
            return None
        return PhoneChanged(
            id=EventId(self._ports.ids.new()),
            tenant=about.tenant,
            at=self._ports.clock.now(),
            agent=about.agent,
            phone=about.name,
            registered=registered,
        )

    async def _save(self, changes: Sequence[RegistrationChange]) -> None:
        if not changes:
            return
        known = frozenset(self._told)
        await self._store.write(changes)
        for change in changes:
            if change.state is None:
                self._told.pop(change.phone, None)
            else:
                self._told[change.phone] = change.state
        for change in changes:
            peer = self._book.get(change.phone)
            if peer is not None and peer.trunk is not None:
                await self._note_peer(peer, changed=(change.state is None) != (change.phone not in known))

    async def _note_peer(self, peer: PhoneConfig, *, changed: bool) -> None:
        trunk = self._trunks.get(TrunkId(peer.phone))
        if trunk is not None:
            await self._states.note_peer(trunk, self._registrations.is_registered(peer.phone), changed=changed)
