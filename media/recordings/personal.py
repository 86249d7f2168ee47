"""Recordings as what they are to the law: the voices of people outside."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import to_json
from kernel.contracts.heard import heard
from kernel.contracts.log import RecordingDeleted
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, RecordingId
from media.recordings.library import RecordingLibrary
from media.recordings.model import Recording
from media.recordings.repository import RecordingRepository
from media.recordings.vault import Vault

PAGE = 500  # recordings held at once
CALL_RECORDINGS = 100  # of one call: its recorder is started again a few times at most
_SHOWN = ("id", "call_id", "started_at", "seconds", "sha256")


class RecordingData:
    """What privacy asks of a module that keeps people's data."""

    kinds = frozenset({DataKind.RECORDINGS})

    def __init__(self, *, database: Database, vault: Vault, library: RecordingLibrary, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._vault = vault
        self._library = library
        self._clock = clock
        self._ids = ids

    async def known_as(self, scope: TenantScope, person: Person) -> Person:
        return person

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        """Those of the person's calls."""
        for call in person.calls:
            async with self._database.read(scope) as unit:
                found = await RecordingRepository(unit.session, scope).find(call, None, CALL_RECORDINGS)
            for recording in found:
                yield _record(recording)

    async def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        """By when they were begun."""
        if kind not in self.kinds:
            return
        last: RecordingId | None = None
        while True:
            async with self._database.read(scope) as unit:
                page = await RecordingRepository(unit.session, scope).between(since, until, last, PAGE)
            for recording in page:
                yield _record(recording)
            if len(page) < PAGE:
                return
            last = page[-1].id

    async def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        async for piece in self._library.open(scope, RecordingId(record.id)):
            yield piece

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """The sound first: killed in between, the row is still there to have it done again."""
        for record in records:
            if record.kind in self.kinds:
                await self._erase(scope, RecordingId(record.id), reason)

    async def _erase(self, scope: TenantScope, key: RecordingId, reason: Erasure) -> None:
        recording = await self._library.get(scope, key)
        if recording is None:
            return
        await self._vault.delete(recording.key)
        deleted = RecordingDeleted(
            id=EventId(self._ids.new()),
            tenant=scope.tenant,
            at=self._clock.now(),
            recording=recording.id,
            call=recording.call_id,
            bytes=recording.bytes,
            reason=reason.value,
        )
        async with self._database.write(scope) as unit:
            if await RecordingRepository(unit.session, scope).remove(key):
                await unit.append(deleted)
                unit.emit(*heard(deleted))


def _record(recording: Recording) -> PersonalRecord:
    told: dict[str, Any] = msgspec.json.decode(to_json(recording))
    return PersonalRecord(
        kind=DataKind.RECORDINGS,
        id=recording.id,
        at=recording.started_at,
        person=Person(calls=(recording.call_id,)),
        call=recording.call_id,
        data={name: told[name] for name in _SHOWN},
        file=f"recordings/{recording.file_name}",
    )
