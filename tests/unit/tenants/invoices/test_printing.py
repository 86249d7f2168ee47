"""What is printed: the same bytes each time, all of the text, and CSV that a spreadsheet reads."""

import csv
import io
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tenants.billing.invoices.credit import credit_document
from tenants.billing.invoices.model import Party
from tenants.billing.invoices.printing import amount, credit_pdf, invoice_pdf, quantity, rate
from tenants.billing.invoices.sheets import INVOICE_COLUMNS, cell, invoice_csv

sys.path.insert(0, str(Path(__file__).parent))

from invoice_samples import FACTS, document


def test_the_same_document_is_the_same_pdf() -> None:
    one = invoice_pdf(document(1000, 500))
    assert one.startswith(b"%PDF-")
    assert one == invoice_pdf(document(1000, 500))
    assert one != invoice_pdf(document(1000, 501))


def test_many_lines_take_several_pages() -> None:
    assert invoice_pdf(document(*range(60))).count(b"/Type /Page\n") == 4


def test_names_in_chinese_and_greek_are_printed() -> None:
    party = Party(name="東京コールセンター", address=("Ελλάδα", "Київ"))
    named = msgspec.structs.replace(document(1), facts=msgspec.structs.replace(FACTS, recipient=party))
    assert b"NotoSansCJK" in invoice_pdf(named)


def test_a_credit_note_is_printed() -> None:
    note = credit_document(document(100), [], None, number="C1", issued_on=FACTS.issued_on, reason="A fault of ours")
    assert credit_pdf(note).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("minor", "currency", "told"),
    [
        (123450, "EUR", "1,234.50"),
        (-5, "EUR", "-0.05"),
        (500, "JPY", "500"),
        (1234, "BHD", "1.234"),
        (Decimal("1.2345"), "EUR", "0.012345"),
        (Decimal("4900.0"), "EUR", "49.00"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(minor: int | Decimal, currency: str, told: str) -> None:
    assert amount(minor, currency) == told


def test_quantities_and_rates_for_people() -> None:
    assert [quantity(text) for text in ("2", "1234.500000", "0.333333")] == ["2", "1,234.5", "0.3333"]
    assert [rate(points) for points in (1900, 770, 0)] == ["19 %", "7.7 %", "0 %"]


def test_the_csv_has_every_line_and_tax_and_adds_up() -> None:
    invoice = document(1000, -500)
    rows = list(csv.DictReader(io.StringIO(invoice_csv(invoice).decode("utf-8-sig"))))
    assert tuple(rows[0]) == INVOICE_COLUMNS
    assert [row["kind"] for row in rows] == ["line", "line", "tax", "tax", "total"]
    assert sum(Decimal(row["amount"]) for row in rows[:-1]) == Decimal(rows[-1]["amount"])
    assert rows[1]["amount"] == "-5.00"


def test_text_that_looks_like_a_formula_is_text() -> None:
    assert [cell(value) for value in ("=1+1", "@x", Decimal(-5), "plain", None)] == ["'=1+1", "'@x", "-5", "plain", ""]
