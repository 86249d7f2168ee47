"""What somebody who waits, or would come now, can expect: the position and the time."""

from datetime import datetime

from kernel.contracts.outlook import Outlook, QueueOutlook, WaitingCaller
from kernel.primitives.ids import QueueId, TenantId
from routing.acd.state import RoutingState
from routing.calls.model import Call


def expected_wait(state: RoutingState, call: Call, now: datetime) -> float | None:
    """From now on, in seconds; None: nobody is at work for the queue, or the call does not wait."""
    position = state.waiting.position(call.call, now)
    if position is None or call.queue is None:
        return None
    return _seconds(state, call.queue, position - 1, now)


def outlook(state: RoutingState, tenant: TenantId, now: datetime) -> Outlook:
    return Outlook(queues=queue_outlooks(state, tenant, now), callers=waiting_callers(state, tenant, now))


def waiting_callers(state: RoutingState, tenant: TenantId, now: datetime) -> tuple[WaitingCaller, ...]:
    """By queue and position."""
    found: list[WaitingCaller] = []
    for queue in state.rules.waiting_of(tenant):
        for name in state.waiting.calls(queue):
            call, position = state.call(name), state.waiting.position(name, now)
            if call is None or call.since is None or position is None:
                continue
            seconds = _seconds(state, queue, position - 1, now)
            found.append(
                WaitingCaller(
                    call=name,
                    queue=queue,
                    since=call.since,
                    priority=call.priority,
                    position=position,
                    expected_seconds=seconds,
                )
            )
    return tuple(sorted(found, key=lambda caller: (caller.queue, caller.position)))


def queue_outlooks(state: RoutingState, tenant: TenantId, now: datetime) -> tuple[QueueOutlook, ...]:
    return tuple(_outlook(state, queue, now) for queue in sorted(state.rules.waiting_of(tenant)))


def _outlook(state: RoutingState, queue: QueueId, now: datetime) -> QueueOutlook:
    waiting = state.waiting.count(queue)
    free = state.available.everybody & state.rules.matching.people.serving(queue)
    seconds = 0.0 if free and not waiting else _seconds(state, queue, waiting, now)
    return QueueOutlook(queue=queue, waiting=waiting, agents=state.pacing.agents(queue), expected_seconds=seconds)


def _seconds(state: RoutingState, queue: QueueId, ahead: int, now: datetime) -> float | None:
    expected = state.pacing.expected(queue, ahead, now, state.rules.waiting(queue).handle_seconds)
    return None if expected is None else expected.wait
