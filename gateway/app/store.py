"""Saved state on its way to the database; changes that come while a commit runs share the next one."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import Table, bindparam, delete, insert, select, update

from gateway.app.saved import Announcement, CallChange, Change, PhoneChange, SavedCall, SavedPhone
from gateway.app.tables import GatewayCallRow, GatewaySoftphoneRow
from gateway.traces.tables import CallTraceRow
from kernel.contracts.codec import pack, unpack
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.unit_of_work import Database, UnitOfWork
from kernel.primitives.ids import CallId, TenantId, UserId

CHANGES_PER_COMMIT = 256  # a commit stays below some ten milliseconds, so that no 200 waits longer

_calls = GatewayCallRow.table()
_phones = GatewaySoftphoneRow.table()
_traces = CallTraceRow.table()

log = structlog.get_logger(__name__)


class StateStore:
    """All rows of one gateway, whichever tenant's they are."""

    def __init__(self, database: Database, gateway: str) -> None:
        self._database = database
        self._gateway = gateway
        self._waiting: list[tuple[Change, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._known: set[tuple[object, ...]] = set()

    async def write(self, change: Change) -> None:
        """Returns when it is committed; raises what the database raised."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, written))
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_all(), context=Context())
        await written

    async def load_calls(self) -> tuple[list[SavedCall], dict[CallId, TenantId]]:
        """Calls to go on with, and those that ended a short time ago."""
        async with self._database.read() as unit:
            rows = (await unit.session.execute(select(_calls).where(_calls.c.gateway == self._gateway))).all()
        self._known |= {(row.id,) for row in rows}
        ended = {CallId(row.id): TenantId(row.tenant_id) for row in rows if row.ended_at is not None}
        return [unpack(row.state, SavedCall) for row in rows if row.ended_at is None], ended

    async def load_phones(self) -> list[tuple[TenantId, UserId, SavedPhone]]:
        async with self._database.read() as unit:
            rows = (await unit.session.execute(select(_phones).where(_phones.c.gateway == self._gateway))).all()
        self._known |= {(row.tenant_id, row.agent_id) for row in rows}
        return [(TenantId(row.tenant_id), UserId(row.agent_id), unpack(row.state, SavedPhone)) for row in rows]

    async def forget_calls(self, ended_before: datetime) -> set[CallId]:
        """Drop, and return, what is kept only so that a late command is known to be late."""
        mine = (_calls.c.gateway == self._gateway, _calls.c.ended_at < ended_before)
        async with self._database.write() as unit:
            gone = {CallId(key) for key in await unit.session.scalars(select(_calls.c.id).where(*mine))}
            await unit.session.execute(delete(_calls).where(*mine))
        self._known -= {(key,) for key in gone} | {("trace", key) for key in gone}
        return gone

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:CHANGES_PER_COMMIT]
                del self._waiting[:CHANGES_PER_COMMIT]
                await self._write_batch(batch)
        finally:
            self._writer = None

    async def _write_batch(self, batch: Sequence[tuple[Change, asyncio.Future[None]]]) -> None:
        try:
            await self._commit([change for change, _ in batch])
        except Exception as error:
            if len(batch) > 1:  # one change must not take the others with it
                for one in batch:
                    await self._write_batch([one])
                return
            _settle(batch[0][1], error)
        else:
            for _, written in batch:
                _settle(written, None)

    async def _commit(self, changes: Sequence[Change]) -> None:
        async with self._database.write() as unit:
            made = await self._put(unit, _calls, _call_rows(changes, self._gateway))
            made |= await self._put(unit, _phones, _phone_rows(changes, self._gateway))
            made |= await self._put(unit, _traces, _trace_rows(changes))
            gone = await self._remove_phones(unit, changes)
            for change in changes:
                for report in change.reports:
                    unit.emit(subject_of(report), pack(report))
                if isinstance(change, CallChange) and change.events:
                    await unit.append(*change.events)
        self._known = (self._known | made) - gone

    async def _put(
        self, unit: UnitOfWork, table: Table, rows: dict[tuple[object, ...], dict[str, Any]]
    ) -> set[tuple[object, ...]]:
        """Insert what is new, update the rest; returns what was inserted."""
        fresh = [row for key, row in rows.items() if key not in self._known]
        stale = [{f"b_{name}": value for name, value in row.items()} for key, row in rows.items() if key in self._known]
        if fresh:
            await unit.session.execute(insert(table), fresh)
        if stale:
            keys = [column.name for column in table.primary_key]
            values: dict[str, Any] = {c.name: bindparam(f"b_{c.name}") for c in table.c if c.name not in keys}
            where = [table.c[name] == bindparam(f"b_{name}") for name in keys]
            await (await unit.session.connection()).execute(update(table).where(*where).values(values), stale)
        return {key for key in rows if key not in self._known}

    async def _remove_phones(self, unit: UnitOfWork, changes: Sequence[Change]) -> set[tuple[object, ...]]:
        last = {(change.tenant, change.agent): change.state for change in changes if isinstance(change, PhoneChange)}
        gone = {key for key, state in last.items() if state is None}
        for tenant, agent in gone:
            await unit.session.execute(
                delete(_phones).where(_phones.c.tenant_id == tenant, _phones.c.agent_id == agent)
            )
        return cast(set[tuple[object, ...]], gone)


def subject_of(report: TelephonyReport) -> str:
    return f"telephony.report.{report.tenant}"


def _settle(written: asyncio.Future[None], error: Exception | None) -> None:
    if written.done():
        return
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(error)


def _call_rows(changes: Sequence[Change], gateway: str) -> dict[tuple[object, ...], dict[str, Any]]:
    """The last state of each call."""
    return {
        (change.call,): {
            "id": change.call,
            "tenant_id": change.tenant,
            "gateway": gateway,
            "ended_at": change.ended_at,
            "state": change.state,
        }
        for change in changes
        if isinstance(change, CallChange) and change.state is not None
    }


def _trace_rows(changes: Sequence[Change]) -> dict[tuple[object, ...], dict[str, Any]]:
    """The last state of each ended call's signalling."""
    return {
        ("trace", change.call): {
            "call_id": change.call,
            "tenant_id": change.tenant,
            "ended_at": change.trace.ended_at,
            "body": change.trace.body,
            "packets": change.trace.packets,
        }
        for change in changes
        if isinstance(change, CallChange) and change.trace is not None
    }


def _phone_rows(changes: Sequence[Change], gateway: str) -> dict[tuple[object, ...], dict[str, Any]]:
    rows: dict[tuple[object, ...], dict[str, Any]] = {}
    for change in changes:
        if isinstance(change, Announcement | CallChange):
            continue
        key = (change.tenant, change.agent)
        if change.state is None:
            rows.pop(key, None)
        else:
            rows[key] = {
                "tenant_id": change.tenant,
                "agent_id": change.agent,
                "gateway": gateway,
                "state": change.state,
            }
    return rows
