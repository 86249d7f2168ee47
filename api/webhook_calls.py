"""What webhooks tell of a call, by the fold of call records."""

from collections.abc import Collection, Mapping

from insight import InsightService
from insight.kpi.records import CallRecord
from insight.repository import CallRecordRepository
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId
from tenants.webhooks.published import CallFacts


class FoldedCalls:
    """tenants.webhooks.delivery.CallBook."""

    def __init__(self, database: Database, insight: InsightService) -> None:
        self._database = database
        self._insight = insight

    async def of(self, scope: TenantScope, calls: Collection[CallId]) -> Mapping[CallId, CallFacts]:
        """First those in memory, then the tables; only when one is in neither, the tables are brought up to the log."""
        live = (await self._insight.open(scope.tenant)).calls
        found = {call: _facts(live[call]) for call in calls if call in live}
        found |= await self._stored(scope, set(calls) - set(found))
        if len(found) < len(calls):
            await self._insight.settle(scope)
            found |= await self._stored(scope, set(calls) - set(found))
        return found

    async def _stored(self, scope: TenantScope, calls: Collection[CallId]) -> Mapping[CallId, CallFacts]:
        if not calls:
            return {}
        async with self._database.read(scope) as unit:
            records = await CallRecordRepository(unit.session, scope).of(sorted(calls))
        return {record.call: _facts(record) for record in records}


def _facts(record: CallRecord) -> CallFacts:
    """Numbers as any reader gets them: of one that was erased, or never told, nothing."""
    return CallFacts(
        direction=record.direction,
        caller=record.caller,
        called=record.called if record.called.e164 else None,
        offered_at=record.offered_at,
    )
