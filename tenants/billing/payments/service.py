"""Writing down payments and refunds, by hand or from a payment provider."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from kernel.primitives.errors import InvalidInput
from kernel.primitives.money import Money
from tenants.billing.invoices.dunning import DunningService
from tenants.billing.invoices.errors import InvoiceStateRefused, RefundTooLarge, WrongCurrency
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import Invoice
from tenants.billing.invoices.repository import InvoiceRepository
from tenants.billing.payments.ledger import Ledger
from tenants.billing.payments.model import NOTE_LENGTH, REFERENCE_LENGTH, Payment, PaymentKind
from tenants.billing.payments.repository import PaymentRepository
from tenants.unit import TenantUnit


class Received(NamedTuple):
    """A sum of money that came in or goes back, as a person or a payment provider tells it."""

    amount: Money
    on: date
    reference: str
    note: str = ""


class PaymentService:
    """The payments of one tenant, in one transaction; `unit` is the payer's."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._invoices = InvoiceRepository(unit.session, unit.scope)
        self._payments = PaymentRepository(unit.session, unit.scope)
        self._ledger = Ledger(unit)

    async def record(self, key: UUID, received: Received) -> tuple[Payment, Invoice]:
        """A part, the whole, or more, which is then the tenant's credit. NotFound, WrongCurrency, InvalidInput."""
        invoice = await self._payable(key, received)
        return await self._write(invoice, PaymentKind.PAYMENT, received, received.amount.minor)

    async def refund(self, key: UUID, sent: Received) -> tuple[Payment, Invoice]:
        """Money that went back; what is open then is to be paid again. RefundTooLarge for more than was paid."""
        invoice = await self._payable(key, sent)
        if sent.amount.minor > invoice.paid_minor:
            raise RefundTooLarge(
                f"Of this invoice {invoice.paid_minor} minor units are paid.", paid_minor=invoice.paid_minor
            )
        return await self._write(invoice, PaymentKind.REFUND, sent, -sent.amount.minor)

    async def _payable(self, key: UUID, told: Received) -> Invoice:
        problems = [
            {"field": name, "code": code, "detail": detail}
            for wrong, name, code, detail in (
                (told.amount.minor <= 0, "amount", "not_positive", "more than nothing"),
                (not told.reference.strip(), "reference", "missing", "such as the bank's reference"),
                (len(told.reference) > REFERENCE_LENGTH, "reference", "too_long", f"up to {REFERENCE_LENGTH}"),
                (len(told.note) > NOTE_LENGTH, "note", "too_long", f"up to {NOTE_LENGTH} characters"),
            )
            if wrong
        ]
        if problems:
            raise InvalidInput("This payment cannot be written down.", errors=problems)
        invoice = await self._invoices.get(key, lock=True)
        if invoice.state is InvoiceState.DRAFT:
            raise InvoiceStateRefused("A draft cannot be paid: issue it first.", state=invoice.state, input="pay")
        if told.amount.currency != invoice.currency:
            raise WrongCurrency(f"This invoice is in {invoice.currency}.")
        return invoice

    async def _write(self, invoice: Invoice, kind: PaymentKind, told: Received, minor: int) -> tuple[Payment, Invoice]:
        payment = Payment(
            id=self._unit.new_id(),
            invoice=invoice.id,
            kind=kind,
            amount_minor=minor,
            currency=invoice.currency,
            received_on=told.on,
            reference=told.reference.strip(),
            note=told.note,
            recorded_at=self._unit.now,
        )
        await self._payments.add(payment, invoice.issuer)
        action = "payment.recorded" if kind is PaymentKind.PAYMENT else "payment.refunded"
        await self._unit.audit(action, payment.id, number=invoice.number, amount_minor=minor, currency=invoice.currency)
        await self._ledger.settle(await self._invoices.get(invoice.id))
        await DunningService(self._unit).judge()
        return payment, await self._invoices.get(invoice.id)
