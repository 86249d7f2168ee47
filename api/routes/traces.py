"""The signalling of one call: what a carrier is shown when it and we do not agree."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency

from api.schemas.traces import CallTraceBody, TraceLegBody, TraceMessageBody
from api.work import Work
from gateway.traces.model import Trace
from kernel.contracts.calls import Direction
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId


def trace_body(call: UUID, trace: Trace) -> CallTraceBody:
    return CallTraceBody(
        call_id=call,
        legs=tuple(TraceLegBody(sip_call_id=leg.call_id, direction=Direction(leg.direction)) for leg in trace.legs),
        messages=tuple(
            TraceMessageBody(
                at=datetime.fromtimestamp(entry.at, UTC),
                leg=entry.leg,
                direction="sent" if entry.sent else "received",
                method=entry.method,
                status=entry.status or None,
                transport=entry.transport,
                remote=entry.remote,
                cause=entry.cause or None,
            )
            for entry in trace.entries
        ),
        left_out=trace.left_out,
    )


@get("/v1/calls/{id:uuid}/trace", operation_id="get_call_trace", tags=["Calls"])
async def get_call_trace(key: NamedDependency[UUID], work: NamedDependency[Work]) -> CallTraceBody:
    """Who sent which SIP message when, without numbers; kept for 90 days, and not longer than the call's numbers."""
    trace = await work.services.traces.get(work.principal.scope, CallId(key))
    if trace is None:
        raise NotFound("No signalling is kept of such a call.")
    return trace_body(key, trace)


HANDLERS = [get_call_trace]
