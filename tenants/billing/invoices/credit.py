"""Credit notes: never more than what remains of each line, and in the end exactly the whole, taxes too."""

from collections.abc import Mapping, Sequence
from datetime import date

from kernel.primitives.errors import InvalidInput
from tenants.billing.invoices.errors import NothingLeftToCredit
from tenants.billing.invoices.model import DOCUMENT_VERSION, CreditDocument, CreditLine, InvoiceDocument
from tenants.billing.invoices.taxes import TaxLine, tax_of


def remaining(invoice: InvoiceDocument, former: Sequence[CreditDocument]) -> dict[int, int]:
    """What is left of each line, by position, without tax; of a negative line it is negative."""
    left = {line.position: line.amount_minor for line in invoice.lines}
    for note in former:
        for line in note.lines:
            left[line.position] -= line.amount_minor
    return left


def credited(
    invoice: InvoiceDocument, former: Sequence[CreditDocument], wanted: Mapping[int, int] | None
) -> tuple[CreditLine, ...]:
    """The lines of a credit note over `wanted` (amounts by position), or over all that remains where it is None."""
    left = remaining(invoice, former)
    amounts = {position: rest for position, rest in left.items() if rest} if wanted is None else wanted
    if not any(amounts.values()):
        raise NothingLeftToCredit("Everything of this invoice was credited before.", position=None, left_minor=0)
    by_position = {line.position: line for line in invoice.lines}
    lines: list[CreditLine] = []
    for position, amount in sorted(amounts.items()):
        if position not in by_position:
            problem = {"field": "lines", "code": "no_such_line", "detail": f"position {position}"}
            raise InvalidInput("Name lines of the invoice by their positions.", errors=[problem])
        if not 0 <= amount * _sign(left[position]) <= abs(left[position]) or amount == 0:
            raise NothingLeftToCredit(
                f"Of line {position} there is {left[position]} left to credit.",
                position=position,
                left_minor=left[position],
            )
        line = by_position[position]
        lines.append(CreditLine(position=position, text=line.text, amount_minor=amount, tax=line.tax))
    return tuple(lines)


def _sign(amount: int) -> int:
    return -1 if amount < 0 else 1


def credit_taxes(
    invoice: InvoiceDocument, former: Sequence[CreditDocument], lines: Sequence[CreditLine]
) -> tuple[TaxLine, ...]:
    """The tax on all that was credited so far, less what former notes took: what all notes take adds up exactly."""
    before: dict[str, int] = {}
    for note in former:
        for tax in note.taxes:
            before[tax.code] = before.get(tax.code, 0) + tax.base_minor
    found: list[TaxLine] = []
    for rule in invoice.taxes:
        base = sum(line.amount_minor for line in lines if line.tax == rule.code)
        if not any(line.tax == rule.code for line in lines):
            continue
        earlier = before.get(rule.code, 0)
        tax = tax_of(earlier + base, rule.rate) - tax_of(earlier, rule.rate)
        found.append(
            TaxLine(
                code=rule.code,
                name=rule.name,
                kind=rule.kind,
                rate=rule.rate,
                base_minor=base,
                tax_minor=tax,
                note=rule.note,
            )
        )
    return tuple(found)


def credit_document(
    invoice: InvoiceDocument,
    former: Sequence[CreditDocument],
    wanted: Mapping[int, int] | None,
    *,
    number: str,
    issued_on: date,
    reason: str,
) -> CreditDocument:
    """NothingLeftToCredit, InvalidInput."""
    lines = credited(invoice, former, wanted)
    taxes = credit_taxes(invoice, former, lines)
    subtotal, tax = sum(line.amount_minor for line in lines), sum(line.tax_minor for line in taxes)
    facts = invoice.facts
    return CreditDocument(
        version=DOCUMENT_VERSION,
        number=number,
        invoice=facts.number,
        invoice_issued_on=facts.issued_on,
        issuer=facts.issuer,
        recipient=facts.recipient,
        issued_on=issued_on,
        currency=facts.currency,
        reason=reason,
        lines=lines,
        taxes=taxes,
        subtotal_minor=subtotal,
        tax_minor=tax,
        total_minor=subtotal + tax,
    )
