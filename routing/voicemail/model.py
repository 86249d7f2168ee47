"""What routing knows of one message: folded from its events, never changed in place."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from kernel.primitives.ids import CallId, QueueId, RecordingId, TenantId, UserId, VoicemailId
from kernel.primitives.phone import PhoneNumber
from routing.voicemail.machine import TIMERS, Phase, TimerName


class Timer(NamedTuple):
    at: datetime
    name: TimerName


class Voicemail(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is for whom it was left, or who was told to do it, None: the queue's people.

    `agent` is asked to hear it, or has taken it; `revision` counts what has happened to it.
    """

    voicemail: VoicemailId
    tenant: TenantId
    call: CallId
    queue: QueueId
    caller: PhoneNumber | None
    seconds: float
    left_at: datetime
    due: datetime
    phase: Phase = Phase.NEW
    owner: UserId | None = None
    recording: RecordingId | None = None
    agent: UserId | None = None
    until: datetime | None = None
    overdue: bool = False
    returns: int = 0
    given_back: bool = False  # by somebody who had it, and not overdue since: nobody is asked again
    rung: CallId | None = None  # the last call that who has it has dialled from it
    revision: int = 1

    @property
    def key(self) -> tuple[bool, datetime, VoicemailId]:
        """Overdue ones first, among them as they were left: the smallest is served first."""
        return (not self.overdue, self.left_at, self.voicemail)

    def may_be_taken_by(self, agent: UserId) -> bool:
        """As far as it was left for one of them; who serves the queue is the matcher's. Overdue it is everybody's."""
        return self.owner is None or self.owner == agent or self.overdue

    @property
    def timers(self) -> Iterator[Timer]:
        for name in TIMERS.get(self.phase, {}):
            at = (None if self.overdue else self.due) if name is TimerName.DEADLINE else self.until
            if at is not None:
                yield Timer(at, name)

    @property
    def next_timer(self) -> Timer | None:
        return min(self.timers, key=lambda timer: timer.at, default=None)
