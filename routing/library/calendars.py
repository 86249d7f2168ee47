"""Use cases: business hours."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.engine import Row

from routing.flows.calendars.calendar import Calendar, check_calendar
from routing.flows.errors import TooManyKept
from routing.flows.known import NameKind
from routing.flows.limits import CALENDARS_KEPT
from routing.library.naming import LiveFlows, require_unnamed
from routing.library.rows import NamedRows, require_revision
from routing.library.tables import CalendarRow
from routing.library.unit import LibraryUnit

CALENDARS_READ = 512  # kept read, by their bytes

_calendars = CalendarRow.table()


class StoredCalendar(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    calendar: Calendar
    revision: int = 1


@lru_cache(CALENDARS_READ)
def read_stored(document: bytes) -> Calendar:
    """Checked before it was stored."""
    return msgspec.json.decode(document, type=Calendar)


def _stored(row: Row[Any]) -> StoredCalendar:
    return StoredCalendar(id=row.id, name=row.name, calendar=read_stored(row.document), revision=row.revision)


class CalendarService:
    def __init__(self, unit: LibraryUnit) -> None:
        self._unit = unit
        self._rows = NamedRows[StoredCalendar](unit.session, unit.scope, _calendars, _stored)

    async def page(self, after: UUID | None, limit: int) -> Sequence[StoredCalendar]:
        return await self._rows.page(after, limit)

    async def get(self, key: UUID) -> StoredCalendar:
        """NotFound."""
        return await self._rows.get(key, "calendar")

    async def all(self) -> Mapping[str, Calendar]:
        query = select(_calendars.c.name, _calendars.c.document).where(
            _calendars.c.tenant_id == self._unit.scope.tenant
        )
        return {name: read_stored(document) for name, document in await self._unit.session.execute(query)}

    async def create(self, name: str, calendar: Calendar) -> StoredCalendar:
        """WrongCalendar, NameInUse, TooManyKept."""
        check_calendar(calendar)
        if await self._rows.count() >= CALENDARS_KEPT:
            raise TooManyKept(f"{CALENDARS_KEPT} calendars may be kept: remove one first.", allowed=CALENDARS_KEPT)
        stored = StoredCalendar(id=self._unit.new_id(), name=name, calendar=calendar)
        await self._rows.add({"id": stored.id, "name": name, "document": msgspec.json.encode(calendar)})
        await self._unit.changed("calendar.created", stored.id, name=name)
        return stored

    async def change(self, key: UUID, calendar: Calendar, expected: int | None) -> StoredCalendar:
        """NotFound, RevisionMismatch, WrongCalendar."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        check_calendar(calendar)
        await self._rows.replace(key, old.revision, {"document": msgspec.json.encode(calendar)})
        await self._unit.changed("calendar.changed", key, name=old.name)
        return replace(old, calendar=calendar, revision=old.revision + 1)

    async def remove(self, key: UUID, live: LiveFlows, expected: int | None) -> None:
        """NotFound, RevisionMismatch, NamedByFlows while a live flow asks it."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        require_unnamed(live, NameKind.CALENDAR, old.name)
        await self._rows.remove(key)
        await self._unit.changed("calendar.removed", key, name=old.name)
