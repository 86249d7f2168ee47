"""Documents to test with."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from kernel.primitives.money import Money
from tenants.billing.charges import Charge
from tenants.billing.invoices.documents import Charged, build
from tenants.billing.invoices.model import Facts, InvoiceDocument, Party
from tenants.billing.invoices.taxes import TaxPolicy, TaxRule
from tenants.billing.plans import Side

CLIENT = UUID(int=7)
START, END = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
STANDARD = TaxRule(code="standard", name="VAT", rate=1900)
REDUCED = TaxRule(code="reduced", name="VAT", rate=700)
FACTS = Facts(
    number="2026-00042",
    side=Side.RETAIL,
    issuer=Party(
        name="Example Contact Ltd", address=("1 High Street", "London"), tax_id="GB 1", email="pay@example.org"
    ),
    recipient=Party(name="Client GmbH", address=("Hauptstraße 1", "Berlin")),
    issued_on=date(2026, 11, 2),
    due_on=date(2026, 11, 16),
    period="2026-10",
    start=START,
    end=END,
    time_zone="Europe/Berlin",
    currency="EUR",
    tax=TaxPolicy(default=STANDARD, by_code={"numbers": REDUCED}),
    payment_terms="Payable within 14 days.",
    bank=("IBAN GB00",),
)


def charge(code: str, minor: int, currency: str = "EUR", sources: Sequence[UUID] = ()) -> Charge:
    return Charge(
        code=code,
        text=f"{code} of October",
        start=START,
        end=END,
        quantity=Decimal("1.5"),
        unit="minute",
        unit_price=Decimal(minor),
        amount=Money(minor, currency),
        sources=tuple(sources),
    )


def document(*amounts: int) -> InvoiceDocument:
    """Lines of these amounts, every other one at the reduced rate."""
    lines = [charge("numbers" if place % 2 else "minutes", minor) for place, minor in enumerate(amounts)]
    return build(FACTS, [Charged(CLIENT, lines, {})])
