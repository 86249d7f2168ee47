"""Credit notes: never more than what remains, and exactly the whole in the end."""

import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.errors import InvalidInput
from tenants.billing.invoices.credit import credit_document, remaining
from tenants.billing.invoices.errors import NothingLeftToCredit
from tenants.billing.invoices.model import CreditDocument, InvoiceDocument

sys.path.insert(0, str(Path(__file__).parent))

from invoice_samples import document


def note(invoice: InvoiceDocument, former: list[CreditDocument], wanted: dict[int, int] | None) -> CreditDocument:
    return credit_document(invoice, former, wanted, number="C1", issued_on=date(2026, 11, 3), reason="test")


def test_a_note_over_everything_is_the_invoice() -> None:
    invoice = document(1001, 333, -50)
    full = note(invoice, [], None)
    assert (full.subtotal_minor, full.tax_minor, full.total_minor) == (
        invoice.subtotal_minor,
        invoice.tax_minor,
        invoice.total_minor,
    )


@pytest.mark.parametrize("wanted", [{1: 101}, {1: -1}, {3: 10}, {3: -51}, {1: 0}])
def test_more_than_a_line_has_cannot_be_credited(wanted: dict[int, int]) -> None:
    with pytest.raises(NothingLeftToCredit):
        note(document(100, 50, -50), [], wanted)


def test_former_notes_count() -> None:
    invoice = document(100, 50)
    first = note(invoice, [], {1: 60})
    with pytest.raises(NothingLeftToCredit) as refused:
        note(invoice, [first], {1: 41})
    assert refused.value.extra == {"position": 1, "left_minor": 40}
    rest = note(invoice, [first], None)
    assert [(line.position, line.amount_minor) for line in rest.lines] == [(1, 40), (2, 50)]
    with pytest.raises(NothingLeftToCredit):
        note(invoice, [first, rest], None)


def test_a_line_that_is_not_there() -> None:
    with pytest.raises(InvalidInput):
        note(document(100), [], {2: 1})


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=5), st.data())
def test_whatever_the_parts_all_notes_together_are_the_invoice_to_the_cent(
    amounts: list[int], data: st.DataObject
) -> None:
    invoice = document(*amounts)
    former: list[CreditDocument] = []
    while any(left := remaining(invoice, former).values()):
        open_lines = {position: rest for position, rest in remaining(invoice, former).items() if rest}
        position = data.draw(st.sampled_from(sorted(open_lines)))
        rest = open_lines[position]
        part = data.draw(st.integers(min(rest, 1 if rest > 0 else rest), max(rest, -1 if rest < 0 else rest)))
        former.append(note(invoice, former, {position: part} if len(former) < 6 and part else None))
    assert not any(left)
    assert sum(one.subtotal_minor for one in former) == invoice.subtotal_minor
    assert sum(one.tax_minor for one in former) == invoice.tax_minor
