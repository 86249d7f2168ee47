"""The rows of one tenant's payments."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from tenants.billing.invoices.tables import PaymentRow
from tenants.billing.payments.model import Payment, PaymentKind

_payments = PaymentRow.table()


def read_payment(row: Row[Any]) -> Payment:
    return Payment(
        id=row.id,
        invoice=row.invoice_id,
        kind=PaymentKind(row.kind),
        amount_minor=row.amount_minor,
        currency=row.currency,
        received_on=date.fromisoformat(row.received_on),
        reference=row.reference,
        note=row.note,
        recorded_at=row.recorded_at,
        counterpart=row.counterpart_id,
    )


class PaymentRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def add(self, payment: Payment, issuer: UUID) -> None:
        await self._session.execute(
            insert(_payments).values(
                id=payment.id,
                tenant_id=self._tenant,
                issuer_id=issuer,
                invoice_id=payment.invoice,
                kind=payment.kind.value,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                received_on=payment.received_on.isoformat(),
                reference=payment.reference,
                note=payment.note,
                counterpart_id=payment.counterpart,
                recorded_at=payment.recorded_at,
            )
        )

    async def page(self, before: UUID | None, limit: int, invoice: UUID | None = None) -> Sequence[Payment]:
        """Newest first."""
        query = select(_payments).where(_payments.c.tenant_id == self._tenant)
        if invoice is not None:
            query = query.where(_payments.c.invoice_id == invoice)
        if before is not None:
            query = query.where(_payments.c.id < before)
        rows = await self._session.execute(query.order_by(_payments.c.id.desc()).limit(limit))
        return [read_payment(row) for row in rows]
