"""What the commands about single calls do: read a trace, begin a capture."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from api.composition import Storage
from api.routes.traces import trace_body
from api.settings import Settings
from gateway.traces.archive import KeptTrace, TraceArchive, add_rule
from gateway.traces.book import CaptureRule
from gateway.traces.ladder import ladder
from gateway.traces.pcap import pcap
from insight.kpi.records import CallRecord
from insight.repository import CallRecordRepository
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import to_json
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.ids import CallId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber
from tenants.audit import AuditEntry, AuditRepository, Origin


class ShownTrace(NamedTuple):
    """`pcap` is empty where it was not asked for."""

    text: str
    json: bytes
    pcap: bytes


async def read_trace(settings: Settings, call: CallId, *, numbers: bool, packets: bool) -> ShownTrace:
    """NotFound where nothing is kept. Numbers and packets leave an entry in the tenant's audit."""
    async with Storage(settings) as storage:
        kept = await TraceArchive(storage.database).find(call)
        if kept is None:
            raise NotFound("No signalling is kept of such a call, or it goes on: ask the API then.")
        if packets and not kept.packets:
            raise NotFound("Its packets were not captured: see `cordboard call capture`.")
        scope = TenantScope(kept.tenant)
        async with storage.database.read(scope) as unit:
            record = await CallRecordRepository(unit.session, scope).get(call)
        if numbers or packets:
            await _write_down(storage, kept.tenant, "call.signalling_read", call, numbers=numbers, packets=packets)
        return _shown(call, kept, record, numbers=numbers, packets=packets)


def _shown(call: CallId, kept: KeptTrace, record: CallRecord | None, *, numbers: bool, packets: bool) -> ShownTrace:
    ended = "" if record is None or record.cause is None else f", {record.cause.result}"
    reason = "" if record is None or record.cause is None else f" ({record.cause.reason})"
    parties = f"\n{_number(record.caller)} calls {_number(record.called)}" if numbers and record is not None else ""
    text = f"call {call}{ended}{reason}{parties}\n{ladder(kept.trace)}"
    body = msgspec.json.encode(trace_body(call, kept.trace))
    if numbers and record is not None:
        caller, called = to_json(record.caller), to_json(record.called)
        body = b'{"caller":%b,"called":%b,' % (caller, called) + body[1:]
    return ShownTrace(text, body, pcap(kept.packets) if packets else b"")


def _number(number: PhoneNumber | None) -> str:
    return number.e164 if number is not None and number.e164 else "somebody"


async def begin_capture(
    settings: Settings, tenant: TenantId, number: str | None, trunk: TrunkId | None, length: timedelta
) -> datetime:
    """Returns when it ends. InvalidInput for what is no number, NotFound for no such tenant."""
    try:
        called = None if number is None else PhoneNumber.parse(number).e164
    except ValueError as error:
        raise InvalidInput("Write the number internationally.") from error
    async with Storage(settings) as storage:
        if tenant not in await storage.operator().all():
            raise NotFound("There is no such tenant.")
        until = storage.clock.now() + length
        rule = CaptureRule(tenant=tenant, until=until, number=called, trunk=trunk)
        async with storage.database.write(TenantScope(tenant)) as unit:
            await add_rule(unit, storage.ids.new(), rule)
        await _write_down(storage, tenant, "call.capture_begun", None, until=until.isoformat(), trunk=str(trunk or ""))
        return until


async def _write_down(storage: Storage, tenant: TenantId, action: str, subject: UUID | None, **detail: Any) -> None:
    entry = AuditEntry(
        id=storage.ids.new(),
        at=storage.clock.now(),
        origin=Origin(user=None, address="", agent="cordboard call", actor="operator"),
        action=action,
        subject_kind="call",
        subject_id=subject,
        detail=detail,
    )
    scope = TenantScope(tenant)
    async with storage.database.write(scope) as unit:
        await AuditRepository(unit.session, scope).add(entry)
