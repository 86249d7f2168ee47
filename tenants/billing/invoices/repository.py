"""The rows of one tenant's invoices, credit notes and runs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import NotFound
from tenants.billing.invoices.documents import canonical, digest
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import (
    CreditDocument,
    CreditNote,
    Invoice,
    InvoiceDocument,
    Party,
    RecipientSettings,
)
from tenants.billing.invoices.tables import CreditNoteRow, InvoiceRow, InvoiceRunRow, PaymentRow, RecipientRow
from tenants.billing.periods import Period
from tenants.billing.plans import Side
from tenants.rows import RevisionMismatch

_invoices = InvoiceRow.table()
_notes = CreditNoteRow.table()
_payments = PaymentRow.table()
_runs = InvoiceRunRow.table()
_recipients = RecipientRow.table()


def with_sums() -> Select[Any]:
    """Invoices with what was credited and paid of each."""
    credit = select(func.coalesce(func.sum(_notes.c.total_minor), 0)).where(_notes.c.invoice_id == _invoices.c.id)
    paid = select(func.coalesce(func.sum(_payments.c.amount_minor), 0)).where(_payments.c.invoice_id == _invoices.c.id)
    return select(_invoices, credit.scalar_subquery().label("credited"), paid.scalar_subquery().label("paid"))


def read_invoice(row: Row[Any]) -> Invoice:
    return Invoice(
        id=row.id,
        tenant=row.tenant_id,
        issuer=row.issuer_id,
        side=Side(row.side),
        period=row.period,
        currency=row.currency,
        state=InvoiceState(row.state),
        number=row.number,
        issued_at=row.issued_at,
        due_at=row.due_at,
        total_minor=row.total_minor,
        document=row.document,
        sha256=row.sha256,
        credited_minor=int(row.credited),
        paid_minor=int(row.paid),
        revision=row.revision,
    )


def read_note(row: Row[Any]) -> CreditNote:
    return CreditNote(
        id=row.id,
        tenant=row.tenant_id,
        issuer=row.issuer_id,
        invoice=row.invoice_id,
        number=row.number,
        issued_at=row.issued_at,
        currency=row.currency,
        total_minor=row.total_minor,
        document=row.document,
        sha256=row.sha256,
    )


def document_of(invoice: Invoice) -> InvoiceDocument:
    return msgspec.json.decode(invoice.document, type=InvoiceDocument)


def credit_of(note: CreditNote) -> CreditDocument:
    return msgspec.json.decode(note.document, type=CreditDocument)


class InvoiceRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    def _mine(self, *more: ColumnElement[bool]) -> Select[Any]:
        return with_sums().where(_invoices.c.tenant_id == self._tenant, *more)

    async def find(self, *conditions: ColumnElement[bool]) -> Sequence[Invoice]:
        rows = await self._session.execute(self._mine(*conditions).order_by(_invoices.c.id))
        return [read_invoice(row) for row in rows]

    async def page(self, before: UUID | None, limit: int) -> Sequence[Invoice]:
        """Newest first."""
        query = self._mine().order_by(_invoices.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_invoices.c.id < before)
        return [read_invoice(row) for row in await self._session.execute(query)]

    async def get(self, key: UUID, *, lock: bool = False) -> Invoice:
        """NotFound. With `lock` nobody else changes it until the end of the transaction."""
        if lock:
            held = select(_invoices.c.id).where(_invoices.c.id == key, _invoices.c.tenant_id == self._tenant)
            await self._session.execute(held.with_for_update())
        row = (await self._session.execute(self._mine(_invoices.c.id == key))).one_or_none()
        if row is None:
            raise NotFound("There is no such invoice.")
        return read_invoice(row)

    async def unpaid(self) -> Sequence[Invoice]:
        """Those that are issued or past due, oldest first."""
        states = (InvoiceState.ISSUED.value, InvoiceState.PAST_DUE.value)
        return await self.find(_invoices.c.state.in_(states))

    async def of_period(self, side: Side, period: str) -> Sequence[Invoice]:
        return await self.find(_invoices.c.side == side.value, _invoices.c.period == period)

    async def put(self, invoice: Invoice) -> None:
        """A new one, or a draft in its place."""
        values = {
            "issuer_id": invoice.issuer,
            "side": invoice.side.value,
            "period": invoice.period,
            "currency": invoice.currency,
            "number": invoice.number,
            "issued_at": invoice.issued_at,
            "due_at": invoice.due_at,
            "total_minor": invoice.total_minor,
            "document": invoice.document,
            "sha256": invoice.sha256,
            "state": invoice.state.value,
            "revision": invoice.revision,
        }
        known = select(_invoices.c.id).where(_invoices.c.id == invoice.id, _invoices.c.tenant_id == self._tenant)
        if await self._session.scalar(known) is None:
            await self._session.execute(insert(_invoices).values(id=invoice.id, tenant_id=self._tenant, **values))
        else:
            await self._session.execute(
                update(_invoices)
                .where(_invoices.c.id == invoice.id, _invoices.c.tenant_id == self._tenant)
                .values(**values)
            )

    async def move(self, invoice: Invoice, state: InvoiceState) -> Invoice:
        """The same invoice in another state of the machine."""
        await self._session.execute(
            update(_invoices)
            .where(_invoices.c.id == invoice.id, _invoices.c.tenant_id == self._tenant)
            .values(state=state.value, revision=invoice.revision + 1)
        )
        return msgspec.structs.replace(invoice, state=state, revision=invoice.revision + 1)

    async def drop_draft(self, key: UUID) -> None:
        await self._session.execute(
            delete(_invoices).where(
                _invoices.c.id == key,
                _invoices.c.tenant_id == self._tenant,
                _invoices.c.state == InvoiceState.DRAFT.value,
            )
        )


class CreditNoteRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def of_invoice(self, invoice: UUID) -> Sequence[CreditNote]:
        """Oldest first."""
        query = select(_notes).where(_notes.c.tenant_id == self._tenant, _notes.c.invoice_id == invoice)
        return [read_note(row) for row in await self._session.execute(query.order_by(_notes.c.id))]

    async def get(self, key: UUID) -> CreditNote:
        """NotFound."""
        query = select(_notes).where(_notes.c.tenant_id == self._tenant, _notes.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("There is no such credit note.")
        return read_note(row)

    async def add(self, note: CreditNote) -> None:
        await self._session.execute(
            insert(_notes).values(
                id=note.id,
                tenant_id=self._tenant,
                issuer_id=note.issuer,
                invoice_id=note.invoice,
                number=note.number,
                issued_at=note.issued_at,
                currency=note.currency,
                total_minor=note.total_minor,
                document=note.document,
                sha256=note.sha256,
            )
        )


class RunRepository:
    """Which periods were invoiced; the recipient's."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def before(self, side: Side, period: str | None, limit: int) -> Sequence[Period]:
        """The last ones before `period` (or of all), newest first."""
        query = select(_runs).where(_runs.c.tenant_id == self._tenant, _runs.c.side == side.value)
        if period is not None:
            query = query.where(_runs.c.period < period)
        rows = await self._session.execute(query.order_by(_runs.c.period.desc()).limit(limit))
        return [Period(row.period, row.starts_at, row.ends_at, row.time_zone) for row in rows]

    async def add(self, side: Side, period: Period, at: Any) -> None:
        await self._session.execute(
            insert(_runs).values(
                tenant_id=self._tenant,
                side=side.value,
                period=period.name,
                starts_at=period.start,
                ends_at=period.end,
                time_zone=period.time_zone,
                at=at,
            )
        )


