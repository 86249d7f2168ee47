"""What payments do to invoices: settling, reopening, and carrying what was paid too much to the next one."""

from uuid import UUID

from tenants.billing.invoices.machine import InvoiceInput, InvoiceState, after
from tenants.billing.invoices.model import Invoice
from tenants.billing.invoices.repository import InvoiceRepository
from tenants.billing.invoices.tables import InvoiceRow
from tenants.billing.payments.model import Payment, PaymentKind
from tenants.billing.payments.repository import PaymentRepository
from tenants.unit import TenantUnit

_invoices = InvoiceRow.table()


def consequence(invoice: Invoice) -> InvoiceInput | None:
    """What the amounts of an invoice mean for its state, if anything."""
    fully_credited = invoice.credited_minor == invoice.total_minor != 0
    match invoice.state:
        case InvoiceState.ISSUED | InvoiceState.PAST_DUE if fully_credited and invoice.paid_minor == 0:
            return InvoiceInput.TAKE_BACK
        case InvoiceState.ISSUED | InvoiceState.PAST_DUE if invoice.open_minor <= 0:
            return InvoiceInput.SETTLE
        case InvoiceState.PAID if invoice.open_minor > 0:
            return InvoiceInput.REOPEN
        case _:
            return None


class Ledger:
    """In the recipient's transaction."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._invoices = InvoiceRepository(unit.session, unit.scope)
        self._payments = PaymentRepository(unit.session, unit.scope)

    async def settle(self, invoice: Invoice) -> Invoice:
        """The invoice in the state that its amounts ask for."""
        what = consequence(invoice)
        if what is None:
            return invoice
        moved = await self._invoices.move(invoice, after(invoice.state, what))
        await self._unit.audit(f"invoice.{moved.state}", invoice.id, number=invoice.number)
        return moved

    async def fall_due(self, invoice: Invoice) -> Invoice:
        """Past due, if its time to pay is over and something is open."""
        due = invoice.due_at is not None and invoice.due_at <= self._unit.now
        if invoice.state is not InvoiceState.ISSUED or not due or invoice.open_minor <= 0:
            return invoice
        moved = await self._invoices.move(invoice, after(invoice.state, InvoiceInput.FALL_DUE))
        await self._unit.audit("invoice.past_due", invoice.id, number=invoice.number, open_minor=invoice.open_minor)
        return moved

    async def apply_credit(self, invoice: Invoice) -> Invoice:
        """Pay a new invoice from what the tenant paid too much on former ones of the same issuer and currency."""
        for former in await self._with_credit(invoice):
            amount = min(-former.open_minor, invoice.open_minor)
            if amount <= 0:
                break
            await self._transfer(former, invoice, amount)
            invoice = await self._invoices.get(invoice.id)
        return await self.settle(invoice)

    async def _with_credit(self, invoice: Invoice) -> list[Invoice]:
        alike = (_invoices.c.issuer_id == invoice.issuer, _invoices.c.currency == invoice.currency)
        closed = _invoices.c.state.in_((InvoiceState.PAID.value, InvoiceState.VOID.value))
        found = await self._invoices.find(*alike, closed, _invoices.c.id != invoice.id)
        return [one for one in found if one.open_minor < 0]

    async def _transfer(self, source: Invoice, target: Invoice, amount: int) -> None:
        for invoice, other, minor in ((source, target, -amount), (target, source, amount)):
            await self._payments.add(self._moved(invoice.id, other, minor), invoice.issuer)
        await self._unit.audit(
            "payment.transferred", target.id, source=source.number, number=target.number, amount_minor=amount
        )

    def _moved(self, invoice: UUID, other: Invoice, minor: int) -> Payment:
        return Payment(
            id=self._unit.new_id(),
            invoice=invoice,
            kind=PaymentKind.TRANSFER,
            amount_minor=minor,
            currency=other.currency,
            received_on=self._unit.now.date(),
            reference=other.number or "",
            note="",
            recorded_at=self._unit.now,
            counterpart=other.id,
        )
