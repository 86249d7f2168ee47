"""Contacts as what they are to the law: data of people outside."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from desk.contacts.model import Contact
from desk.contacts.repository import ContactRepository
from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.ports.unit_of_work import Database
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import ContactId

PAGE = 500  # contacts held at once


class ContactData:
    """What privacy asks of a module that keeps people's data."""

    kinds = frozenset({DataKind.CONTACTS})

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known_as(self, scope: TenantScope, person: Person) -> Person:
        """All numbers and addresses of the contacts that have one of the person's."""
        contacts = await self._of(scope, person)
        phones = dict.fromkeys([*person.phones, *(number for one in contacts for number in one.numbers)])
        emails = dict.fromkeys([*person.emails, *(email.lower() for one in contacts for email in one.emails)])
        return Person(phones=tuple(phones), emails=tuple(emails))

    async def find(self, scope: TenantScope, person: Person) -> AsyncIterator[PersonalRecord]:
        for contact in await self._of(scope, person):
            yield _record(contact)

    async def between(
        self, scope: TenantScope, kind: DataKind, since: datetime, until: datetime
    ) -> AsyncIterator[PersonalRecord]:
        """By when they were added."""
        if kind not in self.kinds:
            return
        after: ContactId | None = None
        while True:
            async with self._database.read(scope) as unit:
                page = await ContactRepository(unit.session, scope).by_age(after, PAGE, (since, until))
            for contact in page:
                yield _record(contact)
            if len(page) < PAGE:
                return
            after = page[-1].id

    async def open(self, scope: TenantScope, record: PersonalRecord) -> AsyncIterator[bytes]:
        """NotFound: contacts have no files."""
        raise NotFound("A contact has no file.")
        yield b""

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        keys = [ContactId(record.id) for record in records if record.kind in self.kinds]
        for start in range(0, len(keys), PAGE):
            async with self._database.write(scope) as unit:
                contacts = ContactRepository(unit.session, scope)
                for key in keys[start : start + PAGE]:
                    await contacts.remove(key)

    async def _of(self, scope: TenantScope, person: Person) -> Sequence[Contact]:
        async with self._database.read(scope) as unit:
            return await ContactRepository(unit.session, scope).of_person(person.phones, person.emails)


def _record(contact: Contact) -> PersonalRecord:
    data: dict[str, Any] = {
        "name": contact.name,
        "numbers": [number.e164 for number in contact.numbers],
        "emails": list(contact.emails),
        "company": contact.company,
        "language": contact.language,
        "notes": contact.notes,
        "tags": list(contact.tags),
        "fields": dict(contact.fields),
        "external_id": contact.external_id,
    }
    person = Person(phones=contact.numbers, emails=tuple(email.lower() for email in contact.emails))
    return PersonalRecord(kind=DataKind.CONTACTS, id=contact.id, at=contact.created_at, person=person, data=data)
