"""One tenant's tables brought up to its fold: in pieces that are short, each written whole and counted once.

Each piece moves the tenant's progress on from where it was when the sums were read. Where somebody else (another
process folds too) moved it meanwhile nothing of the piece is written, and all begins anew from what they wrote.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from insight.kept.alerts import put
from insight.kept.states import added
from insight.kpi.counters import MAPS, SUMS, Counters, IntervalKey, whole_seconds
from insight.kpi.intervals import from_ms
from insight.kpi.records import CallRecord
from insight.kpi.state import Changes
from insight.repository import NOBODY, IntervalRepository, ProgressRepository
from insight.shown import FORM, show
from insight.sums import DAILY, HOUR_MS, HOURLY, SumRepository, summed
from insight.tables import CallRecordRow, FoldCheckpointRow, FoldProgressRow, IntervalRow, SumRow
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.ports.rows import put_new, put_whole
from kernel.ports.unit_of_work import Change, Database, Overtaken, Rows
from kernel.primitives.ids import CallId

PIECE_EVENTS = 100  # some twenty-five calls: a millisecond or two, which whoever wants to write next waits for

_progress = FoldProgressRow.table()
_PUT_CALL = put_whole(CallRecordRow.table())
_PUT_CELL = put_whole(IntervalRow.table())
_PUT_SUM = put_whole(SumRow.table())
_PUT_CHECKPOINT = put_whole(FoldCheckpointRow.table())
_BEGIN = put_new(_progress)
_MOVE_ON = (
    update(_progress)
    .where(_progress.c.tenant_id == bindparam("tenant"), _progress.c.sequence == bindparam("before"))
    .values(sequence=bindparam("after"))
)

Step = tuple[int, Changes]
"""The sequence of an event, and what it changed."""


class Folded(NamedTuple):
    """`steps` in order; `calls`, those that did not leave memory; `checkpoint`, the packed state after the last step,
    where one is due."""

    steps: Sequence[Step]
    calls: Mapping[CallId, CallRecord]
    checkpoint: bytes | None


class _Sums(NamedTuple):
    """What the tables have of the cells that are added to, by hours for the coarse ones; 0: the cells themselves."""

    kept: dict[int, dict[IntervalKey, Counters]]

    def add(self, more: Mapping[IntervalKey, Counters], hours: int) -> dict[IntervalKey, Counters]:
        """The new sums of these; they are what the tables have from now on."""
        kept = self.kept[hours]
        for key, counters in more.items():
            kept.setdefault(key, Counters()).add(counters)
        return {key: kept[key] for key in more}


class Tables:
    """The caller serialises `bring_up` of one tenant in its process."""

    def __init__(self, database: Database, scope: TenantScope) -> None:
        self._database = database
        self._scope = scope

    async def bring_up(self, folded: Folded, *, patient: bool) -> None:
        """Steps that the tables already hold are left out."""
        calls = {call for _, changes in folded.steps for call in changes.calls}
        records = {call: folded.calls[call] for call in calls if call in folded.calls}
        for _, changes in folded.steps:
            records |= changes.retired
        while True:
            try:
                await self._attempt(folded, records, patient=patient)
            except Overtaken:
                continue
            return

    async def _attempt(self, folded: Folded, records: Mapping[CallId, CallRecord], *, patient: bool) -> None:
        async with self._database.read(self._scope) as unit:
            connection = await unit.connection()
            at = await ProgressRepository(connection, self._scope).sequence()
            fresh = [step for step in folded.steps if step[0] > (at or 0)]
            sums = await self._read_sums(connection, {key for _, changes in fresh for key in changes.counters})
        wanted = dict(records)
        for start in range(0, len(fresh), PIECE_EVENTS):
            piece = fresh[start : start + PIECE_EVENTS]
            last = start + PIECE_EVENTS >= len(fresh)
            changes = merged([each for _, each in piece])
            # Each once, by the first piece that it is in: it is written as it is by now, and not as it was then.
            due = [wanted.pop(call) for call in changes.calls | changes.retired.keys() if call in wanted]
            rows = [*self._rows(due, changes, sums)]
            if last and folded.checkpoint is not None:
                rows.append((_PUT_CHECKPOINT, [{"tenant_id": self._scope.tenant, "body": folded.checkpoint}]))
            await self._move_on(at, piece[-1][0], rows, patient=patient)
            at = piece[-1][0]

    async def _move_on(self, before: int | None, after: int, rows: Sequence[Rows], *, patient: bool) -> None:
        tenant = self._scope.tenant
        begin = (_BEGIN, {"tenant_id": tenant, "sequence": after})
        only_if = begin if before is None else (_MOVE_ON, {"tenant": tenant, "before": before, "after": after})
        await self._database.record(Change(self._scope, rows=rows, patient=patient, only_if=only_if))

    async def _read_sums(self, connection: AsyncConnection, cells: Collection[IntervalKey]) -> _Sums:
        kept: dict[int, dict[IntervalKey, Counters]] = {0: {}, HOURLY: {}, DAILY: {}}
        if cells:
            kept[0] = await IntervalRepository(connection, self._scope).of(cells)
            first, last = min(key.start for key in cells), max(key.start for key in cells)
            for hours in (HOURLY, DAILY):
                span = (from_ms(first - first % (hours * HOUR_MS)), from_ms(last + 1))
                kept[hours] = await SumRepository(connection, self._scope).between(hours, *span)
        return _Sums(kept)

    def _rows(self, records: Sequence[CallRecord], changes: Changes, sums: _Sums) -> Iterator[Rows]:
        """What is not empty."""
        tenant = self._scope.tenant
        if records:
            yield _PUT_CALL, [{"tenant_id": tenant} | call_row(record) for record in records]
        if changes.counters:
            cells = sums.add(changes.counters, 0)
            yield _PUT_CELL, [{"tenant_id": tenant} | _cell_row(key, sum_) for key, sum_ in cells.items()]
            yield _PUT_SUM, [*self._sum_rows(changes, sums)]
        if changes.stretches:
            yield added(tenant, changes.stretches)
        yield from put(tenant, changes.alert_entries)

    def _sum_rows(self, changes: Changes, sums: _Sums) -> Iterator[dict[str, Any]]:
        for hours in (HOURLY, DAILY):
            more = summed(changes.counters, hours).items()
            new = sums.add({IntervalKey(start, queue, None): counters for (start, queue), counters in more}, hours)
            for key, counters in new.items():
                place = {"hours": hours, "start": from_ms(key.start), "queue_id": key.queue or NOBODY}
                yield {"tenant_id": self._scope.tenant, **place, "body": pack(counters)}


def merged(parts: Sequence[Changes]) -> Changes:
    """The sum of several changes; the parts stay as they are."""
    whole = Changes()
    for part in parts:
        whole.merge(part)
    return whole


def call_row(record: CallRecord) -> dict[str, Any]:
    """But for its tenant."""
    return {
        "call_id": record.call,
        "offered_at": record.offered_at,
        "direction": record.direction.value,
        "queue_id": record.queue,
        "agent_id": record.agent,
        "caller": None if record.caller is None else record.caller.e164,
        "called": record.called.e164,
        "outcome": None if record.outcome is None else record.outcome.value,
        "wait_seconds": whole_seconds(record.wait_ms),
        "disposition": record.disposition,
        "left_message": record.left_message,
        "body": pack(record),
        "shown": show(record),
        "shown_form": FORM,
    }


def _cell_row(key: IntervalKey, counters: Counters) -> dict[str, Any]:
    place = {"start": from_ms(key.start), "queue_id": key.queue or NOBODY, "agent_id": key.agent or NOBODY}
    sums = {name: getattr(counters, name) for name in SUMS}
    maps = {name: {str(number): count for number, count in getattr(counters, name).items()} for name in MAPS}
    return place | sums | maps
