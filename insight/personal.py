"""Call records as what they are to the law: the outside party's number, and what agents wrote about the call."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from insight.kpi.records import CallRecord
from insight.repository import CallRecordRepository
from insight.service import InsightService
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction
from kernel.contracts.codec import to_json
from kernel.contracts.heard import heard
from kernel.contracts.log import CallErased
from kernel.contracts.personal import CallFacts, DataKind, Erasure, Person, PersonalRecord
from kernel.ports.redaction import CallRedaction, LogRedaction
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, EventId, Ids
from kernel.primitives.phone import PhoneNumber

PAGE = 500  # records held at once: some 1 MB
LAST_WORD = timedelta(hours=2)  # a disposition comes with the end of wrap-up, which lasts an hour at most
_SHOWN = (
    "call",
    "direction",
    "called",
    "caller",
    "diverted_by",
    "offered_at",
    "answered_at",
    "ended_at",
    "disposition",
)


class CallData:
    """What privacy asks of a module that keeps people's data."""

    kinds = frozenset({DataKind.CALLS, DataKind.NOTES})

    def __init__(
        self, *, database: Database, insight: InsightService, redaction: LogRedaction, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._insight = insight
        self._redaction = redaction
        self._clock = clock
        self._ids = ids

    async def known_as(self, scope: TenantScope, person: Person) -> Person:
        """The calls of all their numbers."""
        calls = {record.call: None async for record in self._of(scope, person)}
        return msgspec.structs.replace(person, calls=tuple(dict.fromkeys([*person.calls, *calls])))

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        async for record in self._of(scope, person):
            yield _call(record)
            if record.has_notes:
                yield _note(record)

    async def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        if kind not in self.kinds:
            return
        await self._insight.settle(scope)
        last: CallRecord | None = None
        while True:
            async with self._database.read(scope) as unit:
                page = await CallRecordRepository(unit.session, scope).between(since, until, last, PAGE)
            for record in page:
                if kind is DataKind.CALLS and outside(record) is not None:
                    yield _call(record)
                if kind is DataKind.NOTES and record.has_notes:
                    yield _note(record)
            if len(page) < PAGE:
                return
            last = page[-1]

    async def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        """NotFound: call records have no files."""
        raise NotFound("A call record has no file.")
        yield b""

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """Out of the log's events, and by an event of its own out of the records that were folded from them."""
        numbers = {CallId(record.id) for record in records if record.kind is DataKind.CALLS}
        notes = {CallId(record.id) for record in records if record.kind is DataKind.NOTES}
        wanted = sorted(numbers | notes)
        for start in range(0, len(wanted), PAGE):
            await self._erase(scope, wanted[start : start + PAGE], (numbers, notes), reason)
        await self._insight.settle(scope)

    async def _erase(
        self, scope: TenantScope, calls: Sequence[CallId], what: tuple[set[CallId], set[CallId]], reason: Erasure
    ) -> None:
        numbers, notes = what
        now = self._clock.now()
        async with self._database.write(scope) as unit:
            found = await CallRecordRepository(unit.session, scope).of(calls)
            due = [record for record in found if record.ended_at is not None]
            redactions = [_redaction(record, record.call in numbers, record.call in notes) for record in due]
            await self._redaction.redact(unit.session, scope, redactions)
            erased = [
                CallErased(
                    id=EventId(self._ids.new()),
                    tenant=scope.tenant,
                    at=now,
                    call=record.call,
                    number=record.call in numbers,
                    note=record.call in notes,
                    reason=reason.value,
                )
                for record in due
            ]
            await unit.append(*erased)
            for event in erased:
                unit.emit(*heard(event))

    async def facts(self, scope: TenantScope, calls: Sequence[CallId]) -> Mapping[CallId, CallFacts]:
        """Of those that are known."""
        await self._insight.settle(scope)
        async with self._database.read(scope) as unit:
            found = await CallRecordRepository(unit.session, scope).of(calls)
        return {record.call: CallFacts(queue=record.queue, person=_person(record)) for record in found}

    async def _of(self, scope: TenantScope, person: Person) -> AsyncIterator[CallRecord]:
        await self._insight.settle(scope)
        for number in person.phones:
            last: CallId | None = None
            while True:
                async with self._database.read(scope) as unit:
                    page = await CallRecordRepository(unit.session, scope).of_outside(number.e164, last, PAGE)
                for record in page:
                    yield record
                if len(page) < PAGE:
                    break
                last = page[-1].call


def outside(record: CallRecord) -> PhoneNumber | None:
    """The number of the party that is not ours; None where it never was told, or was erased."""
    number = record.caller if record.direction is Direction.INBOUND else record.called
    return number if number is not None and number.e164 else None


def _person(record: CallRecord) -> Person:
    number = outside(record)
    return Person(phones=() if number is None else (number,), calls=(record.call,))


def _call(record: CallRecord) -> PersonalRecord:
    told: dict[str, Any] = msgspec.json.decode(to_json(record))
    return _record(record, DataKind.CALLS, {name: told[name] for name in _SHOWN})


def _note(record: CallRecord) -> PersonalRecord:
    passed_on = [one.note for one in record.passed_on if one.note]
    return _record(record, DataKind.NOTES, {"call": str(record.call), "note": record.note, "passed_on": passed_on})


def _record(record: CallRecord, kind: DataKind, data: dict[str, Any]) -> PersonalRecord:
    return PersonalRecord(
        kind=kind,
        id=record.call,
        at=record.offered_at,
        person=_person(record),
        call=record.call,
        queue=record.queue,
        data=data,
        busy=record.ended_at is None or record.wrapping_up,
    )


def _redaction(record: CallRecord, number: bool, note: bool) -> CallRedaction:
    ends = [record.ended_at or record.offered_at, *(segment.end for segment in record.segments if segment.end)]
    return CallRedaction(
        call=record.call, since=record.offered_at, until=max(ends) + LAST_WORD, number=number, note=note
    )
