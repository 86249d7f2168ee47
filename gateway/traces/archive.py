"""Traces of ended calls in the database, and the rules of captures."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from gateway.traces.book import CaptureRule
from gateway.traces.model import Packet, Trace
from gateway.traces.tables import CallTraceRow, SignallingCaptureRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.ports.sweeping import swept
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.ids import CallId, TenantId, TrunkId

TRACES_KEPT = timedelta(days=90)  # a carrier answers a complaint within weeks; call records stay for years
PACKETS_KEPT = timedelta(days=7)  # they hold numbers: for whoever asked for them, and not for later
ERASED_AT_ONCE = 500  # variables of one statement stay below SQLite's limit of old builds (999)

_traces = CallTraceRow.table()
_captures = SignallingCaptureRow.table()
_DUE = select(_traces.c.call_id)
_FORGET = delete(_traces).where(_traces.c.call_id == bindparam("key"))
_FORGET_PACKETS = update(_traces).where(_traces.c.call_id == bindparam("key")).values(packets=None)
_END_CAPTURE = delete(_captures).where(_captures.c.id == bindparam("key"))


class KeptTrace(msgspec.Struct, frozen=True, kw_only=True):
    """`tenant` owns the call; `packets` is empty where nobody asked for a capture."""

    tenant: TenantId
    trace: Trace
    packets: tuple[Packet, ...] = ()


class TraceArchive:
    """Traces of one tenant by `get`; the operator's command line reads by `find`. `live` knows calls in progress."""

    def __init__(self, database: Database, live: Callable[[TenantId, CallId], Trace | None] | None = None) -> None:
        self._database = database
        self._live = live

    async def get(self, scope: TenantScope, call: CallId) -> Trace | None:
        """None: another tenant's, too old, or a call without SIP."""
        live = self._live(scope.tenant, call) if self._live is not None else None
        if live is not None:
            return live
        query = select(_traces.c.body).where(_traces.c.tenant_id == scope.tenant, _traces.c.call_id == call)
        async with self._database.read(scope) as unit:
            body = await unit.session.scalar(query)
        return None if body is None else unpack(body, Trace)

    async def find(self, call: CallId) -> KeptTrace | None:
        """Whichever tenant's it is."""
        async with self._database.read() as unit:
            row = (await unit.session.execute(select(_traces).where(_traces.c.call_id == call))).one_or_none()
        if row is None:
            return None
        packets = () if row.packets is None else unpack(row.packets, tuple[Packet, ...])
        return KeptTrace(tenant=TenantId(row.tenant_id), trace=unpack(row.body, Trace), packets=packets)

    async def erase(self, scope: TenantScope, calls: Sequence[CallId]) -> None:
        """Take them out for good."""
        async with self._database.write(scope) as unit:
            for start in range(0, len(calls), ERASED_AT_ONCE):
                some = _traces.c.call_id.in_(calls[start : start + ERASED_AT_ONCE])
                await unit.session.execute(delete(_traces).where(_traces.c.tenant_id == scope.tenant, some))

    async def sweep(self, now: datetime) -> None:
        """Drop what was kept long enough, and rules that are over."""
        old = _DUE.where(_traces.c.ended_at < now - TRACES_KEPT)
        captured = _DUE.where(_traces.c.ended_at < now - PACKETS_KEPT, _traces.c.packets.is_not(None))
        over = select(_captures.c.id).where(_captures.c.until < now)
        for due, change in ((old, _FORGET), (captured, _FORGET_PACKETS), (over, _END_CAPTURE)):
            async for _ in swept(self._database, None, due, change):
                pass

    async def rules(self, now: datetime) -> tuple[CaptureRule, ...]:
        """Captures that are not over."""
        async with self._database.read() as unit:
            rows = (await unit.session.execute(select(_captures).where(_captures.c.until > now))).all()
        return tuple(
            CaptureRule(
                tenant=TenantId(row.tenant_id),
                until=row.until,
                number=row.number,
                trunk=None if row.trunk_id is None else TrunkId(row.trunk_id),
            )
            for row in rows
        )


async def add_rule(unit: UnitOfWork, key: UUID, rule: CaptureRule) -> None:
    """Begin a capture; the gateway looks for new rules every few seconds."""
    values = {"id": key, "tenant_id": rule.tenant, "number": rule.number, "trunk_id": rule.trunk, "until": rule.until}
    await unit.session.execute(insert(_captures).values(**values))
