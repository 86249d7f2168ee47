"""Whether a tenant pays: a pure function of what it owes, of its issuers' rules and of the time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

MAX_DAYS = 365  # a debt of a year is for a court, not for a setting


class Standing(StrEnum):
    """In the order of severity."""

    ACTIVE = "active"
    PAST_DUE = "past_due"  # something is not paid in time
    WARNED = "warned"  # and was asked for
    SUSPENDED = "suspended"  # no new log-ins and calls until it is paid


_SEVERITY = {standing: place for place, standing in enumerate(Standing)}


class DunningStep(msgspec.Struct, frozen=True):
    """A reminder so many days after the due day."""

    days: int
    name: str


class DunningPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Days count from the end of the due day; `suspend_days` None: never suspended by itself."""

    reminders: tuple[DunningStep, ...] = (DunningStep(3, "reminder"), DunningStep(10, "final_reminder"))
    suspend_days: int | None = 21

    def __post_init__(self) -> None:
        days = [step.days for step in self.reminders]
        if days != sorted(set(days)) or any(not 0 < day <= MAX_DAYS for day in days):
            raise ValueError(f"reminders come one after the other, 1 to {MAX_DAYS} days after the due day")
        if self.suspend_days is not None and not 0 < self.suspend_days <= MAX_DAYS:
            raise ValueError(f"suspend_days is 1 to {MAX_DAYS}")
        if self.suspend_days is not None and days and self.suspend_days <= days[-1]:
            raise ValueError("nobody is suspended before the last reminder")


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """An issued invoice with something open; `due_at` is the end of its due day."""

    number: str
    due_at: datetime
    open_minor: int
    currency: str
    policy: DunningPolicy = DunningPolicy()
    whom: str = ""  # whom to pay and to ask


class StandingReport(msgspec.Struct, frozen=True, kw_only=True):
    """`debts` are the overdue ones, oldest first; `step` the name of the last reminder; `until` when it gets worse."""

    standing: Standing
    debts: tuple[Debt, ...] = ()
    step: str | None = None
    until: datetime | None = None


def standing(debts: Sequence[Debt], now: datetime) -> StandingReport:
    """The worst that any debt makes; paying them all makes a tenant active at once."""
    overdue = sorted(
        (debt for debt in debts if debt.open_minor > 0 and debt.due_at <= now), key=lambda one: (one.due_at, one.number)
    )
    worst, step = Standing.ACTIVE, None
    for debt in overdue:
        reached, named = _of_debt(debt, now)
        if _SEVERITY[reached] > _SEVERITY[worst]:
            worst, step = reached, named
    return StandingReport(standing=worst, debts=tuple(overdue), step=step, until=_next_change(debts, now))


def _of_debt(debt: Debt, now: datetime) -> tuple[Standing, str | None]:
    policy, late = debt.policy, now - debt.due_at
    reached = [step.name for step in policy.reminders if late >= timedelta(days=step.days)]
    step = reached[-1] if reached else None
    if policy.suspend_days is not None and late >= timedelta(days=policy.suspend_days):
        return Standing.SUSPENDED, step
    return (Standing.WARNED if reached else Standing.PAST_DUE), step


def _next_change(debts: Sequence[Debt], now: datetime) -> datetime | None:
    """The next moment at which another step is due."""
    moments: list[datetime] = []
    for debt in debts:
        if debt.open_minor <= 0:
            continue
        days = [0, *(step.days for step in debt.policy.reminders)]
        if debt.policy.suspend_days is not None:
            days.append(debt.policy.suspend_days)
        moments += [debt.due_at + timedelta(days=day) for day in days]
    return min((moment for moment in moments if moment > now), default=None)
