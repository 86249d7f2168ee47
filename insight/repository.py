"""The rows of one tenant's call records and interval counters."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, or_, select, tuple_
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from insight.kpi.counters import MAPS, SUMS, Counters, IntervalKey, whole_seconds
from insight.kpi.intervals import from_ms, to_ms
from insight.kpi.records import CallRecord, Outcome
from insight.kpi.state import FoldState
from insight.questions import CallFilter, ShownOutcome
from insight.shown import FORM
from insight.tables import CallRecordRow, FoldCheckpointRow, FoldProgressRow, IntervalRow
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction
from kernel.contracts.codec import unpack
from kernel.contracts.directory import SHORT_ABANDON_SECONDS
from kernel.primitives.ids import CallId, QueueId, UserId

_calls = CallRecordRow.table()
_cells = IntervalRow.table()
_progress = FoldProgressRow.table()
_checkpoints = FoldCheckpointRow.table()
_LISTED = [_calls.c[name] for name in ("call_id", "queue_id", "agent_id", "outcome", "wait_seconds", "shown")]
_CONDITIONS: dict[str, ColumnElement[bool]] = {  # by the field of CallFilter whose value it takes
    "queue": _calls.c.queue_id == bindparam("queue"),
    "agent": _calls.c.agent_id == bindparam("agent"),
    "direction": _calls.c.direction == bindparam("direction"),
    "since": _calls.c.offered_at >= bindparam("since"),
    "until": _calls.c.offered_at < bindparam("until"),
    "number": or_(_calls.c.caller == bindparam("number"), _calls.c.called == bindparam("number")),
}
NOBODY = UUID(int=0)  # stands for "no queue" and "no agent"
ListedRow = tuple[CallId, QueueId | None, UserId | None, str | None, int, bytes, bytes | None]
"""call, queue, agent, outcome, wait in seconds, what is shown; and the whole record where that is of a former form."""

_BATCH = 200  # variables of one statement stay below SQLite's limit of old builds (999)


class CallRecordRepository:
    def __init__(self, session: AsyncSession | AsyncConnection, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def get(self, call: CallId) -> CallRecord | None:
        query = select(_calls.c.body).where(_calls.c.tenant_id == self._tenant, _calls.c.call_id == call)
        body = await self._session.scalar(query)
        return None if body is None else unpack(body, CallRecord)

    async def find(self, wanted: CallFilter, short: Mapping[QueueId, float]) -> Sequence[ListedRow]:
        """Newest first; `short` has every queue's threshold of short abandons in seconds."""
        given = {name: getattr(wanted, name) for name in _CONDITIONS}
        values = {name: value for name, value in given.items() if value is not None}
        query = _newest_first(frozenset(values))
        if wanted.agents is not None:
            query = query.where(_calls.c.agent_id.in_(sorted(wanted.agents)))
        if wanted.outcome is not None:
            query = query.where(_has_outcome(wanted.outcome, short))
        if wanted.before is not None:
            query = await self._older_than(wanted.before, query)
        values |= {"tenant": self._tenant, "rows": wanted.limit}
        return cast(Sequence[ListedRow], (await self._session.execute(query, values)).all())

    async def _older_than(self, call: CallId, query: Select[Any]) -> Select[Any]:
        moment = await self._session.scalar(
            select(_calls.c.offered_at).where(_calls.c.tenant_id == self._tenant, _calls.c.call_id == call)
        )
        if moment is None:
            return query.where(_calls.c.call_id < call)
        same_moment = and_(_calls.c.offered_at == moment, _calls.c.call_id < call)
        return query.where(or_(_calls.c.offered_at < moment, same_moment))

    async def after(self, call: CallId | None, limit: int) -> Sequence[CallRecord]:
        """All of them, page by page, in the order of their ids."""
        query = select(_calls.c.body).where(_calls.c.tenant_id == self._tenant)
        if call is not None:
            query = query.where(_calls.c.call_id > call)
        rows = await self._session.scalars(query.order_by(_calls.c.call_id).limit(limit))
        return [unpack(body, CallRecord) for body in rows]

    async def of_outside(self, number: str, after: CallId | None, limit: int) -> Sequence[CallRecord]:
        """Calls whose outside party had this number (E.164), in the order of their ids."""
        outside = case((_calls.c.direction == Direction.INBOUND.value, _calls.c.caller), else_=_calls.c.called)
        either = or_(_calls.c.caller == number, _calls.c.called == number)
        query = select(_calls.c.body).where(_calls.c.tenant_id == self._tenant, either, outside == number)
        if after is not None:
            query = query.where(_calls.c.call_id > after)
        rows = await self._session.scalars(query.order_by(_calls.c.call_id).limit(limit))
        return [unpack(body, CallRecord) for body in rows]

    async def between(
        self, since: datetime, until: datetime, after: CallRecord | None, limit: int
    ) -> Sequence[CallRecord]:
        """Offered in `since` (inclusive) to `until` (exclusive), oldest first."""
        query = select(_calls.c.body).where(
            _calls.c.tenant_id == self._tenant, _calls.c.offered_at >= since, _calls.c.offered_at < until
        )
        if after is not None:
            same_moment = and_(_calls.c.offered_at == after.offered_at, _calls.c.call_id > after.call)
            query = query.where(or_(_calls.c.offered_at > after.offered_at, same_moment))
        ordered = query.order_by(_calls.c.offered_at, _calls.c.call_id).limit(limit)
        return [unpack(body, CallRecord) for body in await self._session.scalars(ordered)]

    async def of(self, calls: Sequence[CallId]) -> Sequence[CallRecord]:
        found: list[CallRecord] = []
        for start in range(0, len(calls), _BATCH):
            known = _calls.c.call_id.in_(calls[start : start + _BATCH])
            query = select(_calls.c.body).where(_calls.c.tenant_id == self._tenant, known)
            found += [unpack(body, CallRecord) for body in await self._session.scalars(query)]
        return found


