"""Asking for money that is late: what a tenant's standing is, and telling when it changes."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.primitives.ids import TenantId
from tenants.billing.invoices.errors import TenantSuspended
from tenants.billing.invoices.issuers import Issuers
from tenants.billing.invoices.machine import InvoiceState
from tenants.billing.invoices.model import Invoice
from tenants.billing.invoices.repository import InvoiceRepository
from tenants.billing.invoices.standings import StandingRepository
from tenants.billing.invoices.tables import InvoiceRow, StandingRow
from tenants.billing.payments.ledger import Ledger
from tenants.billing.standing import Debt, DunningPolicy, Standing, StandingReport, standing
from tenants.unit import TenantUnit

_standings = StandingRow.table()
_invoices = InvoiceRow.table()


class Notice(NamedTuple):
    """To the admins of a tenant whose standing or reminder changed."""

    tenant: TenantId
    former: Standing
    report: StandingReport


class DunningService:
    """One tenant's, in one transaction."""

    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._invoices = InvoiceRepository(unit.session, unit.scope)
        self._standings = StandingRepository(unit.session, unit.scope)
        self._issuers = Issuers(unit.session)

    async def report(self) -> StandingReport:
        """What is owed, and what follows from it at this moment."""
        return standing(await self._debts(await self._invoices.unpaid()), self._unit.now)

    async def judge(self) -> Notice | None:
        """Move what fell due, write down a standing that changed and tell everyone; None when nothing changed."""
        ledger = Ledger(self._unit)
        for invoice in await self._invoices.unpaid():
            await ledger.fall_due(invoice)
        report = await self.report()
        former, step = await self._standings.get()
        if (report.standing, report.step) == (former, step):
            return None
        await self._standings.put(report, self._unit.now)
        await self._unit.changed(
            "standing.changed",
            self._unit.scope.tenant,
            former=former,
            standing=report.standing,
            step=report.step,
            owed=[debt.number for debt in report.debts],
        )
        return Notice(self._unit.scope.tenant, former, report)

    async def require_not_suspended(self) -> None:
        """TenantSuspended."""
        present, _ = await self._standings.get()
        if present is not Standing.SUSPENDED:
            return
        report = await self.report()
        whom = sorted({debt.whom for debt in report.debts if debt.whom})
        numbers = ", ".join(debt.number for debt in report.debts)
        raise TenantSuspended(
            f"Pay the overdue invoices {numbers}; ask {', '.join(whom) or 'your provider'}.",
            owed=[
                {
                    "number": debt.number,
                    "due_at": debt.due_at.isoformat(),
                    "open_minor": debt.open_minor,
                    "currency": debt.currency,
                }
                for debt in report.debts
            ],
            contact=whom,
        )

    async def _debts(self, invoices: Sequence[Invoice]) -> list[Debt]:
        found: list[Debt] = []
        for invoice in invoices:
            settings = await self._issuers.settings(invoice.issuer)
            assert invoice.due_at is not None
            found.append(
                Debt(
                    number=invoice.number or "",
                    due_at=invoice.due_at,
                    open_minor=invoice.open_minor,
                    currency=invoice.currency,
                    policy=DunningPolicy() if settings is None else settings.dunning,
                    whom="" if settings is None else settings.contact or settings.party.email or settings.party.name,
                )
            )
        return found


async def to_judge(session: AsyncSession) -> Sequence[TenantId]:
    """# operator-wide: tenants with something unpaid, and those that are not active."""
    unpaid = (InvoiceState.ISSUED.value, InvoiceState.PAST_DUE.value)
    owing = select(_invoices.c.tenant_id).where(_invoices.c.state.in_(unpaid))
    judged = select(_standings.c.tenant_id).where(_standings.c.standing != Standing.ACTIVE.value)
    keys: set[UUID] = set(await session.scalars(owing)) | set(await session.scalars(judged))
    return [TenantId(key) for key in sorted(keys)]
