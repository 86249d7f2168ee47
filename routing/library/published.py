"""What routing reads of the library: published flows and business hours."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Table, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import TenantId
from routing.acd.flow_book import NO_FLOWS, TenantFlows, VersionName
from routing.library.calendars import read_stored
from routing.library.flows import read_version
from routing.library.tables import CalendarRow, FlowRow, FlowVersionRow

_flows: Table = FlowRow.table()
_versions: Table = FlowVersionRow.table()
_calendars: Table = CalendarRow.table()


class PublishedRepository:
    """Of one tenant."""

    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def flows(self, used: Collection[VersionName]) -> TenantFlows:
        """All live versions and those that are `used`, also of flows that were removed."""
        rows = list(await self._session.execute(select(_flows.c.id, _flows.c.name, _flows.c.live).where(*self._mine())))
        if not rows and not used:
            return NO_FLOWS
        wanted = {VersionName(row.name, row.live) for row in rows if row.live is not None} | set(used)
        return TenantFlows(
            live={row.name: row.live for row in rows if row.live is not None},
            names={row.id: row.name for row in rows},
            versions=dict(await self._documents(wanted)),
            calendars=await self._calendars(),
        )

    def _mine(self) -> tuple[Any, ...]:
        return _flows.c.tenant_id == self._tenant, _flows.c.removed_at.is_(None)

    async def _documents(self, wanted: Collection[VersionName]) -> Iterable[tuple[VersionName, Any]]:
        """Where two flows had one name after the other, the younger one's."""
        if not wanted:
            return ()
        named = [and_(_flows.c.name == name, _versions.c.number == number) for name, number in wanted]
        query = (
            select(_flows.c.name, _versions.c.number, _versions.c.document)
            .join(_flows, _flows.c.id == _versions.c.flow_id)
            .where(_flows.c.tenant_id == self._tenant, or_(*named))
            .order_by(_flows.c.id)
        )
        rows = await self._session.execute(query)
        return [(VersionName(name, number), read_version(document)) for name, number, document in rows]

    async def _calendars(self) -> dict[str, Any]:
        query = select(_calendars.c.name, _calendars.c.document).where(_calendars.c.tenant_id == self._tenant)
        return {name: read_stored(document) for name, document in await self._session.execute(query)}


class FlowLibrary:
    """routing.ports.RoutingFlows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def flows(self, tenant: TenantId, used: Collection[VersionName]) -> TenantFlows:
        scope = TenantScope(tenant)
        async with self._database.read(scope) as unit:
            return await PublishedRepository(unit.session, scope).flows(used)
