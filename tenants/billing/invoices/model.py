"""Invoices and credit notes as plain values."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from tenants.billing.agent_time.rules import UNPAID_REASONS
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.numbering import CREDIT_FORMAT, NUMBER_FORMAT, NumberFormat
from tenants.billing.invoices.taxes import TaxLine, TaxPolicy
from tenants.billing.plans import Side
from tenants.billing.standing import DunningPolicy

PLATFORM = UUID(int=0)  # issues the wholesale invoices; nobody's tenant or provider has the nil UUID
DOCUMENT_VERSION = 1
PAYMENT_DAYS = 14  # the usual term between businesses
GRACE_HOURS = 24  # for entries that come late: a carrier's records, a gateway that was cut off
TERMS = "Payable within {days} days by bank transfer; please name the invoice number."


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends or gets an invoice, as it is printed."""

    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""


class IssuerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider (or the platform) issues invoices."""

    party: Party
    number_format: str = NUMBER_FORMAT
    credit_format: str = CREDIT_FORMAT
    payment_days: int = PAYMENT_DAYS
    grace_hours: int = GRACE_HOURS
    tax: TaxPolicy = TaxPolicy()
    dunning: DunningPolicy = DunningPolicy()
    payment_terms: str = TERMS
    bank: tuple[str, ...] = ()  # where to pay, printed at the foot
    contact: str = ""  # whom to ask about an invoice
    unpaid_reasons: tuple[str, ...] = UNPAID_REASONS  # not-ready reasons for which agents are not paid
    revision: int = 1

    def __post_init__(self) -> None:
        NumberFormat(self.number_format)
        NumberFormat(self.credit_format)
        if not self.party.name.strip():
            raise ValueError("an issuer has a name")
        if not 0 <= self.payment_days <= 365:  # a year is the longest term we heard of
            raise ValueError("payment_days is 0 to 365")
        if not 0 <= self.grace_hours <= 24 * 28:  # the next period would end before the invoice came
            raise ValueError("grace_hours is 0 to 672")


class RecipientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant wants its invoices addressed; `tax`, which its issuer sets, takes the place of the issuer's."""

    party: Party
    reference: str = ""  # such as the tenant's purchase order
    tax: TaxPolicy | None = None
    revision: int = 1


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that an invoice says beside its charges, frozen when it is issued; times are UTC."""

    number: str
    side: Side
    issuer: Party
    recipient: Party
    issued_on: date
    due_on: date
    period: str
    start: datetime
    end: datetime
    time_zone: str
    currency: str
    tax: TaxPolicy
    reference: str = ""
    payment_terms: str = ""
    bank: tuple[str, ...] = ()
    clients: Mapping[str, str] = {}  # names by id, where one invoice is about several tenants


class Sources(msgspec.Struct, frozen=True):
    """The log events that a line sums: how many, and a SHA-256 over their sorted ids."""

    count: int
    sha256: str


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True):
    """`quantity` and `unit_price` (in minor units) are decimal numbers as text; `client` names a tenant."""

    position: int
    code: str
    text: str
    client: str | None
    start: datetime
    end: datetime
    quantity: str
    unit: str
    unit_price: str
    amount_minor: int
    tax: str
    sources: Sources


class InvoiceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was invoiced; its bytes are kept and can be computed again."""

    version: int
    facts: Facts
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxLine, ...]
    subtotal_minor: int
    tax_minor: int
    total_minor: int


class CreditLine(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_minor` is what is taken back of the invoice's line at `position`, without tax."""

    position: int
    text: str
    amount_minor: int
    tax: str


class CreditDocument(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    number: str
    invoice: str  # the invoice's number
    invoice_issued_on: date
    issuer: Party
    recipient: Party
    issued_on: date
    currency: str
    reason: str
    lines: tuple[CreditLine, ...]
    taxes: tuple[TaxLine, ...]
    subtotal_minor: int
    tax_minor: int
    total_minor: int


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """One row: who owes whom, where it stands, and its document's bytes; `credited` and `paid` are in minor units.

    `tenant` is the recipient, `issuer` a provider or PLATFORM.
    """

    id: UUID
    tenant: UUID
    issuer: UUID
    side: Side
    period: str
    currency: str
    state: InvoiceState
    number: str | None
    issued_at: datetime | None
    due_at: datetime | None  # the end of the last day to pay
    total_minor: int
    document: bytes
    sha256: str
    credited_minor: int = 0
    paid_minor: int = 0
    revision: int = 1

    @property
    def open_minor(self) -> int:
        """What is still to be paid; negative: the tenant has this much to its credit."""
        return self.total_minor - self.credited_minor - self.paid_minor


class CreditNote(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    tenant: UUID
    issuer: UUID
    invoice: UUID
    number: str
    issued_at: datetime
    currency: str
    total_minor: int
    document: bytes
    sha256: str
