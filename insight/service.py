"""Insight in use: follows every tenant's log, answers questions about calls and indicators, recounts."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from insight.following import Following
from insight.kept.states import StateRepository
from insight.kpi.counters import Counters, IntervalKey, whole_seconds
from insight.kpi.indicators import Choices
from insight.kpi.intervals import to_ms
from insight.kpi.live import SequenceGap, running_stretches, running_time
from insight.kpi.records import CallRecord, Outcome
from insight.kpi.state import Changes, FoldState, StateStretch
from insight.missed_calls import KEPT, ContactRepository, MissedCalls, missed_calls
from insight.questions import (
    CallFilter,
    Difference,
    Directory,
    FoundCall,
    IndicatorFilter,
    IndicatorRow,
    ListedCall,
    ShownOutcome,
)
from insight.recount import recount
from insight.report import Cell, IndicatorReport, Teams, whole_intervals
from insight.repository import CallRecordRepository, IntervalRepository, ListedRow
from insight.shown import show
from insight.sums import SumRepository, coarsest, pieces
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.directory import SHORT_ABANDON_SECONDS
from kernel.contracts.log import Logged, read_logged
from kernel.ports.bus import Bus, Subscription
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, QueueId, TenantId

SAVE_EVERY_SECONDS = 5.0  # a short call is written once then; readers save first and never wait
SAVE_EVENTS = 2_000  # or as soon as so many wait: twenty pieces, some thirty milliseconds for a reader who saves first

_OUTCOMES = {outcome.value: outcome for outcome in ShownOutcome}  # a quarter of what the enumeration's call costs

ChangeListener = Callable[[TenantId, Changes], None]
"""Called after each event of a tenant's log was folded, in the order of the log, with what it changed."""

log = structlog.get_logger(__name__)


