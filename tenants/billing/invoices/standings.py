"""The row that tells where a tenant stands with its payments."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from tenants.billing.invoices.tables import StandingRow
from tenants.billing.standing import Standing, StandingReport

_standings = StandingRow.table()


class StandingRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self) -> tuple[Standing, str | None]:
        """As judged last, with the last reminder."""
        query = select(_standings.c.standing, _standings.c.step).where(_standings.c.tenant_id == self._tenant)
        row = (await self._session.execute(query)).one_or_none()
        return (Standing.ACTIVE, None) if row is None else (Standing(row.standing), row.step)

    async def put(self, report: StandingReport, since: datetime) -> None:
        values = {"standing": report.standing.value, "step": report.step, "since": since}
        known = select(_standings.c.tenant_id).where(_standings.c.tenant_id == self._tenant)
        if await self._session.scalar(known) is None:
            await self._session.execute(insert(_standings).values(tenant_id=self._tenant, **values))
        else:
            await self._session.execute(
                update(_standings).where(_standings.c.tenant_id == self._tenant).values(**values)
            )
