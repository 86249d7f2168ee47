"""The rows of what a tenant was given: put under its id, it takes the place of what was there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from insight.given.contracts import Cost, Employment, Entry, Evaluation, Forecast, Shift, Survey
from insight.tables import GivenRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import from_json, to_json

Kind = Literal["shift", "forecast", "cost", "employment", "evaluation", "survey"]
KINDS: Mapping[Kind, type[Entry]] = {
    "shift": Shift,
    "forecast": Forecast,
    "cost": Cost,
    "employment": Employment,
    "evaluation": Evaluation,
    "survey": Survey,
}
_NAMES: dict[type[Entry], Kind] = {kind: name for name, kind in KINDS.items()}
_AT_ONCE = 200  # variables of one statement stay below SQLite's limit of old builds (999)
_MOMENT = timedelta(microseconds=1)

_rows = GivenRow.table()
E = TypeVar("E", bound=Entry)


def kind_of(entry: Entry) -> Kind:
    return _NAMES[type(entry)]


def stretch_of(entry: Entry) -> tuple[datetime, datetime | None]:
    """When it counts; None: open."""
    match entry:
        case Shift() | Forecast() | Cost():
            return entry.start, entry.end
        case Employment():
            return entry.joined, entry.left
        case Evaluation() | Survey():
            return entry.at, entry.at + _MOMENT
        case _:
            raise TypeError(f"{type(entry)} is no kind that is given")


class GivenRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def put(self, entries: Iterable[Entry]) -> int:
        """How many there were, an id counted once: the last one given under it is kept."""
        latest: dict[tuple[Kind, UUID], Entry] = {(kind_of(entry), entry.id): entry for entry in entries}
        kept = list(latest.items())
        for start in range(0, len(kept), _AT_ONCE):
            part = kept[start : start + _AT_ONCE]
            kinds = {kind for (kind, _), _ in part}
            for kind in KINDS.keys() & kinds:
                known = _rows.c.entry_id.in_([key for (name, key), _ in part if name == kind])
                await self._session.execute(delete(_rows).where(*self._of(kind), known))
            await self._session.execute(insert(_rows), [self._values(kind, entry) for (kind, _), entry in part])
        return len(kept)

    def _values(self, kind: Kind, entry: Entry) -> dict[str, Any]:
        since, until = stretch_of(entry)
        return {
            "tenant_id": self._tenant,
            "kind": kind,
            "entry_id": entry.id,
            "since": since,
            "until": until,
            "body": to_json(entry),
        }

    async def remove(self, kind: Kind, key: UUID) -> bool:
        """Whether there was one."""
        known = await self._session.scalar(select(_rows.c.entry_id).where(*self._of(kind), _rows.c.entry_id == key))
        if known is not None:
            await self._session.execute(delete(_rows).where(*self._of(kind), _rows.c.entry_id == key))
        return known is not None

    async def between(self, kind: type[E], since: datetime, until: datetime) -> tuple[E, ...] | None:
        """All that touch the span, by their ids; None where nothing of the kind was ever given."""
        name = _NAMES[kind]
        touching = (_rows.c.since < until, or_(_rows.c.until.is_(None), _rows.c.until > since))
        query = select(_rows.c.body).where(*self._of(name), *touching).order_by(_rows.c.entry_id)
        found = tuple(from_json(body, kind) for body in await self._session.scalars(query))
        return found if found or await self._ever(name) else None

    async def _ever(self, kind: Kind) -> bool:
        return await self._session.scalar(select(_rows.c.entry_id).where(*self._of(kind)).limit(1)) is not None

    async def page(
        self, kind: Kind, span: tuple[datetime, datetime], after: UUID | None, limit: int
    ) -> Sequence[Entry]:
        """Of those that touch the span, by their ids."""
        since, until = span
        touching = (_rows.c.since < until, or_(_rows.c.until.is_(None), _rows.c.until > since))
        query = select(_rows.c.body).where(*self._of(kind), *touching).order_by(_rows.c.entry_id).limit(limit)
        if after is not None:
            query = query.where(_rows.c.entry_id > after)
        return [from_json(body, KINDS[kind]) for body in await self._session.scalars(query)]

    def _of(self, kind: Kind) -> tuple[Any, ...]:
        return _rows.c.tenant_id == self._tenant, _rows.c.kind == kind
