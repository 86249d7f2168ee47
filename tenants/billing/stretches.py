"""A period cut into parts in which nothing that was agreed changed."""

from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

from tenants.billing.book import BillingBook, Subscription
from tenants.billing.periods import Period, stamp
from tenants.billing.plans import PlanPrices, SeatKind


class Stretch(NamedTuple):
    """From `start` to `end` (epoch seconds) the same subscription and prices held."""

    start: int
    end: int
    subscription: Subscription
    prices: PlanPrices

    def costs_like(self, other: "Stretch", code: str, kind: SeatKind | None) -> bool:
        """Whether both would make the same line for `code`, and for `kind` the same number of seats."""
        one, two = self.prices, other.prices
        alike = (
            (one.name, one.metric, one.interval, one.currency, one.peak_seconds)
            == (two.name, two.metric, two.interval, two.currency, two.peak_seconds)
        ) and one.items[code] == two.items[code]
        return alike and (kind is None or self.subscription.seats(kind) == other.subscription.seats(kind))


def stretches(book: BillingBook, period: Period) -> list[Stretch]:
    """In order of time; times without a plan, or with one that has no price yet, are left out."""
    bought = sorted(book.subscriptions, key=lambda one: (stamp(one.since), one.id))
    bought_at = [stamp(one.since) for one in bought]
    versions: dict[UUID, list[PlanPrices]] = defaultdict(list)
    for one in sorted(book.prices, key=lambda one: (stamp(one.since), one.id)):
        versions[one.plan].append(one)
    begun = {plan: [stamp(one.since) for one in prices] for plan, prices in versions.items()}
    first, last = stamp(period.start), stamp(period.end)
    changes = {first, *bought_at, *(time for times in begun.values() for time in times)}
    inside = sorted(time for time in changes if first <= time < last)
    found: list[Stretch] = []
    for start, end in zip(inside, [*inside[1:], last], strict=True):
        place = bisect_right(bought_at, start)
        if place == 0 or end <= start:
            continue
        subscription = bought[place - 1]
        version = bisect_right(begun.get(subscription.plan, []), start)
        if version > 0:
            found.append(Stretch(start, end, subscription, versions[subscription.plan][version - 1]))
    return found
