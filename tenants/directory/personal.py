"""Marked callers as what they are to the law: data of people outside."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import Ids
from tenants.audit import Origin
from tenants.directory.callers import MarkedCaller, MarkedCallerRepository, MarkedCallerService
from tenants.unit import TenantUnit


class MarkedCallerData:
    """What privacy asks of a module that keeps people's data."""

    kinds = frozenset({DataKind.MARKED_CALLERS})

    def __init__(self, *, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def known_as(self, scope: TenantScope, person: Person) -> Person:
        return person

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        async with self._database.read(scope) as unit:
            found = await MarkedCallerRepository(unit.session, scope).of_numbers(person.phones)
        for caller in found:
            yield _record(caller)

    async def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        """By when they were marked."""
        if kind not in self.kinds:
            return
        async with self._database.read(scope) as unit:
            found = await MarkedCallerRepository(unit.session, scope).between(since, until)
        for caller in found:
            yield _record(caller)

    async def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        """NotFound: marks have no files."""
        raise NotFound("A marked caller has no file.")
        yield b""

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """As if somebody had taken the mark away: routing forgets it, and the audit tells why."""
        keys = [record.id for record in records if record.kind in self.kinds]
        if not keys:
            return
        eraser = Origin(user=None, address="", agent=reason.value, actor="system")
        async with self._database.write(scope) as unit:
            mine = TenantUnit(unit, scope, eraser, self._clock, self._ids)
            for key in keys:
                await MarkedCallerService(mine).forget(key)


def _record(caller: MarkedCaller) -> PersonalRecord:
    data = {"number": caller.number.e164, "mark": caller.mark.value, "note": caller.note}
    return PersonalRecord(
        kind=DataKind.MARKED_CALLERS,
        id=caller.id,
        at=caller.marked_at,
        person=Person(phones=(caller.number,)),
        data=data,
    )
