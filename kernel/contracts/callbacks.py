"""The events of a callback, from its request to its one outcome: nothing about it changes except by one of these."""

from datetime import datetime
from enum import StrEnum

import msgspec

from kernel.contracts.base import Message
from kernel.primitives.ids import CallbackId, CallId, QueueId, UserId
from kernel.primitives.phone import PhoneNumber


class CallbackFirst(StrEnum):
    """Who is called first."""

    AGENT = "agent"  # the customer's telephone rings only when somebody is there to talk
    CUSTOMER = "customer"  # no agent waits for the ringing; an answered customer may have to


class AttemptResult(StrEnum):
    """What came of ringing the customer, classified where it ended."""

    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    MACHINE = "answering_machine"
    NOT_CONFIRMED = "not_confirmed"  # answered, and pressed no key: nobody who had asked for it
    HUNG_UP = "hung_up"  # answered, and left before an agent was there
    NOBODY_FREE = "nobody_free"  # answered, and no agent came in time: our fault
    AGENT_GONE = "agent_gone"  # the agent for whom it rang left before the answer
    FAILED = "failed"  # a carrier or ourselves
    LOST = "lost"  # nobody knows any more: a restart
    INVALID = "invalid"  # there is no such number: ringing again is of no use


class CallbackOutcome(StrEnum):
    """One for each callback."""

    COMPLETED = "completed"  # customer and agent talked
    RETURNED = "returned"  # the customer rang first, and got the place
    MACHINE = "machine"  # an answering machine, where that is enough
    EXHAUSTED = "exhausted"  # no attempt is left
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # the number may not be dialled


class CancelReason(StrEnum):
    """Why staff took a promise back: a closed list, for a text would be about a person."""

    CUSTOMER_ASKED = "customer_asked"
    SETTLED = "settled"  # by another call, by mail
    DUPLICATE = "duplicate"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"


class CallbackRequested(Message, frozen=True, tag="callback.requested"):
    """`since` is the place in line; `due` is before when nobody is rung, None: at once.

    `agent` is who is to call back; from `pool_at` on anybody of the queue may (None: never). `origin` is the call in
    which it was asked for, `skills` are names with the least level.
    """

    callback: CallbackId
    queue: QueueId
    number: PhoneNumber
    first: CallbackFirst
    priority: int
    since: datetime
    expires: datetime
    due: datetime | None = None
    agent: UserId | None = None
    pool_at: datetime | None = None
    origin: CallId | None = None
    skills: tuple[tuple[str, int], ...] = ()


class CallbackChanged(Message, frozen=True, tag="callback.changed"):
    """Asked for again, or moved: what holds from now on. The earlier place is kept."""

    callback: CallbackId
    since: datetime
    due: datetime | None
    expires: datetime
    origin: CallId | None = None


class CallbackMoved(Message, frozen=True, tag="callback.moved"):
    """By staff: whose it is and from when on. The time in line is kept; all fields as in CallbackRequested."""

    callback: CallbackId
    queue: QueueId
    first: CallbackFirst
    priority: int
    expires: datetime
    due: datetime | None = None
    agent: UserId | None = None
    pool_at: datetime | None = None
    by: UserId | None = None


class CallbackDue(Message, frozen=True, tag="callback.due"):
    """Its time has come: it stands in line."""

    callback: CallbackId


class CallbackPooled(Message, frozen=True, tag="callback.pooled"):
    """Who was to call back did not find the time: anybody of the queue may."""

    callback: CallbackId


class CallbackReserved(Message, frozen=True, tag="callback.reserved"):
    """An agent is asked to take it until `until`."""

    callback: CallbackId
    agent: UserId
    until: datetime


class CallbackReleased(Message, frozen=True, tag="callback.released"):
    """The agent did not take it, or left: it stands in line again, at its place."""

    callback: CallbackId
    agent: UserId


class CallbackDialled(Message, frozen=True, tag="callback.dialled"):
    """The customer's telephone rings until `until`; `agent` waits for the answer, None: nobody does."""

    callback: CallbackId
    call: CallId
    agent: UserId | None
    until: datetime


class CallbackAnswered(Message, frozen=True, tag="callback.answered"):
    """The customer is there and waits for an agent until `until`; again where a desk rings for them at that time."""

    callback: CallbackId
    call: CallId
    until: datetime


class CallbackMachineHeard(Message, frozen=True, tag="callback.machine_heard"):
    """As far as the greeting tells an answering machine has the call; it may be a person still, who presses the key."""

    callback: CallbackId
    call: CallId


class CallbackConnected(Message, frozen=True, tag="callback.connected"):
    callback: CallbackId
    call: CallId
    agent: UserId


class CallbackAttemptEnded(Message, frozen=True, tag="callback.attempt_ended"):
    """They did not talk. `counted`: towards the attempts that are allowed; `due` is when it may ring again at the
    earliest, None: at once, or never where CallbackEnded follows."""

    callback: CallbackId
    call: CallId
    result: AttemptResult
    counted: bool
    due: datetime | None


class CallbackEnded(Message, frozen=True, tag="callback.ended"):
    """`call` is the conversation, or the customer's own call; `by` is whose wish it was, and `reason` why."""

    callback: CallbackId
    outcome: CallbackOutcome
    call: CallId | None = None
    last: AttemptResult | None = None
    by: UserId | None = None
    reason: CancelReason | None = None


class CallbackErased(Message, frozen=True, tag="callback.erased"):
    """Of one that has ended: the number was taken out of CallbackRequested too; `reason` as in CallErased."""

    callback: CallbackId
    reason: str


CallbackEvent = (
    CallbackRequested
    | CallbackChanged
    | CallbackMoved
    | CallbackDue
    | CallbackPooled
    | CallbackReserved
    | CallbackReleased
    | CallbackDialled
    | CallbackAnswered
    | CallbackMachineHeard
    | CallbackConnected
    | CallbackAttemptEnded
    | CallbackEnded
    | CallbackErased
)

# --- what a tenant's people, and its programs, ask of routing ---------------------------------------------------------


class CallbackWish(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class RequestCallback(CallbackWish, frozen=True, tag="request_callback"):
    """`due` None: as soon as it is its turn; `agent` shall call back, None: anybody of the queue."""

    queue: QueueId
    number: PhoneNumber
    due: datetime | None = None
    agent: UserId | None = None


class CallbackInstead(CallbackWish, frozen=True, tag="callback_instead"):
    """For a caller who waits, who is let go; `number` None: the one that they call from."""

    call: CallId
    number: PhoneNumber | None = None


class MoveCallback(CallbackWish, frozen=True, tag="move_callback"):
    """To another queue, agent (None: anybody) or time (None: at once); what is UNSET stays as it is.

    `revision` is the one that was read; None: whatever it is now.
    """

    callback: CallbackId
    queue: QueueId | msgspec.UnsetType = msgspec.UNSET
    agent: UserId | msgspec.UnsetType | None = msgspec.UNSET
    due: datetime | msgspec.UnsetType | None = msgspec.UNSET
    revision: int | None = None


class CancelCallback(CallbackWish, frozen=True, tag="cancel_callback"):
    callback: CallbackId
    reason: CancelReason | None = None


CallbackAct = RequestCallback | CallbackInstead | MoveCallback | CancelCallback
