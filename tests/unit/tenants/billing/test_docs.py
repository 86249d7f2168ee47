"""The examples of docs/billing.md, executed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kernel.contracts.calls import Direction
from kernel.primitives.phone import PhoneNumber
from tenants.billing import (
    BillingBook,
    BillingEntry,
    Decks,
    EntryKind,
    Interval,
    Metric,
    NumberHolding,
    Period,
    PlanPrices,
    Rate,
    SeatAssignment,
    Side,
    Subscription,
    charges,
    month_of,
    year_of,
)
from tenants.billing.currency import minor_digits, to_minor
from tenants.billing.meter import Trip, Used
from tenants.billing.rates import Deck
from tenants.billing.rating import PriceBook, entries_of
from tests.unit.tenants.billing.histories import KEYS, PLAN, bought, entry, seat

PAGE = Path(__file__).parents[4] / "docs/billing.md"
EXAMPLES = re.findall(r"^```billing\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
MOMENT = r"(\d{4}-\d\d-\d\d \d\d:\d\d)"
SPAN = rf"{MOMENT}(?: to {MOMENT})? "


class Example:
    """Reads one line after the other."""

    def __init__(self) -> None:
        self.period = month_of(2026, 1, "UTC")
        self.prices: PlanPrices | None = None
        self.subscriptions: list[Subscription] = []
        self.assignments: list[SeatAssignment] = []
        self.numbers: list[NumberHolding] = []
        self.entries: list[BillingEntry] = []
        self.rates: list[Rate] = []
        self.expected: list[str] = []

    def read(self, line: str) -> None:
        for pattern, take in _LINES.items():
            found = re.fullmatch(pattern, line)
            if found is not None:
                take(self, *found.groups())
                return
        raise AssertionError(f"docs/billing.md says what no rule can read: {line}")

    def moment(self, text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self.period.time_zone)).astimezone(UTC)

    def calendar(self, zone: str, kind: str, name: str) -> None:
        year, _, month = name.partition("-")
        self.period: Period = month_of(int(year), int(month), zone) if kind == "month" else year_of(int(year), zone)

    def price(self, interval: str, currency: str, items: str) -> None:
        pairs = (item.split() for item in items.split(", "))
        given = {code: to_minor(Decimal(price), currency) for code, price in pairs}
        self.prices = PlanPrices(
            id=KEYS.new(),
            plan=PLAN,
            name="standard",
            since=datetime(2020, 1, 1, tzinfo=UTC),
            metric=Metric.CONCURRENT if "seats.concurrent" in given else Metric.NAMED,
            interval=Interval(interval),
            currency=currency,
            items=given,
            decks=Decks(outbound=PLAN),
        )

    def buy(self, at: str, seats: str) -> None:
        counts = {kind: int(count) for count, kind in (one.split() for one in seats.split(", "))}
        given = bought(self.moment(at), counts["agent"], counts.get("supervisor", 0), counts.get("light", 0))
        self.subscriptions.append(given)

    def assign(self, start: str, end: str | None, addon: str) -> None:
        self.assignments.append(seat(self.moment(start), None if end is None else self.moment(end), addon))

    def hold(self, start: str, end: str | None) -> None:
        until = None if end is None else self.moment(end)
        self.numbers.append(NumberHolding(id=KEYS.new(), number=PLAN, since=self.moment(start), until=until))

    def log_in(self, start: str, end: str, count: str) -> None:
        self.entries.append(entry(EntryKind.LOG_IN, self.moment(start), int(count)))
        self.entries.append(entry(EntryKind.LOG_IN, self.moment(end), -int(count)))

    def store(self, at: str, size: str) -> None:
        self.entries.append(entry(EntryKind.RECORDING_STORAGE, self.moment(at), int(size)))

    def rate(self, prefix: str, label: str, price: str, step: str, least: str | None, fee: str | None) -> None:
        currency = self.currency
        self.rates.append(
            Rate(
                prefix=prefix,
                label=label,
                price=to_minor(Decimal(price), currency),
                setup_fee=to_minor(Decimal(fee or 0), currency),
                minimum_seconds=int(least or 0),
                increment_seconds=int(step),
            )
        )

    def call(self, at: str, number: str, seconds: str) -> None:
        answered, deck = self.moment(at), Deck(self.currency, self.rates)
        trip = Trip(direction=Direction.OUTBOUND, called=PhoneNumber(number), answered_at=answered)
        ended = answered + timedelta(seconds=int(seconds))
        used = Used(event=KEYS.new(), kind=EntryKind.MINUTES, at=ended, quantity=int(seconds), subject=PLAN, trip=trip)
        assert self.prices is not None
        subscriptions = (bought(datetime(2020, 1, 1, tzinfo=UTC), 0),)
        book = PriceBook(subscriptions=subscriptions, prices={Side.RETAIL: (self.prices,)}, deck=lambda _, __: deck)
        self.entries.extend(entries_of(used, book))

    @property
    def currency(self) -> str:
        assert self.prices is not None
        return self.prices.currency

    def expect(self, line: str) -> None:
        self.expected.append(line)

    def found(self) -> list[str]:
        assert self.prices is not None
        book = BillingBook(
            subscriptions=tuple(self.subscriptions),
            prices=(self.prices,),
            assignments=tuple(self.assignments),
            numbers=tuple(self.numbers),
            entries=tuple(self.entries),
        )
        digits = minor_digits(self.currency)
        return [
            f"{line.code} {line.quantity:f} {Decimal(line.amount.minor).scaleb(-digits):f}"
            for line in charges(book, self.period)
        ]


_LINES: dict[str, Callable[..., None]] = {
    r"in (\S+), (month|year) (\S+)": Example.calendar,
    r"per (month|year) in ([A-Z]{3}): (.+)": Example.price,
    rf"{MOMENT} buy (.+)": Example.buy,
    rf"{SPAN}seat with (\w+)": Example.assign,
    rf"{SPAN}number": Example.hold,
    rf"{MOMENT} to {MOMENT} (\d+) logged in": Example.log_in,
    rf"{MOMENT} stored (\d+)": Example.store,
    r"rate (\d+) (.+) (\S+) per minute, steps of (\d+)(?:, at least (\d+))?(?:, fee (\S+))?": Example.rate,
    rf"{MOMENT} called (\S+) for (\d+)": Example.call,
    r"= (.+)": Example.expect,
}


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_page_tells_the_truth(text: str) -> None:
    example = Example()
    for line in text.splitlines():
        example.read(line)
    assert example.expected
    assert example.found() == example.expected


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 8
