"""A tenant's recordings in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Rows
from kernel.primitives.ids import CallId, RecordingId
from media.recordings.model import Recording
from media.recordings.tables import RecordingRow

_TABLE = RecordingRow.table()
_ADD = insert(_TABLE)
_IS_THERE = select(_TABLE.c.id).where(_TABLE.c.tenant_id == bindparam("tenant"), _TABLE.c.id == bindparam("recording"))


def _recording(row: RowMapping) -> Recording:
    return Recording(
        id=row["id"],
        call_id=row["call_id"],
        key=row["key"],
        started_at=row["started_at"],
        seconds=row["seconds"],
        channels=row["channels"],
        bytes=row["bytes"],
        sha256=row["sha256"],
        gaps=tuple((start, length) for start, length in row["gaps"]),
        key_version=row["key_version"],
    )


def recording_row(recording: Recording, scope: TenantScope, stored_at: datetime) -> Rows:
    """What adds it, for a change that is written with others."""
    values = {
        "id": recording.id,
        "tenant_id": scope.tenant,
        "call_id": recording.call_id,
        "key": recording.key,
        "started_at": recording.started_at,
        "stored_at": stored_at,
        "seconds": recording.seconds,
        "channels": recording.channels,
        "bytes": recording.bytes,
        "sha256": recording.sha256,
        "gaps": [list(gap) for gap in recording.gaps],
        "key_version": recording.key_version,
    }
    return _ADD, [values]


class RecordingRepository:
    def __init__(self, session: AsyncSession | AsyncConnection, scope: TenantScope) -> None:
        self._session = session
        self._scope = scope

    def _select(self) -> Select[Any]:
        return select(_TABLE).where(_TABLE.c.tenant_id == self._scope.tenant)

    async def add(self, recording: Recording, stored_at: datetime) -> None:
        statement, rows = recording_row(recording, self._scope, stored_at)
        await self._session.execute(statement, rows)

    async def has(self, recording: RecordingId) -> bool:
        found = await self._session.execute(_IS_THERE, {"tenant": self._scope.tenant, "recording": recording})
        return found.first() is not None

    async def get(self, recording: RecordingId) -> Recording | None:
        found = await self._session.execute(self._select().where(_TABLE.c.id == recording))
        row = found.mappings().first()
        return None if row is None else _recording(row)

    async def find(self, call: CallId | None, before: RecordingId | None, limit: int) -> Sequence[Recording]:
        """Newest first; of one call where it is given; those before `before`, the last one of the former page."""
        query = self._select().order_by(_TABLE.c.id.desc()).limit(limit)
        if call is not None:
            query = query.where(_TABLE.c.call_id == call)
        if before is not None:
            query = query.where(_TABLE.c.id < before)
        return [_recording(row) for row in (await self._session.execute(query)).mappings()]

    async def not_sealed_by(self, version: int, after: RecordingId | None, limit: int) -> Sequence[Recording]:
        """In the order of the ids."""
        column = _TABLE.c.key_version
        query = self._select().where(or_(column.is_(None), column != version)).order_by(_TABLE.c.id).limit(limit)
        if after is not None:
            query = query.where(_TABLE.c.id > after)
        return [_recording(row) for row in (await self._session.execute(query)).mappings()]

    async def note_key(self, recording: RecordingId, version: int) -> None:
        mine = (_TABLE.c.tenant_id == self._scope.tenant, _TABLE.c.id == recording)
        await self._session.execute(update(_TABLE).where(*mine).values(key_version=version))

    async def between(
        self, since: datetime, until: datetime, after: RecordingId | None, limit: int
    ) -> Sequence[Recording]:
        """Started in `since` (inclusive) to `until` (exclusive), in the order of the ids."""
        query = self._select().where(_TABLE.c.started_at >= since, _TABLE.c.started_at < until)
        if after is not None:
            query = query.where(_TABLE.c.id > after)
        rows = await self._session.execute(query.order_by(_TABLE.c.id).limit(limit))
        return [_recording(row) for row in rows.mappings()]

    async def remove(self, recording: RecordingId) -> bool:
        """Whether it was there."""
        mine = (_TABLE.c.tenant_id == self._scope.tenant, _TABLE.c.id == recording)
        gone = await self._session.scalars(delete(_TABLE).where(*mine).returning(_TABLE.c.id))
        return gone.first() is not None
