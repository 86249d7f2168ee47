"""A call's signalling is kept with the call, live and after its end, across a restart; packets where asked for."""

from datetime import timedelta

from far_end import FarEnd
from gateway_rig import NUMBER, OURS, THEIRS, Rig
from sqlalchemy import update

from gateway.app.tracing import CAPTURE_SECONDS
from gateway.sip.events import DialogTerminated, InviteAccepted
from gateway.traces.archive import PACKETS_KEPT, TRACES_KEPT, TraceArchive, add_rule
from gateway.traces.book import CaptureRule
from gateway.traces.tables import CallTraceRow
from kernel.contracts.base import TenantScope
from kernel.contracts.telephony import AnswerCall, CallArrived, CallReleased

WHOLE = ["INVITE", "100 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]


async def test_a_trace_is_kept_beyond_a_restart_and_the_calls_end(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    arrived = await rig.until(CallArrived)
    await rig.order(AnswerCall, call=arrived.call, record=False)
    await far.until(InviteAccepted)
    await rig.measured(0)
    live = await rig.gateway.traces.get(TenantScope(OURS), arrived.call)
    assert live is not None
    assert [entry.label for entry in live.entries] == WHOLE[:4]
    assert await rig.gateway.traces.get(TenantScope(THEIRS), arrived.call) is None
    await rig.stop()
    await rig.start()
    far.hang_up()
    await far.until(DialogTerminated)
    await rig.until(CallReleased)
    await rig.measured()
    archive = TraceArchive(rig.database)
    kept = await archive.get(TenantScope(OURS), arrived.call)
    assert kept is not None
    labels = [entry.label for entry in kept.entries]
    assert [label for label in labels if label != "ACK"] == [label for label in WHOLE if label != "ACK"]
    assert len(kept.legs) == 1
    assert await archive.get(TenantScope(THEIRS), arrived.call) is None
    found = await archive.find(arrived.call)
    assert found is not None
    assert found.packets == ()


async def test_packets_are_kept_where_somebody_asked_and_not_for_ever(rig: Rig, far: FarEnd) -> None:
    now = rig.clock.now()
    rule = CaptureRule(tenant=OURS, until=now + timedelta(minutes=5), number=NUMBER.e164)
    async with rig.database.write() as unit:
        await add_rule(unit, rig.ids.new(), rule)
    await rig.stop()
    await rig.start()  # in place of waiting for the next round
    assert CAPTURE_SECONDS > 1
    far.call(rig.port)
    arrived = await rig.until(CallArrived)
    await rig.order(AnswerCall, call=arrived.call, record=False)
    await far.until(InviteAccepted)
    far.hang_up()
    await rig.until(CallReleased)
    await rig.measured()
    archive = TraceArchive(rig.database)
    found = await archive.find(arrived.call)
    assert found is not None
    assert [packet.data.split(b" ", 1)[0] for packet in found.packets][:2] == [b"INVITE", b"SIP/2.0"]
    assert len(found.packets) == len(found.trace.entries) == len(WHOLE)
    await archive.sweep(now + PACKETS_KEPT + timedelta(hours=1))
    found = await archive.find(arrived.call)
    assert found is not None
    assert found.packets == ()
    async with rig.database.write() as unit:
        await unit.session.execute(update(CallTraceRow.table()).values(ended_at=now - TRACES_KEPT - timedelta(days=1)))
    await archive.sweep(now)
    assert await archive.find(arrived.call) is None
    assert await archive.rules(now + timedelta(hours=1)) == ()
