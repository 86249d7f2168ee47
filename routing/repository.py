"""The stored snapshot of one tenant's routing state."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack, unpack
from kernel.ports.rows import put_whole
from kernel.ports.unit_of_work import Rows
from kernel.primitives.ids import TenantId
from routing.acd.pacing import QueuePace
from routing.acd.state import Snapshot
from routing.tables import RoutingSnapshotRow

SNAPSHOT_VERSION = 3  # raised whenever the fold or its structs change their meaning: older snapshots are left aside

_rows = RoutingSnapshotRow.table()
_PUT = put_whole(_rows)


class Stored(NamedTuple):
    sequence: int
    snapshot: Snapshot
    paces: tuple[QueuePace, ...] = ()


class Body(msgspec.Struct, frozen=True):
    """As it is stored."""

    snapshot: Snapshot
    paces: tuple[QueuePace, ...] = ()


def written(tenant: TenantId, stored: Stored, at: datetime) -> Rows:
    """In place of the former one."""
    body = pack(Body(stored.snapshot, stored.paces))
    row = {"tenant_id": tenant, "sequence": stored.sequence, "version": SNAPSHOT_VERSION, "at": at, "body": body}
    return _PUT, [row]


class SnapshotRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def load(self) -> Stored | None:
        """None also when it cannot be used: the log alone is enough."""
        chosen = select(_rows.c.sequence, _rows.c.body).where(
            _rows.c.tenant_id == self._tenant, _rows.c.version == SNAPSHOT_VERSION
        )
        row = (await self._session.execute(chosen)).first()
        if row is None:
            return None
        try:
            body = unpack(row.body, Body)
            return Stored(row.sequence, body.snapshot, body.paces)
        except msgspec.MsgspecError:
            return None
