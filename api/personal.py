"""The modules that keep people's data, put together for privacy."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from desk.contacts import ContactData
from gateway.traces.archive import TraceArchive
from insight import InsightService
from insight.personal import CallData
from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.ports.redaction import LogDoors
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, Ids
from media.recordings import RecordingLibrary, Vault
from media.recordings.personal import RecordingData
from routing.message_notes import MessageNoteData
from routing.personal import CallbackData
from tenants.directory.personal import MarkedCallerData
from tenants.privacy import Keeper


class TracedCalls(CallData):
    """Calls with their signalling, in which captured packets hold numbers: it goes when the number does."""

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """The signalling first: killed in between, the number is still there to have it done again."""
        calls = [CallId(record.id) for record in records if record.kind is DataKind.CALLS]
        await TraceArchive(self._database).erase(scope, calls)
        await super().erase(scope, records, reason)


class CallsAndMessages(TracedCalls):
    """Notes are written about calls, and about messages that are left in them."""

    def __init__(self, parts: "PersonalParts", insight: InsightService) -> None:
        database, clock, ids = parts.database, parts.clock, parts.ids
        super().__init__(database=database, insight=insight, redaction=parts.log.redaction, clock=clock, ids=ids)
        self._notes = MessageNoteData(database=database, notes=parts.log.notes, clock=clock, ids=ids)

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        async for record in super().find(scope, person):
            yield record
        async for record in self._notes.find(scope, person):
            yield record

    async def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        async for record in super().between(scope, kind, since, until):
            yield record
        if kind is DataKind.NOTES:
            async for record in self._notes.between(scope, since, until):
                yield record

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        await self._notes.erase(scope, records, reason)
        await super().erase(scope, records, reason)


class PersonalParts:
    """What stands below."""

    def __init__(self, database: Database, log: LogDoors, clock: Clock, ids: Ids) -> None:
        self.database = database
        self.log = log
        self.clock = clock
        self.ids = ids


def keeper(parts: PersonalParts, insight: InsightService, vault: Vault) -> Keeper:
    """A contact's e-mail address leads to numbers, these to calls, and calls to recordings: in this order."""
    database, clock, ids = parts.database, parts.clock, parts.ids
    calls = CallsAndMessages(parts, insight)
    library = RecordingLibrary(database, vault)
    recordings = RecordingData(database=database, vault=vault, library=library, clock=clock, ids=ids)
    callbacks = CallbackData(database=database, numbers=parts.log.callbacks, clock=clock, ids=ids)
    marked = MarkedCallerData(database=database, clock=clock, ids=ids)
    return Keeper([ContactData(database), calls, recordings, callbacks, marked], calls)