@cache
def _newest_first(given: frozenset[str]) -> Select[Any]:
    """By the names of what is given; building a statement costs more than running it."""
    current = _calls.c.shown_form == FORM
    columns = (*_LISTED, case((current, None), else_=_calls.c.body).label("body"))
    conditions = [condition for name, condition in _CONDITIONS.items() if name in given]
    query = select(*columns).where(_calls.c.tenant_id == bindparam("tenant"), *conditions)
    return query.order_by(_calls.c.offered_at.desc(), _calls.c.call_id.desc()).limit(bindparam("rows"))


def _has_outcome(outcome: ShownOutcome, short: Mapping[QueueId, float]) -> Any:
    if outcome not in (ShownOutcome.ABANDONED, ShownOutcome.SHORT_ABANDONED):
        return _calls.c.outcome == outcome.value
    limits = {queue: whole_seconds(seconds * 1000) for queue, seconds in short.items()}
    default = whole_seconds(SHORT_ABANDON_SECONDS * 1000)
    limit = case(limits, value=_calls.c.queue_id, else_=default) if limits else default
    brief = _calls.c.wait_seconds <= limit
    wanted = brief if outcome is ShownOutcome.SHORT_ABANDONED else ~brief
    return and_(_calls.c.outcome == Outcome.ABANDONED.value, wanted)


class IntervalRepository:
    def __init__(self, session: AsyncSession | AsyncConnection, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def of(self, keys: Collection[IntervalKey]) -> dict[IntervalKey, Counters]:
        """Those of them that are there."""
        wanted = [(from_ms(key.start), key.queue or NOBODY, key.agent or NOBODY) for key in keys]
        found: dict[IntervalKey, Counters] = {}
        for start in range(0, len(wanted), _BATCH):
            place = tuple_(_cells.c.start, _cells.c.queue_id, _cells.c.agent_id).in_(wanted[start : start + _BATCH])
            rows = await self._session.execute(select(_cells).where(_cells.c.tenant_id == self._tenant, place))
            found |= {_key(row): _counters(row) for row in rows}
        return found

    async def between(self, since: datetime, until: datetime) -> dict[IntervalKey, Counters]:
        """Cells that start in `since` (inclusive) to `until` (exclusive)."""
        query = select(_cells).where(
            _cells.c.tenant_id == self._tenant, _cells.c.start >= since, _cells.c.start < until
        )
        return {_key(row): _counters(row) for row in await self._session.execute(query)}


def _key(row: Row[Any]) -> IntervalKey:
    queue = None if row.queue_id == NOBODY else QueueId(row.queue_id)
    agent = None if row.agent_id == NOBODY else UserId(row.agent_id)
    return IntervalKey(to_ms(row.start), queue, agent)


def _counters(row: Row[Any]) -> Counters:
    return msgspec.convert({name: getattr(row, name) for name in (*SUMS, *MAPS)}, Counters, strict=False)


class ProgressRepository:
    def __init__(self, session: AsyncSession | AsyncConnection, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def sequence(self) -> int | None:
        """None: nothing was folded yet."""
        return await self._session.scalar(select(_progress.c.sequence).where(_progress.c.tenant_id == self._tenant))

    async def checkpoint(self) -> FoldState:
        query = select(_checkpoints.c.body).where(_checkpoints.c.tenant_id == self._tenant)
        body = await self._session.scalar(query)
        return FoldState() if body is None else unpack(body, FoldState)
