"""The scaled lease: a row that ends by the database's clock, so that processes need not agree on the time."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, func, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert

from kernel.adapters.postgres import PostgresDatabase
from kernel.adapters.tables import leases

_name, _holder, _until = leases.c.name, leases.c.holder, leases.c.until


class PostgresLease:
    """kernel.ports.lease.Lease among all processes that use the database."""

    def __init__(
        self, database: PostgresDatabase, now: Callable[[], ColumnElement[Any]] = func.clock_timestamp
    ) -> None:
        """`now` is an SQL expression; tests give it another clock."""
        self._database = database
        self._now = now

    def _end(self, seconds: float) -> ColumnElement[Any]:
        if seconds <= 0:
            raise ValueError("a lease lasts longer than nothing")
        return self._now() + timedelta(seconds=seconds)

    async def acquire(self, name: str, holder: str, seconds: float) -> bool:
        """True also for its present holder, whose time starts anew."""
        mine = {"holder": holder, "until": self._end(seconds)}
        free = (_holder == holder) | (_until <= self._now())
        wanted = insert(leases).values(name=name, **mine)
        return await self._done(wanted.on_conflict_do_update(index_elements=[_name], set_=mine, where=free))

    async def renew(self, held: Mapping[str, str], seconds: float) -> set[str]:
        """`held`: holders by names. Any other is lost, be it to nobody: acquire it again and rebuild what it guards.

        One statement for all; another each only where some are lost.
        """
        if not held or await self._renewed(held, seconds) == len(held):
            return set(held)
        return {name for name, holder in held.items() if await self._renewed({name: holder}, seconds)}

    async def _renewed(self, held: Mapping[str, str], seconds: float) -> int:
        mine = (tuple_(_name, _holder).in_(list(held.items())), _until > self._now())
        return await self._database.execute(update(leases).where(*mine).values(until=self._end(seconds)))

    async def release(self, name: str, holder: str) -> None:
        await self._done(delete(leases).where(_name == name, _holder == holder))

    async def _done(self, statement: Insert | Update | Delete) -> bool:
        return await self._database.execute(statement) > 0
