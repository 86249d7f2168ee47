"""Metering in use: follows every tenant's log and writes billing entries, each once however often it is told."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import Logged, read_logged
from kernel.ports.bus import Bus, Subscription
from kernel.ports.unit_of_work import Change, Database
from kernel.primitives.ids import TenantId
from tenants.billing.decks import DeckCache, load_price_book
from tenants.billing.meter import Meter, Used
from tenants.billing.rating import entries_of
from tenants.billing.repository import MeterRepository, further, new_entries

GROUP = "billing"
GATHER_SECONDS = 5.0  # prices are read once for what this brought; whoever issues an invoice catches up first
GATHER_EVENTS = 2_000  # or as soon as so many wait
PIECE = 100  # events or uses at once: a millisecond or two, which calls wait for
READ_CHUNK = 5_000  # events held at once, some 5 MB
SAVE_EVENTS = 2_000  # events read again at most after a start, where nothing of them was billed

log = structlog.get_logger(__name__)


class Tenants(Protocol):
    """Which tenants there are."""

    async def all(self) -> Sequence[TenantId]: ...


Billed = Callable[[TenantScope], Awaitable[None]]
"""Told when entries are written, and once more where the process ends before it has answered."""


class MeteringService:
    """Entries are up to the log within GATHER_SECONDS; `catch_up` brings them up to it at once."""

    def __init__(self, *, database: Database, bus: Bus, tenants: Tenants, billed: Billed | None = None) -> None:
        self._database = database
        self._bus = bus
        self._tenants = tenants
        self._billed = billed
        self._meters: dict[TenantId, Meter] = {}
        self._saved: dict[TenantId, int] = {}
        self._locks: dict[TenantId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._decks = DeckCache()
        self._behind: set[TenantId] = set()  # of whom the log is to be read
        self._heard: dict[TenantId, list[Logged]] = {}
        self._told = asyncio.Event()
        self._many = asyncio.Event()
        self._waiting = 0  # of what was heard
        self._subscription: Subscription | None = None
        self._follower: asyncio.Task[None] | None = None

    # --- life ---

    async def start(self) -> None:
        """What the log has from before is read in the background."""
        self._subscription = await self._bus.subscribe_batches("log.*", GROUP, self._logged)
        self._behind.update(await self._tenants.all())
        self._told.set()
        self._follower = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()
        if self._follower is not None:
            self._follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._follower

    async def _logged(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Kept for the next round; where that is too much, the log has it."""
        for _, payload in messages:
            logged = read_logged(payload)
            heard = self._heard.setdefault(logged.event.tenant, [])
            heard.append(logged)
            if len(heard) > READ_CHUNK:
                heard.clear()
                self._behind.add(logged.event.tenant)
        self._told.set()
        self._waiting += len(messages)
        if self._waiting >= GATHER_EVENTS:
            self._many.set()

    async def _follow(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            self._many.clear()
            self._waiting = 0
            behind, self._behind = self._behind, set()
            heard, self._heard = self._heard, {}
            for tenant in behind.union(heard):
                try:
                    await self._advance(tenant, [] if tenant in behind else heard[tenant], patient=True)
                except Exception:
                    log.exception("metering_failed", tenant=str(tenant))
                    self._behind.add(tenant)
            if self._behind:
                self._told.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._many.wait()

    # --- work ---

    async def catch_up(self, tenant: TenantId) -> None:
        """Returns when the entries are as far as the log. Not to be called inside a writing unit of work."""
        await self._advance(tenant, [])

    async def _advance(self, tenant: TenantId, heard: Sequence[Logged], *, patient: bool = False) -> None:
        """By what was heard, if that is all that the meter does not have; else by the log, whatever came in between."""
        scope = TenantScope(tenant)
        async with self._locks[tenant]:
            meter = self._meters.pop(tenant, None) or await self._load(scope)
            if is_next(heard, meter.sequence):
                await self._fold(scope, meter, heard, patient=patient)
            else:
                while chunk := await self._database.read_log(tenant, meter.sequence, READ_CHUNK):
                    await self._fold(scope, meter, chunk, patient=patient)
            self._meters[tenant] = meter  # only now: after a failure it is read again from where it was saved

    async def _fold(self, scope: TenantScope, meter: Meter, chunk: Sequence[Logged], *, patient: bool) -> None:
        used: list[Used] = []
        for start in range(0, len(chunk), PIECE):
            piece = chunk[start : start + PIECE]
            used += [one for logged in piece if (one := meter.fold(logged.sequence, logged.event)) is not None]
            await asyncio.sleep(0)
        if used or meter.sequence - self._saved.get(scope.tenant, 0) >= SAVE_EVENTS:
            await self._write(scope, meter, used, patient=patient)
            self._saved[scope.tenant] = meter.sequence

    async def _load(self, scope: TenantScope) -> Meter:
        async with self._database.read(scope) as unit:
            state = await MeterRepository(unit.session, scope).load()
        meter = Meter() if state is None else unpack(state, Meter)
        self._saved[scope.tenant] = meter.sequence
        return meter

    async def _write(self, scope: TenantScope, meter: Meter, used: Sequence[Used], *, patient: bool) -> None:
        """How far it is comes last: what a process that ended before that has written is left out the second time."""
        async with self._database.read(scope) as unit:
            book = await load_price_book(unit.session, scope, used, self._decks)
        billed = False
        for start in range(0, len(used), PIECE):
            entries = [entry for one in used[start : start + PIECE] for entry in entries_of(one, book)]
            if entries:
                billed = True
                await self._database.record(Change(scope, rows=[new_entries(scope, entries)], patient=patient))
        if billed and self._billed is not None:
            await self._billed(scope)
        await self._database.record(Change(scope, rows=[further(scope, meter, pack(meter))], patient=patient))


def is_next(heard: Sequence[Logged], after: int) -> bool:
    """Whether these go on where `after` was the last, in order and without a gap; some may be known already."""
    first = heard[0].sequence if heard else 0
    in_order = all(logged.sequence == place for place, logged in enumerate(heard, start=first))
    return 0 < first <= after + 1 and in_order
