"""Sums of each hour and queue over all agents, kept beside the quarter hours: a month of them is a thousand rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import from_ms, to_ms
from insight.questions import IndicatorFilter
from insight.tables import HourRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack, unpack
from kernel.primitives.ids import QueueId

HOUR_MS = 3_600_000
HOUR = timedelta(milliseconds=HOUR_MS)
SAMPLED = timedelta(days=28)  # a time zone keeps its offset for months

_hours = HourRow.table()
_NOBODY = UUID(int=0)

HourKey = tuple[int, QueueId | None]


def summed(cells: Mapping[IntervalKey, Counters]) -> dict[HourKey, Counters]:
    """By the start of the hour in ms of Unix time, and queue."""
    found: dict[HourKey, Counters] = {}
    for key, counters in cells.items():
        found.setdefault((key.start - key.start % HOUR_MS, key.queue), Counters()).add(counters)
    return found


def whole_hours(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The hours that lie wholly in the span; the first may be after the second, and then there are none."""
    start, end = to_ms(since), to_ms(until)
    return from_ms(start + -start % HOUR_MS), from_ms(end - end % HOUR_MS)


def suffice(wanted: IndicatorFilter, zone: ZoneInfo) -> bool:
    """Whether hours can answer: not for agents, not for parts of an hour, nor where local hours begin at half past."""
    if wanted.by == "agent" or wanted.granularity in ("quarter_hour", "half_hour"):
        return False
    if wanted.granularity == "total":
        return True
    moments = [wanted.until]
    while moments[-1] > wanted.since:
        moments.append(max(wanted.since, moments[-1] - SAMPLED))
    return all((moment.astimezone(zone).utcoffset() or timedelta()) % HOUR == timedelta() for moment in moments)


class HourRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def add(self, cells: Mapping[IntervalKey, Counters]) -> None:
        """Add to what is there; exactly once is the caller's care, in the transaction that adds the cells."""
        more = summed(cells)
        if not more:
            return
        starts = [start for start, _ in more]
        kept = await self.between(from_ms(min(starts)), from_ms(max(starts) + HOUR_MS))
        new: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        for (start, queue), counters in more.items():
            before = kept.get(IntervalKey(start, queue, None))
            if before is not None:
                counters.add(before)
            rows = new if before is None else known
            rows.append({"at": from_ms(start), "queue": queue or _NOBODY, "sums": pack(counters)})
        if new:
            await self._session.execute(insert(_hours), [self._row(**row) for row in new])
        if known:
            place = (_hours.c.start == bindparam("at"), _hours.c.queue_id == bindparam("queue"))
            change = update(_hours).where(_hours.c.tenant_id == self._tenant, *place).values(body=bindparam("sums"))
            connection = await self._session.connection()  # a session takes many rows for objects of its own
            await connection.execute(change, known)

    def _row(self, at: datetime, queue: UUID, sums: bytes) -> dict[str, Any]:
        return {"tenant_id": self._tenant, "start": at, "queue_id": queue, "body": sums}

    async def between(self, since: datetime, until: datetime) -> dict[IntervalKey, Counters]:
        """Hours that start in `since` (inclusive) to `until` (exclusive), as cells of no agent."""
        query = select(_hours.c.start, _hours.c.queue_id, _hours.c.body).where(
            _hours.c.tenant_id == self._tenant, _hours.c.start >= since, _hours.c.start < until
        )
        rows: Sequence[Any] = (await self._session.execute(query)).all()
        return {_key(start, queue): unpack(body, Counters) for start, queue, body in rows}


def _key(start: datetime, queue: UUID) -> IntervalKey:
    return IntervalKey(to_ms(start), None if queue == _NOBODY else QueueId(queue), None)
