"""What the gateway writes into a tenant's log: how legs did, and recordings that did not begin."""

from gateway.calls.model import Call, Moment
from gateway.trunks.guard import DiallingRefused
from kernel.contracts.engine import Statistics
from kernel.contracts.log import LegMeasured, LimitReached, RecordingFailed
from kernel.primitives.ids import CallId, EventId, TenantId


def difference(before: Statistics, now: Statistics) -> Statistics:
    """What a leg did in between; jitter, round trip and MOS are the present ones, which look back some seconds."""
    return Statistics(
        packets_received=max(0, now.packets_received - before.packets_received),
        packets_sent=max(0, now.packets_sent - before.packets_sent),
        lost=max(0, now.lost - before.lost),
        jitter_ms=now.jitter_ms,
        round_trip_ms=now.round_trip_ms,
        mos=now.mos,
    )


def leg_measured(call: Call, party: str, figures: Statistics, moment: Moment) -> LegMeasured:
    return measured(call.id, call.tenant, (party, figures), moment)


def measured(call: CallId, tenant: TenantId, leg: tuple[str, Statistics], moment: Moment) -> LegMeasured:
    party, figures = leg
    return LegMeasured(
        id=EventId(moment.ids.new()),
        tenant=tenant,
        at=moment.at,
        call=call,
        party=party,
        packets_received=figures.packets_received,
        packets_sent=figures.packets_sent,
        lost=figures.lost,
        jitter_ms=figures.jitter_ms,
        round_trip_ms=figures.round_trip_ms,
        mos=figures.mos,
    )


def recording_failed(call: Call, moment: Moment) -> RecordingFailed:
    return RecordingFailed(
        id=EventId(moment.ids.new()),
        tenant=call.tenant,
        at=moment.at,
        call=call.id,
        reason="not_started",
        detail="The media engine could not open the recording's file; its log says why.",
    )


def limit_reached(call: Call, refusal: DiallingRefused, moment: Moment) -> LimitReached:
    return LimitReached(
        id=EventId(moment.ids.new()),
        tenant=call.tenant,
        at=moment.at,
        limit=refusal.limit,
        detail=refusal.detail,
        call=call.id,
    )
