"""What a period costs, as a pure function of the history: `docs/billing.md` says the rules in plain words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from kernel.primitives.money import Money
from tenants.billing.book import BillingBook
from tenants.billing.entries import MINUTE, BillingEntry, EntryKind
from tenants.billing.periods import Interval, Period, cuts, moment_of, stamp
from tenants.billing.plans import (
    ADDON,
    CONCURRENT,
    MINUTES,
    NUMBERS,
    RECORDING_STORAGE,
    ROBOT_MINUTES,
    SEAT_CODES,
    SETUP_FEES,
    Metric,
    SeatKind,
)
from tenants.billing.steps import Peak, Steps
from tenants.billing.stretches import Stretch, stretches

QUANTITY_PLACES = Decimal("0.000001")  # for print only: one second is 0.0000004 of a month, and sums stay exact
GIGABYTE = 10**9

_SEAT_NAMES = {SeatKind.AGENT: "Agent seats", SeatKind.SUPERVISOR: "Supervisor seats", SeatKind.LIGHT: "Light seats"}
_SUMMED = {  # kind of entry: code, what it is called, unit, how much of its quantity makes one unit
    EntryKind.MINUTES: (MINUTES, "Minutes", "minute", MINUTE),
    EntryKind.SETUP_FEE: (SETUP_FEES, "Set-up fees", "call", 1),
    EntryKind.ROBOT_MINUTES: (ROBOT_MINUTES, "Robot minutes", "minute", MINUTE),
}


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A line: `quantity` times `unit_price` (in minor units, exact) is `amount`, within one minor unit.

    `quantity` is rounded for print to six places. `sources` are the billing entries it sums; seats and numbers have
    none, for they come from the history of what was bought, held and assigned.
    """

    code: str
    text: str
    start: datetime
    end: datetime
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Money
    sources: tuple[UUID, ...] = ()


class _Line(NamedTuple):
    """A charge before rounding; `start` and `end` in epoch seconds."""

    code: str
    text: str
    start: int
    end: int
    quantity: Fraction
    unit: str
    price: Decimal
    currency: str
    sources: tuple[UUID, ...] = ()


def charges(book: BillingBook, period: Period) -> tuple[Charge, ...]:
    """What the period costs if nothing changes any more, to the second, in a fixed order whatever that of the book.

    Rounding: the exact sum (of each currency) up to and including each line is rounded half up to minor units and a
    line is the difference to the line before, so that the lines add up to the rounded exact sum.
    """
    spans = stretches(book, period)
    return _rounded(
        [
            *_seat_lines(spans, period),
            *_concurrent_lines(book, spans, period),
            *_addon_lines(book, spans, period),
            *_number_lines(book, spans, period),
            *_storage_lines(book, spans, period),
            *_entry_lines(book, period),
        ]
    )


def totals(lines: Iterable[Charge]) -> tuple[Money, ...]:
    """The sum of each currency."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))


def round_half_up(exact: Fraction) -> int:
    """Commercial rounding of a value that is not negative."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def printed(quantity: Fraction) -> Decimal:
    exact = Decimal(quantity.numerator) / Decimal(quantity.denominator)
    rounded = exact.quantize(QUANTITY_PLACES, ROUND_HALF_UP)
    return rounded.normalize() if rounded != rounded.to_integral() else rounded.quantize(Decimal(1))


def _rounded(lines: Iterable[_Line]) -> tuple[Charge, ...]:
    exact: dict[str, Fraction] = defaultdict(Fraction)
    billed: dict[str, int] = defaultdict(int)
    found: list[Charge] = []
    for line in lines:
        exact[line.currency] += line.quantity * Fraction(line.price)
        amount = round_half_up(exact[line.currency]) - billed[line.currency]
        billed[line.currency] += amount
        found.append(
            Charge(
                code=line.code,
                text=line.text,
                start=moment_of(line.start),
                end=moment_of(line.end),
                quantity=printed(line.quantity),
                unit=line.unit,
                unit_price=line.price,
                amount=Money(amount, line.currency),
                sources=line.sources,
            )
        )
    return tuple(found)


# --- seats ---


def _share(start: int, end: int, interval: Interval, period: Period) -> Fraction:
    """How many months or years of the tenant's calendar the span is."""
    whole = Fraction(0)
    for cut in cuts(start, end, interval, period.time_zone):
        whole += Fraction(cut.end - cut.start, cut.whole)
    return whole


def _seat_lines(spans: Sequence[Stretch], period: Period) -> Iterator[_Line]:
    """A line for each time in which number, plan and price stayed the same."""
    for kind, code in SEAT_CODES.items():
        priced = (span for span in spans if span.prices.metric is Metric.NAMED and span.subscription.seats(kind))
        for pieces in _alike(priced, code, kind):
            first, start, end = pieces[0], pieces[0].start, pieces[-1].end
            seats, interval = first.subscription.seats(kind), first.prices.interval
            share = _share(start, end, interval, period)
            yield _Line(
                code,
                f"{_SEAT_NAMES[kind]}, {first.prices.name}: {seats}",
                start,
                end,
                seats * share,
                f"seat-{interval}",
                first.prices.items[code],
                first.prices.currency,
            )


