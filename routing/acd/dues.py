"""When something is due for a caller who waits: the next message, a limit of the queue."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.contracts.queues import OverflowCause, WaitingRules
from kernel.primitives.ids import CallId
from routing.calls.model import Call, CallPhase
from routing.matching.comfort import next_message
from routing.queues.line import Line


class Due(NamedTuple):
    at: datetime
    call: CallId


def dues_of(call: Call | None, rules: WaitingRules | None) -> Iterator[Due]:
    """None for a call that does not wait."""
    if call is None or rules is None or call.phase is not CallPhase.QUEUED or call.heard is None:
        return
    if rules.comfort is not None:
        yield Due(next_message(rules.comfort, call.heard), call.call)
    for overflow in rules.overflows:
        if overflow.when is OverflowCause.WAITED:
            yield Due(call.heard.entered + timedelta(seconds=overflow.after_seconds), call.call)


class Dues:
    def __init__(self) -> None:
        self._line: Line[Due] = Line()

    def add(self, call: Call | None, rules: WaitingRules | None) -> None:
        for due in dues_of(call, rules):
            self._line.add(due)

    def discard(self, call: Call | None, rules: WaitingRules | None) -> None:
        for due in dues_of(call, rules):
            self._line.discard(due)

    def next(self, after: datetime | None) -> datetime | None:
        """`after` None: the first of all."""
        place = self._line.after(after)
        return self._line[place].at if place < len(self._line) else None

    def between(self, after: datetime | None, until: datetime) -> Iterator[CallId]:
        """After the one, up to the other."""
        for place in range(self._line.after(after), len(self._line)):
            due = self._line[place]
            if due.at > until:
                return
            yield due.call
