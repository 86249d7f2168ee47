"""The proof that what was folded live is what the log says."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from insight.following import READ_CHUNK
from insight.kept.states import StateRepository
from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import to_ms
from insight.kpi.live import LiveView
from insight.kpi.records import CallRecord
from insight.kpi.state import StateStretch
from insight.questions import Difference, Place
from insight.repository import CallRecordRepository, IntervalRepository
from insight.sums import DAILY, HOURLY, SumKey, SumRepository, summed
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import to_json
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId, UserId

_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC) - timedelta(days=1))
_EVER_MS = (0, to_ms(_EVER[1]))
_PAGE = 1_000  # records held at once while the tables are read: some 2 MB


async def recount_cells(database: Database, scope: TenantScope, zone: tzinfo) -> dict[IntervalKey, Counters]:
    """The interval counters as the whole log tells them."""
    _, cells, _ = await _fold_log(database, scope, LiveView(zone), None)
    return cells


async def recount(database: Database, scope: TenantScope, live: LiveView) -> list[Difference]:
    """Fold the whole log anew and compare; `live` and the tables must be at the log's end."""
    view = LiveView(live.zone)
    records, cells, stretches = await _fold_log(database, scope, view, live.state.sequence)
    async with database.read(scope) as unit:
        kept_cells = await IntervalRepository(unit.session, scope).between(*_EVER)
        kept_sums = {
            hours: await SumRepository(unit.session, scope).between(hours, *_EVER) for hours in (HOURLY, DAILY)
        }
        kept_stretches = await StateRepository(unit.session, scope).between(*_EVER_MS)
        kept_records = await _all_records(CallRecordRepository(unit.session, scope))
    return [
        *_differences("call_record", records, kept_records),
        *_differences("interval", cells, kept_cells),
        *(
            difference
            for hours, kept in kept_sums.items()
            for difference in _differences("interval", _as_cells(summed(cells, hours)), kept)
        ),
        *_differences("agent_state", _by_start(stretches), _by_start(kept_stretches)),
        *_differences("live", _parts(view), _parts(live)),
    ]


async def _fold_log(
    database: Database, scope: TenantScope, view: LiveView, last: int | None
) -> tuple[dict[CallId, CallRecord], dict[IntervalKey, Counters], list[StateStretch]]:
    """`last`: the sequence to stop at; None: the end of the log."""
    stretches: list[StateStretch] = []
    records: dict[CallId, CallRecord] = {}
    cells: dict[IntervalKey, Counters] = {}
    while chunk := await database.read_log(scope.tenant, view.state.sequence, READ_CHUNK):
        for logged in chunk:
            if last is not None and logged.sequence > last:
                return records | view.state.calls, cells, stretches
            wanted = view.missing(logged)
            if wanted is not None and wanted in records:
                view.adopt(records[wanted])
            changes = view.apply(logged)
            records |= changes.retired
            stretches += changes.stretches
            for key, counters in changes.counters.items():
                cells.setdefault(key, Counters()).add(counters)
    return records | view.state.calls, cells, stretches


async def _all_records(repository: CallRecordRepository) -> dict[CallId, CallRecord]:
    found: dict[CallId, CallRecord] = {}
    last: CallId | None = None
    while page := await repository.after(last, _PAGE):
        found |= {record.call: record for record in page}
        last = page[-1].call
    return found


def _by_start(stretches: Iterable[StateStretch]) -> dict[tuple[UserId, int], StateStretch]:
    return {(stretch.agent, stretch.start): stretch for stretch in stretches}


def _as_cells(sums: Mapping[SumKey, Counters]) -> dict[IntervalKey, Counters]:
    return {IntervalKey(start, queue, None): counters for (start, queue), counters in sums.items()}


def _parts(view: LiveView) -> dict[str, object]:
    return {name: getattr(view.state, name) for name in view.state.__struct_fields__}


def _differences(place: Place, recounted: Mapping[Any, object], found: Mapping[Any, object]) -> list[Difference]:
    return [
        Difference(place, str(key), _show(recounted.get(key)), _show(found.get(key)))
        for key in {**recounted, **found}
        if recounted.get(key) != found.get(key)
    ]


def _show(value: object) -> str:
    return to_json(value).decode()
