"""What people wrote about messages, as what it is to the law: notes about people outside, in the log alone."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.contracts.voicemail import VoicemailEnded, VoicemailErased
from kernel.ports.redaction import MessageNotes
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, VoicemailId

EVER = datetime(1970, 1, 1, tzinfo=UTC)
EVERMORE = datetime(9999, 1, 1, tzinfo=UTC)
MESSAGE = "voicemail"  # tells these notes from those of calls


class MessageNoteData:
    """The part of DataKind.NOTES that is about messages; the rest is about calls."""

    def __init__(self, *, database: Database, notes: MessageNotes, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._notes = notes
        self._clock = clock
        self._ids = ids

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        """About messages that were left in their calls."""
        async for record in self.between(scope, EVER, EVERMORE):
            if record.call in person.calls:
                yield record

    async def between(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[PersonalRecord]:
        """By when they were written."""
        async for ended in self._notes.written(scope, since, until):
            yield _record(ended)

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """Those of `records` that are about messages."""
        for record in records:
            if record.kind is DataKind.NOTES and MESSAGE in record.data:
                await self._erase(scope, record, reason)

    async def _erase(self, scope: TenantScope, record: PersonalRecord, reason: Erasure) -> None:
        voicemail = VoicemailId(record.id)
        async with self._database.write(scope) as unit:
            if not await self._notes.redact(unit.session, scope, voicemail, record.at):
                return
            erased = VoicemailErased(
                id=EventId(self._ids.new()),
                tenant=scope.tenant,
                at=self._clock.now(),
                voicemail=voicemail,
                reason=reason.value,
            )
            await unit.append(erased)


def _record(ended: VoicemailEnded) -> PersonalRecord:
    return PersonalRecord(
        kind=DataKind.NOTES,
        id=ended.voicemail,
        at=ended.at,
        person=Person(calls=() if ended.origin is None else (ended.origin,)),
        call=ended.origin,
        data={MESSAGE: str(ended.voicemail), "note": ended.note},
    )
