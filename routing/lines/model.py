"""What routing knows of an agent's line: folded from the log, never changed in place."""

from datetime import datetime

import msgspec

from kernel.contracts.lines import LineState
from kernel.primitives.ids import CallId


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is when the state ends by itself; `tries` is how often it broke in a row."""

    state: LineState = LineState.DOWN
    call: CallId | None = None
    until: datetime | None = None
    tries: int = 0
