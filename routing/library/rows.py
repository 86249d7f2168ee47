"""Rows of one tenant that have an id, a name and a revision, the same way for every kind of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import CursorResult, Table, delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import NotFound, RevisionMismatch
from routing.flows.errors import NameInUse

Entity = TypeVar("Entity")


class NamedRows(Generic[Entity]):
    """A table with `removed_at` keeps removed rows out of sight."""

    def __init__(
        self, session: AsyncSession, scope: TenantScope, table: Table, read: Callable[[Row[Any]], Entity]
    ) -> None:
        self._session = session
        self._tenant = scope.tenant
        self._table = table
        self._read = read

    def _visible(self) -> tuple[Any, ...]:
        mine = self._table.c.tenant_id == self._tenant
        return (mine, self._table.c.removed_at.is_(None)) if "removed_at" in self._table.c else (mine,)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Entity]:
        """In the order of creation: ids are UUIDv7."""
        query = select(self._table).where(*self._visible()).order_by(self._table.c.id).limit(limit)
        if after is not None:
            query = query.where(self._table.c.id > after)
        return [self._read(row) for row in await self._session.execute(query)]

    async def get(self, key: UUID, kind: str) -> Entity:
        """NotFound."""
        query = select(self._table).where(*self._visible(), self._table.c.id == key)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"There is no such {kind}.")
        return self._read(row)

    async def names(self) -> frozenset[str]:
        return frozenset(await self._session.scalars(select(self._table.c.name).where(*self._visible())))

    async def count(self) -> int:
        return len((await self._session.scalars(select(self._table.c.id).where(*self._visible()))).all())

    async def add(self, values: Mapping[str, Any]) -> None:
        """NameInUse."""
        try:
            await self._session.execute(insert(self._table).values(tenant_id=self._tenant, revision=1, **values))
        except IntegrityError:
            raise NameInUse("Give it another name, or change the one that has it.") from None

    async def replace(self, key: UUID, revision: int, values: Mapping[str, Any]) -> None:
        """RevisionMismatch unless the row still has `revision`; it gets the next one."""
        mine = (*self._visible(), self._table.c.id == key, self._table.c.revision == revision)
        outcome = await self._session.execute(update(self._table).where(*mine).values(**values, revision=revision + 1))
        if isinstance(outcome, CursorResult) and outcome.rowcount != 1:
            raise RevisionMismatch("Read it again, then repeat your change.")

    async def remove(self, key: UUID) -> None:
        await self._session.execute(delete(self._table).where(*self._visible(), self._table.c.id == key))


def require_revision(found: int, expected: int | None) -> None:
    """RevisionMismatch when the client read another revision than the present one; None: it does not mind."""
    if expected is not None and found != expected:
        raise RevisionMismatch("Read it again, then repeat your change.")
