"""Calls' places in their flows as rows: written in the commit that moves them, gone with the commit that ends it."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import LargeBinary, Uuid, bindparam, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack, unpack
from kernel.ports.unit_of_work import Rows
from kernel.primitives.ids import CallId
from routing.acd.flow_standings import Standing
from routing.tables import FlowPositionRow

_rows = FlowPositionRow.table()
_PUT = text(
    "INSERT INTO flow_positions (call_id, tenant_id, body) VALUES (:call_id, :tenant_id, :body) "
    "ON CONFLICT (call_id) DO UPDATE SET body = excluded.body"
).bindparams(
    bindparam("call_id", type_=Uuid()), bindparam("tenant_id", type_=Uuid()), bindparam("body", type_=LargeBinary())
)
_REMOVE = delete(_rows).where(_rows.c.call_id == bindparam("gone"))


def rows_of(standings: Mapping[CallId, Standing | None]) -> Iterator[Rows]:
    """What the commit writes beside the events."""
    kept = [
        {"call_id": call, "tenant_id": one.tenant, "body": pack(one)}
        for call, one in standings.items()
        if one is not None
    ]
    if kept:
        yield _PUT, kept
    gone = [{"gone": call} for call, one in standings.items() if one is None]
    if gone:
        yield _REMOVE, gone


class FlowPositionRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def all(self) -> Sequence[Standing]:
        rows = await self._session.scalars(select(_rows.c.body).where(_rows.c.tenant_id == self._tenant))
        return [unpack(body, Standing) for body in rows]
