"""The call machine as one literal table: inbound arrived → … → ended, outbound dialing → connected → ended.

A call is queued when its greeting has been heard, not while it plays: then the wait that is measured and shown is time
in which an agent could have taken the call, and no agent rings for a caller who still hears a recorded voice. Who hangs
up during the greeting has abandoned the queue that the number leads to.
"""

from enum import StrEnum

from kernel.primitives.errors import Conflict, CordboardError
from routing.calls.model import CallPhase
from routing.errors import CallGone, CallNotConnected, CallNotHeld

ARRIVED = CallPhase.ARRIVED
GREETING = CallPhase.GREETING
IN_FLOW = CallPhase.IN_FLOW
QUEUED = CallPhase.QUEUED
OFFERED = CallPhase.OFFERED
MESSAGE = CallPhase.MESSAGE
DIVERTED = CallPhase.DIVERTED
DIALING = CallPhase.DIALING
CONNECTED = CallPhase.CONNECTED
HELD = CallPhase.HELD
LINE = CallPhase.LINE
ENDED = CallPhase.ENDED


class CallInput(StrEnum):
    ESTABLISHED = "established"
    GREETED = "greeted"  # the greeting was played, or took too long
    FLOW = "flow"  # the call flow has the call
    QUEUE = "queue"  # the call flow hands it to a queue
    TRANSFERRED = "transferred"  # the call flow connected it with somebody
    OFFER = "offer"
    ACCEPT = "accept"
    OFFER_ENDED = "offer_ended"  # not by being accepted
    PICK = "pick"  # by a supervisor, who takes it without an offer
    DIVERT = "divert"  # the queue cannot keep it
    ASK = "ask"  # the queue cannot keep it, and takes a message
    HOLD = "hold"
    RETRIEVE = "retrieve"
    DIGITS = "digits"
    SHARE = "share"  # to consult, hand over, talk in threes
    HANG_UP = "hang_up"  # by the agent
    RETURN = "return"  # to its queue: who had it does not go on with it
    END = "end"  # by the far end, a limit or a restart


In = CallInput
TABLE: dict[tuple[CallPhase, CallInput], CallPhase] = {
    (ARRIVED, In.ESTABLISHED): GREETING,
    (ARRIVED, In.END): ENDED,
    (GREETING, In.GREETED): QUEUED,
    (GREETING, In.END): ENDED,
    (GREETING, In.FLOW): IN_FLOW,
    (IN_FLOW, In.QUEUE): QUEUED,
    (IN_FLOW, In.TRANSFERRED): CONNECTED,
    (IN_FLOW, In.END): ENDED,
    (QUEUED, In.FLOW): IN_FLOW,
    (QUEUED, In.OFFER): OFFERED,
    (QUEUED, In.PICK): CONNECTED,
    (QUEUED, In.END): ENDED,
    (QUEUED, In.DIVERT): DIVERTED,
    (QUEUED, In.ASK): MESSAGE,
    (MESSAGE, In.RETURN): QUEUED,
    (MESSAGE, In.END): ENDED,
    (DIVERTED, In.RETURN): QUEUED,
    (DIVERTED, In.END): ENDED,
    (OFFERED, In.ACCEPT): CONNECTED,
    (OFFERED, In.OFFER_ENDED): QUEUED,
    (OFFERED, In.END): ENDED,
    (DIALING, In.ESTABLISHED): CONNECTED,
    (DIALING, In.HANG_UP): ENDED,
    (DIALING, In.END): ENDED,
    (CONNECTED, In.HOLD): HELD,
    (CONNECTED, In.DIGITS): CONNECTED,
    (CONNECTED, In.SHARE): CONNECTED,
    (CONNECTED, In.HANG_UP): ENDED,
    (CONNECTED, In.RETURN): QUEUED,
    (CONNECTED, In.END): ENDED,
    (HELD, In.RETRIEVE): CONNECTED,
    (HELD, In.SHARE): HELD,
    (HELD, In.HANG_UP): ENDED,
    (HELD, In.RETURN): QUEUED,
    (HELD, In.END): ENDED,
    (LINE, In.END): ENDED,
}

_REFUSALS: dict[CallInput, tuple[type[CordboardError], str]] = {
    In.HOLD: (CallNotConnected, "Only a call in conversation can be put on hold."),
    In.DIGITS: (CallNotConnected, "Keys reach the far end only while you talk with it."),
    In.SHARE: (CallNotConnected, "Only a call that somebody answered can be passed on."),
    In.RETRIEVE: (CallNotHeld, "Only a call on hold can be retrieved."),
    In.HANG_UP: (CallGone, "The call has ended or left your desk."),
}
_SYSTEM_REFUSAL = (Conflict, "This cannot happen to a call in this phase.")


def permits(phase: CallPhase, word: CallInput) -> bool:
    return (phase, word) in TABLE


def step(phase: CallPhase, word: CallInput) -> CallPhase:
    """The row of the table; without one, the error that tells the agent why not."""
    following = TABLE.get((phase, word))
    if following is None:
        kind, detail = _REFUSALS.get(word, _SYSTEM_REFUSAL)
        raise kind(detail, phase=phase.value, input=word.value)
    return following
