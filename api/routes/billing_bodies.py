"""What several operations about invoices share: bodies and files."""

import asyncio
from typing import cast

from litestar import Response

from api.schemas.invoices import CreditNoteBody, InvoiceVerificationBody, IssuedInvoiceBody
from tenants.billing.invoices.model import CreditDocument, CreditNote, Invoice, InvoiceDocument
from tenants.billing.invoices.repository import credit_of, document_of
from tenants.billing.invoices.service import Verified
from tenants.billing.invoices.sheets import invoice_csv

PDF = "application/pdf"
CSV = "text/csv"
JSON = "application/json"


def invoice_body(invoice: Invoice) -> IssuedInvoiceBody:
    return IssuedInvoiceBody(
        id=invoice.id,
        tenant_id=invoice.tenant,
        side=invoice.side,
        period=invoice.period,
        currency=invoice.currency,
        state=invoice.state,
        number=invoice.number,
        issued_at=invoice.issued_at,
        due_at=invoice.due_at,
        total_minor=invoice.total_minor,
        credited_minor=invoice.credited_minor,
        paid_minor=invoice.paid_minor,
        open_minor=invoice.open_minor,
        sha256=invoice.sha256,
    )


def credit_body(note: CreditNote) -> CreditNoteBody:
    document = credit_of(note)
    return CreditNoteBody(
        id=note.id,
        invoice_id=note.invoice,
        number=note.number,
        issued_at=note.issued_at,
        currency=note.currency,
        reason=document.reason,
        lines=document.lines,
        taxes=document.taxes,
        subtotal_minor=document.subtotal_minor,
        tax_minor=document.tax_minor,
        total_minor=document.total_minor,
        sha256=note.sha256,
    )


def verification_body(verified: Verified) -> InvoiceVerificationBody:
    return InvoiceVerificationBody(
        invoice_id=verified.invoice.id,
        sha256=verified.invoice.sha256,
        computed_sha256=verified.sha256,
        difference=verified.difference,
    )


def attached(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """A file to keep, in nobody's cache."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def file_name(kind: str, number: str | None, ending: str) -> str:
    """Numbers may have spaces and slashes."""
    told = "".join(letter if letter.isalnum() else "-" for letter in number or "draft")
    return f"{kind}-{told}.{ending}"


async def pdf_of_invoice(invoice: Invoice) -> Response[bytes]:
    content = await asyncio.to_thread(_invoice_pdf, document_of(invoice))
    return attached(content, PDF, file_name("invoice", invoice.number, "pdf"))


async def pdf_of_credit_note(note: CreditNote) -> Response[bytes]:
    content = await asyncio.to_thread(_credit_pdf, credit_of(note))
    return attached(content, PDF, file_name("credit-note", note.number, "pdf"))


def csv_of_invoice(invoice: Invoice) -> Response[bytes]:
    return attached(invoice_csv(document_of(invoice)), CSV, file_name("invoice", invoice.number, "csv"))


def document_bytes(invoice: Invoice) -> Response[InvoiceDocument]:
    """The canonical bytes, of which `sha256` is: they are sent as they are, not written anew."""
    document = cast(InvoiceDocument, invoice.document)
    return Response(document, media_type=JSON, headers={"ETag": f'"{invoice.sha256}"'})


# What prints takes half a second to load, which no start waits for: the first document does, in its thread.


def _invoice_pdf(document: InvoiceDocument) -> bytes:
    from tenants.billing.invoices.printing import invoice_pdf

    return invoice_pdf(document)


def _credit_pdf(document: CreditDocument) -> bytes:
    from tenants.billing.invoices.printing import credit_pdf

    return credit_pdf(document)
