"""The canonical document: its bytes, and what parts two of them."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.ids import UserId
from tenants.billing.book import BillingBook, SeatAssignment, Subscription
from tenants.billing.charges import charges
from tenants.billing.entries import BillingEntry, EntryKind, Rated
from tenants.billing.invoices.documents import Charged, build, canonical, digest, first_difference
from tenants.billing.invoices.model import InvoiceDocument
from tenants.billing.periods import Interval, Period
from tenants.billing.plans import Metric, PlanPrices

sys.path.insert(0, str(Path(__file__).parent))

from invoice_samples import CLIENT, END, FACTS, START, charge, document

PERIOD = Period("2026-10", START, END, "Europe/Berlin")
PLAN = UUID(int=99)


def test_the_document_adds_up_and_tells_the_rate_of_every_line() -> None:
    found = document(1000, 500)
    assert [(line.code, line.tax) for line in found.lines] == [("minutes", "standard"), ("numbers", "reduced")]
    assert (found.subtotal_minor, found.tax_minor, found.total_minor) == (1500, 190 + 35, 1725)


def test_charges_of_another_currency_belong_to_another_invoice() -> None:
    found = build(FACTS, [Charged(CLIENT, [charge("minutes", 100), charge("minutes", 7, "USD")], {})])
    assert [line.amount_minor for line in found.lines] == [100]


def test_an_adjustment_is_taxed_like_what_it_adjusts() -> None:
    found = build(FACTS, [Charged(CLIENT, [charge("adjustment.numbers", 100)], {})])
    assert found.lines[0].tax == "reduced"


def test_the_bytes_can_be_read_back_and_have_sorted_members() -> None:
    data = canonical(document(1, 2))
    assert msgspec.json.decode(data, type=InvoiceDocument) == document(1, 2)
    assert list(msgspec.json.decode(data)) == sorted(msgspec.json.decode(data))


def test_the_first_difference_is_a_cause_and_not_a_sum() -> None:
    difference = first_difference(canonical(document(100, 200)), canonical(document(100, 201)))
    assert difference is not None
    assert (difference.at, difference.stored, difference.computed) == ("lines[1].amount_minor", "200", "201")


def test_a_line_more_is_told() -> None:
    difference = first_difference(canonical(document(100)), canonical(document(100, 0)))
    assert difference is not None
    assert difference.at == "lines.length"


def test_equal_bytes_have_no_difference() -> None:
    assert first_difference(canonical(document(1)), canonical(document(1))) is None


# --- any order of arrival ---

events = st.lists(
    st.tuples(
        st.sampled_from([EntryKind.MINUTES, EntryKind.SETUP_FEE, EntryKind.ROBOT_MINUTES, EntryKind.RECORDING_STORAGE]),
        st.integers(0, PERIOD.seconds - 1),
        st.integers(1, 10**6),
        st.sampled_from(["Germany", "France"]),
        st.decimals("0.0001", "99", places=4),
    ),
    max_size=12,
)
seats = st.lists(st.tuples(st.integers(-1000, PERIOD.seconds), st.integers(1, 10**6)), max_size=6)


Told = tuple[EntryKind, int, int, str, Decimal]


def booked(number: int, told: Told, key: int) -> BillingEntry:
    kind, second, quantity, label, price = told
    rated = Rated(quantity=quantity, price=price, currency="EUR", label=label)
    return BillingEntry(
        id=UUID(int=key),
        event=UUID(int=number),
        kind=kind,
        at=START + timedelta(seconds=second),
        quantity=quantity,
        subject=CLIENT,
        retail=None if kind is EntryKind.RECORDING_STORAGE else rated,
    )


def bytes_of(entries: Sequence[BillingEntry], assignments: Sequence[SeatAssignment]) -> bytes:
    prices = PlanPrices(
        id=UUID(int=98),
        plan=PLAN,
        name="standard",
        since=START - timedelta(days=9),
        metric=Metric.NAMED,
        interval=Interval.MONTH,
        currency="EUR",
        items={"seats.named": Decimal(4900), "addon.wallboard": Decimal(500), "recording_storage": Decimal(3)},
    )
    book = BillingBook(
        subscriptions=(Subscription(id=UUID(int=97), since=START - timedelta(days=9), plan=PLAN, agent=3),),
        prices=(prices,),
        entries=tuple(entries),
        assignments=tuple(assignments),
    )
    found = Charged(CLIENT, charges(book, PERIOD), {entry.id: entry.event for entry in entries})
    return canonical(build(FACTS, [found]))


@given(events, seats, st.randoms(use_true_random=False))
def test_events_in_any_order_of_arrival_give_the_same_bytes(
    told: list[Told], spans: list[tuple[int, int]], random: Random
) -> None:
    entries = [booked(number, one, number) for number, one in enumerate(told)]
    held = [
        SeatAssignment(
            id=UUID(int=number),
            user=UserId(UUID(int=number)),
            since=START + timedelta(seconds=since),
            until=START + timedelta(seconds=since + lasted),
            addons=("wallboard",),
        )
        for number, (since, lasted) in enumerate(spans)
    ]
    arrival = list(range(len(told)))
    random.shuffle(arrival)
    again = [booked(number, told[number], 1000 + place) for place, number in enumerate(arrival)]
    random.shuffle(held)
    first = bytes_of(entries, held)
    assert digest(bytes_of(again, held[::-1])) == digest(first)
