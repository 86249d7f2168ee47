"""The book as it was known, and what late entries add to it."""

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tenants.billing.book import BillingBook, Opening, Subscription
from tenants.billing.charges import charges
from tenants.billing.entries import BillingEntry, EntryKind, Rated
from tenants.billing.invoices.known import adjustments, without
from tenants.billing.periods import Interval, Period
from tenants.billing.plans import Metric, PlanPrices

sys.path.insert(0, str(Path(__file__).parent))

from invoice_samples import END, START

PERIOD = Period("2026-10", START, END, "Europe/Berlin")
PRICES = PlanPrices(
    id=UUID(int=1),
    plan=UUID(int=2),
    name="standard",
    since=START - timedelta(days=1),
    metric=Metric.NAMED,
    interval=Interval.MONTH,
    currency="EUR",
    items={"recording_storage": Decimal(100)},
)
BOUGHT = Subscription(id=UUID(int=3), since=START - timedelta(days=1), plan=UUID(int=2), agent=1)


def entry(key: int, second: int, quantity: int, kind: EntryKind) -> BillingEntry:
    rated = Rated(quantity=quantity, price=Decimal(7), currency="EUR", label="Germany")
    return BillingEntry(
        id=UUID(int=key),
        event=UUID(int=key),
        kind=kind,
        at=START + timedelta(seconds=second),
        quantity=quantity,
        subject=UUID(int=9),
        retail=rated if kind is EntryKind.MINUTES else None,
    )


told = st.lists(
    st.tuples(
        st.integers(0, PERIOD.seconds - 1),
        st.integers(1, 10**11),
        st.sampled_from([EntryKind.MINUTES, EntryKind.RECORDING_STORAGE]),
    ),
    max_size=8,
)


@given(told, st.data())
def test_what_was_billed_and_its_adjustment_are_what_all_of_it_costs(
    events: list[tuple[int, int, EntryKind]], data: st.DataObject
) -> None:
    entries = [entry(key, *one) for key, one in enumerate(events, start=10)]
    late = [one for one in entries if data.draw(st.booleans())]
    whole = BillingBook(subscriptions=(BOUGHT,), prices=(PRICES,), entries=tuple(entries))
    known = without(whole, late, PERIOD.start)
    billed = sum(line.amount.minor for line in charges(known, PERIOD))
    adjusted = sum(line.amount.minor for line in adjustments(known, whole, PERIOD))
    assert billed + adjusted == sum(line.amount.minor for line in charges(whole, PERIOD))


def test_a_level_that_came_late_from_before_the_period_is_not_in_its_opening() -> None:
    before = entry(5, -10, 500, EntryKind.RECORDING_STORAGE)
    assert without(BillingBook(opening=Opening(800, 3)), [before], START).opening == Opening(300, 3)


def test_an_adjustment_names_what_it_sums_and_its_period() -> None:
    late = entry(5, 10, 600, EntryKind.MINUTES)
    whole = BillingBook(entries=(late,))
    (line,) = adjustments(without(whole, [late], START), whole, PERIOD)
    assert (line.code, line.amount.minor, line.sources, line.start) == ("adjustment.minutes", 70, (late.id,), START)
    assert "2026-10" in line.text
