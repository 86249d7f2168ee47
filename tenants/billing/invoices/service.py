"""Invoices from the end of a period to their payment: drafting, issuing, crediting, proving."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from kernel.primitives.ids import TenantId
from tenants.billing.invoices.counting import Counted, Counting
from tenants.billing.invoices.credit import credit_document
from tenants.billing.invoices.documents import Charged, Difference, build, canonical, digest, first_difference
from tenants.billing.invoices.dunning import DunningService
from tenants.billing.invoices.errors import InvoiceStateRefused
from tenants.billing.invoices.issuers import Addressee, Issuers
from tenants.billing.invoices.known import ADJUSTED_PERIODS
from tenants.billing.invoices.machine import InvoiceInput, InvoiceState, after
from tenants.billing.invoices.model import CreditNote, Facts, Invoice, IssuerSettings, Party
from tenants.billing.invoices.numbering import NumberFormat, Series
from tenants.billing.invoices.repository import (
    CreditNoteRepository,
    InvoiceRepository,
    RecipientRepository,
    RunRepository,
    credit_of,
    document_of,
    sealed,
)
from tenants.billing.payments.ledger import Ledger
from tenants.billing.periods import Period
from tenants.billing.plans import Side
from tenants.unit import TenantUnit


class Verified(NamedTuple):
    """Whether an invoice's bytes are those that its history gives; `difference` is the first one."""

    invoice: Invoice
    sha256: str  # of the recomputed bytes
    difference: Difference | None


