"""The owner of one floor's routing: one input after the other, decide → commit → apply."""

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence, Set
from datetime import UTC, datetime, timedelta

import structlog

from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackAct
from kernel.contracts.desk import DeskIntent
from kernel.contracts.heard import HeardEvent
from kernel.contracts.log import CallErased
from kernel.contracts.outlook import Outlook
from kernel.contracts.reconciling import Surroundings
from kernel.contracts.supervision import SupervisorAct
from kernel.contracts.telephony import TelephonyReport
from kernel.contracts.voicemail import VoicemailAct
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import EventId, TenantId, UserId
from routing.acd.decide import (
    AgentIntent,
    CallbackIntent,
    Mend,
    RoutingInput,
    RulesAdopted,
    SupervisorIntent,
    TimersDue,
    VoicemailIntent,
    decide,
    next_timer,
)
from routing.acd.draft import NOTHING, Decision
from routing.acd.flow_book import FlowBook
from routing.acd.flow_words import FlowErrand
from routing.acd.fold import apply
from routing.acd.outlook import outlook
from routing.acd.picturing import picture_of
from routing.acd.state import Bond, RoutingState
from routing.callbacks.model import Callback
from routing.errors import RoutingUnavailable
from routing.floors import Floor
from routing.flow_rows import FlowPositionRepository
from routing.joining import FloorClosed, Joining, not_joined, together
from routing.ports import RoutingPorts, RoutingSettings
from routing.queues.rules import Rules
from routing.reconciler.patience import Verdict, Watch
from routing.repository import SnapshotRepository, Stored, written
from routing.voicemail.model import Voicemail

REPORTS_REMEMBERED = 10_000  # ids of the last reports; what is repeated later than that, the state itself bears
LOG_PAGE = 10_000

Arm = Callable[[TenantId, datetime | None], None]

log = structlog.get_logger(__name__)


