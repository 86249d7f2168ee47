"""Invoices, credit notes, billing settings and standings; amounts are in minor units of the currency."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from api.schemas.common import Body, Input
from tenants.billing import Side
from tenants.billing.invoices.documents import Difference
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import CreditLine, Party
from tenants.billing.invoices.taxes import TaxLine, TaxPolicy
from tenants.billing.standing import DunningPolicy, Standing


class IssuedInvoiceBody(Body, frozen=True):
    """`side` is retail from a provider to its client, wholesale from the platform to a provider.

    A draft has no number and may change. `due_at` is the end of the last day to pay; `open_minor` is negative where
    more was paid or credited than invoiced. `sha256` is of the document.
    """

    id: UUID
    tenant_id: UUID
    side: Side
    period: str
    currency: str
    state: InvoiceState
    number: str | None
    issued_at: datetime | None
    due_at: datetime | None
    total_minor: int
    credited_minor: int
    paid_minor: int
    open_minor: int
    sha256: str


class CreditNoteBody(Body, frozen=True):
    id: UUID
    invoice_id: UUID
    number: str
    issued_at: datetime
    currency: str
    reason: str
    lines: tuple[CreditLine, ...]
    taxes: tuple[TaxLine, ...]
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    sha256: str


class CreditNotesBody(Body, frozen=True):
    """Oldest first."""

    items: tuple[CreditNoteBody, ...]


class CreditedLine(Input, frozen=True):
    """`amount_minor` without tax."""

    position: int
    amount_minor: int


class CreditNoteInput(Input, frozen=True):
    """Without `lines` all that remains of the invoice is taken back."""

    reason: str
    lines: tuple[CreditedLine, ...] | None = None


class InvoiceVerificationBody(Body, frozen=True):
    """`difference` is the first one between the document and what the history gives now; null where there is none."""

    invoice_id: UUID
    sha256: str
    computed_sha256: str
    difference: Difference | None


class BillingDetailsBody(Body, frozen=True):
    """How invoices are addressed; `reference` is printed, such as an order's number; `tax` is set by the issuer."""

    party: Party
    reference: str
    tax: TaxPolicy | None


class BillingDetailsInput(Input, frozen=True):
    party: Party
    reference: str = ""


class ClientTaxInput(Input, frozen=True):
    """In place of the provider's own taxes; null: as for everybody."""

    tax: TaxPolicy | None


class BillingSettingsBody(Body, frozen=True):
    """How a provider issues invoices; `{days}` in the terms becomes `payment_days`."""

    party: Party
    number_format: str
    credit_format: str
    payment_days: int
    grace_hours: int
    tax: TaxPolicy
    dunning: DunningPolicy
    payment_terms: str
    bank: tuple[str, ...]
    contact: str
    unpaid_reasons: tuple[str, ...]


class BillingSettingsInput(Input, frozen=True):
    """What is left out has its usual value."""

    party: Party
    number_format: str | None = None
    credit_format: str | None = None
    payment_days: int | None = None
    grace_hours: int | None = None
    tax: TaxPolicy | None = None
    dunning: DunningPolicy | None = None
    payment_terms: str | None = None
    bank: tuple[str, ...] | None = None
    contact: str | None = None
    unpaid_reasons: tuple[str, ...] | None = None


class InvoiceRunInput(Input, frozen=True):
    """YYYY-MM, which must be over; earlier periods that were left out are invoiced too."""

    period: str


class InvoiceRunBody(Body, frozen=True):
    """What this run issued; a run that is repeated issues nothing."""

    period: str
    invoices: tuple[IssuedInvoiceBody, ...]


class DebtBody(Body, frozen=True):
    number: str
    due_at: datetime
    open_minor: int
    currency: str


class StandingBody(Body, frozen=True):
    """`message` is a banner, empty while all is paid; `debts` are shown to those who may see invoices."""

    standing: Standing
    message: str
    until: datetime | None
    debts: tuple[DebtBody, ...]


class MarginRow(Body, frozen=True):
    """`retail_minor` is what the client pays, `wholesale_minor` what the provider pays for it; both without tax."""

    client_id: UUID
    client: str
    code: str
    currency: str
    retail_minor: int
    wholesale_minor: int
    margin_minor: int


class MarginsBody(Body, frozen=True):
    """A row for each client, kind of charge and currency; `totals` by currency."""

    period: str
    items: tuple[MarginRow, ...]
    totals: Mapping[str, int]


class PaymentBody(Body, frozen=True):
    """`kind`: payment, refund, or a transfer of credit from one invoice to another; negative is what went out."""

    id: UUID
    invoice_id: UUID
    kind: str
    amount_minor: int
    currency: str
    received_on: date
    reference: str
    note: str
    recorded_at: datetime
    counterpart_id: UUID | None


class PaymentInput(Input, frozen=True):
    """`amount_minor` is more than 0; there is no place for a card's number: name the bank's reference."""

    amount_minor: int
    currency: str
    received_on: date
    reference: str
    note: str = ""


class PaymentInstructionsBody(Body, frozen=True):
    """How to pay an invoice: lines to read, the reference to name, and a page to pay on where there is one."""

    lines: tuple[str, ...]
    reference: str
    url: str | None
    open_minor: int
    currency: str
