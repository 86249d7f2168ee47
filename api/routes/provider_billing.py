"""A provider's invoices to its clients: settings, runs, credit notes, and both sides beside each other."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.paging import Paging
from api.routes.billing_bodies import (
    CSV,
    PDF,
    attached,
    credit_body,
    invoice_body,
    pdf_of_invoice,
    verification_body,
)
from api.routes.responses import shown
from api.schemas.common import Page
from api.schemas.invoices import (
    BillingDetailsBody,
    BillingSettingsBody,
    BillingSettingsInput,
    ClientTaxInput,
    CreditNoteBody,
    CreditNoteInput,
    InvoiceRunBody,
    InvoiceRunInput,
    InvoiceVerificationBody,
    IssuedInvoiceBody,
    MarginRow,
    MarginsBody,
)
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId
from tenants.billing.currency import to_major
from tenants.billing.invoices.issuers import InvoiceFilter
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import IssuerSettings
from tenants.billing.invoices.provider import Margin
from tenants.billing.invoices.run import InvoiceRun
from tenants.billing.invoices.sheets import write

INVOICES = "/v1/provider/invoices"
ONE = f"{INVOICES}/{{id:uuid}}"
SETTINGS = "/v1/provider/billing-settings"
MARGIN_COLUMNS = ("period", "client_id", "client", "code", "currency", "retail", "wholesale", "margin")

WantedPeriod = Annotated[str, QueryParameter(description="YYYY-MM, in each client's time zone.", max_length=7)]


@get(SETTINGS, operation_id="get_billing_settings", tags=["Provider billing"])
async def get_billing_settings(work: NamedDependency[Work]) -> Response[BillingSettingsBody]:
    """How invoices to clients are numbered, taxed, addressed and asked for."""
    async with work.read_across() as unit:
        settings = await unit.provider_invoicing.settings()
    return shown(_settings(settings), settings.revision)


@put(SETTINGS, operation_id="set_billing_settings", tags=["Provider billing"])
async def set_billing_settings(
    data: JSONBody[BillingSettingsInput], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> Response[BillingSettingsBody]:
    """Set them; invoices that are issued keep what they say."""
    fields = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not None}
    try:
        settings = IssuerSettings(**fields)
    except ValueError as error:
        raise InvalidInput(f"These settings cannot be used: {error}.", errors=[]) from error
    async with work.write_across() as unit:
        saved = await unit.provider_invoicing.set_settings(settings, expected)
    return shown(_settings(saved), saved.revision)


def _settings(settings: IssuerSettings) -> BillingSettingsBody:
    fields: dict[str, Any] = msgspec.structs.asdict(settings)
    fields.pop("revision")
    return BillingSettingsBody(**fields)


@put("/v1/provider/clients/{id:uuid}/tax", operation_id="set_client_tax", tags=["Provider billing"])
async def set_client_tax(
    key: NamedDependency[UUID],
    data: JSONBody[ClientTaxInput],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[BillingDetailsBody]:
    """Tax one client unlike the others, such as by reverse charge."""
    async with work.write_across() as unit:
        saved = await unit.provider_invoicing.set_tax(TenantId(key), data.tax, expected)
    body = BillingDetailsBody(party=saved.party, reference=saved.reference, tax=saved.tax)
    return shown(body, saved.revision)


@get(INVOICES, operation_id="list_provider_invoices", tags=["Provider billing"])
async def list_provider_invoices(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    period: Annotated[str | None, QueryParameter(description="YYYY-MM.", max_length=7)] = None,
    client_id: Annotated[UUID | None, QueryParameter(description="One client's.")] = None,
    invoice_state: Annotated[InvoiceState | None, QueryParameter(description="In this state.")] = None,
) -> Page[IssuedInvoiceBody]:
    """The invoices to all clients, newest first."""
    wanted = InvoiceFilter(period, client_id, None if invoice_state is None else invoice_state.value)
    async with work.read_across() as unit:
        found = await unit.provider_invoicing.page(wanted, paging.after, paging.one_more)
    return paging.page(found, invoice_body)


@get(ONE, operation_id="get_provider_invoice", tags=["Provider billing"])
async def get_provider_invoice(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[IssuedInvoiceBody]:
    """One invoice to a client."""
    async with work.read_across() as unit:
        invoice = await unit.provider_invoicing.get(key)
    return shown(invoice_body(invoice), invoice.revision)


@get(f"{ONE}/pdf", operation_id="get_provider_invoice_pdf", media_type=PDF, tags=["Provider billing"])
async def get_provider_invoice_pdf(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[bytes]:
    """The same file that the client gets."""
    async with work.read_across() as unit:
        invoice = await unit.provider_invoicing.get(key)
    return await pdf_of_invoice(invoice)


@get(f"{ONE}/verification", operation_id="verify_provider_invoice", tags=["Provider billing"])
async def verify_provider_invoice(key: NamedDependency[UUID], work: NamedDependency[Work]) -> InvoiceVerificationBody:
    """Compute the document again from the history and compare it byte by byte with what was issued."""
    async with work.read_across() as unit:
        return verification_body(await unit.provider_invoicing.verify(key))


@post("/v1/provider/invoice-runs", operation_id="create_invoice_run", status_code=201, tags=["Provider billing"])
async def create_invoice_run(data: JSONBody[InvoiceRunInput], work: NamedDependency[Work]) -> Response[InvoiceRunBody]:
    """Issue the invoices of a period that is over to all clients, without waiting for the grace; each only once."""
    async with work.read_across() as unit:
        issuer = await unit.provider_invoicing.issuer()
    services = work.services
    run = InvoiceRun(services.database, services.clock, services.ids, services.metering)
    outcomes = await run.issue(issuer, data.period, work.origin)
    issued = tuple(invoice_body(invoice) for outcome in outcomes for invoice in outcome.invoices)
    return Response(InvoiceRunBody(period=data.period, invoices=issued), status_code=201)


@post(f"{ONE}/credit-notes", operation_id="create_credit_note", status_code=201, tags=["Provider billing"])
async def create_credit_note(
    key: NamedDependency[UUID], data: JSONBody[CreditNoteInput], work: NamedDependency[Work]
) -> Response[CreditNoteBody]:
    """Take back a part of an invoice by line, or all that remains; never more than that."""
    wanted = None if data.lines is None else {line.position: line.amount_minor for line in data.lines}

    async def add(unit: Unit) -> Response[CreditNoteBody]:
        note = await unit.provider_invoicing.credit(key, wanted, data.reason)
        return Response(credit_body(note), status_code=201)

    return await work.create(add, across=True)


@get("/v1/provider/margins", operation_id="list_margins", tags=["Provider billing"])
async def list_margins(work: NamedDependency[Work], period: WantedPeriod) -> MarginsBody:
    """What each client pays and what the provider pays for it, by kind of charge."""
    async with work.read_across() as unit:
        found = await unit.provider_invoicing.margins(period)
    totals: dict[str, int] = {}
    for row in found:
        totals[row.currency] = totals.get(row.currency, 0) + row.margin
    return MarginsBody(period=period, items=tuple(_margin(row) for row in found), totals=totals)


def _margin(row: Margin) -> MarginRow:
    return MarginRow(
        client_id=row.client,
        client=row.name,
        code=row.code,
        currency=row.currency,
        retail_minor=row.retail,
        wholesale_minor=row.wholesale,
        margin_minor=row.margin,
    )


@get("/v1/provider/margins/csv", operation_id="get_margins_csv", media_type=CSV, tags=["Provider billing"])
async def get_margins_csv(work: NamedDependency[Work], period: WantedPeriod) -> Response[bytes]:
    """The same as a table, in major units."""
    async with work.read_across() as unit:
        found = await unit.provider_invoicing.margins(period)
    rows = [
        (
            period,
            str(row.client),
            row.name,
            row.code,
            row.currency,
            *(to_major(minor, row.currency) for minor in (row.retail, row.wholesale, row.margin)),
        )
        for row in found
    ]
    return attached(write(MARGIN_COLUMNS, rows), CSV, f"margins-{period}.csv")


HANDLERS = [
    get_billing_settings,
    set_billing_settings,
    set_client_tax,
    list_provider_invoices,
    get_provider_invoice,
    get_provider_invoice_pdf,
    verify_provider_invoice,
    create_invoice_run,
    create_credit_note,
    list_margins,
    get_margins_csv,
]
