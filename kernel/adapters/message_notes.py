"""What people wrote about messages, in the log; see docs/decisions/0006-personal-data-in-the-log.md."""

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.adapters.event_pages import change_event, events_between
from kernel.adapters.tables import MESSAGE_NOTES
from kernel.contracts.base import TenantScope
from kernel.contracts.log import LogEvent
from kernel.contracts.voicemail import VoicemailEnded
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import VoicemailId


class EventLogMessageNotes:
    """kernel.ports.redaction.MessageNotes on the event log's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def written(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[VoicemailEnded]:
        async for event in events_between(self._database, scope, MESSAGE_NOTES, since, until):
            if isinstance(event, VoicemailEnded) and event.note:
                yield event

    async def redact(self, session: AsyncSession, scope: TenantScope, voicemail: VoicemailId, at: datetime) -> bool:
        def without_note(event: LogEvent) -> LogEvent | None:
            if isinstance(event, VoicemailEnded) and event.voicemail == voicemail and event.note:
                return replace(event, note="")
            return None

        return await change_event(session, scope, MESSAGE_NOTES, at, without_note)