class InvoiceService:
    """The invoices of one tenant, in one transaction; `unit` is the recipient's."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._session = unit.session
        self._invoices = InvoiceRepository(unit.session, unit.scope)
        self._notes = CreditNoteRepository(unit.session, unit.scope)
        self._runs = RunRepository(unit.session, unit.scope)
        self._issuers = Issuers(unit.session)
        self._ledger = Ledger(unit)

    # --- from the end of a period to the invoice ---

    async def draft(self, whom: Addressee, period: Period, settings: IssuerSettings | None) -> Sequence[Invoice]:
        """What the period's invoices would be if they were issued now; former drafts are replaced."""
        counted = await self._counted(whom, period)
        charged = [await Counting(self._session, client).draft(counted) for client in whom.names]
        now_known = settings or IssuerSettings(party=Party(name="-"))
        return await self._write(whom, counted, charged, now_known, issue=False)

    async def issue(self, whom: Addressee, period: Period, settings: IssuerSettings) -> Sequence[Invoice]:
        """Number and freeze the period's invoices, one per currency; nothing where there are no charges."""
        counted = await self._counted(whom, period)
        charged = [await Counting(self._session, client).close(counted) for client in whom.names]
        await self._runs.add(whom.side, period, self._unit.now)
        return await self._write(whom, counted, charged, settings, issue=True)

    async def _counted(self, whom: Addressee, period: Period) -> Counted:
        return Counted(period, await self._runs.before(whom.side, period.name, ADJUSTED_PERIODS), whom.side)

    async def _write(
        self,
        whom: Addressee,
        counted: Counted,
        charged: Sequence[Charged],
        settings: IssuerSettings,
        *,
        issue: bool,
    ) -> Sequence[Invoice]:
        drafts = {one.currency: one for one in await self._invoices.of_period(whom.side, counted.period.name)}
        currencies = sorted({line.amount.currency for one in charged for line in one.charges})
        for currency, unwanted in drafts.items():
            if currency not in currencies:
                await self._invoices.drop_draft(unwanted.id)
        found: list[Invoice] = []
        for currency in currencies:
            facts = await self._facts(whom, counted.period, currency, settings, issue=issue)
            document = build(facts, charged)
            data, sha256 = sealed(document)
            former = drafts.get(currency)
            state = InvoiceState.DRAFT if former is None else former.state
            issued = after(state, InvoiceInput.ISSUE if issue else InvoiceInput.REDRAFT)
            invoice = Invoice(
                id=self._unit.new_id() if former is None else former.id,
                tenant=whom.tenant,
                issuer=whom.issuer,
                side=whom.side,
                period=counted.period.name,
                currency=currency,
                state=issued,
                number=facts.number or None,
                issued_at=self._unit.now if issue else None,
                due_at=_end_of(facts.due_on, whom.time_zone) if issue else None,
                total_minor=document.total_minor,
                document=data,
                sha256=sha256,
                revision=1 if former is None else former.revision + 1,
            )
            await self._invoices.put(invoice)
            found.append(await self._announced(invoice) if issue else invoice)
        return found

    async def _announced(self, invoice: Invoice) -> Invoice:
        await self._unit.audit(
            "invoice.issued",
            invoice.id,
            number=invoice.number,
            period=invoice.period,
            total_minor=invoice.total_minor,
            currency=invoice.currency,
            sha256=invoice.sha256,
        )
        return await self._ledger.apply_credit(invoice)

    async def _facts(
        self, whom: Addressee, period: Period, currency: str, settings: IssuerSettings, *, issue: bool
    ) -> Facts:
        today = self._unit.now.astimezone(ZoneInfo(whom.time_zone)).date()
        recipient = await RecipientRepository(self._session, self._unit.scope).get(whom.name)
        return Facts(
            number=await self._number(whom, settings, today.year) if issue else "",
            side=whom.side,
            issuer=settings.party,
            recipient=recipient.party,
            issued_on=today,
            due_on=today + timedelta(days=settings.payment_days),
            period=period.name,
            start=period.start,
            end=period.end,
            time_zone=period.time_zone,
            currency=currency,
            tax=recipient.tax or settings.tax,
            reference=recipient.reference,
            payment_terms=settings.payment_terms.replace("{days}", str(settings.payment_days)),
            bank=settings.bank,
            clients={str(key): name for key, name in whom.names.items()} if whom.side is Side.WHOLESALE else {},
        )

    async def _number(self, whom: Addressee, settings: IssuerSettings, year: int) -> str:
        count = await self._issuers.next_number(whom.issuer, Series.INVOICE, year)
        return NumberFormat(settings.number_format).number(year, count)

    # --- taking back ---

    async def credit(self, key: UUID, wanted: Mapping[int, int] | None, reason: str) -> CreditNote:
        """A credit note over amounts by line, or over all that remains. NotFound, NothingLeftToCredit."""
        invoice = await self._invoices.get(key, lock=True)
        if invoice.state not in (InvoiceState.ISSUED, InvoiceState.PAST_DUE, InvoiceState.PAID):
            raise InvoiceStateRefused(f"An invoice that is {invoice.state} has nothing to take back.")
        settings = await self._issuers.required(invoice.issuer)
        former = [credit_of(note) for note in await self._notes.of_invoice(key)]
        original = document_of(invoice)
        today = self._unit.now.astimezone(ZoneInfo(original.facts.time_zone)).date()
        document = credit_document(original, former, wanted, number="", issued_on=today, reason=reason)
        count = await self._issuers.next_number(invoice.issuer, Series.CREDIT_NOTE, today.year)
        number = NumberFormat(settings.credit_format).number(today.year, count)
        document = msgspec.structs.replace(document, number=number)
        data, sha256 = sealed(document)
        note = CreditNote(
            id=self._unit.new_id(),
            tenant=invoice.tenant,
            issuer=invoice.issuer,
            invoice=key,
            number=number,
            issued_at=self._unit.now,
            currency=invoice.currency,
            total_minor=document.total_minor,
            document=data,
            sha256=sha256,
        )
        await self._notes.add(note)
        await self._unit.audit(
            "credit_note.issued", note.id, number=number, invoice=invoice.number, total_minor=note.total_minor
        )
        await self._ledger.settle(await self._invoices.get(key))
        await DunningService(self._unit).judge()
        return note

    # --- proving ---

    async def verify(self, key: UUID) -> Verified:
        """Compute the document again from the history and compare bytes; NotFound, InvoiceStateRefused for a draft."""
        invoice = await self._invoices.get(key)
        if invoice.state is InvoiceState.DRAFT:
            raise InvoiceStateRefused("A draft may still change: there is nothing to compare it with.")
        facts = document_of(invoice).facts
        period = Period(facts.period, facts.start, facts.end, facts.time_zone)
        former = await self._runs.before(facts.side, facts.period, ADJUSTED_PERIODS)
        counted = Counted(period, former, facts.side)
        clients = [TenantId(UUID(one)) for one in facts.clients] or [self._unit.scope.tenant]
        charged = [await Counting(self._session, client).known(counted) for client in clients]
        computed = canonical(build(facts, charged))
        difference = first_difference(invoice.document, computed)
        if difference is None and digest(invoice.document) != invoice.sha256:
            difference = Difference("sha256", invoice.sha256, digest(invoice.document))
        return Verified(invoice, digest(computed), difference)


def _end_of(day: date, time_zone: str) -> datetime:
    """The first moment of the following day, in UTC."""
    following = day + timedelta(days=1)
    local = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(time_zone))
    return local.astimezone(UTC)
