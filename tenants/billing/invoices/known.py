"""What was known when a period was invoiced: the book of billing without the entries that came later."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from kernel.primitives.money import Money
from tenants.billing.book import BillingBook, Opening
from tenants.billing.charges import Charge, charges
from tenants.billing.entries import BillingEntry, EntryKind
from tenants.billing.invoices.documents import ADJUSTMENT
from tenants.billing.periods import Period

ADJUSTED_PERIODS = 12  # a carrier that sends its records a year late has lost them


def without(book: BillingBook, late: Iterable[BillingEntry], start: datetime) -> BillingBook:
    """The book as if `late` had not come yet; `start` is the period's."""
    by_id = {entry.id: entry for entry in late}
    if not by_id:
        return book
    before = [entry for entry in by_id.values() if entry.at < start]
    stored = sum(entry.quantity for entry in before if entry.kind is EntryKind.RECORDING_STORAGE)
    present = sum(entry.quantity for entry in before if entry.kind is EntryKind.LOG_IN)
    opening = Opening(book.opening.recording_bytes - stored, book.opening.log_ins - present)
    entries = tuple(entry for entry in book.entries if entry.id not in by_id)
    return msgspec.structs.replace(book, entries=entries, opening=opening)


def adjustments(before: BillingBook, after: BillingBook, period: Period) -> tuple[Charge, ...]:
    """What an invoiced period costs more (or less) with the entries that came late: one line per code and currency."""
    left, right = charges(before, period), charges(after, period)
    known = {entry.id for entry in before.entries}
    sums = _sums(right)
    for key, amount in _sums(left).items():
        sums[key] = sums.get(key, 0) - amount
    return tuple(
        Charge(
            code=ADJUSTMENT + code,
            text=f"Came late for {period.name}: {code}",
            start=period.start,
            end=period.end,
            quantity=Decimal(1),
            unit="adjustment",
            unit_price=Decimal(amount),
            amount=Money(amount, currency),
            sources=_late_sources(right, code, known),
        )
        for (code, currency), amount in sorted(sums.items())
        if amount
    )


def _sums(lines: Sequence[Charge]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line.code, line.amount.currency)
        sums[key] = sums.get(key, 0) + line.amount.minor
    return sums


def _late_sources(lines: Sequence[Charge], code: str, known: set[UUID]) -> tuple[UUID, ...]:
    return tuple(source for line in lines if line.code == code for source in line.sources if source not in known)
