"""What callbacks are told, and what they order to be done."""

from datetime import datetime
from typing import NamedTuple

from kernel.contracts.callbacks import CallbackEvent, CallbackFirst, CancelReason
from kernel.contracts.calls import EndCause
from kernel.primitives.ids import CallbackId, CallId, Ids, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.machine import TimerName
from routing.callbacks.model import Place
from routing.callbacks.rules import CallbackRules, Hours

# --- told ---


class TimerDue(NamedTuple):
    """A timer's time has come; one that does not run, or is not due yet, changes nothing.

    `ringing`: until when a desk rings for the customer, who is not let go before.
    """

    timer: TimerName
    ringing: datetime | None = None


class Matched(NamedTuple):
    """This agent is free and fits: is to be asked."""

    agent: UserId


class Taken(NamedTuple):
    """The agent takes it."""

    agent: UserId


class Left(NamedTuple):
    """The agent rejected it, did not answer, or is gone."""

    agent: UserId


class Turn(NamedTuple):
    """Its turn to be rung without an agent: for callbacks in which the customer is first."""


class Refused(NamedTuple):
    """The tenant's limits forbid the number."""


class Answered(NamedTuple):
    call: CallId


class Joined(NamedTuple):
    call: CallId
    agent: UserId


class MachineHeard(NamedTuple):
    """By the agent, or by the detector where that is believed."""

    call: CallId


class MachineDetected(NamedTuple):
    """Before the customer pressed the key."""

    call: CallId


class Released(NamedTuple):
    """The customer's leg is gone: refused, not answered, hung up, or after the conversation."""

    call: CallId
    cause: EndCause


class Lost(NamedTuple):
    """The gateway started anew, and does not know the call."""

    call: CallId


class Cancelled(NamedTuple):
    """`by` is who of the tenant's people; None: the customer."""

    by: UserId | None = None
    reason: CancelReason | None = None


class RangBack(NamedTuple):
    """The customer's own call came in."""

    call: CallId


Word = (
    TimerDue
    | Matched
    | Taken
    | Left
    | Turn
    | Refused
    | Answered
    | Joined
    | MachineDetected
    | MachineHeard
    | Released
    | Lost
    | Cancelled
    | RangBack
)


class Wish(NamedTuple):
    """A customer's wish to be called back. `due` None: as soon as it is their turn, with the place kept.

    `place` is the one that they have in the line now; None: they get the last one. `agent` is who shall call.
    """

    tenant: TenantId
    queue: QueueId
    number: PhoneNumber
    place: Place | None = None
    due: datetime | None = None
    agent: UserId | None = None
    origin: CallId | None = None
    skills: tuple[tuple[str, int], ...] = ()
    first: CallbackFirst | None = None


# --- ordered ---


class DialOut(NamedTuple):
    """Ring the customer: for `agent`, who hears it, or for nobody yet. `detect`: tell a machine from a voice."""

    call: CallId
    number: PhoneNumber
    agent: UserId | None
    ring_seconds: float
    detect: bool


class StopDialling(NamedTuple):
    call: CallId


class ReleaseAgent(NamedTuple):
    """Whoever was asked or waited is free: by no fault of theirs."""

    agent: UserId


class QueueCustomer(NamedTuple):
    """The answered customer waits in line, at their place, for the next agent."""

    call: CallId
    queue: QueueId
    place: Place


Order = DialOut | StopDialling | ReleaseAgent | QueueCustomer


class Decision(NamedTuple):
    """To be committed together; `callback` is the one that a wish led to."""

    events: tuple[CallbackEvent, ...] = ()
    orders: tuple[Order, ...] = ()
    callback: CallbackId | None = None


class Moment(NamedTuple):
    """When it is decided, and by which queue's rules."""

    now: datetime
    ids: Ids
    rules: CallbackRules
    hours: Hours
