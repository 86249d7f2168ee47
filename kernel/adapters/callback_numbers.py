"""Customers who were promised a callback, in the log; see docs/decisions/0006-personal-data-in-the-log.md."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.adapters.tables import CALLBACK_EVENTS, event_log
from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackEnded, CallbackRequested
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import LogEvent
from kernel.ports.redaction import PromisedCallback
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallbackId
from kernel.primitives.phone import ERASED

PAGE = 1_000  # events held at once: some 1 MB

_columns = event_log.c


class EventLogCallbacks:
    """kernel.ports.redaction.CallbackNumbers on the event log's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def promised(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[PromisedCallback]:
        after = self._events(scope, since, None)
        ended = {event.callback async for event in after if isinstance(event, CallbackEnded)}
        async for event in self._events(scope, since, until):
            if isinstance(event, CallbackRequested) and event.number != ERASED:
                yield PromisedCallback(event, event.callback in ended)

    async def redact(
        self, session: AsyncSession, scope: TenantScope, callback: CallbackId, requested_at: datetime
    ) -> bool:
        mine = _columns.tenant_id == scope.tenant
        query = select(_columns.sequence, _columns.body).where(mine, text(CALLBACK_EVENTS), _columns.at == requested_at)
        for sequence, body in (await session.execute(query)).all():
            event: LogEvent = unpack(body, LogEvent)
            if isinstance(event, CallbackRequested) and event.callback == callback and event.number != ERASED:
                redacted = pack(replace(event, number=ERASED))
                await session.execute(
                    update(event_log).where(mine, _columns.sequence == sequence).values(body=redacted)
                )
                return True
        return False

    async def _events(self, scope: TenantScope, since: datetime, until: datetime | None) -> AsyncIterator[LogEvent]:
        """Requests and ends, by their time; nothing is held open while one is looked at."""
        query = select(_columns.at, _columns.sequence, _columns.body).where(
            _columns.tenant_id == scope.tenant, text(CALLBACK_EVENTS), _columns.at >= since
        )
        if until is not None:
            query = query.where(_columns.at < until)
        query = query.order_by(_columns.at, _columns.sequence).limit(PAGE)
        page = await self._page(scope, query)
        while page:
            for row in page:
                event: LogEvent = unpack(row.body, LogEvent)
                yield event
            if len(page) < PAGE:
                return
            page = await self._page(scope, query.where(_later_than(page[-1])))

    async def _page(self, scope: TenantScope, query: Select[Any, Any, Any]) -> Sequence[Row[Any, Any, Any]]:
        async with self._database.read(scope) as unit:
            return (await unit.session.execute(query)).all()


def _later_than(row: Row[Any, Any, Any]) -> ColumnElement[bool]:
    same = and_(_columns.at == row.at, _columns.sequence > row.sequence)
    return or_(_columns.at > row.at, same)
