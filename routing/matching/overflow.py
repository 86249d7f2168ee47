"""Where a caller goes whom a queue cannot keep: full, nobody there, or waiting too long.

A call enters each queue once at most, so that overflows never lead round in a circle, whatever was
saved.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.contracts.queues import Elsewhere, Overflow, OverflowCause, ToQueue, WaitingRules
from kernel.primitives.ids import QueueId


class Load(NamedTuple):
    """`waiting` without the caller who is asked about; `agents` are logged in and serve the queue."""

    waiting: int
    agents: int


class Visit(NamedTuple):
    """`entered` is when the caller came into `queue`, not the place; `visited` are the queues before it."""

    queue: QueueId
    entered: datetime
    visited: frozenset[QueueId] = frozenset()

    def on_to(self, queue: QueueId, now: datetime) -> "Visit":
        return Visit(queue, now, self.visited | {self.queue})


class Wait(NamedTuple):
    """`cause` is why it is in another queue than before; None: the caller stays."""

    visit: Visit
    cause: OverflowCause | None = None


class Leave(NamedTuple):
    """To something that is no queue; `queue` is the one that sent the caller there."""

    queue: QueueId
    to: Elsewhere
    cause: OverflowCause


class Refused(NamedTuple):
    """The queue is full and its settings lead nowhere: the caller hears that all lines are busy."""

    queue: QueueId


Outcome = Wait | Leave | Refused
Queues = Mapping[QueueId, WaitingRules]


class Ways(NamedTuple):
    """Where one caller could go: the tenant's queues, how full they are, and what else can take this caller now."""

    queues: Queues
    load_of: Callable[[QueueId], Load]
    is_open: Callable[[Elsewhere], bool]


def enter(ways: Ways, visit: Visit, now: datetime) -> Outcome:
    """For a caller who comes into `visit.queue` now; KeyError for a queue that there is not."""
    load, rules = ways.load_of(visit.queue), ways.queues[visit.queue]
    if rules.capacity is not None and load.waiting >= rules.capacity:
        return _elsewhere(ways, visit, now, OverflowCause.FULL) or Refused(visit.queue)
    if load.agents == 0:
        return _elsewhere(ways, visit, now, OverflowCause.NO_AGENTS) or Wait(visit)
    return Wait(visit)


def reconsider(ways: Ways, visit: Visit, now: datetime) -> Wait | Leave:
    """For a caller who waits: at each limit of waiting, and whenever the last agent of the queue logged out."""
    if ways.load_of(visit.queue).agents == 0:
        gone = _elsewhere(ways, visit, now, OverflowCause.NO_AGENTS)
        if gone is not None:
            return gone
    return _elsewhere(ways, visit, now, OverflowCause.WAITED) or Wait(visit)


def _elsewhere(ways: Ways, visit: Visit, now: datetime, cause: OverflowCause) -> Wait | Leave | None:
    """By the first setting that leads anywhere; None: all lead to what is closed, full, gone or was visited."""
    for each in ways.queues[visit.queue].overflows:
        if each.when is not cause or (cause is OverflowCause.WAITED and now - visit.entered < _after(each)):
            continue
        if isinstance(each.to, ToQueue):
            outcome = _into(ways, visit, now, each.to.queue)
            if outcome is not None:
                return outcome._replace(cause=cause)
        elif ways.is_open(each.to):
            return Leave(visit.queue, each.to, cause)
    return None


def _into(ways: Ways, visit: Visit, now: datetime, queue: QueueId) -> Wait | Leave | None:
    if queue not in ways.queues or queue == visit.queue or queue in visit.visited:
        return None
    outcome = enter(ways, visit.on_to(queue, now), now)
    return None if isinstance(outcome, Refused) else outcome


def _after(each: Overflow) -> timedelta:
    return timedelta(seconds=each.after_seconds)
