"""The rows of one tenant's contacts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Executable, Result, and_, delete, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.contacts.checks import key_of
from desk.contacts.errors import ExternalIdTaken
from desk.contacts.model import Contact, ContactFilter
from desk.contacts.tables import ContactKeyRow, ContactRow
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import RevisionMismatch
from kernel.primitives.ids import ContactId
from kernel.primitives.phone import PhoneNumber

_contacts = ContactRow.table()
_keys = ContactKeyRow.table()
_COLUMNS = [column for column in _contacts.c if column.name not in {"tenant_id", "name_key"}]

NUMBER, EMAIL = "n", "e"
LAST = "\U0010ffff"  # sorts after every character of a name
CODES_AT_ONCE = 5_000  # rows of custom fields held at once: some MB at most
KEYS_AT_ONCE = 300  # three variables each: below SQLite's limit of old builds (999)


class ContactRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self, key: ContactId) -> Contact | None:
        query = select(*_COLUMNS).where(_contacts.c.tenant_id == self._tenant, _contacts.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _contact(row)

    async def find(self, wanted: ContactFilter) -> Sequence[Contact]:
        """By name, then by age."""
        query = select(*_COLUMNS).where(_contacts.c.tenant_id == self._tenant)
        if wanted.name is not None:
            start = key_of(wanted.name)
            query = query.where(_contacts.c.name_key >= start, _contacts.c.name_key < start + LAST)
        if wanted.external_id is not None:
            query = query.where(_contacts.c.external_id == wanted.external_id)
        for kind, value in _sought(wanted):
            query = query.where(_contacts.c.id.in_(self._holders(kind, [value])))
        if wanted.after is not None:
            query = query.where(*await self._later_than(wanted.after))
        ordered = query.order_by(_contacts.c.name_key, _contacts.c.id).limit(wanted.limit)
        return [_contact(row) for row in await self._session.execute(ordered)]

    async def _later_than(self, key: ContactId) -> Sequence[Any]:
        """After a contact that is gone meanwhile the list goes on by age alone."""
        known = select(_contacts.c.name_key).where(_contacts.c.tenant_id == self._tenant, _contacts.c.id == key)
        name = await self._session.scalar(known)
        if name is None:
            return [_contacts.c.id > key]
        same_name = and_(_contacts.c.name_key == name, _contacts.c.id > key)
        return [_contacts.c.name_key >= name, or_(_contacts.c.name_key > name, same_name)]

    async def by_age(
        self, after: ContactId | None, limit: int, added: tuple[datetime, datetime] | None = None
    ) -> Sequence[Contact]:
        """All of them, page by page; `added`: only those added since the first and before the second moment."""
        query = select(*_COLUMNS).where(_contacts.c.tenant_id == self._tenant)
        if added is not None:
            query = query.where(_contacts.c.created_at >= added[0], _contacts.c.created_at < added[1])
        if after is not None:
            query = query.where(_contacts.c.id > after)
        rows = await self._session.execute(query.order_by(_contacts.c.id).limit(limit))
        return [_contact(row) for row in rows]

    async def field_codes(self) -> set[str]:
        """Of the tenant's own fields, as far as a contact has them."""
        found: set[str] = set()
        after: UUID | None = None
        while True:
            query = select(_contacts.c.id, _contacts.c.custom_fields).where(_contacts.c.tenant_id == self._tenant)
            if after is not None:
                query = query.where(_contacts.c.id > after)
            rows = (await self._session.execute(query.order_by(_contacts.c.id).limit(CODES_AT_ONCE))).all()
            found.update(*(fields for _, fields in rows))
            if len(rows) < CODES_AT_ONCE:
                return found
            after = rows[-1][0]

    async def add(self, contacts: Sequence[Contact]) -> None:
        """ExternalIdTaken when somebody else was quicker."""
        rows = [{"tenant_id": self._tenant, "id": one.id, **_values(one)} for one in contacts]
        await self._write(insert(_contacts), rows)
        keys = [key for one in contacts for key in self._key_rows(one)]
        if keys:
            await self._session.execute(insert(_keys), keys)

    async def change(self, contact: Contact, revision: int) -> None:
        """RevisionMismatch unless the row still has `revision`; ExternalIdTaken as in `add`."""
        mine = (_contacts.c.tenant_id == self._tenant, _contacts.c.id == contact.id, _contacts.c.revision == revision)
        outcome = await self._write(update(_contacts).where(*mine).values(**_values(contact)))
        if isinstance(outcome, CursorResult) and outcome.rowcount != 1:
            raise RevisionMismatch("Read it again, then repeat your change.")
        await self._forget_keys(contact.id)
        if keys := self._key_rows(contact):
            await self._session.execute(insert(_keys), keys)

    async def remove(self, key: ContactId) -> None:
        """Nothing stays behind: it is the data of a person."""
        await self._forget_keys(key)
        await self._session.execute(
            delete(_contacts).where(_contacts.c.tenant_id == self._tenant, _contacts.c.id == key)
        )

    async def with_external_ids(self, wanted: Collection[str]) -> Mapping[str, ContactId]:
        found: dict[str, ContactId] = {}
        listed = list(wanted)
        for start in range(0, len(listed), KEYS_AT_ONCE):
            part = listed[start : start + KEYS_AT_ONCE]
            query = select(_contacts.c.external_id, _contacts.c.id).where(
                _contacts.c.tenant_id == self._tenant, _contacts.c.external_id.in_(part)
            )
            found |= {name: ContactId(key) for name, key in await self._session.execute(query)}
        return found

    async def holders(self, numbers: Iterable[PhoneNumber]) -> Mapping[str, Sequence[ContactId]]:
        """Who has each number, by E.164; numbers that nobody has are left out."""
        found: dict[str, list[ContactId]] = {}
        listed = list(dict.fromkeys(number.e164 for number in numbers))
        for start in range(0, len(listed), KEYS_AT_ONCE):
            part = listed[start : start + KEYS_AT_ONCE]
            query = select(_keys.c.value, _keys.c.contact_id).where(
                _keys.c.tenant_id == self._tenant, _keys.c.kind == NUMBER, _keys.c.value.in_(part)
            )
            for value, key in await self._session.execute(query.order_by(_keys.c.contact_id)):
                found.setdefault(value, []).append(ContactId(key))
        return found

    async def of_person(self, numbers: Sequence[PhoneNumber], emails: Sequence[str]) -> Sequence[Contact]:
        """Contacts with one of the numbers or e-mail addresses."""
        keys: set[UUID] = set()
        for kind, values in ((NUMBER, [number.e164 for number in numbers]), (EMAIL, [key_of(one) for one in emails])):
            if values:
                keys |= set(await self._session.scalars(self._holders(kind, values)))
        query = select(*_COLUMNS).where(_contacts.c.tenant_id == self._tenant, _contacts.c.id.in_(keys))
        return [_contact(row) for row in await self._session.execute(query.order_by(_contacts.c.id))]

    def _holders(self, kind: str, values: Sequence[str]) -> Any:
        return select(_keys.c.contact_id).where(
            _keys.c.tenant_id == self._tenant, _keys.c.kind == kind, _keys.c.value.in_(values)
        )

    async def _write(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> Result[Any]:
        try:
            return await self._session.execute(statement, rows)
        except IntegrityError as error:
            raise ExternalIdTaken("Read the contacts again, then repeat your change.") from error

    async def _forget_keys(self, key: ContactId) -> None:
        await self._session.execute(delete(_keys).where(_keys.c.tenant_id == self._tenant, _keys.c.contact_id == key))

    def _key_rows(self, contact: Contact) -> list[dict[str, Any]]:
        values = [(NUMBER, number.e164) for number in contact.numbers]
        values += [(EMAIL, key_of(email)) for email in contact.emails]
        shared = {"tenant_id": self._tenant, "contact_id": contact.id}
        return [{"kind": kind, "value": value, **shared} for kind, value in values]


def _sought(wanted: ContactFilter) -> list[tuple[str, str]]:
    number = [] if wanted.number is None else [(NUMBER, wanted.number.e164)]
    return number + ([] if wanted.email is None else [(EMAIL, key_of(wanted.email))])


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        id=ContactId(row.id),
        name=row.name,
        numbers=tuple(PhoneNumber(e164) for e164 in row.numbers),
        emails=tuple(row.emails),
        company=row.company,
        language=row.language,
        notes=row.notes,
        tags=tuple(row.tags),
        fields=row.custom_fields,
        external_id=row.external_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


def _values(contact: Contact) -> dict[str, Any]:
    return {
        "revision": contact.revision,
        "name": contact.name,
        "name_key": key_of(contact.name),
        "company": contact.company,
        "language": contact.language,
        "external_id": contact.external_id,
        "notes": contact.notes,
        "numbers": [number.e164 for number in contact.numbers],
        "emails": list(contact.emails),
        "tags": list(contact.tags),
        "custom_fields": dict(contact.fields),
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }
