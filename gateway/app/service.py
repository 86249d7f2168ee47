"""The gateway: SIP sockets, calls and browsers over one media engine."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextvars import Context
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from gateway.app.call_room import CallRoom
from gateway.app.certificate_dates import PAUSE_SECONDS, CertificateDates
from gateway.app.counters import GatewayCounters
from gateway.app.dial_plan import DialPlan
from gateway.app.engine_link import attempt
from gateway.app.lanes import Lanes
from gateway.app.leg_events import FarSipEvent
from gateway.app.phone_hub import HubTools, PhoneEvent, PhoneHub, is_phone_leg
from gateway.app.picture import PictureTaker
from gateway.app.ports import GatewayPorts
from gateway.app.restoring import restore, resume
from gateway.app.saved import Announcement, SavedCall
from gateway.app.sessions import SipLink
from gateway.app.settings import GatewaySettings
from gateway.app.store import StateStore
from gateway.app.telephones import Telephones
from gateway.app.telephony_gate import TelephonyGate
from gateway.app.tenant_domains import TenantDomains
from gateway.app.texts import TextRelay
from gateway.app.tracing import CAPTURE_SECONDS, TraceKeeper
from gateway.app.trunk_names import TrunkNames
from gateway.app.trunk_states import TrunkStateBook
from gateway.app.trunk_watch import TrunkWatch
from gateway.app.turn import Turn
from gateway.app.ways import Ways
from gateway.app.web_legs import WebLegs
from gateway.app.workshop import Workshop
from gateway.calls import causes
from gateway.guard.bans import Bans
from gateway.io.door import Guard
from gateway.io.driver import SipDriver, open_driver
from gateway.io.listeners import DriverSettings
from gateway.io.resolver import SystemResolver
from gateway.io.tokens import SystemTokens
from gateway.sip.calls import Credentials
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import (
    DialogChanged,
    FlowClosed,
    InviteReceived,
    ReinviteCancelled,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    SipEvent,
)
from gateway.sip.flow import Flow, HostPort
from gateway.sip.tls_identity import PeerCertificate
from gateway.traces.archive import TraceArchive
from gateway.traces.book import TraceBook
from gateway.traces.model import Trace
from gateway.trunks.book import TrunkBook
from gateway.trunks.outgoing import credentials_of
from kernel.contracts.codec import reader, unpack
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.engine import (
    AnswererDecided,
    BeepHeard,
    ControllerReplaced,
    DeleteLeg,
    DeletePlayer,
    DigitReceived,
    DtlsReceived,
    EngineEvent,
    ForkEnded,
    IceConnected,
    IceLost,
    LegEnded,
    PlayerFailed,
    PlayerFinished,
    RtpStarted,
    RtpStopped,
    Snapshot,
    TakeSnapshot,
    Welcome,
)
from kernel.contracts.reconciling import Surroundings
from kernel.contracts.telephony import CallsAnnounced, PlaceCall, ShutSoftphone, TakeOver, TelephonyCommand
from kernel.ports.bus import Subscription
from kernel.primitives.ids import CallId, EventId, TenantId, UserId

COMMANDS_AT_ONCE = 256  # of all calls; those of one call are carried out one after the other
COMMAND_SECONDS = 2.0  # how long one slow call may hold up the commands of others before they pass it by
ENDED_KEPT = timedelta(hours=1)  # a redelivered PlaceCall comes within seconds; an outage of the bus lasts minutes
SWEEP_SECONDS = 600.0
METHODS = frozenset({"REGISTER", "MESSAGE"})
_read_command = reader(TelephonyCommand)

log = structlog.get_logger(__name__)


class GatewayService:
    """See `gateway.app` for how it is used."""

    def __init__(self, settings: GatewaySettings, ports: GatewayPorts) -> None:
        self.counters = GatewayCounters()
        self._settings = settings
        self._ports = ports
        self._lanes = Lanes()
        self._book = TrunkBook(ports.trunks, ports.clock.now)
        self._names = TrunkNames(self._book, SystemResolver(("UDP", "TCP", "TLS")))
        self._domains = TenantDomains(ports.domains, self._book.client_authorities)
        self._store = StateStore(ports.database, settings.name, ports.decisions)
        self._dates = CertificateDates(ports.database, ports.clock, ports.ids)
        self._driver: SipDriver | None = None
        self._tracebook = TraceBook(time.time)
        self.traces = TraceArchive(ports.database, self._live_trace)
        self._trace_keeper = TraceKeeper(self._tracebook, self.traces, ports.clock)
        self._sip = SipLink(self._opened_driver, self._tracebook, self._book, self._sip_event)
        bans = Bans(lambda host: self._book.is_known(HostPort(host, 0)))
        states = TrunkStateBook(ports.database, ports.clock, ports.ids, settings.name)
        self.telephones = Telephones(ports, settings.name, bans, self._book, states)
        self._texts = TextRelay(self.telephones, SystemTokens().token)
        gate = self._gate = TelephonyGate(self._book, self.telephones.admission, settings.phones)
        self._guard = Guard(is_trusted=self._book.speaks, may_prove=self._may_prove, bans=bans, gate=gate)
        self._watch = TrunkWatch(self._book, self._sip, states, settings.name, self._spawn)
        self._web_legs = WebLegs(
            ports.engine,
            lambda: self.softphones.addresses,
            lambda leg: self._calls.sound_lost(leg, causes.MEDIA_FAILED),
        )
        shop = Workshop(
            ports=ports,
            store=self._store,
            trunks=self._book,
            ways=Ways(self._book, ports.phones or self.telephones),
            sip=self._sip,
            web_legs=self._web_legs,
            counters=self.counters,
            transmit=self._transmit,
            retry=lambda call, save: self._calls.retry(call, save),
            dial_plan=DialPlan(lambda tenant: self._book.rules(tenant).region, self.telephones.has),
            caller_of=self.telephones.caller,
            telephone=self.telephones.of_tenant,
        )
        self._calls = CallRoom(shop, self._lanes, lambda agent: self.softphones.working_leg(agent))
        tools = HubTools(ports=ports, store=self._store, lanes=self._lanes, calls=self._calls, counters=self.counters)
        self.softphones = PhoneHub(tools)
        self._pictures = PictureTaker(self._calls, self.softphones, self._lanes, ports.engine, ports.clock.monotonic)
        self._turn = Turn(ports.lease, settings.name, str(ports.ids.new()))
        self._engine = ""
        self._early: list[EngineEvent] | None = []  # what the engine tells before calls are restored
        self._subscriptions: list[Subscription] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life ---

    async def wait_for_turn(self) -> None:
        """Stand by while another process is this gateway; before the engine, which obeys whoever came last."""
        await self._turn.wait()

    async def start(self) -> None:
        """EngineLost where there is no engine, OSError where a SIP address cannot be bound."""
        await self.wait_for_turn()
        self._spawn(self._turn.keep(self._fall_silent))
        self._ports.engine.subscribe(self._engine_event, self._welcome)
        snapshot = await self._ports.engine.request(TakeSnapshot())
        assert isinstance(snapshot, Snapshot)
        await self._book.refresh()
        await self._domains.refresh()
        self._spawn(self._names.refresh())
        self._subscriptions.append(await self._ports.bus.subscribe("directory.*", self._directory_changed))
        saved, ended = await self._store.load_calls()
        self._calls.remember_ended(ended)
        await self._trace_keeper.round()
        await self.telephones.start()
        await self._open_sip(saved)
        await self._attach(snapshot)
        early, self._early = self._early or [], None
        for event in early:
            self._engine_event(event)
        commands = await self._ports.bus.subscribe("telephony.command.*", self._command, beside=COMMANDS_AT_ONCE)
        self._subscriptions.append(commands)
        await self._announce()
        await self._watch.start()
        await self.telephones.note_peers()
        self._spawn(self._sweep())
        self._spawn(self._keep_traces())
        self._spawn(self._look_at_dates())
        log.info("gateway.started", calls=len(saved), port=self.sip_port)

    async def close(self) -> None:
        """Nothing ends but this process's part: calls, recordings and browsers' legs go on in the engine."""
        for subscription in self._subscriptions:
            await subscription.close()
        self._watch.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.softphones.stop()
        self._web_legs.stop()
        await self.telephones.close()
        if self._driver is not None:
            await self._driver.close()
        await self._lanes.close()
        await self._turn.give_up()

    async def _fall_silent(self) -> None:
        """Another process is this gateway: two that speak for the same calls would be worse than none."""
        if self._driver is not None:
            await self._driver.close()

    @property
    def sip_port(self) -> int:
        return self._opened_driver().addresses[0].address.port

    def figures(self) -> dict[str, float]:
        """Counters by name, since the start; `*_live` are gauges."""
        own = msgspec.structs.asdict(self.counters)
        driver = self._driver
        sip = msgspec.structs.asdict(driver.endpoint.counters) if driver is not None else {}
        sockets = msgspec.structs.asdict(driver.io_counters) if driver is not None else {}
        live = {"calls_live": len(self._calls.live), "softphones_live": len(self.softphones.reachable())}
        live["certificates_ending_live"] = len(self._dates.found)
        own |= self.telephones.figures
        own |= {f"texts_{name}": value for name, value in msgspec.structs.asdict(self._texts.counters).items()}
        return own | live | {f"sip_{name}": value for name, value in (sip | sockets).items()}

    @property
    def is_quiet(self) -> bool:
        """Whether no call is live."""
        return not self._calls.live

    async def surroundings(self) -> Surroundings | None:
        """What this gateway and its engine hold now; None until the calls of a former process are its own."""
        return None if self._early is not None else await self._pictures.take()

    async def delete_stray(self, leg: str) -> None:
        """A leg of the engine, unless a call or a browser has it; EngineLost, EngineRefused."""
        await self._pictures.delete_stray(leg)

    # --- start ---

    async def _open_sip(self, saved: Sequence[SavedCall]) -> None:
        """Sockets and dialogs with nothing awaited in between, so that no request meets an unknown dialog."""
        for one in saved:
            self._calls.adopt(one)
        settings, self._book.peer_at = self._settings, self._peer_at
        driver_settings = DriverSettings(
            listeners=settings.listeners(),
            methods=METHODS,
            trusted_ca=settings.trusted_ca,
            identity=lambda name: self._book.identity(name) or self._domains.again(name),
            server_identity=self._domains.identity,
            watch=self._tracebook,
        )
        self._driver = await open_driver(
            driver_settings, self._gate.is_known, self._sip_event, self._names, guard=self._guard
        )
        self._tracebook.addresses = self._driver.addresses
        self._driver.do(lambda endpoint, now: self._restore_dialogs(endpoint, saved, now))

    def _restore_dialogs(self, endpoint: SipEndpoint, saved: Sequence[SavedCall], now: float) -> None:
        for one in saved:
            if one.far.dialog is not None:
                endpoint.restore_dialog(one.far.dialog, self._credentials(one), now)
            for party in one.parties.values():
                if party.dialog is not None:
                    endpoint.restore_dialog(party.dialog, self._credentials(one), now)

    def _credentials(self, saved: SavedCall) -> Credentials | None:
        trunk = self._book.get(saved.call.trunk)
        return credentials_of(trunk) if trunk is not None else None

    async def _attach(self, snapshot: Snapshot) -> None:
        """Go on with what lives in the engine, end what does not, delete what nobody knows."""
        legs = {state.leg: state for state in snapshot.legs}
        await self.softphones.restore(await self._store.load_phones(), legs)
        workers = self._calls.workers
        for worker in workers:
            await self._calls.run(worker, partial(restore, worker, snapshot))
        known = {leg.name for worker in workers for leg in worker.legs.all if worker.legs.is_wanted(leg.leg)}
        players = {player for worker in workers for player in worker.call.players}
        strays = [DeleteLeg(leg=leg) for leg in legs if leg not in known and not self.softphones.owns(leg)]
        strays += [DeletePlayer(player=player) for player in snapshot.players if player not in players]
        for stray in strays:
            log.warning("gateway.stray_in_engine", stray=str(stray))
            await attempt(self._ports.engine, stray)

    async def _announce(self) -> None:
        calls, agents = self._calls.live, self.softphones.reachable()
        tenants = self._book.tenants | {call.tenant for call in calls} | {tenant for tenant, _ in agents}
        reports = tuple(
            CallsAnnounced(
                id=EventId(self._ports.ids.new()),
                tenant=tenant,
                at=self._ports.clock.now(),
                calls=tuple(call.id for call in calls if call.tenant == tenant),
                agents=tuple(agent for owner, agent in agents if owner == tenant),
            )
            for tenant in sorted(tenants)
        )
        await self._store.write(Announcement(reports))

    # --- the bus ---

    async def _command(self, subject: str, payload: bytes) -> None:
        """Returns when it is carried out and saved, so that the bus delivers it again after a crash."""
        try:
            order: TelephonyCommand = _read_command(payload)
        except (msgspec.MsgspecError, ValueError):
            self.counters.commands_unreadable += 1
            log.exception("gateway.command_unreadable", subject=subject)
            return
        if subject.rpartition(".")[2] != str(order.tenant):
            self.counters.commands_unreadable += 1
            log.error("gateway.command_of_another_tenant", subject=subject)
            return
        self.counters.commands += 1
        limit = asyncio.timeout(COMMAND_SECONDS)  # of this waiting: the work is a lane's, and goes on
        try:
            async with limit:
                await self._obey(order)
        except Exception:
            if not limit.expired():
                log.exception("gateway.command_failed", command=type(order).__name__)

    async def _obey(self, order: TelephonyCommand) -> None:
        match order:
            case PlaceCall():
                await self._calls.place(order)
            case TakeOver():
                await self._calls.take_over(order)
            case ShutSoftphone():
                await self.softphones.shut(order.tenant, order.agent)
            case _:
                await self._calls.command(order)

    async def _directory_changed(self, _subject: str, payload: bytes) -> None:
        changed: DirectoryChanged = unpack(payload, DirectoryChanged)
        await self._book.refresh(changed.tenant)
        await self._domains.refresh(changed.tenant)
        await self.telephones.refresh(changed.tenant)
        self._watch.refresh()
        self._spawn(self._names.refresh())

    def _transmit(self, tenant: TenantId, agent: UserId, leg: str, on: bool) -> None:
        self.softphones.transmit(tenant, agent, leg, on)

    # --- SIP ---

    def _may_prove(self, flow: Flow) -> bool:
        return flow.transport == "TLS" and self._book.takes_certificates

    def _peer_at(self, flow: Flow) -> PeerCertificate | None:
        return self._driver.peer(flow) if self._driver is not None and flow.transport == "TLS" else None

    def _opened_driver(self) -> SipDriver:
        if self._driver is None:
            raise RuntimeError("the gateway is not started")
        return self._driver

    def _sip_event(self, event: SipEvent) -> None:
        match event:
            case InviteReceived():
                self._calls.invited(event)
            case RequestReceived():
                self._requested(event)
            case FlowClosed():
                self.telephones.flow_closed(event.flow)
                self._watch.flow_closed(event.flow)
            case DialogChanged():
                self._sip.sessions.note_dialog(event.state)
                self._calls.dialog_changed(event.session)
            case ReinviteCancelled():
                self._sip.sessions.note_withdrawn(event.session)
            case _ if isinstance(event, FarSipEvent):
                self._calls.sip_event(event)
            case ResponseReceived() | RequestFailed():
                self._outcome(event)
            case _:
                log.debug("sip.event_of_no_interest", kind=type(event).__name__)

    def _requested(self, event: RequestReceived) -> None:
        def answer(endpoint: SipEndpoint, now: float) -> None:
            if event.request.method == "MESSAGE":
                self._texts.receive(endpoint, event, now)
            else:
                endpoint.send_response(event.transaction, self.telephones.register(event, now), now)

        self._opened_driver().do(answer)

    def _outcome(self, event: ResponseReceived | RequestFailed) -> None:
        if event.transaction.method == "MESSAGE":
            self._opened_driver().do(lambda endpoint, now: self._texts.follow(endpoint, event, now))
        else:
            self._watch.follow(event)

    # --- the engine ---

    def _welcome(self, welcome: Welcome) -> None:
        former, self._engine = self._engine, welcome.engine
        self.softphones.addresses = welcome.webrtc
        if not former or self._early is not None:
            return
        if former != welcome.engine:
            log.critical("engine.restarted", engine=welcome.engine)
            self._calls.engine_gone()
            self.softphones.engine_gone()
        else:
            self._spawn(self._check())

    async def _check(self) -> None:
        """The same engine was away for a moment: commands may be lost, and calls may have ended."""
        snapshot = await self._ports.engine.request(TakeSnapshot())
        assert isinstance(snapshot, Snapshot)
        for worker in self._calls.workers:
            await self._calls.run(worker, partial(resume, worker, snapshot))
        await self.softphones.check({state.leg: state for state in snapshot.legs})

    def _engine_event(self, event: EngineEvent) -> None:
        if self._early is not None:
            self._early.append(event)
            return
        match event:
            case DtlsReceived() | IceConnected() | IceLost() | RtpStarted() | RtpStopped() | LegEnded():
                (self.softphones.engine_event if is_phone_leg(event.leg) else self._far_leg_event)(event)
            case DigitReceived():
                self._calls.digit_received(event)
            case AnswererDecided() | BeepHeard():
                self._calls.answerer_heard(event)
            case PlayerFinished() | PlayerFailed() | ForkEnded():
                self._calls.player_over(event)
            case ControllerReplaced():
                log.critical("engine.taken_over")
            case _:
                pass

    def _far_leg_event(self, event: PhoneEvent) -> None:
        match event:
            case DtlsReceived():
                self._web_legs.received(event.leg, event.datagram)
            case IceLost():
                self._calls.sound_lost(event.leg, causes.BROWSER_GONE)
            case RtpStopped():
                log.info("call.no_sound_received", leg=event.leg, seconds=event.seconds)  # what follows is a policy
            case LegEnded():
                self._calls.leg_ended(event)
            case _:
                pass

    # --- tasks ---

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("gateway.task_failed", exc_info=task.exception())

    def _live_trace(self, tenant: TenantId, call: CallId) -> Trace | None:
        mine = any(one.id == call and one.tenant == tenant for one in self._calls.live)
        return self._tracebook.of(call) if mine else None

    async def _keep_traces(self) -> None:
        while True:
            await asyncio.sleep(CAPTURE_SECONDS)
            await self._trace_keeper.round()

    async def _look_at_dates(self) -> None:
        while True:
            try:
                await self._dates.round(self._book.all, self._domains.all)
            except Exception:
                log.exception("tls.dates_not_told")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                async for gone in self._store.forget_calls(self._ports.clock.now() - ENDED_KEPT):
                    self._calls.forget_ended(frozenset(gone))
            except Exception:
                log.exception("gateway.sweep_failed")
