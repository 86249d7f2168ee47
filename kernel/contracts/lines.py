"""A line to an agent's telephone outside that is kept up between calls ("nailed up"), and its one event."""

from datetime import datetime
from enum import StrEnum

from kernel.contracts.base import Message
from kernel.primitives.ids import CallId, UserId


class LineState(StrEnum):
    DOWN = "down"
    RINGING = "ringing"
    CONFIRMING = "confirming"  # answered: a key is asked for
    UP = "up"
    PAUSED = "paused"  # it broke, and is called again in a moment


class AgentLineChanged(Message, frozen=True, tag="agent.line_changed"):
    """What the agent's line is from now on; `until` is when that ends by itself, `tries` how often it broke in a row.

    The line is the call `call`, whose CallOffered names the agent as `line_of`.
    """

    agent: UserId
    line: LineState
    call: CallId | None = None
    until: datetime | None = None
    tries: int = 0
