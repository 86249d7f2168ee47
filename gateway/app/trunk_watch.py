"""Trunks under watch: OPTIONS and REGISTER leave when they are due, and what comes back is judged."""

import asyncio
from collections.abc import Callable, Coroutine
from random import SystemRandom
from uuid import uuid4

import structlog

from gateway.app.outbound_flows import OutboundFlows
from gateway.app.sessions import SipLink
from gateway.app.trunk_states import TrunkStateBook
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import RequestFailed, ResponseReceived
from gateway.sip.flow import Flow
from gateway.sip.transactions.key import TransactionId
from gateway.trunks.book import TrunkBook
from gateway.trunks.outgoing import TRANSPORTS, credentials_of, destination_of, tls_name
from gateway.trunks.registering import Outcome
from gateway.trunks.requests import (
    account,
    contact_uri,
    instance_of,
    read_outcome,
    register_lines,
    request_uri,
    routes,
)
from gateway.trunks.watched import SILENCE, Found, Sign, Watched
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.ids import TrunkId

CSEQ_STEP = 10  # between two REGISTERs of one Call-ID: what challenges number in between stays below (RFC 3261 10.2)

log = structlog.get_logger(__name__)


class TrunkWatch:
    """All trunks that are probed, or at which we register. `spawn` runs what writes to the database."""

    def __init__(
        self,
        book: TrunkBook,
        sip: SipLink,
        states: TrunkStateBook,
        gateway: str,
        spawn: Callable[[Coroutine[None, None, None]], object],
    ) -> None:
        self._book = book
        self._gateway = gateway
        self._sip = sip
        self._states = states
        self._spawn = spawn
        self._random = SystemRandom().random
        self._watched: dict[TrunkId, Watched] = {}
        self._noted: dict[TrunkId, Found] = {}  # what was written down last
        self._calls: dict[TrunkId, tuple[str, int]] = {}  # Call-ID and CSeq of the registrations
        self._pending: dict[TransactionId, Watched] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._flows = OutboundFlows(sip)
        book.is_usable, book.flow_to = self.is_usable, self._flows.of

    def is_usable(self, trunk: TrunkId) -> bool:
        """Whether calls may be sent there: nothing is known against it."""
        watched = self._watched.get(trunk)
        return watched is None or watched.usable

    async def start(self) -> None:
        """The driver is open."""
        await self._states.clear()
        self.refresh()

    def stop(self) -> None:
        """The process ends: another one goes on with the registrations, which are kept therefore."""
        if self._timer is not None:
            self._timer.cancel()
        self._watched.clear()
        self._pending.clear()

    def refresh(self) -> None:
        """The book has changed: watch what is new, let go what is gone."""
        now = asyncio.get_running_loop().time()
        wanted = {trunk.trunk: trunk for trunk in self._book.all if _is_watched(trunk)}
        for key, watched in list(self._watched.items()):
            if wanted.get(key) != watched.trunk:
                self._let_go(watched, gone=key not in wanted)
        for key, trunk in wanted.items():
            if key not in self._watched:
                watched = self._watched[key] = Watched(trunk, now, self._random())
                if watched.registering is not None and watched.registering.start():
                    self._register(watched)
                self._note(watched, None, 0)
        self._arm()

    # --- outcomes ---

    def follow(self, event: ResponseReceived | RequestFailed) -> None:
        """Take what the core tells of our requests; those of others are no matter of this."""
        watched = self._pending.get(event.transaction)
        if watched is None:
            return
        status = event.response.status if isinstance(event, ResponseReceived) else event.status
        if status < 200:
            return
        del self._pending[event.transaction]
        if self._watched.get(watched.trunk.trunk) is not watched:  # let go meanwhile
            return
        if event.transaction == watched.probe:
            self._tell(watched, watched.probed(status, self._reason(event)), status)
        elif event.transaction.method == "REGISTER":
            self._registered(watched, event, status)
        self._arm()

    def flow_closed(self, flow: Flow) -> None:
        """A flow is gone; a carrier that called us by it, or that we had opened it to, cannot do so any more."""
        for lost in self._flows.lost(flow):
            self._lose_flow(lost)
        own = {address.address.port for address in self._sip.driver.addresses}
        if flow.transport == "UDP" or flow.local.port in own:  # the peer opened it
            return
        for trunk in self._book.find(flow.remote):
            if TRANSPORTS[trunk.transport] == flow.transport:
                self._lose_flow(trunk.trunk)

    def _lose_flow(self, trunk: TrunkId) -> None:
        watched = self._watched.get(trunk)
        if watched is not None and watched.registering is not None:
            watched.registering.flow_lost(self._now(), self._random())
            self._arm()

    def _registered(self, watched: Watched, event: ResponseReceived | RequestFailed, status: int) -> None:
        outcome = Outcome(status)
        if isinstance(event, ResponseReceived):
            outcome = read_outcome(event.response, contact_uri(watched.trunk, self._sip.driver.addresses))
        place = event.destination if isinstance(event, ResponseReceived) else None
        self._flows.follow(watched.trunk.trunk, place, outcome, self._random())
        again = watched.registered(outcome, self._now(), self._random(), self._reason(event))
        self._tell(watched, watched.registration_sign(), status)
        if again:
            self._register(watched)

    def _reason(self, event: ResponseReceived | RequestFailed) -> TrunkReason | None:
        """Why no answer came; None: one did."""
        if isinstance(event, ResponseReceived):
            return None
        if event.status == SILENCE.status:
            return SILENCE.reason
        if event.destination is None:
            return TrunkReason.HOST_NOT_FOUND
        return self._sip.driver.reason(event.destination) or TrunkReason.NO_LISTENER

    # --- timers ---

    def _wake(self) -> None:
        self._timer = None
        now = self._now()
        for watched in list(self._watched.values()):
            if watched.is_silent(now):
                self._tell(watched, watched.probed(SILENCE.status, SILENCE.reason), SILENCE.status)
            if watched.probe_due(now):
                self._probe(watched)
            if watched.register_due(now):
                self._tell(watched, watched.registration_sign(), SILENCE.status)
                self._register(watched)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [at for watched in self._watched.values() if (at := watched.next_timer()) is not None]
        if times:
            self._timer = asyncio.get_running_loop().call_at(min(times), self._wake)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    # --- requests ---

    def _probe(self, watched: Watched) -> None:
        trunk = watched.trunk

        def send(endpoint: SipEndpoint, now: float) -> None:
            request = endpoint.make_request("OPTIONS", request_uri(trunk), account(trunk), routes(trunk))
            request.headers.add("Accept", "application/sdp")
            watched.probe = endpoint.send_request(
                request, destination_of(trunk), now, credentials_of(trunk), tls_name(trunk)
            )
            self._pending[watched.probe] = watched

        self._sip.driver.do(send)

    def _register(self, watched: Watched) -> None:
        trunk, machine = watched.trunk, watched.registering
        contact = contact_uri(trunk, self._sip.driver.addresses)
        if machine is None:
            return
        if not contact:
            log.error("trunk.no_listener", trunk=str(trunk.trunk), transport=trunk.transport)
            watched.registered(Outcome(503), self._now(), self._random(), TrunkReason.NO_LISTENER)
            self._tell(watched, watched.registration_sign(), 503)
            return
        call, number = self._calls.get(trunk.trunk, (uuid4().hex, 0))
        self._calls[trunk.trunk] = (call, number + CSEQ_STEP)
        instance = instance_of(trunk, self._gateway) if machine.outbound else ""
        lines = register_lines(trunk, contact, machine.expires, instance)
        flow = self._flows.of(trunk.trunk)

        def send(endpoint: SipEndpoint, now: float) -> None:
            request = endpoint.make_request("REGISTER", request_uri(trunk), account(trunk), lines)
            request.headers.set("Call-ID", call)
            request.headers.set("CSeq", f"{number + 1} REGISTER")
            place = flow or destination_of(trunk)
            transaction = endpoint.send_request(request, place, now, credentials_of(trunk), tls_name(trunk))
            self._pending[transaction] = watched

        self._sip.driver.do(send)

    # --- telling ---

    def _let_go(self, watched: Watched, *, gone: bool) -> None:
        """It was removed, or is another one now: the carrier is not to send calls to it any more."""
        del self._watched[watched.trunk.trunk]
        machine = watched.registering
        if machine is not None and machine.held and machine.stop():
            self._register(watched)
        self._flows.drop(watched.trunk.trunk)
        if gone:
            self._noted.pop(watched.trunk.trunk, None)
            self._calls.pop(watched.trunk.trunk, None)
            self._spawn(self._states.forget(watched.trunk.trunk))

    def _tell(self, watched: Watched, sign: Sign | None, status: int) -> None:
        """Write down what is new; `sign` is news for the log too."""
        if sign is not None:
            why = watched.trouble_of(sign)
            reason = why.reason if why is not None else None
            log.warning("trunk.state", trunk=str(watched.trunk.trunk), state=sign, status=status, reason=reason)
        if sign is not None or watched.found != self._noted.get(watched.trunk.trunk):
            self._note(watched, sign, status)

    def _note(self, watched: Watched, sign: Sign | None, status: int) -> None:
        self._noted[watched.trunk.trunk] = watched.found
        self._spawn(self._states.note(watched, sign, status))


def _is_watched(trunk: TrunkConfig) -> bool:
    return bool(trunk.options.health.interval_seconds) or trunk.options.registration is not None