class RecipientRepository:
    """How the tenant wants its invoices addressed."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self, name: str) -> RecipientSettings:
        """What was set, or else the tenant under its plain `name`."""
        query = select(_recipients.c.settings, _recipients.c.revision).where(_recipients.c.tenant_id == self._tenant)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return RecipientSettings(party=Party(name=name), revision=0)
        settings = msgspec.json.decode(row.settings, type=RecipientSettings)
        return msgspec.structs.replace(settings, revision=row.revision)

    async def put(self, settings: RecipientSettings, expected: int) -> RecipientSettings:
        """RevisionMismatch unless the present one has the revision `expected`."""
        new = msgspec.structs.replace(settings, revision=expected + 1)
        values = {"settings": msgspec.json.encode(new), "revision": new.revision}
        if expected == 0:
            await self._session.execute(insert(_recipients).values(tenant_id=self._tenant, **values))
            return new
        outcome = await self._session.execute(
            update(_recipients)
            .where(_recipients.c.tenant_id == self._tenant, _recipients.c.revision == expected)
            .values(**values)
        )
        if getattr(outcome, "rowcount", 1) != 1:
            raise RevisionMismatch("Read it again, then repeat your change.")
        return new


def sealed(document: InvoiceDocument | CreditDocument) -> tuple[bytes, str]:
    """The canonical bytes and their SHA-256."""
    data = canonical(document)
    return data, digest(data)
