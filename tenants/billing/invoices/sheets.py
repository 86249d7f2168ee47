"""Invoices as CSV (RFC 4180): one row per line and per tax, amounts as decimal numbers of the major unit."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tenants.billing.currency import to_major
from tenants.billing.invoices.model import InvoiceDocument

INVOICE_COLUMNS = (
    *("invoice", "issued_on", "due_on", "period", "currency", "kind", "position", "code", "text", "client"),
    *("start", "end", "quantity", "unit", "unit_price", "amount", "tax", "rate_percent"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def write(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheets guess another encoding."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def invoice_csv(document: InvoiceDocument) -> bytes:
    facts = document.facts
    head = (facts.number, facts.issued_on, facts.due_on, facts.period, facts.currency)
    rates = {tax.code: Decimal(tax.rate).scaleb(-2) for tax in document.taxes}
    rows: list[tuple[object, ...]] = [
        (
            *head,
            "line",
            line.position,
            line.code,
            line.text,
            line.client,
            line.start.isoformat(),
            line.end.isoformat(),
            Decimal(line.quantity),
            line.unit,
            to_major(Decimal(line.unit_price), facts.currency),
            to_major(line.amount_minor, facts.currency),
            line.tax,
            rates[line.tax],
        )
        for line in document.lines
    ]
    blank = ("",) * 6
    for tax in document.taxes:
        amounts = (to_major(tax.base_minor, facts.currency), to_major(tax.tax_minor, facts.currency))
        rows.append((*head, "tax", "", tax.code, tax.name, *blank[:5], *amounts, tax.code, rates[tax.code]))
    rows.append((*head, "total", "", "", "", *blank, to_major(document.total_minor, facts.currency), "", ""))
    return write(INVOICE_COLUMNS, rows)
