"""Calls as what the resolution is judged of: read by pages, so that a month of them holds nobody up."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from insight.given.contracts import Contact
from insight.kpi.records import Outcome
from insight.tables import CallRecordRow
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction
from kernel.primitives.phone import ERASED

PAGE = 1_000  # rows at once: some 10 ms of a process that has calls to serve

_calls = CallRecordRow.table()
_COLUMNS = [
    _calls.c[name]
    for name in (
        "call_id",
        "offered_at",
        "direction",
        "queue_id",
        "agent_id",
        "caller",
        "called",
        "outcome",
        "disposition",
    )
]


class ContactRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def between(self, since: datetime, until: datetime) -> AsyncIterator[Contact]:
        """Offered in `since` (inclusive) to `until` (exclusive), oldest first."""
        last: Row[Any] | None = None
        while True:
            page = await self._page(since, until, last)
            for row in page:
                yield _contact(row)
            if len(page) < PAGE:
                return
            last = page[-1]

    async def _page(self, since: datetime, until: datetime, last: Row[Any] | None) -> list[Row[Any]]:
        query = select(*_COLUMNS).where(
            _calls.c.tenant_id == self._tenant, _calls.c.offered_at >= since, _calls.c.offered_at < until
        )
        if last is not None:
            same_moment = and_(_calls.c.offered_at == last.offered_at, _calls.c.call_id > last.call_id)
            query = query.where(or_(_calls.c.offered_at > last.offered_at, same_moment))
        ordered = query.order_by(_calls.c.offered_at, _calls.c.call_id).limit(PAGE)
        return list((await self._session.execute(ordered)).all())


def _contact(row: Row[Any]) -> Contact:
    inbound = row.direction == Direction.INBOUND.value
    party: str | None = row.caller if inbound else row.called
    return Contact(
        call=row.call_id,
        at=row.offered_at,
        party=None if party == ERASED.e164 else party,
        topic=str(row.queue_id or ""),
        handled=inbound and row.outcome == Outcome.ANSWERED.value and row.agent_id is not None,
        agent=row.agent_id,
        queue=row.queue_id,
        disposition=row.disposition,
    )
