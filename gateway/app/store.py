"""Saved state on its way to the database, each change whole; the database puts several into one commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime

from sqlalchemy import LargeBinary, String, Uuid, bindparam, delete, select, text

from gateway.app.reporting import Decisions, Reporting
from gateway.app.saved import Announcement, CallChange, Change, PhoneChange, SavedCall, SavedPhone
from gateway.app.tables import GatewayCallRow, GatewaySoftphoneRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.telephony import TelephonyReport
from kernel.ports import unit_of_work
from kernel.ports.rows import UtcDateTime
from kernel.ports.sweeping import swept
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId, TenantId, UserId

_calls = GatewayCallRow.table()
_phones = GatewaySoftphoneRow.table()
# The same words on every database.
_INSERT_CALL = (
    "INSERT INTO gateway_calls (id, tenant_id, gateway, ended_at, state) "
    "VALUES (:id, :tenant_id, :gateway, :ended_at, :state) ON CONFLICT (id) DO UPDATE SET state = excluded.state"
)
_CALL_VALUES = (
    bindparam("id", type_=Uuid()),
    bindparam("tenant_id", type_=Uuid()),
    bindparam("gateway", type_=String()),
    bindparam("ended_at", type_=UtcDateTime()),
    bindparam("state", type_=LargeBinary()),
)
_PUT_CALL = text(_INSERT_CALL).bindparams(*_CALL_VALUES)  # names no indexed column: each would be written anew
_END_CALL = text(f"{_INSERT_CALL}, ended_at = excluded.ended_at").bindparams(*_CALL_VALUES)
_FORGET_CALL = delete(_calls).where(_calls.c.id == bindparam("key"))
_PUT_TRACE = text(
    "INSERT INTO call_traces (call_id, tenant_id, ended_at, body, packets) "
    "VALUES (:call_id, :tenant_id, :ended_at, :body, :packets) "
    "ON CONFLICT (call_id) DO UPDATE "
    "SET ended_at = excluded.ended_at, body = excluded.body, packets = excluded.packets"
).bindparams(
    bindparam("call_id", type_=Uuid()),
    bindparam("tenant_id", type_=Uuid()),
    bindparam("ended_at", type_=UtcDateTime()),
    bindparam("body", type_=LargeBinary()),
    bindparam("packets", type_=LargeBinary()),
)
_PUT_PHONE = text(
    "INSERT INTO gateway_softphones (tenant_id, agent_id, gateway, state) "
    "VALUES (:tenant_id, :agent_id, :gateway, :state) "
    "ON CONFLICT (tenant_id, agent_id) DO UPDATE SET gateway = excluded.gateway, state = excluded.state"
).bindparams(
    bindparam("tenant_id", type_=Uuid()),
    bindparam("agent_id", type_=Uuid()),
    bindparam("gateway", type_=String()),
    bindparam("state", type_=LargeBinary()),
)
_REMOVE_PHONE = delete(_phones).where(
    _phones.c.tenant_id == bindparam("tenant_id"), _phones.c.agent_id == bindparam("agent_id")
)


class StateStore:
    """All rows of one gateway, whichever tenant's they are."""

    def __init__(self, database: Database, gateway: str, decisions: Decisions | None = None) -> None:
        self._database = database
        self._gateway = gateway
        self._reporting = Reporting(database, decisions)

    def write(self, change: Change) -> Awaitable[None]:
        """Over when it is committed; raises what the database raised."""
        match change:
            case CallChange():
                calls = (change.call,) if change.beside is None else (change.call, change.beside[0])
                return self._reporting.record(change.tenant, calls, self._call(change), change.reports)
            case PhoneChange():
                return self._reporting.record(change.tenant, (), self._phone(change), change.reports)
            case Announcement():
                return self._announce(change.reports)

    async def _announce(self, reports: Sequence[TelephonyReport]) -> None:
        await asyncio.gather(*(self._tell(report) for report in reports))

    async def _tell(self, report: TelephonyReport) -> None:
        alone = unit_of_work.Change(TenantScope(report.tenant))
        await self._reporting.record(report.tenant, (), alone, (report,))

    async def load_calls(self) -> tuple[list[SavedCall], dict[CallId, TenantId]]:
        """Calls to go on with, and those that ended a short time ago."""
        async with self._database.read() as unit:
            rows = (await unit.session.execute(select(_calls).where(_calls.c.gateway == self._gateway))).all()
        for row in rows:
            self._reporting.left_behind(TenantId(row.tenant_id), CallId(row.id))
        ended = {CallId(row.id): TenantId(row.tenant_id) for row in rows if row.ended_at is not None}
        return [unpack(row.state, SavedCall) for row in rows if row.ended_at is None], ended

    async def load_phones(self) -> list[tuple[TenantId, UserId, SavedPhone]]:
        async with self._database.read() as unit:
            rows = (await unit.session.execute(select(_phones).where(_phones.c.gateway == self._gateway))).all()
        return [(TenantId(row.tenant_id), UserId(row.agent_id), unpack(row.state, SavedPhone)) for row in rows]

    async def forget_calls(self, ended_before: datetime) -> AsyncIterator[Sequence[CallId]]:
        """Drop, and yield, what is kept only so that a late command is known to be late."""
        due = select(_calls.c.id).where(_calls.c.gateway == self._gateway, _calls.c.ended_at < ended_before)
        async for gone in swept(self._database, None, due, _FORGET_CALL):
            yield [CallId(key) for key in gone]

    def _call(self, change: CallChange) -> unit_of_work.Change:
        rows: list[unit_of_work.Rows] = []
        if change.state is not None:
            call = {
                "id": change.call,
                "tenant_id": change.tenant,
                "gateway": self._gateway,
                "ended_at": change.ended_at,
                "state": change.state,
            }
            rows.append((_PUT_CALL if change.ended_at is None else _END_CALL, (call,)))
            if change.beside is not None:
                other, state = change.beside
                rows.append((_PUT_CALL, (call | {"id": other, "ended_at": None, "state": state},)))
        if change.trace is not None:
            trace = {
                "call_id": change.call,
                "tenant_id": change.tenant,
                "ended_at": change.trace.ended_at,
                "body": change.trace.body,
                "packets": change.trace.packets,
            }
            rows.append((_PUT_TRACE, (trace,)))
        over = change.state is None or change.ended_at is not None  # nobody waits for figures, traces and last words
        patient = over and not change.reports
        scope = TenantScope(change.tenant)
        return unit_of_work.Change(scope, rows, change.events, patient=patient, at_once=change.at_once)

    def _phone(self, change: PhoneChange) -> unit_of_work.Change:
        row = {
            "tenant_id": change.tenant,
            "agent_id": change.agent,
            "gateway": self._gateway,
            "state": change.state,
        }
        statement = _REMOVE_PHONE if change.state is None else _PUT_PHONE
        return unit_of_work.Change(TenantScope(change.tenant), rows=((statement, (row,)),))
