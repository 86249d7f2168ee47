"""One tenant's people's data across the modules: found, chosen, erased in the order that survives a crash."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from kernel.contracts.base import TenantScope
from kernel.contracts.personal import CallFacts, DataKind, Erasure, Person, PersonalRecord
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId
from tenants.privacy.ports import Calls, PersonalData

Known = TypeVar("Known")

ERASE_ORDER = (
    DataKind.RECORDINGS,
    DataKind.NOTES,
    DataKind.CALLBACKS,
    DataKind.CALLS,
    DataKind.MARKED_CALLERS,
    DataKind.CONTACTS,
)
"""A call's number finds its recordings and its callback, a contact's e-mail its numbers: what finds others goes after
them."""


class Found(NamedTuple):
    person: Person  # with all that the modules know them by
    records: Sequence[PersonalRecord]


class Keeper:
    def __init__(self, sources: Sequence[PersonalData], calls: Calls) -> None:
        """`sources` in the order in which they know people: a contact's e-mail leads to numbers, these to calls."""
        self._sources = sources
        self._calls = calls

    async def find(self, scope: TenantScope, person: Person) -> Found:
        for source in self._sources:
            known = await source.known_as(scope, person)
            person = Person(
                phones=_both(person.phones, known.phones),
                emails=_both(person.emails, known.emails),
                calls=_both(person.calls, known.calls),
            )
        records = [record for source in self._sources async for record in source.find(scope, person)]
        return Found(person, records)

    def source(self, kind: DataKind) -> PersonalData:
        """NotFound where no module keeps such data."""
        for source in self._sources:
            if kind in source.kinds:
                return source
        raise NotFound(f"Nothing keeps {kind}.")

    async def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        async for piece in self.source(record.kind).open(scope, record):
            yield piece

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """All of one kind."""
        if records:
            await self.source(records[0].kind).erase(scope, records, reason)

    async def with_facts(self, scope: TenantScope, records: Sequence[PersonalRecord]) -> list[PersonalRecord]:
        """With the queue and the person of their calls, where the module that keeps them does not know these."""
        wanted = [record.call for record in records if record.call is not None and record.queue is None]
        if not wanted:
            return list(records)
        facts = await self._calls.facts(scope, wanted)
        return [_with(record, facts) for record in records]


def _with(record: PersonalRecord, facts: Mapping[CallId, CallFacts]) -> PersonalRecord:
    fact = None if record.call is None else facts.get(record.call)
    return record if fact is None else msgspec.structs.replace(record, queue=fact.queue, person=fact.person)


def _both(first: tuple[Known, ...], second: tuple[Known, ...]) -> tuple[Known, ...]:
    return tuple(dict.fromkeys([*first, *second]))
