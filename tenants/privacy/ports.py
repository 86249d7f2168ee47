"""What privacy needs of the modules that keep people's data; `api/composition.py` plugs them in."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord


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
