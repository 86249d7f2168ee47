"""Customers who were promised a callback, in the log; see docs/decisions/0006-personal-data-in-the-log.md."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.adapters.event_pages import change_event, events_between
from kernel.adapters.tables import CALLBACK_EVENTS
from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackEnded, CallbackRequested
from kernel.contracts.log import LogEvent
from kernel.ports.promises import KeptPromise
from kernel.ports.redaction import PromisedCallback
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallbackId
from kernel.primitives.phone import ERASED


class EventLogCallbacks:
    """kernel.ports.redaction.CallbackNumbers and kernel.ports.promises.KeptPromises on the event log's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def promised(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[PromisedCallback]:
        after = events_between(self._database, scope, CALLBACK_EVENTS, since, None)
        ended = {event.callback async for event in after if isinstance(event, CallbackEnded)}
        async for event in events_between(self._database, scope, CALLBACK_EVENTS, since, until):
            if isinstance(event, CallbackRequested) and event.number != ERASED:
                yield PromisedCallback(event, event.callback in ended)

    async def ended(self, scope: TenantScope, since: datetime) -> Sequence[KeptPromise]:
        open_ones: dict[CallbackId, CallbackRequested] = {}
        found: list[KeptPromise] = []
        async for event in events_between(self._database, scope, CALLBACK_EVENTS, since, None):
            if isinstance(event, CallbackRequested):
                open_ones[event.callback] = event
            elif isinstance(event, CallbackEnded) and event.callback in open_ones:
                found.append(KeptPromise(open_ones.pop(event.callback), event))
        return sorted(found, key=lambda one: one.requested.callback)

    async def redact(
        self, session: AsyncSession, scope: TenantScope, callback: CallbackId, requested_at: datetime
    ) -> bool:
        def without_number(event: LogEvent) -> LogEvent | None:
            if isinstance(event, CallbackRequested) and event.callback == callback and event.number != ERASED:
                return replace(event, number=ERASED)
            return None

        return await change_event(session, scope, CALLBACK_EVENTS, requested_at, without_number)
