"""What a forwarded call costs beside SIP and sound: its saved state, log, routing, record and bill.

A stand-in of the gateway writes what the real one writes of such a call, and waits for routing where that does.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict
from uuid import UUID

from api.collector import keep_collecting
from api.composition import Storage
from api.settings import Settings, StorageSettings
from api.together import DecisionsHere
from gateway.app.saved import CallChange, SavedTrace
from gateway.app.store import StateStore
from insight import InsightService
from kernel.adapters import InProcessBus, Relay
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import unpack
from kernel.contracts.directory import NumberRoute, QueueRules, TenantDirectory
from kernel.contracts.log import LegMeasured, LogEvent
from kernel.contracts.telephony import (
    CallArrived,
    CallEstablished,
    CallReleased,
    ConnectParty,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    TelephonyCommand,
    TelephonyReport,
    TrunkParty,
)
from kernel.primitives.ids import CallId, EventId, NumberId, QueueId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber
from load_tests.report import Row, row
from routing import RoutingPorts, RoutingService

TENANTS = (TenantId(UUID(int=0x1001)), TenantId(UUID(int=0x1002)))  # calls of both, in turn
TRUNK, QUEUE = TrunkId(UUID(int=0x2001)), QueueId(UUID(int=0x3001))
CALLED, OUTSIDE, CALLER = (PhoneNumber(f"+4420718387{last}") for last in (50, 59, 63))
CAUSE = EndCause(EndResult.CALLER, EndReason.HANGUP_BY_CALLER, 0, 16)
PARTY = "forward"
COMMANDS_AT_ONCE = 256  # as the gateway's
STATE_BYTES = {"arrived": 2_100, "dialled": 4_000, "ringing": 4_100, "up": 4_600}  # of a call with short SDP and names
TRACE_BYTES = 650
AT_ONCE = (1, 32, 256)  # calls under way
CALLS = 1_500
SHORT_CALLS = 20


class Stamp(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime


class Centres:
    """Both tenants' directories, as routing, insight and billing ask for them."""

    async def all(self) -> Sequence[TenantId]:
        return TENANTS

    async def directory(self, tenant: TenantId, told: EventId | None = None) -> TenantDirectory:
        number = NumberRoute(
            number=NumberId(UUID(int=0x4001)), called=CALLED, queue=QUEUE, forward=TrunkParty(called=OUTSIDE)
        )
        return TenantDirectory(
            tenant=tenant,
            name="Example",
            time_zone="Europe/London",
            currency="GBP",
            queues=(QueueRules(queue=QUEUE, name="Service", record=False),),
            agents=(),
            numbers=(number,),
            outbound_trunk=TRUNK,
            outbound_caller=CALLED,
        )


class Books:
    """Everything behind the gateway, over one SQLite file."""

    def __init__(self, folder: Path) -> None:
        storage = Storage(Settings(storage=StorageSettings(folder=str(folder))))
        database, clock, centres = storage.database, storage.clock, Centres()
        self._ids = storage.ids
        self._database = database
        self._bus = InProcessBus(database.bury)
        self._relay = Relay(database, self._bus)
        self._insight = InsightService(database=database, bus=self._bus, directory=centres, clock=clock)
        self._metering = storage.metering(self._bus)
        ports = RoutingPorts(
            database=database,
            bus=self._bus,
            directory=centres,
            tenants=centres,
            lease=storage.lease,
            clock=clock,
            ids=self._ids,
        )
        self._routing = RoutingService(ports)
        self._store = StateStore(database, "bench", DecisionsHere(self._routing, self._relay.carries))
        self._dialled: dict[CallId, asyncio.Future[None]] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._database.close)
            stack.push_async_callback(self._bus.close)
            for part in (self._insight, self._metering, self._routing):
                await part.start()
                stack.push_async_callback(part.close)
            await self._bus.subscribe("telephony.command.*", self._command, beside=COMMANDS_AT_ONCE)
            await self._relay.start()
            stack.push_async_callback(self._relay.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def carry(self, calls: int, at_once: int) -> float:
        """Milliseconds of this process's CPU per call, until each is in its record and on the bill."""
        todo = iter(range(calls))
        before = time.process_time()

        async def line() -> None:
            for number in todo:
                await self._call(TENANTS[number % len(TENANTS)])

        await asyncio.gather(*(line() for _ in range(at_once)))
        await self._relay.drain()
        for tenant in TENANTS:
            await self._insight.settle(TenantScope(tenant))
            await self._metering.catch_up(tenant)
        return (time.process_time() - before) * 1000 / calls

    # --- the gateway's part ---

    async def _command(self, _subject: str, payload: bytes) -> None:
        order: TelephonyCommand = unpack(payload, TelephonyCommand)
        if isinstance(order, ConnectParty):
            self._dialled.pop(order.call).set_result(None)

    async def _call(self, tenant: TenantId) -> None:
        call = CallId(self._ids.new())
        dialled = self._dialled[call] = asyncio.get_running_loop().create_future()
        arrived = CallArrived(**self._stamp(tenant), call=call, trunk=TRUNK, called=CALLED, caller=CALLER)
        await self._save(tenant, call, "arrived", arrived)
        await dialled
        await self._save(tenant, call, "dialled")
        await self._save(tenant, call, "ringing", PartyRinging(**self._stamp(tenant), call=call, party=PARTY))
        await self._save(tenant, call, "up", PartyEstablished(**self._stamp(tenant), call=call, party=PARTY))
        await self._save(tenant, call, "up", CallEstablished(**self._stamp(tenant), call=call))
        released = PartyReleased(**self._stamp(tenant), call=call, party=PARTY, cause=CAUSE)
        await self._save(tenant, call, "up", released, CallReleased(**self._stamp(tenant), call=call, cause=CAUSE))
        await self._end(tenant, call)

    async def _save(self, tenant: TenantId, call: CallId, phase: str, *reports: TelephonyReport) -> None:
        state = bytes(STATE_BYTES[phase])
        await self._store.write(CallChange(call=call, tenant=tenant, state=state, reports=reports))

    async def _end(self, tenant: TenantId, call: CallId) -> None:
        now = datetime.now(UTC)
        trace = SavedTrace(ended_at=now, body=bytes(TRACE_BYTES), packets=None)
        await self._store.write(CallChange(call=call, tenant=tenant, state=b"", ended_at=now, trace=trace))
        events = tuple(self._measured(tenant, call, party) for party in ("caller", "party"))
        await self._store.write(CallChange(call=call, tenant=tenant, state=None, events=events))

    def _measured(self, tenant: TenantId, call: CallId, party: str) -> LogEvent:
        return LegMeasured(
            **self._stamp(tenant),
            call=call,
            party=party,
            packets_received=0,
            packets_sent=0,
            lost=0,
            jitter_ms=0.0,
            round_trip_ms=None,
            mos=None,
        )

    def _stamp(self, tenant: TenantId) -> Stamp:
        return Stamp(id=EventId(self._ids.new()), tenant=tenant, at=datetime.now(UTC))


async def measure_books(folder: Path, short: bool) -> list[Row]:
    gc.collect()
    keep_collecting(asyncio.get_running_loop(), lambda: False)  # as `cordboard serve`
    async with Books(folder) as books:
        if short:
            return [row("CPU after the events", 1, "ms", await books.carry(SHORT_CALLS, 1))]
        await books.carry(CALLS // 10, AT_ONCE[-1])  # statements compiled, tables not empty
        return [row("CPU after the events", size, "ms", await books.carry(CALLS, size)) for size in AT_ONCE]
