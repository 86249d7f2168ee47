"""Short ways to write histories, and an independent way to charge them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from hypothesis import strategies as st

from kernel.primitives.ids import UserId
from tenants.billing import (
    BillingBook,
    BillingEntry,
    EntryKind,
    Interval,
    Metric,
    Period,
    PlanPrices,
    Rated,
    SeatAssignment,
    SeatKind,
    Subscription,
    month_of,
)
from tenants.billing.periods import stamp

PLAN, OTHER_PLAN = UUID(int=0x100), UUID(int=0x101)
JUNE = month_of(2026, 6, "UTC")  # 30 days: 2,592,000 s
DAY = timedelta(days=1)
BEFORE = JUNE.start - 40 * DAY


class Keys:
    """Ids one after the other."""

    def __init__(self) -> None:
        self._next = 0x1000

    def new(self) -> UUID:
        self._next += 1
        return UUID(int=self._next)


KEYS = Keys()


def bought(since: datetime, agent: int, supervisor: int = 0, light: int = 0, plan: UUID = PLAN) -> Subscription:
    return Subscription(id=KEYS.new(), since=since, plan=plan, agent=agent, supervisor=supervisor, light=light)


def priced(
    since: datetime = BEFORE,
    items: Mapping[str, int | str] | None = None,
    *,
    plan: UUID = PLAN,
    metric: Metric = Metric.NAMED,
    interval: Interval = Interval.MONTH,
    currency: str = "EUR",
    peak_seconds: int = 1800,
) -> PlanPrices:
    given = {"seats.named": 4900} if items is None else items
    return PlanPrices(
        id=KEYS.new(),
        plan=plan,
        name="standard",
        since=since,
        metric=metric,
        interval=interval,
        currency=currency,
        items={code: Decimal(price) for code, price in given.items()},
        peak_seconds=peak_seconds,
    )


def seat(since: datetime, until: datetime | None = None, *addons: str) -> SeatAssignment:
    key = KEYS.new()
    return SeatAssignment(id=key, user=UserId(key), since=since, until=until, addons=addons)


def entry(kind: EntryKind, at: datetime, quantity: int, rated: Rated | None = None) -> BillingEntry:
    key = KEYS.new()
    return BillingEntry(
        id=key, event=key, kind=kind, at=at, quantity=quantity, subject=UUID(int=1), retail=rated, wholesale=None
    )


def called(at: datetime, seconds: int, price: str = "0.85", label: str = "Germany") -> BillingEntry:
    rated = Rated(quantity=seconds, price=Decimal(price), currency="EUR", label=label)
    return entry(EntryKind.MINUTES, at, seconds, rated)


# --- an independent way: what holds in each piece of time between any two changes ---


def cost_of_seats(book: BillingBook, period: Period) -> Fraction:
    """Seats of all kinds and add-ons, monthly prices, periods inside one month of UTC."""
    whole = period.seconds
    changes = {stamp(period.start), stamp(period.end)}
    changes |= {stamp(one.since) for one in (*book.subscriptions, *book.prices, *book.assignments)}
    changes |= {stamp(one.until) for one in book.assignments if one.until is not None}
    inside = sorted(time for time in changes if stamp(period.start) <= time <= stamp(period.end))
    exact = Fraction(0)
    for start, end in pairwise(inside):
        exact += Fraction(price_of_a_moment(book, start)) * (end - start) / whole
    return exact


def price_of_a_moment(book: BillingBook, moment: int) -> Decimal:
    """What each second costs, as if it were a month."""
    begun = [one for one in book.subscriptions if stamp(one.since) <= moment]
    if not begun:
        return Decimal(0)
    present = max(begun, key=lambda one: (stamp(one.since), one.id))
    versions = [one for one in book.prices if one.plan == present.plan and stamp(one.since) <= moment]
    if not versions:
        return Decimal(0)
    items = max(versions, key=lambda one: (stamp(one.since), one.id)).items
    total = Decimal(0)
    kinds = {SeatKind.AGENT: "seats.named", SeatKind.SUPERVISOR: "seats.supervisor", SeatKind.LIGHT: "seats.light"}
    for kind, code in kinds.items():
        total += present.seats(kind) * items.get(code, Decimal(0))
    for held in book.assignments:
        lasts = stamp(held.since) <= moment and (held.until is None or moment < stamp(held.until))
        if lasts:
            total += sum(items.get(f"addon.{name}", Decimal(0)) for name in held.addons)
    return total


def peak_by_brute_force(changes: Sequence[tuple[int, int]], opening: int, start: int, end: int, lasting: int) -> int:
    """Second by second."""
    levels = [opening + sum(change for time, change in changes if time <= second) for second in range(start, end)]
    best = 0
    for level in range(1, max(levels, default=0) + 1):
        run = longest = 0
        for present in levels:
            run = run + 1 if present >= level else 0
            longest = max(longest, run)
        if longest >= max(lasting, 1):
            best = level
    return best


moments = st.integers(-40 * 86_400, 40 * 86_400).map(lambda seconds: JUNE.start + timedelta(seconds=seconds))
counts = st.integers(0, 2_014)
subscriptions = st.lists(
    st.builds(bought, moments, counts, st.integers(0, 50), st.integers(0, 50), st.sampled_from([PLAN, OTHER_PLAN])),
    max_size=8,
)
amounts = st.integers(0, 20_000)
items = st.fixed_dictionaries(
    {},
    optional={
        "seats.named": amounts,
        "seats.supervisor": amounts,
        "seats.light": amounts,
        "addon.recording": amounts,
        "addon.quality": amounts,
    },
)
prices = st.lists(st.builds(priced, moments, items, plan=st.sampled_from([PLAN, OTHER_PLAN])), max_size=6)
names = st.lists(st.sampled_from(["recording", "quality"]), unique=True)


@st.composite
def seats(draw: st.DrawFn) -> SeatAssignment:
    since = draw(moments)
    lasts = draw(st.none() | st.integers(0, 60 * 86_400))
    until = None if lasts is None else since + timedelta(seconds=lasts)
    return seat(since, until, *draw(names))


@st.composite
def books(draw: st.DrawFn) -> BillingBook:
    return BillingBook(
        subscriptions=tuple(draw(subscriptions)),
        prices=tuple(draw(prices)),
        assignments=tuple(draw(st.lists(seats(), max_size=8))),
    )
