"""The worked example of docs/billing-invoices.md is true."""

import re
import sys
from pathlib import Path

import msgspec

from tenants.billing.invoices.credit import credit_document
from tenants.billing.invoices.documents import Charged, build
from tenants.billing.invoices.machine import diagram
from tenants.billing.invoices.model import CreditDocument, InvoiceDocument
from tenants.billing.invoices.taxes import TaxPolicy, TaxRule

sys.path.insert(0, str(Path(__file__).parent))

from invoice_samples import CLIENT, FACTS, charge

PAGE = (Path(__file__).parents[4] / "docs/billing-invoices.md").read_text()


class Example:
    """Line by line: what is given, what is done, and after `=` what comes of it."""

    def __init__(self) -> None:
        self.default = TaxRule(code="none", name="none")
        self.by_code: dict[str, TaxRule] = {}
        self.lines: list[tuple[str, int]] = []
        self.notes: list[CreditDocument] = []

    @property
    def invoice(self) -> InvoiceDocument:
        facts = msgspec.structs.replace(FACTS, tax=TaxPolicy(default=self.default, by_code=self.by_code))
        return build(facts, [Charged(CLIENT, [charge(code, minor) for code, minor in self.lines], {})])

    def results(self) -> set[str]:
        invoice = self.invoice
        found = {f"tax {tax.code} on {tax.base_minor} is {tax.tax_minor}" for tax in invoice.taxes}
        found |= {f"subtotal {invoice.subtotal_minor}", f"total {invoice.total_minor}"}
        return found | ({f"credit total {self.notes[-1].total_minor}"} if self.notes else set())

    def do(self, line: str) -> None:
        match line.split():
            case ["tax", code, rate]:
                self.default = TaxRule(code=code, name="VAT", rate=int(rate))
            case ["tax", charged, code, rate]:
                self.by_code[charged] = TaxRule(code=code, name="VAT", rate=int(rate))
            case ["line", code, minor]:
                self.lines.append((code, int(minor)))
            case ["credit", *wanted]:
                amounts = None if wanted == ["rest"] else {int(wanted[0]): int(wanted[1])}
                note = credit_document(
                    self.invoice, self.notes, amounts, number="C1", issued_on=FACTS.issued_on, reason="example"
                )
                self.notes.append(note)
            case _:
                raise AssertionError(line)


def test_the_worked_example_is_what_comes_of_it() -> None:
    (block,) = re.findall(r"```invoice\n(.*?)```", PAGE, re.DOTALL)
    example = Example()
    for line in block.strip().splitlines():
        if line.startswith("= "):
            assert line.removeprefix("= ") in example.results()
        else:
            example.do(line)


def test_the_diagram_is_that_of_the_table() -> None:
    (block,) = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert block.strip() == diagram()
