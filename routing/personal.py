"""Promised callbacks as what they are to the law: numbers of people outside, in the log and nowhere else."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackErased
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.ports.redaction import CallbackNumbers, PromisedCallback
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallbackId, EventId, Ids

EVER = datetime(1970, 1, 1, tzinfo=UTC)
EVERMORE = datetime(9999, 1, 1, tzinfo=UTC)


class CallbackData:
    """What privacy asks of a module that keeps people's data."""

    kinds = frozenset({DataKind.CALLBACKS})

    def __init__(self, *, database: Database, numbers: CallbackNumbers, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._numbers = numbers
        self._clock = clock
        self._ids = ids

    async def known_as(self, scope: TenantScope, person: Person) -> Person:
        """No further numbers: whose number somebody gives in a call, nobody is certain of."""
        return person

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        """To their numbers, or asked for in their calls."""
        async for record in self._promised(scope, EVER, EVERMORE):
            if set(record.person.phones) & set(person.phones) or record.call in person.calls:
                yield record

    async def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        """By when they were asked for."""
        if kind not in self.kinds:
            return
        async for record in self._promised(scope, since, until):
            yield record

    async def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        """NotFound: callbacks have no files."""
        raise NotFound("A callback has no file.")
        yield b""

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        for record in records:
            if record.kind in self.kinds:
                await self._erase(scope, record, reason)

    async def _erase(self, scope: TenantScope, record: PersonalRecord, reason: Erasure) -> None:
        callback = CallbackId(record.id)
        async with self._database.write(scope) as unit:
            if not await self._numbers.redact(unit.session, scope, callback, record.at):
                return
            erased = CallbackErased(
                id=EventId(self._ids.new()),
                tenant=scope.tenant,
                at=self._clock.now(),
                callback=callback,
                reason=reason.value,
            )
            await unit.append(erased)

    async def _promised(self, scope: TenantScope, since: datetime, until: datetime) -> AsyncIterator[PersonalRecord]:
        async for promised in self._numbers.promised(scope, since, until):
            yield _record(promised)


def _record(promised: PromisedCallback) -> PersonalRecord:
    asked = promised.requested
    return PersonalRecord(
        kind=DataKind.CALLBACKS,
        id=asked.callback,
        at=asked.at,
        person=Person(phones=(asked.number,), calls=() if asked.origin is None else (asked.origin,)),
        call=asked.origin,
        queue=asked.queue,
        data={
            "number": asked.number.e164,
            "requested_at": asked.at.isoformat(),
            "due": None if asked.due is None else asked.due.isoformat(),
            "call": None if asked.origin is None else str(asked.origin),
        },
        busy=not promised.ended,
    )
