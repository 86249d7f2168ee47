"""What privacy needs of the modules that keep people's data; `api/composition.py` plugs them in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kernel.contracts.base import TenantScope
from kernel.contracts.personal import CallFacts, DataKind, Erasure, Person, PersonalRecord
from kernel.primitives.ids import CallId, TenantId


class PersonalData(Protocol):
    """One module's data of people outside; every method works for one tenant and is safe to repeat."""

    @property
    def kinds(self) -> frozenset[DataKind]: ...

    async def known_as(self, scope: TenantScope, person: Person) -> Person:
        """Further numbers and addresses of the same person that this module is certain of."""
        ...

    def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        """All that is kept about the person."""
        ...

    def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        """What came about in `since` (inclusive) to `until` (exclusive) and is not erased yet, oldest first."""
        ...

    def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        """The content of the record's file."""
        ...

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """In transactions of its own; what is gone already is no error."""
        ...


class Calls(Protocol):
    async def facts(self, scope: TenantScope, calls: Sequence[CallId]) -> Mapping[CallId, CallFacts]:
        """Of those that are known."""
        ...


class ExportStore(Protocol):
    """Where exports lie, sealed."""

    async def put(self, scope: TenantScope, key: str, source: Path) -> int: ...

    def open(self, scope: TenantScope, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]: ...

    async def delete(self, key: str) -> None: ...


class Tenants(Protocol):
    async def all(self) -> Sequence[TenantId]: ...