class FloorOwner:
    """While it holds the leases of all tenants of its floor, nobody else decides for any of them.

    The state is changed only by what was committed; whenever that is not certain, it is folded from the logs again.
    """

    def __init__(self, floor: Floor, ports: RoutingPorts, settings: RoutingSettings, arm: Arm) -> None:
        self.floor = floor
        self.name = floor[0]  # under which it is woken
        self._ports = ports
        self._settings = settings
        self._arm = arm
        holder = str(ports.ids.new())
        self.leases = {f"routing.{tenant}": holder for tenant in floor}
        self._held_until = float("-inf")
        self._closed = False
        self._lock = asyncio.Lock()
        self._joining = Joining(self._report)
        self._rules: Rules | None = None
        self._state: RoutingState | None = None
        self._sequences: dict[TenantId, int] = {}
        self._stored: dict[TenantId, int] = {}
        self._reports: dict[EventId, None] = {}
        self._watch = Watch()
        self._errands: set[asyncio.Task[None]] = set()

    # --- the leases ---

    async def hold(self) -> bool:
        """Take the leases or renew them; False when somebody else has one."""
        async with self._lock:
            return await self._hold()

    async def keep(self, renewed: Set[str], since: float) -> bool:
        """These leases were renewed, the clock was asked `since` before; False when somebody else has another one."""
        if not renewed >= self.leases.keys():
            return await self.hold()
        self._held_until = since + self._settings.lease_seconds
        return True

    async def _hold(self) -> bool:
        """All or none. After a loss the state is folded anew, for others may have decided meanwhile."""
        lease, seconds = self._ports.lease, self._settings.lease_seconds
        since = self._ports.clock.monotonic()
        renewed = await lease.renew(self.leases, seconds)
        for name in self.leases.keys() - renewed:
            self._state = None
            if not await lease.acquire(name, self.leases[name], seconds):
                await self._release()
                return False
        self._held_until = since + seconds
        return True

    async def _release(self) -> None:
        self._held_until = float("-inf")
        for name, holder in self.leases.items():
            await self._ports.lease.release(name, holder)

    async def close(self) -> None:
        """Keep the state for a quick start and let another one take over."""
        async with self._lock:
            self._closed = True
            self._arm(self.name, None)
            for errand in self._errands:
                errand.cancel()
            if self._state is not None:
                await self._store(self._state, 1)
            await self._release()

    # --- inputs ---

    async def adopt(self) -> None:
        """The directories as they are now."""
        async with self._lock:
            await self._adopt()

    async def report(self, *reports: TelephonyReport) -> None:
        """In this order, in one commit; where that fails nothing of any was done."""
        await self._report(reports)

    def report_with(self, change: Change, reports: Sequence[TelephonyReport]) -> asyncio.Future[bool]:
        """The same in the commit that writes `change`; False: nothing of either was done.

        So it is where it would have to wait for something else than for others who come by this way.
        """
        if not self._joining.begun and (self._state is None or self._lock.locked()):
            return not_joined()
        return self._joining.add(change, reports)

    async def hear(self, *events: HeardEvent) -> None:
        """What others wrote to the logs. Of what was erased nothing stays in what is kept for a start either."""
        await self._report(events)
        if any(isinstance(event, CallErased) for event in events):
            async with self._lock:
                await self._store(await self._ready(), 0)

    async def _report(self, reports: Sequence[TelephonyReport | HeardEvent], beside: Sequence[Change] = ()) -> None:
        async with self._lock:
            fresh = {report.id: report for report in reports if report.id not in self._reports}
            if not fresh and not beside:
                return
            await self._carry_out(*fresh.values(), beside=beside)
            self._reports.update(dict.fromkeys(fresh))
            while len(self._reports) > REPORTS_REMEMBERED:
                del self._reports[next(iter(self._reports))]

    async def perform(self, home: TenantId, agent: UserId, intent: DeskIntent) -> None:
        async with self._lock:
            await self._carry_out(AgentIntent(home, agent, intent))

    async def supervise(self, tenant: TenantId, supervisor: UserId, act: SupervisorAct) -> None:
        async with self._lock:
            await self._carry_out(SupervisorIntent(tenant, supervisor, act))

    async def callback(self, tenant: TenantId, person: UserId | None, act: CallbackAct) -> None:
        async with self._lock:
            await self._carry_out(CallbackIntent(tenant, person, act))

    async def callbacks(self, tenant: TenantId) -> list[Callback]:
        """The tenant's open ones, in the order in which they are served."""
        async with self._lock:
            return (await self._ready()).callbacks.of(tenant)

    async def voicemail(self, tenant: TenantId, person: UserId, act: VoicemailAct) -> None:
        async with self._lock:
            await self._carry_out(VoicemailIntent(tenant, person, act))

    async def voicemails(self, tenant: TenantId) -> list[Voicemail]:
        """The tenant's that are not done, in the order in which they are served."""
        async with self._lock:
            return (await self._ready()).messages.of(tenant)

    async def handle_timer(self) -> None:
        async with self._lock:
            until = None if self._rules is None else self._rules.until
            if until is not None and until <= self._ports.clock.now():
                await self._adopt()
            await self._carry_out(TimersDue())

    async def reconcile(self, seen: Surroundings | None, behind: float) -> list[Verdict]:
        """Compare the state with what the gateway and the engine hold, and heal what differs; returns what was found.

        What was told less than `behind` seconds ago may be on its way.
        """
        async with self._lock:
            state = await self._ready()
            now = self._ports.clock.now()
            told_until = now - timedelta(seconds=behind) if math.isfinite(behind) else datetime.min.replace(tzinfo=UTC)
            verdicts = self._watch.look(picture_of(state, now, next_timer(state), seen, told_until))
            for verdict in verdicts:
                await self._mend(verdict)
            return verdicts

    async def _mend(self, verdict: Verdict) -> None:
        """One that cannot be healed keeps none of the others; it is found again."""
        try:
            await self._carry_out(Mend(verdict))
        except (FloorClosed, RoutingUnavailable):
            raise
        except Exception:
            log.exception("reconciler.cure_failed", verdict=repr(verdict))

    async def bonds(self) -> set[Bond]:
        """Who is engaged for whom, away from home; the other tenant may be of another floor after a restart."""
        async with self._lock:
            return (await self._ready()).bonds

    async def outlook(self, tenant: TenantId) -> Outlook:
        async with self._lock:
            return outlook(await self._ready(), tenant, self._ports.clock.now())

    async def _adopt(self) -> None:
        directories = [await self._ports.directory.directory(tenant) for tenant in self.floor]
        self._rules = Rules(directories, self._ports.clock.now())
        if self._state is not None:
            self._state.adopt(self._rules)
            self._state.book = await self._book(self._state)
        await self._carry_out(RulesAdopted())

    async def _book(self, state: RoutingState) -> FlowBook:
        flows = self._ports.flows
        return FlowBook({tenant: await flows.flows(tenant, state.flows.used(tenant)) for tenant in self.floor})

    async def _carry_out(self, *words: RoutingInput, beside: Sequence[Change] = ()) -> None:
        """Each is decided on what the ones before it will have made of the state; one commit for all of them."""
        state = await self._ready()
        made: list[Decision] = []
        for word in words:
            decision = decide(state, word, self._ports.clock.now(), self._ports.ids, keep=True)
            if decision is NOTHING:
                continue
            if decision.events or decision.standings:
                self._state = None  # until it is known that the commit happened
            made.append(decision)
        if await self._record(made, beside):
            self._state = state
            if made:
                self._wake_for(state)
                self._run(made)
                await self._store(state, self._settings.snapshot_events)
        for decision in made:
            if decision.refusal is not None:
                raise decision.refusal

    async def _ready(self) -> RoutingState:
        if self._closed:
            raise FloorClosed("Calls are being distributed anew: try again.")
        if self._ports.clock.monotonic() >= self._held_until and not await self._hold():
            raise RoutingUnavailable("Another process decides for this tenant now: try again.")
        return self._state or await self._rebuild()

    async def _record(self, made: Sequence[Decision], beside: Sequence[Change]) -> bool:
        """False where the log had some of the events already: the state is then folded from it anew."""
        change = together(self.floor, made, beside)
        if not change.rows and not change.events and not change.emitted:
            return True
        logged = await self._ports.database.record(change)
        for entry in logged:
            self._sequences[entry.event.tenant] = entry.sequence
        return len(logged) == len(change.events)

    def _wake_for(self, state: RoutingState) -> None:
        timer, until = next_timer(state), state.rules.until
        self._arm(self.name, min(timer, until) if timer is not None and until is not None else timer or until)

    # --- what flows ask of others ---

    def _run(self, made: Iterable[Decision]) -> None:
        for decision in made:
            for errand in decision.errands:
                self._begin(errand)

    def _begin(self, errand: FlowErrand) -> None:
        task = asyncio.create_task(self._run_errand(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _run_errand(self, errand: FlowErrand) -> None:
        """Where the answer cannot be taken, the flow's own time limit goes on without it."""
        try:
            answer = await self._ports.errands.run(errand)
            async with self._lock:
                await self._carry_out(answer)
        except (FloorClosed, RoutingUnavailable):
            return
        except Exception:
            log.exception("routing.errand_failed", tenant=str(errand.tenant), call=str(errand.call))

    # --- keeping and rebuilding ---

    async def _rebuild(self) -> RoutingState:
        """The logs may be read one after the other: nothing is told by two of them."""
        if self._rules is None:
            directories = [await self._ports.directory.directory(tenant) for tenant in self.floor]
            self._rules = Rules(directories, self._ports.clock.now())
        state = RoutingState(self._rules)
        for tenant in self.floor:
            await self._fold(tenant, state)
        state.book = await self._book(state)
        self._state = state
        self._wake_for(state)
        for one in state.flows:
            for asked in one.owed:
                self._begin(FlowErrand(one.tenant, one.call, asked))
        return state

    async def _fold(self, tenant: TenantId, state: RoutingState) -> None:
        async with self._ports.database.read() as unit:
            stored = await SnapshotRepository(unit.session, TenantScope(tenant)).load()
            standings = await FlowPositionRepository(unit.session, TenantScope(tenant)).all()
        sequence = 0
        if stored is not None:
            state.restore(tenant, stored.snapshot, stored.paces)
            sequence = stored.sequence
        self._stored[tenant] = sequence
        while page := await self._ports.database.read_log(tenant, sequence, LOG_PAGE):
            for entry in page:
                apply(state, entry.event)
            sequence = page[-1].sequence
        state.flows.restore(one for one in standings if state.call(one.call) is not None)
        self._sequences[tenant] = sequence

    async def _store(self, state: RoutingState, after: int) -> None:
        """The tenants' parts that are `after` events or more behind; a failure costs time at the next start only."""
        for tenant in self.floor:
            sequence = self._sequences[tenant]
            if sequence - self._stored[tenant] < after:
                continue
            try:
                stored = Stored(sequence, state.snapshot(tenant), state.paces(tenant))
                rows = written(tenant, stored, self._ports.clock.now())
                await self._ports.database.record(Change(TenantScope(tenant), rows=[rows]))
            except Exception:
                log.exception("routing.snapshot_failed", tenant=str(tenant))
            self._stored[tenant] = sequence
