"""Payments: seen by who pays, written down by who is paid."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.paging import Paging
from api.schemas.common import Page
from api.schemas.invoices import PaymentBody, PaymentInput
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.money import Money
from tenants.billing.payments.model import Payment
from tenants.billing.payments.service import Received

PROVIDED = "/v1/provider/invoices/{id:uuid}"


def _body(payment: Payment) -> PaymentBody:
    return PaymentBody(
        id=payment.id,
        invoice_id=payment.invoice,
        kind=payment.kind.value,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        received_on=payment.received_on,
        reference=payment.reference,
        note=payment.note,
        recorded_at=payment.recorded_at,
        counterpart_id=payment.counterpart,
    )


def _received(data: PaymentInput) -> Received:
    try:
        return Received(Money(data.amount_minor, data.currency), data.received_on, data.reference, data.note)
    except ValueError as error:
        problem = {"field": "currency", "code": "not_a_currency", "detail": "such as EUR"}
        raise InvalidInput(f"{error}.", errors=[problem]) from error


@get("/v1/payments", operation_id="list_payments", tags=["Invoices"])
async def list_payments(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    invoice_id: Annotated[UUID | None, QueryParameter(description="The payments of one invoice.")] = None,
) -> Page[PaymentBody]:
    """What the tenant paid and got back, newest first."""
    async with work.read() as unit:
        found = await unit.payments.page(paging.after, paging.one_more, invoice_id)
    return paging.page(found, _body)


@post(f"{PROVIDED}/payments", operation_id="create_payment", status_code=201, tags=["Provider billing"])
async def create_payment(
    key: NamedDependency[UUID], data: JSONBody[PaymentInput], work: NamedDependency[Work]
) -> Response[PaymentBody]:
    """Write down a payment of a client: a part, the whole, or more, which then pays the next invoice."""
    received = _received(data)

    async def add(unit: Unit) -> Response[PaymentBody]:
        payment, _ = await unit.provider_invoicing.record(key, received)
        return Response(_body(payment), status_code=201)

    return await work.create(add, across=True)


@post(f"{PROVIDED}/refunds", operation_id="create_refund", status_code=201, tags=["Provider billing"])
async def create_refund(
    key: NamedDependency[UUID], data: JSONBody[PaymentInput], work: NamedDependency[Work]
) -> Response[PaymentBody]:
    """Write down money that went back to a client; what is open then is to be paid again."""
    sent = _received(data)

    async def add(unit: Unit) -> Response[PaymentBody]:
        payment, _ = await unit.provider_invoicing.refund(key, sent)
        return Response(_body(payment), status_code=201)

    return await work.create(add, across=True)


HANDLERS = [list_payments, create_payment, create_refund]