def _concurrent_lines(book: BillingBook, spans: Sequence[Stretch], period: Period) -> Iterator[_Line]:
    """A line for each calendar month: its peak of simultaneous log-ins."""
    priced = [span for span in spans if span.prices.metric is Metric.CONCURRENT]
    if not priced:
        return
    changes = ((stamp(e.at), e.quantity) for e in book.entries if e.kind is EntryKind.LOG_IN)
    present = Steps(changes, book.opening.log_ins)
    zone = ZoneInfo(period.time_zone)
    for pieces in _alike(priced, CONCURRENT):
        prices, end = pieces[0].prices, pieces[-1].end
        for month in cuts(pieces[0].start, end, Interval.MONTH, period.time_zone):
            peak = present.peak(month.start, month.end, prices.peak_seconds)
            if peak is None:
                continue
            share = _share(month.start, month.end, prices.interval, period)
            yield _Line(
                CONCURRENT,
                f"Seats logged in at once, {prices.name}: {_told(peak, zone)}",
                month.start,
                month.end,
                peak.level * share,
                f"seat-{prices.interval}",
                prices.items[CONCURRENT],
                prices.currency,
            )


def _told(peak: Peak, zone: ZoneInfo) -> str:
    return f"{peak.level} from {moment_of(peak.start).astimezone(zone):%Y-%m-%d %H:%M}"


def _addon_lines(book: BillingBook, spans: Sequence[Stretch], period: Period) -> Iterator[_Line]:
    """A line for each add-on and price, over all seats that had it."""
    codes = sorted({code for span in spans for code in span.prices.items if code.startswith(ADDON)})
    for code in codes:
        name = code.removeprefix(ADDON)
        having = [one for one in book.assignments if name in one.addons]
        held = Steps(_held((one.since, one.until) for one in having))
        for pieces in _alike(spans, code):
            interval = pieces[0].prices.interval
            yield from _level_line(
                held, pieces, period, _Level(code, f"Add-on {name}", f"seat-{interval}", interval=interval)
            )


# --- levels: what is held over time ---


class _Level(NamedTuple):
    """`size` is how much of the level makes one unit."""

    code: str
    text: str
    unit: str
    size: int = 1
    interval: Interval = Interval.MONTH


def _number_lines(book: BillingBook, spans: Sequence[Stretch], period: Period) -> Iterator[_Line]:
    held = Steps(_held((one.since, one.until) for one in book.numbers))
    for pieces in _alike(spans, NUMBERS):
        yield from _level_line(held, pieces, period, _Level(NUMBERS, "Numbers", "number-month"))


def _storage_lines(book: BillingBook, spans: Sequence[Stretch], period: Period) -> Iterator[_Line]:
    entries = [entry for entry in book.entries if entry.kind is EntryKind.RECORDING_STORAGE]
    stored = Steps(((stamp(entry.at), entry.quantity) for entry in entries), book.opening.recording_bytes)
    level = _Level(RECORDING_STORAGE, "Storage of recordings", "GB-month", GIGABYTE)
    for pieces in _alike(spans, RECORDING_STORAGE):
        start, end = pieces[0].start, pieces[-1].end
        sources = tuple(sorted((entry.id for entry in entries if start <= stamp(entry.at) < end), key=_order))
        for line in _level_line(stored, pieces, period, level):
            yield line._replace(sources=sources)


def _level_line(steps: Steps, pieces: Sequence[Stretch], period: Period, level: _Level) -> Iterator[_Line]:
    start, end = pieces[0].start, pieces[-1].end
    quantity = Fraction(0)
    for cut in cuts(start, end, level.interval, period.time_zone):
        quantity += Fraction(steps.integral(cut.start, cut.end), level.size * cut.whole)
    if quantity:
        prices = pieces[0].prices
        price = prices.items[level.code]
        yield _Line(level.code, level.text, start, end, quantity, level.unit, price, prices.currency)


def _held(spans: Iterable[tuple[datetime, datetime | None]]) -> Iterator[tuple[int, int]]:
    """One more from the start of each, one less from its end."""
    for since, until in spans:
        yield stamp(since), 1
        if until is not None:
            yield stamp(until), -1


def _alike(spans: Iterable[Stretch], code: str, kind: SeatKind | None = None) -> Iterator[list[Stretch]]:
    """Those in which `code` has a price, neighbours of the same price, plan (and number of seats) together."""
    group: list[Stretch] = []
    for span in spans:
        if code not in span.prices.items:
            continue
        if group and not (group[-1].end == span.start and group[-1].costs_like(span, code, kind)):
            yield group
            group = []
        group.append(span)
    if group:
        yield group


# --- entries: what was used ---


def _entry_lines(book: BillingBook, period: Period) -> Iterator[_Line]:
    """A line for each destination and price, in the order of kinds, then of names."""
    first, last = stamp(period.start), stamp(period.end)
    groups: dict[tuple[EntryKind, str, str, Decimal], list[BillingEntry]] = defaultdict(list)
    for entry in book.entries:
        rate = entry.rated(book.side)
        if rate is not None and entry.kind in _SUMMED and first <= stamp(entry.at) < last:
            groups[entry.kind, rate.label, rate.currency, rate.price].append(entry)
    for key in sorted(groups):
        kind, label, currency, price = key
        code, name, unit, size = _SUMMED[kind]
        units = sum(rate.quantity for entry in groups[key] if (rate := entry.rated(book.side)) is not None)
        sources = tuple(sorted((entry.id for entry in groups[key]), key=_order))
        yield _Line(code, f"{name}: {label}", first, last, Fraction(units, size), unit, price, currency, sources)


_order = attrgetter("int")
"""Of ids: far quicker than comparing UUIDs, and the same."""
