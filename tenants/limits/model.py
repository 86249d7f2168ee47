"""The limits of a tenant, and the day that a spend belongs to."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import phonenumbers

from kernel.contracts.directory import CallLimits
from tenants.directory.checks import Checks
from tenants.directory.model import Entity

MOST_CALLS = 20_000  # above what a centre of 2,014 agents has with as many callers waiting, nine times over
MOST_PER_SECOND = 1_000  # beyond what one gateway takes
MOST_SPEND = 10**12  # in minor units; more is a slip of the finger


class Limits(Entity, frozen=True):
    """None: no limit. `countries` as ISO 3166-1 codes; `spend_per_day` in minor units of the tenant's currency.

    `closed_until` is when calls out go on, after a day's spend was reached.
    """

    calls_at_once: int | None = None
    calls_per_second: int | None = None
    countries: tuple[str, ...] | None = None
    premium: bool = False
    spend_per_day: int | None = None
    closed_until: datetime | None = None

    @property
    def told(self) -> CallLimits:
        """What routing needs of them."""
        return CallLimits(
            calls_at_once=self.calls_at_once,
            calls_per_second=self.calls_per_second,
            countries=self.countries,
            premium=self.premium,
            closed_until=self.closed_until,
        )


class Day(NamedTuple):
    """A calendar day of the tenant, from midnight to midnight."""

    start: datetime
    end: datetime


def day_of(now: datetime, time_zone: str) -> Day:
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    start, end = (datetime.combine(date, time(), zone).astimezone(UTC) for date in (today, today + timedelta(days=1)))
    return Day(start, end)


def check_limits(limits: Limits) -> None:
    """InvalidInput naming every wrong field."""
    checks = Checks()
    for field, value, most in (
        ("calls_at_once", limits.calls_at_once, MOST_CALLS),
        ("calls_per_second", limits.calls_per_second, MOST_PER_SECOND),
        ("spend_per_day", limits.spend_per_day, MOST_SPEND),
    ):
        if value is not None:
            checks.between(field, value, 0, most)
    for country in limits.countries or ():
        known = country in phonenumbers.SUPPORTED_REGIONS
        checks.require(known, "countries", "no_such_country", f"{country!r} is no ISO 3166-1 code such as GB")
    checks.distinct("countries", limits.countries or ())
    checks.done()
