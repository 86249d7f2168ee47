"""One alert: it is raised when a figure stays beyond a limit, and cleared when it stays clear of another one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from insight.alerts.measures import Measure
from insight.kpi.targets import TargetSide
from kernel.primitives.ids import QueueId

LONGEST_HOLD_SECONDS = 3600.0  # what is wrong for an hour is no alert but the state of things

NAME_LENGTH = 100  # what a list can show in one line


class AlertState(StrEnum):
    CALM = "calm"
    RISING = "rising"  # beyond the limit, not yet for long enough
    RAISED = "raised"
    FALLING = "falling"  # clear of it, not yet for long enough; still shown as raised


class AlertInput(StrEnum):
    BEYOND = "beyond"
    BETWEEN = "between"  # neither beyond the one limit nor clear of the other
    CLEAR = "clear"
    UNKNOWN = "unknown"


TABLE: Mapping[tuple[AlertState, AlertInput], AlertState] = {
    (AlertState.CALM, AlertInput.BEYOND): AlertState.RISING,
    (AlertState.CALM, AlertInput.BETWEEN): AlertState.CALM,
    (AlertState.CALM, AlertInput.CLEAR): AlertState.CALM,
    (AlertState.CALM, AlertInput.UNKNOWN): AlertState.CALM,
    (AlertState.RISING, AlertInput.BEYOND): AlertState.RISING,
    (AlertState.RISING, AlertInput.BETWEEN): AlertState.CALM,
    (AlertState.RISING, AlertInput.CLEAR): AlertState.CALM,
    (AlertState.RISING, AlertInput.UNKNOWN): AlertState.CALM,  # nobody is called for what nobody knows
    (AlertState.RAISED, AlertInput.BEYOND): AlertState.RAISED,
    (AlertState.RAISED, AlertInput.BETWEEN): AlertState.RAISED,
    (AlertState.RAISED, AlertInput.CLEAR): AlertState.FALLING,
    (AlertState.RAISED, AlertInput.UNKNOWN): AlertState.RAISED,  # not knowing is no good news
    (AlertState.FALLING, AlertInput.BEYOND): AlertState.RAISED,
    (AlertState.FALLING, AlertInput.BETWEEN): AlertState.RAISED,
    (AlertState.FALLING, AlertInput.CLEAR): AlertState.FALLING,
    (AlertState.FALLING, AlertInput.UNKNOWN): AlertState.RAISED,
}

RIPE: Mapping[AlertState, AlertState] = {AlertState.RISING: AlertState.RAISED, AlertState.FALLING: AlertState.CALM}
"""What a state becomes when it lasted long enough."""


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """Raised on `side` of `limit` for `raise_after` seconds, cleared at `clear_at` or better for `clear_after`.

    `queue` None: of the whole tenant. ValueError where `clear_at` lies beyond `limit`, a time is out of range, or the
    name too long.
    """

    id: UUID
    name: str = ""
    measure: Measure
    side: TargetSide
    limit: float
    clear_at: float
    queue: QueueId | None = None
    raise_after: float = 0.0
    clear_after: float = 0.0

    def __post_init__(self) -> None:
        if len(self.name) > NAME_LENGTH:
            raise ValueError(f"an alert's name has at most {NAME_LENGTH} characters")
        if self.clear_at != self.limit and (self.clear_at > self.limit) is (self.side is TargetSide.ABOVE):
            raise ValueError(f"an alert cannot clear at {self.clear_at:g} that is raised {self.side} {self.limit:g}")
        if not (0 <= self.raise_after <= LONGEST_HOLD_SECONDS and 0 <= self.clear_after <= LONGEST_HOLD_SECONDS):
            raise ValueError(f"an alert waits 0 to {LONGEST_HOLD_SECONDS:g} seconds")

    def judge(self, value: float | None) -> AlertInput:
        if value is None:
            return AlertInput.UNKNOWN
        if (value > self.limit) if self.side is TargetSide.ABOVE else (value < self.limit):
            return AlertInput.BEYOND
        clear = value <= self.clear_at if self.side is TargetSide.ABOVE else value >= self.clear_at
        return AlertInput.CLEAR if clear else AlertInput.BETWEEN

    def patience(self, state: AlertState) -> timedelta:
        return timedelta(seconds=self.raise_after if state is AlertState.RISING else self.clear_after)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """`since` is when `state` began; `begun` when the figure went beyond the limit, `raised` when people were told.

    `worst` is the value furthest beyond the limit while it was raised or rising.
    """

    state: AlertState
    since: datetime
    begun: datetime | None = None
    raised: datetime | None = None
    value: float | None = None
    worst: float | None = None

    @property
    def shown(self) -> bool:
        return self.state in (AlertState.RAISED, AlertState.FALLING)

    def age(self, now: datetime) -> timedelta:
        """Since the figure went beyond the limit; 0 while it is not, and for a clock that runs behind."""
        return timedelta() if self.begun is None else max(timedelta(), now - self.begun)


def calm(now: datetime) -> Alert:
    return Alert(state=AlertState.CALM, since=now)


def step(rule: AlertRule, alert: Alert, value: float | None, now: datetime) -> Alert:
    """What the figure makes of the alert at a moment, which may be any time after the last one."""
    heard = rule.judge(value)
    state = TABLE[alert.state, heard]
    since = alert.since if state is alert.state else now
    if state in RIPE and now - since >= rule.patience(state):
        state, since = RIPE[state], now
    if state is AlertState.CALM:
        return Alert(state=state, since=since, value=value)
    beyond = heard is AlertInput.BEYOND
    raised = alert.raised or (now if state is AlertState.RAISED else None)
    return Alert(
        state=state,
        since=since,
        begun=alert.begun or now,
        raised=raised,
        value=value,
        worst=_worse(rule.side, alert.worst, value) if beyond else alert.worst,
    )


def next_moment(rule: AlertRule, alert: Alert) -> datetime | None:
    """When the alert changes if its figure stays as it is; None: not by itself."""
    return alert.since + rule.patience(alert.state) if alert.state in RIPE else None


def _worse(side: TargetSide, one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return (max if side is TargetSide.ABOVE else min)(known, default=None)
