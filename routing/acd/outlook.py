"""What somebody who waits, or would come now, can expect: the position and the time."""

from datetime import datetime

import msgspec

from kernel.primitives.ids import CallId, QueueId, TenantId
from routing.acd.state import RoutingState
from routing.calls.model import Call


class WaitingCaller(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is 1 for who is next; `expected_seconds` from now on, None: nobody is at work for the queue."""

    call: CallId
    queue: QueueId
    since: datetime
    priority: int
    position: int
    expected_seconds: float | None


class QueueOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """`expected_seconds` of a caller who came now."""

    queue: QueueId
    waiting: int
    agents: int  # at work: available, offered, connected or in wrap-up
    expected_seconds: float | None


def expected_wait(state: RoutingState, call: Call, now: datetime) -> float | None:
    """From now on, in seconds; None: nobody is at work for the queue, or the call does not wait."""
    position = state.waiting.position(call.call, now)
    if position is None or call.queue is None:
        return None
    return _seconds(state, call.queue, position - 1, now)


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
