"""Examples of bodies about invoices, payments and agents' time."""

from datetime import UTC, date, datetime
from uuid import UUID

from api.schemas.agent_time import AgentTimeBody, AgentTimeRow, ClientTimeRow
from api.schemas.common import Body, Input
from api.schemas.invoices import (
    BillingDetailsBody,
    BillingDetailsInput,
    BillingSettingsBody,
    BillingSettingsInput,
    ClientTaxInput,
    CreditedLine,
    CreditNoteBody,
    CreditNoteInput,
    CreditNotesBody,
    DebtBody,
    InvoiceRunBody,
    InvoiceRunInput,
    InvoiceVerificationBody,
    IssuedInvoiceBody,
    MarginRow,
    MarginsBody,
    PaymentBody,
    PaymentInput,
    PaymentInstructionsBody,
    StandingBody,
)
from tenants.billing import Side
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import TERMS, CreditLine, Party
from tenants.billing.invoices.taxes import TaxKind, TaxLine, TaxPolicy, TaxRule
from tenants.billing.standing import DunningPolicy, Standing

_INVOICE = UUID("0198c0de-0000-7000-8000-000000000201")
_NOTE = UUID("0198c0de-0000-7000-8000-000000000202")
_PAYMENT = UUID("0198c0de-0000-7000-8000-000000000203")
_CLIENT = UUID("0198c0de-0000-7000-8000-000000000106")
_AGENT = UUID("0198c0de-0000-7000-8000-000000000001")
_ISSUED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_DUE = datetime(2026, 3, 17, tzinfo=UTC)
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PARTY = Party(name="Example Contact Ltd", address=("1 High Street", "London EC1A 1AA"), tax_id="GB123456789")
_VAT = TaxRule(code="standard", name="VAT", rate=2000)
_TAX = TaxPolicy(default=_VAT)
_REVERSE = TaxRule(code="reverse", name="Reverse charge", kind=TaxKind.REVERSE_CHARGE)

_ONE = IssuedInvoiceBody(
    id=_INVOICE,
    tenant_id=_CLIENT,
    side=Side.RETAIL,
    period="2026-02",
    currency="GBP",
    state=InvoiceState.ISSUED,
    number="2026-00042",
    issued_at=_ISSUED,
    due_at=_DUE,
    total_minor=176_400,
    credited_minor=5_880,
    paid_minor=100_000,
    open_minor=70_520,
    sha256=_SHA256,
)
_CREDIT = CreditNoteBody(
    id=_NOTE,
    invoice_id=_INVOICE,
    number="C2026-00001",
    issued_at=_ISSUED,
    currency="GBP",
    reason="One seat could not be used",
    lines=(CreditLine(position=1, text="Agent seats, standard: 30", amount_minor=4_900, tax="standard"),),
    taxes=(TaxLine(code="standard", name="VAT", kind=TaxKind.RATE, rate=2000, base_minor=4_900, tax_minor=980),),
    subtotal_minor=4_900,
    tax_minor=980,
    total_minor=5_880,
    sha256=_SHA256,
)
_TIME = AgentTimeRow(
    day=date(2026, 3, 2),
    agent_id=_AGENT,
    agent="Dana",
    client_id=_CLIENT,
    client="Client",
    handled=14_400,
    idle=0,
    shared_idle=7_200,
    paid_away=1_800,
    billable=21_600,
    payable=23_400,
)

BODIES: tuple[Body | Input, ...] = (
    _ONE,
    _CREDIT,
    CreditNotesBody(items=(_CREDIT,)),
    CreditedLine(position=1, amount_minor=4_900),
    CreditNoteInput(reason="One seat could not be used", lines=(CreditedLine(position=1, amount_minor=4_900),)),
    InvoiceVerificationBody(invoice_id=_INVOICE, sha256=_SHA256, computed_sha256=_SHA256, difference=None),
    BillingDetailsBody(party=_PARTY, reference="PO 4711", tax=None),
    BillingDetailsInput(party=_PARTY, reference="PO 4711"),
    ClientTaxInput(tax=TaxPolicy(default=_REVERSE)),
    BillingSettingsBody(
        party=_PARTY,
        number_format="{year}-{number:05}",
        credit_format="C{year}-{number:05}",
        payment_days=14,
        grace_hours=24,
        tax=_TAX,
        dunning=DunningPolicy(),
        payment_terms=TERMS,
        bank=("IBAN GB29 NWBK 6016 1331 9268 19",),
        contact="billing@example.org",
        unpaid_reasons=("meal",),
    ),
    BillingSettingsInput(party=_PARTY, tax=_TAX, payment_days=14),
    InvoiceRunInput(period="2026-02"),
    InvoiceRunBody(period="2026-02", invoices=(_ONE,)),
    DebtBody(number="2026-00042", due_at=_DUE, open_minor=70_520, currency="GBP"),
    StandingBody(
        standing=Standing.PAST_DUE,
        message="An invoice is overdue. Ask billing@example.org. The next step follows on 2026-03-20.",
        until=datetime(2026, 3, 20, tzinfo=UTC),
        debts=(DebtBody(number="2026-00042", due_at=_DUE, open_minor=70_520, currency="GBP"),),
    ),
    MarginRow(
        client_id=_CLIENT,
        client="Client",
        code="seats.named",
        currency="GBP",
        retail_minor=147_000,
        wholesale_minor=90_000,
        margin_minor=57_000,
    ),
    MarginsBody(period="2026-02", items=(), totals={"GBP": 0}),
    PaymentBody(
        id=_PAYMENT,
        invoice_id=_INVOICE,
        kind="payment",
        amount_minor=100_000,
        currency="GBP",
        received_on=date(2026, 3, 9),
        reference="FPS 20260309 4711",
        note="",
        recorded_at=_ISSUED,
        counterpart_id=None,
    ),
    PaymentInput(amount_minor=100_000, currency="GBP", received_on=date(2026, 3, 9), reference="FPS 20260309 4711"),
    PaymentInstructionsBody(
        lines=("IBAN GB29 NWBK 6016 1331 9268 19",),
        reference="2026-00042",
        url=None,
        open_minor=70_520,
        currency="GBP",
    ),
    _TIME,
    ClientTimeRow(client_id=_CLIENT, client="Client", billable=21_600, payable=23_400),
    AgentTimeBody(
        first=date(2026, 3, 2),
        last=date(2026, 3, 2),
        time_zone="Europe/London",
        logged_in=27_000,
        unpaid=3_600,
        clients=(ClientTimeRow(client_id=_CLIENT, client="Client", billable=21_600, payable=23_400),),
        items=(_TIME,),
    ),
)

PATH_IDS: dict[str, UUID] = {"invoices": _INVOICE, "credit-notes": _NOTE}
