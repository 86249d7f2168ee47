"""Reading and writing the rows of one tenant, the same way for every kind of resource."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import CursorResult, Select, Table, delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.errors import CordboardError, RevisionMismatch

Entity = TypeVar("Entity")


@contextmanager
def unless_taken(error: CordboardError) -> Generator[None]:
    """`error` when a unique value is in use, be it by a tenant whose rows this unit of work does not see."""
    try:
        yield
    except IntegrityError:
        raise error from None


class TenantRows(Generic[Entity]):
    """Rows of `table` that belong to the scope's tenant; a table with `removed_at` keeps removed rows out of sight."""

    def __init__(
        self, session: AsyncSession, scope: TenantScope, table: Table, read: Callable[[Row[Any]], Entity]
    ) -> None:
        self._session = session
        self._tenant = scope.tenant
        self._table = table
        self._read = read

    def _visible(self) -> Select[Any]:
        query = select(self._table).where(self._table.c.tenant_id == self._tenant)
        if "removed_at" in self._table.c:
            query = query.where(self._table.c.removed_at.is_(None))
        return query

    async def find(self, *conditions: Any) -> Sequence[Entity]:
        rows = await self._session.execute(self._visible().where(*conditions).order_by(self._table.c.id))
        return [self._read(row) for row in rows]

    async def page(self, after: UUID | None, limit: int, *conditions: Any) -> Sequence[Entity]:
        """In the order of creation: ids are UUIDv7."""
        query = self._visible().where(*conditions).order_by(self._table.c.id).limit(limit)
        if after is not None:
            query = query.where(self._table.c.id > after)
        return [self._read(row) for row in await self._session.execute(query)]

    async def get(self, key: UUID) -> Entity | None:
        row = (await self._session.execute(self._visible().where(self._table.c.id == key))).one_or_none()
        return None if row is None else self._read(row)

    async def add(self, values: Mapping[str, Any]) -> None:
        await self._session.execute(insert(self._table).values(tenant_id=self._tenant, **values))

    async def replace(self, key: UUID, revision: int, values: Mapping[str, Any]) -> None:
        """RevisionMismatch unless the row still has `revision`; it gets the next one."""
        change = (
            update(self._table)
            .where(self._table.c.tenant_id == self._tenant, self._table.c.id == key, self._table.c.revision == revision)
            .values(**values, revision=revision + 1)
        )
        outcome = await self._session.execute(change)
        if isinstance(outcome, CursorResult) and outcome.rowcount != 1:
            raise RevisionMismatch("Read it again, then repeat your change.")

    async def remove(self, key: UUID) -> None:
        await self._session.execute(
            delete(self._table).where(self._table.c.tenant_id == self._tenant, self._table.c.id == key)
        )
