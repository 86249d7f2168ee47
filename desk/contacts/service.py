"""Use cases: contacts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from desk.contacts.checks import Wrong, checked
from desk.contacts.csv_form import LineProblem, ReadLine
from desk.contacts.errors import ExternalIdTaken
from desk.contacts.model import Contact, ContactFilter, Draft
from desk.contacts.repository import ContactRepository
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput, NotFound, RevisionMismatch
from kernel.primitives.ids import ContactId

INSERTED_AT_ONCE = 500  # rows of one statement: others get their turn in between


class ContactUnit(Protocol):
    """One transaction of one tenant by one actor; `now` is one moment for all of it."""

    @property
    def scope(self) -> TenantScope: ...

    @property
    def now(self) -> datetime: ...

    @property
    def session(self) -> AsyncSession: ...

    def new_id(self) -> UUID: ...

    async def audit(self, action: str, subject: UUID | None, **detail: Any) -> None: ...


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A line whose number other contacts have too; nothing is wrong with it."""

    line: int
    contact: ContactId
    others: tuple[ContactId, ...]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """`problems` has every line that was left out."""

    created: int
    updated: int
    problems: tuple[LineProblem, ...]
    duplicates: tuple[Shared, ...]


class ContactService:
    def __init__(self, unit: ContactUnit) -> None:
        self._unit = unit
        self._contacts = ContactRepository(unit.session, unit.scope)

    async def find(self, wanted: ContactFilter) -> Sequence[Contact]:
        found = await self._contacts.find(wanted)
        sought = [name for name in ("name", "number", "email", "external_id") if getattr(wanted, name) is not None]
        await self._unit.audit("contact.searched", None, by=sought, found=min(len(found), wanted.limit))
        return found

    async def look_at(self, key: ContactId) -> Contact:
        """NotFound."""
        contact = await self._get(key)
        await self._unit.audit("contact.seen", key)
        return contact

    async def create(self, draft: Draft) -> Contact:
        """InvalidInput, ExternalIdTaken."""
        key = ContactId(self._unit.new_id())
        fields = _right(draft)
        await self._require_free(draft.external_id, key)
        new = Contact(id=key, created_at=self._unit.now, updated_at=self._unit.now, **fields)
        await self._contacts.add([new])
        await self._unit.audit("contact.created", key)
        return new

    async def change(self, key: ContactId, changes: Mapping[str, Any], expected: int | None) -> Contact:
        """NotFound, RevisionMismatch, InvalidInput, ExternalIdTaken."""
        old = await self._get(key)
        _require_revision(old, expected)
        fields = _right(replace(old.draft(), **changes))
        await self._require_free(fields["external_id"], key)
        new = replace(old, updated_at=self._unit.now, revision=old.revision + 1, **fields)
        await self._contacts.change(new, old.revision)
        await self._unit.audit("contact.changed", key, fields=sorted(changes))
        return new

    async def remove(self, key: ContactId, expected: int | None) -> None:
        """NotFound, RevisionMismatch."""
        _require_revision(await self._get(key), expected)
        await self._contacts.remove(key)
        await self._unit.audit("contact.removed", key)

    async def sharing_numbers(self, contacts: Sequence[Contact]) -> Mapping[ContactId, tuple[ContactId, ...]]:
        """For each contact the others that have one of its numbers."""
        holders = await self._contacts.holders(number for contact in contacts for number in contact.numbers)
        return {contact.id: _others(contact, holders) for contact in contacts}

    async def bring_in(self, lines: Sequence[ReadLine], problems: Sequence[LineProblem]) -> ImportReport:
        """A line whose external id is known changes that contact in the columns of the file; others are new."""
        wanted = {line.draft.external_id for line in lines if line.draft.external_id is not None}
        known = await self._contacts.with_external_ids(wanted)
        new: list[tuple[int, Contact]] = []
        changed: list[tuple[int, Contact]] = []
        for line in lines:
            key = known.get(line.draft.external_id or "")
            if key is None:
                new.append((line.line, self._new(line)))
            else:
                changed.append((line.line, await self._update(key, line)))
        for start in range(0, len(new), INSERTED_AT_ONCE):
            await self._contacts.add([contact for _, contact in new[start : start + INSERTED_AT_ONCE]])
        counts = {"created": len(new), "updated": len(changed)}
        await self._unit.audit("contact.imported", None, refused=len({one.line for one in problems}), **counts)
        shared = await self._shared(sorted(new + changed, key=lambda one: one[0]))
        return ImportReport(problems=tuple(problems), duplicates=shared, **counts)

    def _new(self, line: ReadLine) -> Contact:
        moment = self._unit.now
        fields = checked(line.draft)[0]
        return Contact(id=ContactId(self._unit.new_id()), created_at=moment, updated_at=moment, **fields)

    async def _update(self, key: ContactId, line: ReadLine) -> Contact:
        old = await self._get(key)
        fields = {name: value for name, value in checked(line.draft)[0].items() if name in line.given}
        if "fields" in fields:
            fields["fields"] = {**old.fields, **fields["fields"]}
        new = replace(old, updated_at=self._unit.now, revision=old.revision + 1, **fields)
        await self._contacts.change(new, old.revision)
        return new

    async def _shared(self, contacts: Sequence[tuple[int, Contact]]) -> tuple[Shared, ...]:
        others = await self.sharing_numbers([contact for _, contact in contacts])
        return tuple(
            Shared(line=line, contact=contact.id, others=others[contact.id])
            for line, contact in contacts
            if others[contact.id]
        )

    async def _get(self, key: ContactId) -> Contact:
        found = await self._contacts.get(key)
        if found is None:
            raise NotFound("There is no such contact.")
        return found

    async def _require_free(self, external_id: str | None, key: ContactId) -> None:
        if external_id is None:
            return
        holder = (await self._contacts.with_external_ids([external_id])).get(external_id)
        if holder is not None and holder != key:
            raise ExternalIdTaken("Change that contact, or choose another external id.", contact=str(holder))


def _right(draft: Draft) -> dict[str, Any]:
    fields, wrong = checked(draft)
    if wrong:
        raise InvalidInput("; ".join(f"{one.field}: {one.detail}" for one in wrong), errors=_told(wrong))
    return fields


def _told(wrong: Sequence[Wrong]) -> list[dict[str, str]]:
    return [{"field": one.field, "code": one.code, "detail": one.detail} for one in wrong]


def _others(contact: Contact, holders: Mapping[str, Sequence[ContactId]]) -> tuple[ContactId, ...]:
    found = {key for number in contact.numbers for key in holders.get(number.e164, ())}
    return tuple(sorted(found - {contact.id}))


def _require_revision(contact: Contact, expected: int | None) -> None:
    if expected is not None and contact.revision != expected:
        raise RevisionMismatch("Read it again, then repeat your change.")
