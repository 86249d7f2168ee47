"""What routing knows of one callback: folded from its events, never changed in place."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from kernel.contracts.callbacks import AttemptResult, CallbackFirst
from kernel.contracts.queues import AllOf, AtLeast, Needs, Preferred, Step
from kernel.primitives.ids import CallbackId, CallId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.machine import TIMERS, Phase, TimerName
from routing.matching.rules import Caller

ALONE_SECONDS = 1e8  # three years: until its own timer gives a promise of one agent to everybody
RUNG = frozenset({Phase.DIALLING, Phase.ANSWERED})


class Place(NamedTuple):
    """In a queue's line: what a caller who waits has too."""

    priority: int
    since: datetime


class Timer(NamedTuple):
    at: datetime
    name: TimerName


def in_line(callback: CallbackId) -> CallId:
    """Its name among callers; no call has the same."""
    return CallId(callback)


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """`agent` is who is to call, `taker` who is reserved for it or talks; `call` is the present attempt's.

    `attempts` counts those in which the customer had the chance, `dials` every time that the telephone rang, `revision`
    all that has happened to it.
    """

    callback: CallbackId
    tenant: TenantId
    queue: QueueId
    number: PhoneNumber
    first: CallbackFirst
    phase: Phase
    priority: int
    since: datetime
    expires: datetime
    due: datetime | None = None
    agent: UserId | None = None
    pool_at: datetime | None = None
    origin: CallId | None = None
    skills: tuple[tuple[str, int], ...] = ()
    taker: UserId | None = None
    until: datetime | None = None
    call: CallId | None = None
    attempts: int = 0
    dials: int = 0
    last: AttemptResult | None = None
    machine: bool = False  # was heard in the present attempt
    revision: int = 1

    @property
    def place(self) -> Place:
        return Place(self.priority, self.since)

    @property
    def key(self) -> tuple[int, datetime, CallbackId]:
        """Its place among callers who wait: the smallest is served first."""
        return (-self.priority, self.since, self.callback)

    @property
    def caller(self) -> Caller | None:
        """Who stands in line for it; None: nobody may be rung now."""
        if self.phase is not Phase.WAITING or self.first is not CallbackFirst.AGENT:
            return None
        return self.standing

    @property
    def is_to_be_rung(self) -> bool:
        """Whether the customer stands in line to be rung before an agent is there."""
        return self.phase is Phase.WAITING and self.first is CallbackFirst.CUSTOMER

    @property
    def is_rung(self) -> bool:
        """Whether the customer rings, or is on the line, and no agent is there."""
        return self.phase in RUNG and self.taker is None

    @property
    def needs(self) -> Needs:
        """What the customer asks for, beside the queue's own."""
        skills = AllOf(of=tuple(AtLeast(skill=skill, level=level) for skill, level in self.skills))
        return (Step(accepts=skills),) if self.skills else ()

    @property
    def standing(self) -> Caller:
        """As a caller who has waited since they asked."""
        return Caller(
            in_line(self.callback),
            self.queue,
            self.since,
            self.priority,
            self.needs,
            None if self.agent is None else Preferred(agent=self.agent, hold_seconds=ALONE_SECONDS),
        )

    def may_be_taken_by(self, agent: UserId) -> bool:
        """As far as the promise goes; queue and skills are the matcher's."""
        return self.agent is None or self.agent == agent

    @property
    def timers(self) -> Iterator[Timer]:
        """All that run; of equal times the expiry comes first."""
        moments = {
            TimerName.EXPIRY: self.expires,
            TimerName.DUE: self.due or self.since,
            TimerName.POOL: self.pool_at if self.agent is not None else None,
        }
        for name in TIMERS.get(self.phase, {}):
            at = moments.get(name, self.until)
            if at is not None:
                yield Timer(at, name)

    @property
    def next_timer(self) -> Timer | None:
        return min(self.timers, key=lambda timer: timer.at, default=None)
