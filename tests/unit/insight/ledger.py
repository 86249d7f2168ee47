"""What the tables would keep of a log that the live view folds, and a recount of both from the first event."""

from datetime import UTC

from insight.kpi.counters import MAPS, SUMS, Counters, IntervalKey
from insight.kpi.live import LiveView
from insight.kpi.records import CallRecord
from insight.kpi.state import Changes
from kernel.contracts.codec import pack, to_json
from kernel.contracts.log import Logged
from kernel.primitives.ids import CallId


class Ledger:
    """Keeps what the tables keep: records by call and counters by cell."""

    def __init__(self) -> None:
        self.records: dict[CallId, CallRecord] = {}
        self.cells: dict[IntervalKey, Counters] = {}

    def keep(self, view: LiveView, changes: Changes) -> None:
        self.records |= {call: view.state.calls[call] for call in changes.calls if call in view.state.calls}
        for key, counters in changes.counters.items():
            self.cells.setdefault(key, Counters()).add(counters)

    def written(self) -> bytes:
        """What the tables hold, in the order of their keys."""
        cells = sorted(self.cells.items(), key=lambda cell: to_json(cell[0]))
        return pack([sorted(self.records.items()), [(key, sorted_maps(counters)) for key, counters in cells]])

    def feed(self, view: LiveView, batch: list[Logged]) -> None:
        changes = Changes()
        for logged in batch:
            wanted = view.missing(logged)
            if wanted is not None and wanted in self.records:
                view.adopt(self.records[wanted])
            step = view.apply(logged)
            self.records |= step.retired
            changes.merge(step)
        self.keep(view, changes)


def sorted_maps(counters: Counters) -> dict[str, object]:
    sums: dict[str, object] = {name: getattr(counters, name) for name in SUMS}
    return sums | {name: sorted(getattr(counters, name).items()) for name in MAPS}


def recount(log: list[Logged]) -> tuple[LiveView, Ledger]:
    view, ledger = LiveView(UTC), Ledger()
    ledger.feed(view, log)
    return view, ledger
