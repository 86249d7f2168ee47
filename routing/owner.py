"""The owner of one tenant's routing: one input after the other, decide → commit → apply."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.desk import DeskIntent
from kernel.contracts.telephony import TelephonyReport
from kernel.primitives.ids import EventId, TenantId, UserId
from routing.acd.decide import AgentIntent, RoutingInput, RulesAdopted, TimersDue, decide, next_timer
from routing.acd.draft import Decision
from routing.acd.fold import apply
from routing.acd.state import RoutingState
from routing.errors import RoutingUnavailable
from routing.ports import RoutingPorts, RoutingSettings
from routing.queues.rules import Rules
from routing.repository import SnapshotRepository, Stored

REPORTS_REMEMBERED = 10_000  # ids of the last reports; what is repeated later than that, the state itself bears
LOG_PAGE = 10_000

Arm = Callable[[TenantId, datetime | None], None]

log = structlog.get_logger(__name__)


class TenantOwner:
    """While it holds the lease, nobody else decides for the tenant.

    The state is changed only by what was committed; whenever that is not certain, it is folded from the log again.
    """

    def __init__(self, tenant: TenantId, ports: RoutingPorts, settings: RoutingSettings, arm: Arm) -> None:
        self.tenant = tenant
        self._ports = ports
        self._settings = settings
        self._arm = arm
        self._holder = str(ports.ids.new())
        self._held_until = float("-inf")
        self._lock = asyncio.Lock()
        self._rules: Rules | None = None
        self._state: RoutingState | None = None
        self._sequence = 0
        self._stored = 0
        self._reports: dict[EventId, None] = {}

    # --- the lease ---

    @property
    def _lease_name(self) -> str:
        return f"routing.{self.tenant}"

    async def hold(self) -> bool:
        """Take the lease or renew it; False when somebody else has it."""
        async with self._lock:
            return await self._hold()

    async def _hold(self) -> bool:
        """After a loss the state is folded anew, for others may have decided meanwhile."""
        lease, seconds = self._ports.lease, self._settings.lease_seconds
        since = self._ports.clock.monotonic()
        if not await lease.renew(self._lease_name, self._holder, seconds):
            self._state = None
            if not await lease.acquire(self._lease_name, self._holder, seconds):
                self._held_until = float("-inf")
                return False
        self._held_until = since + seconds
        return True

    async def close(self) -> None:
        """Keep the state for a quick start and let another one take over."""
        async with self._lock:
            self._arm(self.tenant, None)
            if self._state is not None and self._sequence > self._stored:
                await self._store(self._state)
            self._held_until = float("-inf")
            await self._ports.lease.release(self._lease_name, self._holder)

    # --- inputs ---

    async def adopt(self) -> None:
        """Read the directory (again) and do what follows from it; also the first thing after the start."""
        async with self._lock:
            self._rules = Rules(await self._ports.directory.directory(self.tenant))
            if self._state is not None:
                self._state.adopt(self._rules)
            await self._carry_out(RulesAdopted())

    async def report(self, report: TelephonyReport) -> None:
        async with self._lock:
            if report.id in self._reports:
                return
            await self._carry_out(report)
            self._reports[report.id] = None
            if len(self._reports) > REPORTS_REMEMBERED:
                del self._reports[next(iter(self._reports))]

    async def perform(self, agent: UserId, intent: DeskIntent) -> None:
        async with self._lock:
            await self._carry_out(AgentIntent(agent, intent))

    async def handle_timer(self) -> None:
        async with self._lock:
            await self._carry_out(TimersDue())

    async def _carry_out(self, word: RoutingInput) -> None:
        if self._ports.clock.monotonic() >= self._held_until and not await self._hold():
            raise RoutingUnavailable("Another process decides for this tenant now: try again.")
        state = self._state or await self._rebuild()
        await self._commit(state, decide(state, word, self._ports.clock.now(), self._ports.ids))
        self._arm(self.tenant, next_timer(state))
        if self._sequence - self._stored >= self._settings.snapshot_events:
            await self._store(state)

    async def _commit(self, state: RoutingState, decision: Decision) -> None:
        if not decision.events and not decision.commands:
            return
        self._state = None  # until it is known that the commit happened
        async with self._ports.database.write(TenantScope(self.tenant)) as unit:
            logged = await unit.append(*decision.events)
            for command in decision.commands:
                unit.emit(f"telephony.command.{self.tenant}", pack(command))
        for entry in logged:
            apply(state, entry.event)
            self._sequence = entry.sequence
        self._state = state

    # --- keeping and rebuilding ---

    async def _rebuild(self) -> RoutingState:
        if self._rules is None:
            self._rules = Rules(await self._ports.directory.directory(self.tenant))
        state = RoutingState(self.tenant, self._rules)
        async with self._ports.database.read(TenantScope(self.tenant)) as unit:
            stored = await SnapshotRepository(unit.session, TenantScope(self.tenant)).load()
        self._sequence = self._stored = 0
        if stored is not None:
            state.restore(stored.snapshot)
            self._sequence = self._stored = stored.sequence
        while page := await self._ports.database.read_log(self.tenant, self._sequence, LOG_PAGE):
            for entry in page:
                apply(state, entry.event)
            self._sequence = page[-1].sequence
        self._state = state
        self._arm(self.tenant, next_timer(state))
        return state

    async def _store(self, state: RoutingState) -> None:
        """A failure costs time at the next start, nothing else."""
        try:
            async with self._ports.database.write(TenantScope(self.tenant)) as unit:
                repository = SnapshotRepository(unit.session, TenantScope(self.tenant))
                await repository.save(Stored(self._sequence, state.snapshot()), self._ports.clock.now())
        except Exception:
            log.exception("routing.snapshot_failed", tenant=str(self.tenant))
        self._stored = self._sequence
