"""Callers whom a tenant marks: served before others, or turned away."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.phone import PhoneNumber
from tenants.directory import tables
from tenants.directory.changes import get_or_not_found
from tenants.directory.checks import Checks
from tenants.directory.errors import CallerMarked
from tenants.directory.model import Entity
from tenants.rows import TenantRows, unless_taken
from tenants.unit import TenantUnit

MARKED = 10_000  # routing holds them in memory; whole customer bases are told apart by flows, which look them up
NOTE_LENGTH = 200

_rows = tables.MarkedCallerRow.table()


class Mark(StrEnum):
    VIP = "vip"
    BLOCKED = "blocked"


class MarkedCaller(Entity, frozen=True):
    id: UUID
    number: PhoneNumber
    mark: Mark
    marked_at: datetime
    note: str = ""


def _read(row: Row[Any]) -> MarkedCaller:
    return MarkedCaller(
        id=row.id,
        number=PhoneNumber(row.e164),
        mark=Mark(row.mark),
        marked_at=row.marked_at,
        note=row.note,
        revision=row.revision,
    )


class MarkedCallerRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self.rows = TenantRows[MarkedCaller](session, scope, _rows, _read)

    async def add(self, caller: MarkedCaller) -> None:
        values = {
            "id": caller.id,
            "e164": caller.number.e164,
            "mark": caller.mark.value,
            "marked_at": caller.marked_at,
            "note": caller.note,
            "revision": caller.revision,
        }
        with unless_taken(CallerMarked("Remove the mark that it has first.")):
            await self.rows.add(values)

    async def of_numbers(self, numbers: Sequence[PhoneNumber]) -> Sequence[MarkedCaller]:
        return await self.rows.find(_rows.c.e164.in_([number.e164 for number in numbers]))

    async def between(self, since: datetime, until: datetime) -> Sequence[MarkedCaller]:
        """Marked in `since` (inclusive) to `until` (exclusive): MARKED at most."""
        return await self.rows.find(_rows.c.marked_at >= since, _rows.c.marked_at < until)


class MarkedCallerService:
    def __init__(self, unit: TenantUnit) -> None:
        self._unit = unit
        self._callers = MarkedCallerRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[MarkedCaller]:
        return await self._callers.rows.page(after, limit)

    async def create(self, key: UUID, number: str, mark: Mark, note: str) -> MarkedCaller:
        """InvalidInput, CallerMarked."""
        checks = Checks()
        parsed = checks.phone("number", number)
        checks.require(len(note) <= NOTE_LENGTH, "note", "too_long", f"at most {NOTE_LENGTH} characters")
        full = len(await self._callers.rows.find()) >= MARKED
        checks.require(not full, "number", "too_many", f"at most {MARKED} callers")
        checks.done()
        assert parsed is not None
        caller = MarkedCaller(id=key, number=parsed, mark=mark, marked_at=self._unit.now, note=note)
        await self._callers.add(caller)
        await self._unit.changed("caller.marked", key, mark=mark.value)
        return caller

    async def remove(self, key: UUID) -> None:
        """NotFound."""
        await get_or_not_found(self._callers.rows, key, "marked caller")
        await self.forget(key)

    async def forget(self, key: UUID) -> None:
        """Nothing where it is gone already."""
        if await self._callers.rows.get(key) is not None:
            await self._callers.rows.remove(key)
            await self._unit.changed("caller.unmarked", key)
