"""How long a caller will wait, from how fast the queue has moved: the estimator QLm of Ibrahim and Whitt.

R. Ibrahim, W. Whitt, "Real-Time Delay Estimation in Overloaded Multiserver Queues with Abandonments", Management
Science 55 (2009): with n callers in front, s agents who each finish μ calls a second, and callers of whom each gives up
at rate α, the mean wait until the turn is the sum of 1 / (sμ + iα) over i = 0 … n. The steps are independent, so the
variance is the sum of 1 / (sμ + iα)². Both are exact for exponential times; what they say for others is tested.

μ and α are measured on the queue itself, fading over HALF_AN_HOUR, and begin with what the tenant expects. μ is taken
per agent and only while somebody waits: then it holds for agents who serve other queues too (their share of time is in
it), and a change in the number of agents counts at once.
"""

from datetime import datetime
from math import exp, sqrt
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

HALF_AN_HOUR = (
    1_800.0  # staff changes by half hours; at ten agents and five minutes a call, 60 calls are in the measure
)
STARTS_EXPECTED = 10.0  # how many measured calls the tenant's own expectation weighs as much as
ABANDONS_EXPECTED = 5.0
PATIENCE_SECONDS = 600.0  # until measured: one caller in ten gives up in the first minute


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Of one queue, at one time. The sums fade; they count while somebody waits."""

    at: datetime
    waiting: int = 0
    agents: int = 0  # at work for the queue: available, offered, connected or in wrap-up
    starts: float = 0.0  # callers who had waited and were answered
    agent_seconds: float = 0.0
    abandons: float = 0.0
    caller_seconds: float = 0.0


class Expected(NamedTuple):
    """Seconds; `deviation` is one standard deviation."""

    wait: float
    deviation: float


def later(pace: Pace, now: datetime) -> Pace:
    """Time passed, with those who waited and worked since then; a time before that changes nothing."""
    seconds = (now - pace.at).total_seconds()
    if seconds <= 0:
        return pace
    kept = exp(-seconds / HALF_AN_HOUR)
    weight = HALF_AN_HOUR * (1 - kept) if pace.waiting else 0.0  # seconds, each faded by its age
    return Pace(
        at=now,
        waiting=pace.waiting,
        agents=pace.agents,
        starts=pace.starts * kept,
        agent_seconds=pace.agent_seconds * kept + pace.agents * weight,
        abandons=pace.abandons * kept,
        caller_seconds=pace.caller_seconds * kept + pace.waiting * weight,
    )


def staffed(pace: Pace, agents: int, now: datetime) -> Pace:
    """Somebody came to work for the queue, or went."""
    return replace(later(pace, now), agents=agents)


def joined(pace: Pace, now: datetime) -> Pace:
    """A caller waits who was not answered at once."""
    pace = later(pace, now)
    return replace(pace, waiting=pace.waiting + 1)


def started(pace: Pace, now: datetime) -> Pace:
    """A caller who waited has an agent."""
    pace = later(pace, now)
    return replace(pace, waiting=pace.waiting - 1, starts=pace.starts + 1)


def abandoned(pace: Pace, now: datetime) -> Pace:
    pace = later(pace, now)
    return replace(pace, waiting=pace.waiting - 1, abandons=pace.abandons + 1)


def moved_on(pace: Pace, now: datetime) -> Pace:
    """A caller went elsewhere by an overflow: neither served nor out of patience."""
    pace = later(pace, now)
    return replace(pace, waiting=pace.waiting - 1)


def expected(pace: Pace, ahead: int, handle_seconds: float) -> Expected | None:
    """For a caller with `ahead` others in front, from now on; `handle_seconds` is what the tenant expects of a call.

    None without agents: the wait has no end in sight. Of a caller whom an available agent fits the wait is 0; who asks
    knows. Costs O(ahead).
    """
    if pace.agents <= 0:
        return None
    rate = (STARTS_EXPECTED + pace.starts) / (STARTS_EXPECTED * handle_seconds + pace.agent_seconds)
    leaving = (ABANDONS_EXPECTED + pace.abandons) / (ABANDONS_EXPECTED * PATIENCE_SECONDS + pace.caller_seconds)
    steps = [1 / (pace.agents * rate + place * leaving) for place in range(ahead + 1)]
    return Expected(sum(steps), sqrt(sum(step * step for step in steps)))