class InsightService:
    """Answers are up to the last event of the log; no method may be called inside a writing unit of work."""

    def __init__(self, *, database: Database, bus: Bus, directory: Directory, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._directory = directory
        self._clock = clock
        self._followed: dict[TenantId, Following] = {}
        self._locks: dict[TenantId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._listeners: list[ChangeListener] = []
        self._subscriptions: list[Subscription] = []
        self._dirty = asyncio.Event()
        self._many = asyncio.Event()
        self._folded = 0  # since the last saving
        self._saver: asyncio.Task[None] | None = None

    # --- life ---

    async def start(self) -> None:
        self._subscriptions = [
            await self._bus.subscribe_batches("log.*", None, self._logged),
            await self._bus.subscribe("directory.*", self._directory_changed),
        ]
        self._saver = asyncio.create_task(self._keep_saving())

    async def close(self) -> None:
        """Writes what is pending."""
        for subscription in self._subscriptions:
            await subscription.close()
        if self._saver is not None:
            self._saver.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._saver
        for following in list(self._followed.values()):
            await following.save()

    async def _keep_saving(self) -> None:
        while True:
            await self._dirty.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SAVE_EVERY_SECONDS):
                    await self._many.wait()
            self._dirty.clear()
            self._many.clear()
            self._folded = 0
            for tenant, following in list(self._followed.items()):
                try:
                    await following.save(patient=True)
                except Exception:
                    log.exception("insight_not_saved", tenant=str(tenant))
                    self._dirty.set()

    # --- following the log ---

    async def _logged(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """An event that is folded already changes nothing when the rest of its batch comes again."""
        batches: dict[TenantId, list[Logged]] = {}
        for _, payload in messages:
            logged = read_logged(payload)
            batches.setdefault(logged.event.tenant, []).append(logged)
        for tenant, batch in batches.items():
            async with self._locks[tenant]:
                following = await self._follow(tenant)
                told = self._teller(tenant)
                for logged in batch:
                    try:
                        await following.fold(logged, told)
                    except SequenceGap:
                        await following.catch_up(told)
        self._dirty.set()
        self._folded += len(messages)
        if self._folded >= SAVE_EVENTS:
            self._many.set()

    def _teller(self, tenant: TenantId) -> Callable[[Changes], None]:
        def tell(changes: Changes) -> None:
            for listener in self._listeners:
                listener(tenant, changes)

        return tell

    async def _follow(self, tenant: TenantId) -> Following:
        """The caller holds the tenant's lock."""
        following = self._followed.get(tenant)
        if following is None:
            directory = await self._directory.directory(tenant)
            zone = ZoneInfo(directory.time_zone)
            following = await Following.start(self._database, TenantScope(tenant), zone)
            await self._put_day_right(TenantScope(tenant), following)
            self._followed[tenant] = following
            if following.unsaved:
                self._dirty.set()
        return following

    async def _saved(self, tenant: TenantId) -> Following:
        """With the tables as far as the log."""
        async with self._locks[tenant]:
            following = await self._follow(tenant)
            await following.catch_up(self._teller(tenant))
        await following.save()
        return following

    @asynccontextmanager
    async def _current(self, scope: TenantScope) -> AsyncGenerator[UnitOfWork]:
        """A reading unit of work in which the tables are as far as the log; mostly they are at once."""
        following = self._followed.get(scope.tenant)
        if following is not None and not following.unsaved:
            sequence = following.view.state.sequence
            async with self._database.read(scope) as unit:
                if await unit.log_end(scope.tenant) == sequence:
                    yield unit
                    return
        await self._saved(scope.tenant)
        async with self._database.read(scope) as unit:
            yield unit

    async def _directory_changed(self, subject: str, payload: bytes) -> None:
        tenant = TenantId(UUID(subject.rpartition(".")[2]))
        following = self._followed.get(tenant)
        if following is None:
            return
        zone = ZoneInfo((await self._directory.directory(tenant)).time_zone)
        async with self._locks[tenant]:
            following.view.zone = zone
            await self._put_day_right(TenantScope(tenant), following)

    async def _put_day_right(self, scope: TenantScope, following: Following) -> None:
        """The caller holds the tenant's lock."""
        if following.view.day_is_right:
            return
        await following.save()
        since, until = following.view.move_day()
        async with self._database.read(scope) as unit:
            cells = await IntervalRepository(unit.session, scope).between(since, until)
        following.view.fill_day(cells)

    # --- the live view ---

    async def open(self, tenant: TenantId) -> FoldState:
        """The tenant's live state, loaded on the first call; the same object goes on changing with the log."""
        async with self._locks[tenant]:
            return (await self._follow(tenant)).view.state

    def on_change(self, listener: ChangeListener) -> None:
        self._listeners.append(listener)

    # --- questions ---

    async def find_calls(self, scope: TenantScope, wanted: CallFilter) -> Sequence[ListedCall]:
        directory = await self._directory.directory(scope.tenant)
        short = {rules.queue: rules.short_abandon_seconds for rules in directory.queues}
        async with self._current(scope) as unit:
            rows = await CallRecordRepository(await unit.connection(), scope).find(wanted, short)
        return [_listed(row, short) for row in rows]

    async def missed_calls(self, scope: TenantScope) -> Sequence[MissedCalls]:
        """Who called in vain lately and was not spoken with since, longest unanswered first."""
        async with self._current(scope) as unit:
            contacts = await ContactRepository(await unit.connection(), scope).missed(self._clock.now() - KEPT)
        return missed_calls(contacts)

    async def get_call(self, scope: TenantScope, call: CallId) -> FoundCall | None:
        directory = await self._directory.directory(scope.tenant)
        async with self._current(scope) as unit:
            record = await CallRecordRepository(unit.session, scope).get(call)
        if record is None:
            return None
        short = {rules.queue: rules.short_abandon_seconds for rules in directory.queues}
        outcome = None if record.outcome is None else record.outcome.value
        shown = _shown_outcome(outcome, whole_seconds(record.wait_ms), record.queue, short)
        return FoundCall(record, ListedCall(record.call, record.queue, record.agent, shown, show(record)))

    async def indicators(
        self, scope: TenantScope, wanted: IndicatorFilter, choices: Choices | None = None, teams: Teams | None = None
    ) -> Sequence[IndicatorRow]:
        """By scope, then time. `total` has a row for every queue or agent, finer ones where something was counted."""
        directory = await self._directory.directory(scope.tenant)
        report = IndicatorReport(directory, wanted, choices or Choices(), teams)
        return report.rows(await self.cells(scope, wanted))

    async def cells(self, scope: TenantScope, wanted: IndicatorFilter) -> Sequence[Cell]:
        """All that is counted in the span, and the time of agents' present states."""
        following = await self._saved(scope.tenant)
        directory = await self._directory.directory(scope.tenant)
        _, until = whole_intervals(wanted.since, wanted.until)
        kept = await self._kept(scope, wanted, ZoneInfo(directory.time_zone))
        return [*kept.items(), *running_time(following.view.state, min(self._clock.now(), until))]

    async def stretches(self, scope: TenantScope, since: datetime, until: datetime) -> Sequence[StateStretch]:
        """The states of agents that touch the span; those that go on, up to now."""
        following = await self._saved(scope.tenant)
        async with self._database.read(scope) as unit:
            kept = await StateRepository(unit.session, scope).between(to_ms(since), to_ms(until))
        return [*kept, *running_stretches(following.view.state, self._clock.now())]

    async def _kept(self, scope: TenantScope, wanted: IndicatorFilter, zone: ZoneInfo) -> dict[IntervalKey, Counters]:
        """Days, hours and quarter hours that make up the span, as coarse as the question lets them be."""
        kept: dict[IntervalKey, Counters] = {}
        async with self._database.read(scope) as unit:
            cells, sums = IntervalRepository(unit.session, scope), SumRepository(unit.session, scope)
            for hours, since, until in pieces(*whole_intervals(wanted.since, wanted.until), coarsest(wanted, zone)):
                kept |= await (sums.between(hours, since, until) if hours else cells.between(since, until))
        return kept

    async def settle(self, scope: TenantScope) -> None:
        """Returns when the tables are as far as the log."""
        await self._saved(scope.tenant)

    async def recount(self, tenant: TenantId) -> Sequence[Difference]:
        """What the tables and the live view have otherwise than the log tells; empty when all is well."""
        async with self._locks[tenant]:
            following = await self._follow(tenant)
            await following.catch_up(self._teller(tenant))
            await following.save()
            return await recount(self._database, TenantScope(tenant), following.view)


def _listed(row: ListedRow, short: Mapping[QueueId, float]) -> ListedCall:
    call, queue, agent, outcome, wait_seconds, shown, body = row
    current = shown if body is None else show(unpack(body, CallRecord))
    return ListedCall(call, queue, agent, _shown_outcome(outcome, wait_seconds, queue, short), current)


def _shown_outcome(
    outcome: str | None, wait_seconds: int, queue: QueueId | None, short: Mapping[QueueId, float]
) -> ShownOutcome | None:
    """`short`: every queue's threshold of short abandons in seconds."""
    if outcome is None:
        return None
    if outcome != Outcome.ABANDONED.value:
        return _OUTCOMES[outcome]
    limit = SHORT_ABANDON_SECONDS if queue is None else short.get(queue, SHORT_ABANDON_SECONDS)
    is_short = wait_seconds <= whole_seconds(limit * 1000)
    return ShownOutcome.SHORT_ABANDONED if is_short else ShownOutcome.ABANDONED
