"""What the log tells of calls in call flows: which nodes they passed, and nothing that callers said or entered."""

import msgspec

from kernel.contracts.base import Message
from kernel.primitives.ids import CallId, QueueId

MOVES_TOLD = 100  # of one step; a flow that passes more without the caller doing anything is about to fail

TRANSFERRED = "transferred"


class FlowMove(msgspec.Struct, frozen=True, array_like=True):
    """From `node` by its exit `exit` to the node `to`; "" as exit or to: out of the flow."""

    node: str
    exit: str
    to: str


class FlowEntered(Message, frozen=True, tag="flow.entered"):
    """An inbound call begins its way through this version of the flow, or goes on in it from another one."""

    call: CallId
    flow: str
    version: int


class FlowPassed(Message, frozen=True, tag="flow.passed"):
    """The nodes that were passed at one moment, the first MOVES_TOLD of them."""

    call: CallId
    flow: str
    version: int
    moves: tuple[FlowMove, ...]


class CallLeftQueue(Message, frozen=True, tag="call.left_queue"):
    """The caller waits there no more and is in the flow again; nobody was offered the call, or not any more."""

    call: CallId
    queue: QueueId


class FlowLeft(Message, frozen=True, tag="flow.left"):
    """For good: `ending` is "agent", TRANSFERRED, "hung_up" (by the flow), "failed" (to the fallback queue)."""

    call: CallId
    flow: str
    version: int
    ending: str


FlowEvent = FlowEntered | FlowPassed | CallLeftQueue | FlowLeft
