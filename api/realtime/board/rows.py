"""One row of a live board, made from the tenant's live state as it is. Pure."""

from collections import Counter
from datetime import datetime

from api.realtime.board.state import BoardAgent, BoardAlert, BoardCall, BoardQueue, BoardWaiting
from api.realtime.projection import Centre
from insight.kpi.figures import Choices, Thresholds, gather
from insight.kpi.indicators import BY_KEY
from insight.kpi.records import CallRecord, SegmentKind
from insight.kpi.state import LiveAlert
from kernel.contracts.calls import AgentState
from kernel.contracts.directory import AgentProfile
from kernel.primitives.ids import CallId, QueueId

_STATES = {
    SegmentKind.GREETING: "greeting",
    SegmentKind.QUEUE: "queued",
    SegmentKind.RINGING: "ringing",
    SegmentKind.TALK: "connected",
    SegmentKind.HOLD: "held",
}


def queue_row(centre: Centre, queue: QueueId, now: datetime) -> BoardQueue | None:
    """`now` decides whether the counted day is still today."""
    rules = centre.queues.get(queue)
    if rules is None:
        return None
    waiting = centre.state.waiting.get(queue, {})
    live = [centre.live(centre.agents[agent]) for agent in centre.members_of(queue)]
    limits = Thresholds(rules.service_level_seconds, rules.short_abandon_seconds)
    figures = gather([(centre.state.day.figures(queue, now), limits)])
    return BoardQueue(
        id=queue,
        name=rules.name,
        priority=rules.priority,
        waiting=len(waiting),
        longest_waiting_since=min(waiting.values(), default=None),
        agents=dict(Counter(AgentState.LOGGED_OUT if each is None else each.state for each in live)),
        offered_today=figures.offered,
        answered_today=figures.sums.answered,
        abandoned_today=figures.abandoned,
        short_abandoned_today=figures.short_abandons,
        messages_today=figures.sums.messages,
        callbacks_today=figures.sums.callbacks,
        average_speed_of_answer_today=BY_KEY["average_speed_of_answer"].evaluate(figures, Choices()),
        service_level_today=BY_KEY["service_level"].evaluate(figures, Choices()),
        service_level_seconds=rules.service_level_seconds,
    )


def waiting_row(centre: Centre, call: CallId) -> BoardWaiting | None:
    """None: it waits in no queue."""
    record = centre.state.calls.get(call)
    if record is None or record.queue is None:
        return None
    since = centre.state.waiting.get(record.queue, {}).get(call)
    if since is None:
        return None
    current = record.current
    ringing = current is not None and current.kind is SegmentKind.RINGING
    return BoardWaiting(
        id=call,
        queue_id=record.queue,
        caller=None if record.outside is None else record.outside.e164,
        called=record.called.e164,
        since=since,
        offered_to=current.agent if current is not None and ringing else None,
    )


def call_row(centre: Centre, call: CallId) -> BoardCall | None:
    """None: it is over, waits in a queue, or is not the tenant's."""
    record = centre.state.calls.get(call)
    if record is None or record.ended_at is not None or waiting_row(centre, call) is not None:
        return None
    current = record.current
    return BoardCall(
        id=call,
        direction=record.direction,
        state="offered" if current is None else _STATES.get(current.kind, "offered"),
        since=record.offered_at if current is None else current.start,
        queue_id=record.queue,
        agent_id=record.agent if current is None else current.agent,
        caller=_caller(record),
        called=record.called.e164,
        offered_at=record.offered_at,
        connected_at=record.connected_at,
    )


def agent_row(centre: Centre, profile: AgentProfile) -> BoardAgent:
    live = centre.live(profile)
    return BoardAgent(
        id=profile.agent,
        name=profile.name,
        state=AgentState.LOGGED_OUT if live is None else live.state,
        reason="" if live is None else live.reason,
        since=None if live is None else live.since,
        until=None if live is None else live.until,
        requested=None if live is None else live.requested,
        requested_reason="" if live is None else live.requested_reason,
        reachable=live is not None and live.reachable,
        call_id=None if live is None else live.call,
        queue_id=None if live is None else live.queue,
        queues=profile.queues,
    )


def alert_row(alert: LiveAlert) -> BoardAlert:
    return BoardAlert(
        id=alert.rule,
        name=alert.name,
        measure=alert.measure,
        queue_id=alert.queue,
        side=alert.side,
        limit=alert.limit,
        value=alert.value,
        begun=alert.begun,
        raised=alert.raised,
        alert_id=alert.id,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
    )


def _caller(record: CallRecord) -> str | None:
    return None if record.caller is None else record.caller.e164
