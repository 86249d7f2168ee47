"""Invoices as the tenant that gets them sees them, and where it stands with its payments."""

from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.billing_bodies import (
    CSV,
    JSON,
    PDF,
    credit_body,
    csv_of_invoice,
    document_bytes,
    invoice_body,
    pdf_of_credit_note,
    pdf_of_invoice,
    verification_body,
)
from api.routes.responses import shown
from api.schemas.common import Page
from api.schemas.invoices import (
    BillingDetailsBody,
    BillingDetailsInput,
    CreditNotesBody,
    DebtBody,
    InvoiceVerificationBody,
    IssuedInvoiceBody,
    PaymentInstructionsBody,
    StandingBody,
)
from api.work import Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.money import Money
from tenants.billing.invoices.model import InvoiceDocument, RecipientSettings
from tenants.billing.invoices.repository import document_of
from tenants.billing.payments.model import ManualPayments, Payable
from tenants.billing.standing import Standing, StandingReport
from tenants.rows import RevisionMismatch

INVOICES = "/v1/invoices"
ONE = f"{INVOICES}/{{id:uuid}}"
REFERENCE_LENGTH = 100  # one line in print


@get(INVOICES, operation_id="list_invoices", tags=["Invoices"])
async def list_invoices(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[IssuedInvoiceBody]:
    """The tenant's invoices, newest first; drafts of periods that are over too."""
    async with work.read() as unit:
        found = await unit.invoices.page(paging.after, paging.one_more)
    return paging.page(found, invoice_body)


@get(ONE, operation_id="get_invoice", tags=["Invoices"])
async def get_invoice(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[IssuedInvoiceBody]:
    """One invoice: its state and what is open of it."""
    async with work.read() as unit:
        invoice = await unit.invoices.get(key)
    return shown(invoice_body(invoice), invoice.revision)


@get(f"{ONE}/document", operation_id="get_invoice_document", media_type=JSON, tags=["Invoices"])
async def get_invoice_document(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[InvoiceDocument]:
    """All that was invoiced: the very bytes that were frozen when it was issued, and that `sha256` is of."""
    async with work.read() as unit:
        return document_bytes(await unit.invoices.get(key))


@get(f"{ONE}/pdf", operation_id="get_invoice_pdf", media_type=PDF, tags=["Invoices"])
async def get_invoice_pdf(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[bytes]:
    """The invoice to print or to send."""
    async with work.read() as unit:
        invoice = await unit.invoices.get(key)
    return await pdf_of_invoice(invoice)


@get(f"{ONE}/csv", operation_id="get_invoice_csv", media_type=CSV, tags=["Invoices"])
async def get_invoice_csv(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[bytes]:
    """The invoice's lines and taxes as a table."""
    async with work.read() as unit:
        return csv_of_invoice(await unit.invoices.get(key))


@get(f"{ONE}/verification", operation_id="verify_invoice", tags=["Invoices"])
async def verify_invoice(key: NamedDependency[UUID], work: NamedDependency[Work]) -> InvoiceVerificationBody:
    """Compute the document again from the history and compare it byte by byte with what was issued."""
    async with work.read() as unit:
        await unit.invoices.get(key)
    async with work.read_across() as unit:
        return verification_body(await unit.invoicing.verify(key))


@get(f"{ONE}/credit-notes", operation_id="list_credit_notes", tags=["Invoices"])
async def list_credit_notes(key: NamedDependency[UUID], work: NamedDependency[Work]) -> CreditNotesBody:
    """What was taken back of an invoice."""
    async with work.read() as unit:
        await unit.invoices.get(key)
        notes = await unit.credit_notes.of_invoice(key)
    return CreditNotesBody(items=tuple(credit_body(note) for note in notes))


@get("/v1/credit-notes/{id:uuid}/pdf", operation_id="get_credit_note_pdf", media_type=PDF, tags=["Invoices"])
async def get_credit_note_pdf(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[bytes]:
    """The credit note to print or to send."""
    async with work.read() as unit:
        note = await unit.credit_notes.get(key)
    return await pdf_of_credit_note(note)


@get(f"{ONE}/payment", operation_id="get_payment_instructions", tags=["Invoices"])
async def get_payment_instructions(key: NamedDependency[UUID], work: NamedDependency[Work]) -> PaymentInstructionsBody:
    """How to pay what is open of an invoice."""
    async with work.read() as unit:
        invoice = await unit.invoices.get(key)
    facts = document_of(invoice).facts
    payable = Payable(
        number=facts.number,
        issuer=facts.issuer.name,
        amount=Money(max(invoice.open_minor, 0), invoice.currency),
        due_on=facts.due_on,
        bank=facts.bank,
    )
    told = await ManualPayments().instructions(payable)
    return PaymentInstructionsBody(
        lines=told.lines,
        reference=told.reference,
        url=told.url,
        open_minor=payable.amount.minor,
        currency=invoice.currency,
    )


@get("/v1/standing", operation_id="get_standing", tags=["Invoices"])
async def get_standing(work: NamedDependency[Work]) -> StandingBody:
    """Whether invoices are overdue and what follows; who may not see invoices sees no amounts."""
    async with work.read() as unit:
        report = await unit.dunning.report()
        zone = ZoneInfo((await unit.tenant.get()).time_zone)
    debts = () if work.only_own else report.debts
    return StandingBody(
        standing=report.standing,
        message=_banner(report, zone),
        until=report.until,
        debts=tuple(
            DebtBody(number=debt.number, due_at=debt.due_at, open_minor=debt.open_minor, currency=debt.currency)
            for debt in debts
        ),
    )


def _banner(report: StandingReport, zone: ZoneInfo) -> str:
    whom = ", ".join(sorted({debt.whom for debt in report.debts if debt.whom})) or "the provider"
    when = "" if report.until is None else f" The next step follows on {report.until.astimezone(zone):%Y-%m-%d}."
    match report.standing:
        case Standing.ACTIVE:
            return ""
        case Standing.PAST_DUE:
            return f"An invoice is overdue. Ask {whom}.{when}"
        case Standing.WARNED:
            return f"Invoices are overdue, and this tenant will be suspended. Ask {whom}.{when}"
        case Standing.SUSPENDED:
            return f"This tenant is suspended until its overdue invoices are paid. Ask {whom}."


@get("/v1/billing-details", operation_id="get_billing_details", tags=["Invoices"])
async def get_billing_details(work: NamedDependency[Work]) -> Response[BillingDetailsBody]:
    """Name and address on the tenant's invoices."""
    async with work.read() as unit:
        settings = await unit.recipient.get((await unit.tenant.get()).name)
    return shown(_details(settings), settings.revision)


@put("/v1/billing-details", operation_id="set_billing_details", tags=["Invoices"])
async def set_billing_details(
    data: JSONBody[BillingDetailsInput], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[BillingDetailsBody]:
    """Change them; invoices that are issued keep what they say."""
    if not data.party.name.strip() or len(data.reference) > REFERENCE_LENGTH:
        problem = {"field": "party.name", "code": "missing", "detail": "who pays"}
        raise InvalidInput(f"Name the payer; a reference has up to {REFERENCE_LENGTH} characters.", errors=[problem])
    async with work.write() as unit:
        present = await unit.recipient.get((await unit.tenant.get()).name)
        if expected not in (None, present.revision):
            raise RevisionMismatch("Read it again, then repeat your change.")
        new = RecipientSettings(party=data.party, reference=data.reference, tax=present.tax)
        saved = await unit.recipient.put(new, present.revision)
        await unit.tenant_unit.audit("billing_details.changed", None)
    return shown(_details(saved), saved.revision)


def _details(settings: RecipientSettings) -> BillingDetailsBody:
    return BillingDetailsBody(party=settings.party, reference=settings.reference, tax=settings.tax)


HANDLERS = [
    list_invoices,
    get_invoice,
    get_invoice_document,
    get_invoice_pdf,
    get_invoice_csv,
    verify_invoice,
    list_credit_notes,
    get_credit_note_pdf,
    get_payment_instructions,
    get_standing,
    get_billing_details,
    set_billing_details,
]
