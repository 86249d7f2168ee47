"""What is kept long enough, taken out in short pieces: whoever else wants to write waits for one at most."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Executable, Select

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Change, Database

PAGE = 1_000  # keys read at once
PIECE = 50  # rows of one change: with their indexes some two milliseconds


async def swept(
    database: Database, scope: TenantScope | None, due: Select[Any], change: Executable
) -> AsyncIterator[Sequence[Any]]:
    """Carry out `change` with each `key` of those that are due, which it is not any more then; page by page."""
    while True:
        async with database.read(scope) as unit:
            keys = list(await unit.session.scalars(due.limit(PAGE)))
        for start in range(0, len(keys), PIECE):
            rows = [{"key": key} for key in keys[start : start + PIECE]]
            await database.record(Change(scope, rows=[(change, rows)], patient=True))
        if keys:
            yield keys
        if len(keys) < PAGE:
            return
