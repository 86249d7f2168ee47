"""What people, or systems of theirs, give: shifts, forecasts, staff, costs, evaluations, judged contacts.

Each has an `id`: what is given again under it takes the place of what was given before. Times are aware UTC.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from kernel.primitives.ids import CallId, QueueId, UserId

HIGHEST_SCORE = 100.0
MOST_CONTENT = 5
CONTENT = 4  # of 5: the trade counts the two upper boxes
REPEAT_DAYS = 7  # a problem that was not solved brings a second call within days; the trade's usual window
RESOLVED = ("resolved",)  # of the dispositions that every queue begins with


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID


class Period(Entry, frozen=True, kw_only=True):
    """From `start` (inclusive) to `end` (exclusive)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period ends after it starts, not at {self.end} where it starts at {self.start}")


class Shift(Period, frozen=True, kw_only=True):
    """One person's time at work. Not `takes_calls`: a break, a course or other work; it is taken out of what does."""

    agent: UserId
    takes_calls: bool = True


class Forecast(Period, frozen=True, kw_only=True):
    """Calls expected to be offered, spread evenly over the period; `queue` None: for the whole tenant."""

    calls: float
    queue: QueueId | None = None


class Cost(Period, frozen=True, kw_only=True):
    """What the centre, or one queue or agent of it, cost in the period, spread evenly over it.

    In minor units of the tenant's currency. What is told of a queue or an agent is a part of the tenant's cost too.
    """

    minor: int
    queue: QueueId | None = None
    agent: UserId | None = None


class Employment(Entry, frozen=True, kw_only=True):
    """One person's time with the centre; `left` None: still there."""

    agent: UserId
    joined: datetime
    left: datetime | None = None
    full_time: bool = True


class Evaluation(Entry, frozen=True, kw_only=True):
    """One scorecard of a call, 0 to 100 points; `at` is when the call was offered. An upheld appeal gives it anew."""

    agent: UserId
    queue: QueueId | None
    at: datetime
    score: float

    def __post_init__(self) -> None:
        if not 0 <= self.score <= HIGHEST_SCORE:
            raise ValueError(f"a score is 0 to {HIGHEST_SCORE:g} points, not {self.score}")


class Survey(Entry, frozen=True, kw_only=True):
    """A caller's own word after a call: whether it was resolved, and 1 to 5 for how content they are; None: not asked.

    `at` is when the call was offered.
    """

    call: CallId
    at: datetime
    agent: UserId | None = None
    queue: QueueId | None = None
    resolved: bool | None = None
    satisfaction: int | None = None

    def __post_init__(self) -> None:
        if self.satisfaction is not None and not 1 <= self.satisfaction <= MOST_CONTENT:
            raise ValueError(f"satisfaction is 1 to {MOST_CONTENT}, not {self.satisfaction}")


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """What the resolution needs of a call record, answered or not, to us or by us.

    `party` is the outside number, or what stands for it (None: withheld or erased); `topic` what the call was about:
    the queue, where the tenant keeps no better. `handled`: an inbound call that an agent answered.
    """

    call: CallId
    at: datetime
    party: str | None
    topic: str
    handled: bool
    agent: UserId | None = None
    queue: QueueId | None = None
    disposition: str = ""


class ResolutionRule(msgspec.Struct, frozen=True):
    """When a call has resolved what it was about."""

    codes: tuple[str, ...] = RESOLVED
    days: int = REPEAT_DAYS

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.days)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known for a span; None: nobody ever gave any, which is not the same as an empty list."""

    shifts: tuple[Shift, ...] | None = None
    forecasts: tuple[Forecast, ...] | None = None
    staff: tuple[Employment, ...] | None = None
    costs: tuple[Cost, ...] | None = None
    scores: tuple[Evaluation, ...] | None = None
    surveys: tuple[Survey, ...] | None = None
    contacts: tuple[Contact, ...] = ()
    rule: ResolutionRule = ResolutionRule()


E = TypeVar("E", bound=Entry)


def latest(entries: Iterable[E] | None) -> list[E]:
    """One of each id, the last one given, in the order of ids: what comes twice or in another order changes nothing."""
    known = {entry.id: entry for entry in entries or ()}
    return [known[key] for key in sorted(known)]
