"""The invoice of a month as a pure function of the seats bought over time."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from kernel.primitives.money import Money
from tenants.billing.seats import SeatTerms, whole_second

QUANTITY_PLACES = Decimal("0.000001")  # for print only: one second is 0.0000004 of a month, and sums stay exact


class Month(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), both in UTC; `name` is YYYY-MM in the tenant's time zone."""

    name: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        return seconds_between(self.start, self.end)


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """`quantity` is seats times the part of the month, rounded for print; `code` is "seats" or "seats_prorated"."""

    code: str
    plan: str
    seats: int
    start: datetime
    end: datetime
    quantity: Decimal
    unit_price: Money
    amount: Money


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    month: Month
    currency: str
    total: Money
    lines: tuple[InvoiceLine, ...]


class Stretch(NamedTuple):
    """A part of the month in which the terms did not change."""

    start: datetime
    end: datetime
    terms: SeatTerms


def month_of(year: int, month: int, zone: tzinfo) -> Month:
    """A calendar month in `zone`, an hour longer or shorter where clocks change; ValueError if there is none."""
    first = datetime(year, month, 1, tzinfo=zone)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Month(f"{year:04d}-{month:02d}", first.astimezone(UTC), following.astimezone(UTC))


def seconds_between(start: datetime, end: datetime) -> int:
    lasted = end - start
    return lasted.days * 86_400 + lasted.seconds


def preview(terms: Sequence[SeatTerms], month: Month, currency: str) -> Invoice:
    """Seats times price, integrated over the month to the second; `terms` in any order, all in `currency`.

    The last terms are taken to hold until the end of the month. Rounding: the exact sum up to and including each line
    is rounded half up to minor units and a line is the difference to the line before, so the lines add up to the total
    and the total is the rounded exact sum.
    """
    lines: list[InvoiceLine] = []
    exact, billed = Fraction(0), 0
    for stretch in _stretches(terms, month):
        seconds = seconds_between(stretch.start, stretch.end)
        quantity = Fraction(stretch.terms.seats * seconds, month.seconds)
        exact += quantity * stretch.terms.price.minor
        amount = round_half_up(exact) - billed
        billed += amount
        lines.append(
            InvoiceLine(
                code="seats" if seconds == month.seconds else "seats_prorated",
                plan=stretch.terms.plan,
                seats=stretch.terms.seats,
                start=stretch.start,
                end=stretch.end,
                quantity=_printed(quantity),
                unit_price=stretch.terms.price,
                amount=Money(amount, currency),
            )
        )
    return Invoice(month=month, currency=currency, total=Money(billed, currency), lines=tuple(lines))


def _stretches(terms: Sequence[SeatTerms], month: Month) -> list[Stretch]:
    """In order of time, neighbours of equal terms joined, without seats left out."""
    ordered = sorted(terms, key=lambda one: one.since)  # stable: of two in one second the later one holds
    found: list[Stretch] = []
    for place, one in enumerate(ordered):
        start = max(whole_second(one.since), month.start)
        following = whole_second(ordered[place + 1].since) if place + 1 < len(ordered) else month.end
        end = min(following, month.end)
        if end <= start or one.seats == 0:
            continue
        last = found[-1] if found else None
        if last is not None and last.end == start and _equal(last.terms, one):
            found[-1] = Stretch(last.start, end, last.terms)
        else:
            found.append(Stretch(start, end, one))
    return found


def _equal(one: SeatTerms, other: SeatTerms) -> bool:
    return (one.plan, one.price, one.seats) == (other.plan, other.price, other.seats)


def round_half_up(exact: Fraction) -> int:
    """Commercial rounding of a value that is not negative."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def _printed(quantity: Fraction) -> Decimal:
    exact = Decimal(quantity.numerator) / Decimal(quantity.denominator)
    rounded = exact.quantize(QUANTITY_PLACES, ROUND_HALF_UP)
    return rounded.normalize() if rounded != rounded.to_integral() else rounded.quantize(Decimal(1))
