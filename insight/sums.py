"""Sums of each hour and day and queue over all agents, beside the quarter hours: a month of days is a hundred rows."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import from_ms, to_ms
from insight.questions import IndicatorFilter
from insight.tables import SumRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.primitives.ids import QueueId

HOUR_MS = 3_600_000
HOUR = timedelta(milliseconds=HOUR_MS)
HOURLY, DAILY = 1, 24
SAMPLED = timedelta(days=28)  # a time zone keeps its offset for months

_sums = SumRow.table()
_NOBODY = UUID(int=0)

SumKey = tuple[int, QueueId | None]
Piece = tuple[int, datetime, datetime]


def summed(cells: Mapping[IntervalKey, Counters], hours: int) -> dict[SumKey, Counters]:
    """By the start of the hour or day of UTC in ms of Unix time, and queue."""
    found: dict[SumKey, Counters] = {}
    for key, counters in cells.items():
        found.setdefault((key.start - key.start % (hours * HOUR_MS), key.queue), Counters()).add(counters)
    return found


def pieces(since: datetime, until: datetime, coarsest: int) -> Iterator[Piece]:
    """The span cut into what whole days, whole hours and, as 0, quarter hours answer for it."""
    start, end = to_ms(since), to_ms(until)
    step = coarsest * HOUR_MS
    first, last = (start + -start % step, end - end % step) if step else (end, end)
    finer = HOURLY if coarsest == DAILY else 0
    if not step:
        yield 0, since, until
    elif first >= last:
        yield from pieces(since, until, finer)
    else:
        yield coarsest, from_ms(first), from_ms(last)
        if start < first:
            yield from pieces(since, from_ms(first), finer)
        if last < end:
            yield from pieces(from_ms(last), until, finer)


def coarsest(wanted: IndicatorFilter, zone: ZoneInfo) -> int:
    """0, where only quarter hours can answer: agents, parts of an hour, and where local hours begin at half past."""
    if wanted.by in ("agent", "team") or wanted.granularity in ("quarter_hour", "half_hour"):
        return 0
    if wanted.granularity == "total":
        return DAILY
    moments = [wanted.until]
    while moments[-1] > wanted.since:
        moments.append(max(wanted.since, moments[-1] - SAMPLED))
    whole = all((moment.astimezone(zone).utcoffset() or timedelta()) % HOUR == timedelta() for moment in moments)
    return HOURLY if whole else 0


class SumRepository:
    def __init__(self, session: AsyncSession | AsyncConnection, scope: TenantScope) -> None:
        self._session = session
        self._tenant = scope.tenant

    async def between(self, hours: int, since: datetime, until: datetime) -> dict[IntervalKey, Counters]:
        """Sums that start in `since` (inclusive) to `until` (exclusive), as cells of no agent."""
        query = select(_sums.c.start, _sums.c.queue_id, _sums.c.body).where(
            _sums.c.tenant_id == self._tenant, _sums.c.hours == hours, _sums.c.start >= since, _sums.c.start < until
        )
        rows = await self._session.execute(query)
        return {_key(start, queue): unpack(body, Counters) for start, queue, body in rows}


def _key(start: datetime, queue: UUID) -> IntervalKey:
    return IntervalKey(to_ms(start), None if queue == _NOBODY else QueueId(queue), None)
