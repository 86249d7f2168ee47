"""What is about to leave a transaction, and the door through which the relay takes it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import Delete, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.adapters.tables import outbox

_AFTER = (
    select(outbox.c.id, outbox.c.subject, outbox.c.payload)
    .where(outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)
_INSERT = insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True)
_DELETE = delete(outbox).where(outbox.c.id >= bindparam("first"), outbox.c.id <= bindparam("last"))


class OutboxRow(NamedTuple):
    id: int
    subject: str
    payload: bytes


class Outbox(Protocol):
    """What the relay needs of a database."""

    def on_commit(self, listener: Callable[[Sequence[OutboxRow]], None] | None) -> None:
        """Call `listener` with the rows of every commit of this process, in the order of the commits."""
        ...

    async def outbox_after(self, last: int, limit: int) -> Sequence[OutboxRow]: ...

    async def delete_from_outbox(self, ids: Sequence[int]) -> None: ...

    async def bury(self, subject: str, payload: bytes, consumer: str, reason: str) -> None:
        """Keep what could not be delivered as a dead letter."""
        ...


async def insert_rows(connection: AsyncConnection, emitted: Sequence[tuple[str, bytes]]) -> list[OutboxRow]:
    if not emitted:
        return []
    values = [{"subject": subject, "payload": payload} for subject, payload in emitted]
    ids = await connection.scalars(_INSERT, values)
    return [OutboxRow(row, subject, payload) for row, (subject, payload) in zip(ids, emitted, strict=True)]


async def read_rows(connection: AsyncConnection, last: int, limit: int) -> list[OutboxRow]:
    rows = await connection.execute(_AFTER, {"after": last, "limit": limit})
    return [OutboxRow(*row) for row in rows]


def delete_ranges(ids: Sequence[int]) -> tuple[Delete, list[dict[str, int]]]:
    """The statement with its rows: mostly one, because what was published together has ids in a row."""
    ranges: list[dict[str, int]] = []
    for number in sorted(ids):
        if ranges and ranges[-1]["last"] == number - 1:
            ranges[-1]["last"] = number
        else:
            ranges.append({"first": number, "last": number})
    return _DELETE, ranges
