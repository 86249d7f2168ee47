"""The states of agents' log-ins, whole: what schedules are held against."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from insight.kpi.state import StateStretch
from insight.tables import AgentStateRow
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import AgentState
from kernel.ports.unit_of_work import Rows
from kernel.primitives.ids import TenantId, UserId

LONGEST_MS = (
    2 * 86_400_000
)  # a state that began earlier than this before a span is not looked for: nobody works so long

_rows = AgentStateRow.table()
_ADD = insert(_rows)


def added(tenant: TenantId, stretches: Sequence[StateStretch]) -> Rows:
    """Exactly once is the caller's care, as with the counters that these stretches are counted in."""
    return _ADD, [
        {
            "tenant_id": tenant,
            "agent_id": stretch.agent,
            "start": stretch.start,
            "end": stretch.end,
            "state": stretch.state.value,
            "reason": stretch.reason,
        }
        for stretch in stretches
    ]


class StateRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def between(self, since_ms: int, until_ms: int) -> Sequence[StateStretch]:
        """That touch the span."""
        near = (_rows.c.start < until_ms, _rows.c.start > since_ms - LONGEST_MS, _rows.c.end > since_ms)
        query = select(_rows).where(_rows.c.tenant_id == self._tenant, *near).order_by(_rows.c.agent_id, _rows.c.start)
        return [
            StateStretch(
                agent=UserId(row.agent_id),
                state=AgentState(row.state),
                reason=row.reason,
                start=row.start,
                end=row.end,
            )
            for row in await self._session.execute(query)
        ]
