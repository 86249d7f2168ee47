"""The events of a tenant's log.

Nothing about a call or an agent changes except by one of these; all views are folds over them.
"""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from kernel.contracts.base import Message
from kernel.contracts.callbacks import CallbackEvent
from kernel.contracts.calls import (
    Actor,
    AgentState,
    Attestation,
    Direction,
    EndCause,
    Fault,
    OfferOutcome,
    TransferOutcome,
)
from kernel.contracts.carriers import CarrierEvent
from kernel.contracts.codec import reader
from kernel.contracts.colleagues import CallPassedOn, ColleagueEvent
from kernel.contracts.flow_events import CallLeftQueue, FlowEntered, FlowLeft, FlowPassed
from kernel.contracts.lines import AgentLineChanged
from kernel.contracts.queues import Needs, OverflowCause, Preferred, Target
from kernel.contracts.supervision import SupervisionChanged
from kernel.contracts.telephony import PartyAddress
from kernel.contracts.voicemail import AskedEvent, VoicemailErased, VoicemailEvent
from kernel.primitives.ids import CallId, EventId, OfferId, QueueId, RecordingId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

JUST_READ = 1_024  # entries, some 1 MB: several batches of the bus


class CallOffered(Message, frozen=True, tag="call.offered"):
    """A call reached us (inbound; `queue` or the call flow `flow` is where its number leads), or an agent dials out
    (`agent` set), or a customer is called back for `queue` while no agent is there yet (outbound without `agent`).
    `line_of`: it is the line to this agent's telephone, which calls are joined to. `consults`: the call beside which
    the telephone of `consultant`, who talks on it, asks somebody. `by_phone`: the agent talks by a telephone, and not
    at the desk. `forward`: the number leads to somebody outside or to a telephone, and to no queue. Outbound it is the
    telephone that was dialled in place of a number: `called` is NO_NUMBER then. `trunk` is NO_TRUNK where no trunk is
    named: to a telephone, or to an emergency number that any trunk may carry.
    """

    call: CallId
    direction: Direction
    trunk: TrunkId
    called: PhoneNumber
    caller: PhoneNumber | None
    agent: UserId | None = None
    queue: QueueId | None = None
    by_phone: bool = False
    forward: PartyAddress | None = None
    diverted_by: PhoneNumber | None = None
    attestation: Attestation | None = None
    flow: str = ""
    line_of: UserId | None = None
    consults: CallId | None = None
    consultant: UserId | None = None


class CallAnswered(Message, frozen=True, tag="call.answered"):
    """The far party's leg is established: billing, talk path and recording begin here. `line_of` as when offered."""

    call: CallId
    line_of: UserId | None = None


class CallQueued(Message, frozen=True, tag="call.queued"):
    """`since` keeps the caller's place when a call returns to its queue.

    `needs` are the call's own, beside those of the queue; `asked` is the priority that the call brings in place of the
    queue's, and `priority` what counts. `visited` are the queues that sent the caller on.
    """

    call: CallId
    queue: QueueId
    priority: int
    since: datetime
    needs: Needs = ()
    preferred: Preferred | None = None
    asked: int | None = None
    visited: tuple[QueueId, ...] = ()


class CallOverflowed(Message, frozen=True, tag="call.overflowed"):
    """`queue` could not keep the caller, who goes on to `to`; a queue there is told by the next CallQueued."""

    call: CallId
    queue: QueueId
    cause: OverflowCause
    to: Target


class CallerTold(Message, frozen=True, tag="call.caller_told"):
    """What a waiting caller heard over the music: `prompts`, the position, the expected wait in minutes."""

    call: CallId
    queue: QueueId
    prompts: tuple[str, ...] = ()
    position: int | None = None
    minutes: int | None = None


class OfferMade(Message, frozen=True, tag="offer.made"):
    offer: OfferId
    call: CallId
    queue: QueueId
    agent: UserId
    until: datetime


class OfferEnded(Message, frozen=True, tag="offer.ended"):
    offer: OfferId
    call: CallId
    queue: QueueId
    agent: UserId
    outcome: OfferOutcome


class CallConnected(Message, frozen=True, tag="call.connected"):
    """Caller and agent hear each other. `queue` is None for a call the agent dialled."""

    call: CallId
    agent: UserId
    queue: QueueId | None


class CallHeld(Message, frozen=True, tag="call.held"):
    call: CallId
    agent: UserId


class CallRetrieved(Message, frozen=True, tag="call.retrieved"):
    call: CallId
    agent: UserId


class CallDisconnected(Message, frozen=True, tag="call.disconnected"):
    """The agent left the call while the call itself may go on (lost browser, back to the queue)."""

    call: CallId
    agent: UserId


class TransferBegun(Message, frozen=True, tag="transfer.begun"):
    """The far end of `leg` (`far`, or the name of a party) asked us to connect the other side with `to`, who is dialled
    as `party`.

    Or who is taken over from the call `other`, in which the same far end has the leg `other_leg`. `came_in`: `to` tells
    the number of ours that they called, and their own as its caller.

    `leg` is `agent` where the agent asks at the desk; with `aside` to talk with them alone before the caller does.
    """

    call: CallId
    leg: str
    party: str
    to: PartyAddress
    other: CallId | None = None
    other_leg: str = ""
    came_in: bool = False
    aside: bool = False


class PartyAnswered(Message, frozen=True, tag="party.answered"):
    """Whom the agent called in talks, with the agent alone or with all."""

    call: CallId
    party: str


class PartyJoined(Message, frozen=True, tag="party.joined"):
    """Who was aside hears everybody, and is heard."""

    call: CallId
    party: str


class TransferEnded(Message, frozen=True, tag="transfer.ended"):
    """What became of a far end's wish. Completed: the other side talks with the party, or waits in `queue`; the far end
    of `leg` leaves. Failed and refused: `cause` says why, and all stays as it was. `party` is empty where nobody was
    dialled. `agent` passed the call on (None: who talked last, unless the caller asked), after a talk with its target
    where `attended`, for a `reason` of the tenant's list or none. `into`: the other side goes on in that call, and this
    one ends."""

    call: CallId
    leg: str
    outcome: TransferOutcome
    party: str = ""
    cause: EndCause | None = None
    queue: QueueId | None = None
    agent: UserId | None = None
    attended: bool = False
    reason: str = ""
    into: CallId | None = None


class PartyLeft(Message, frozen=True, tag="party.left"):
    """A leg of the call ended that a transfer is about. `to` and `since` tell of one that a transfer brought, and of
    its answer or its take-over: what it costs is billed by them. `came_in` as in TransferBegun; `cause` is
    told of those whom an agent called in."""

    call: CallId
    party: str
    to: PartyAddress | None = None
    since: datetime | None = None
    came_in: bool = False
    cause: EndCause | None = None


class CallEnded(Message, frozen=True, tag="call.ended"):
    """`line_of` as when offered: who reads this event alone knows whether it was anybody's conversation."""

    call: CallId
    cause: EndCause
    agent: UserId | None = None  # who was connected at the end
    queue: QueueId | None = None  # where it waited at the end: an abandoned call
    line_of: UserId | None = None


class CallDisposed(Message, frozen=True, tag="call.disposed"):
    call: CallId
    agent: UserId
    disposition: str
    note: str = ""


class AgentStateChanged(Message, frozen=True, tag="agent.state_changed"):
    """`until` is when a timed state ends by itself; `requested` is the state kept for afterwards.

    `client` is whose work the seconds from here on are: one agent may serve several tenants in one log-in. None: no one
    client's (idle for several, away, logged out), and in all events from before there were clients.
    `cause` is what happened, as the agent table names it; `by` is the supervisor whose act it was.
    """

    agent: UserId
    state: AgentState
    previous: AgentState
    reason: str  # not-ready reason code, or "" where the state needs none
    actor: Actor
    call: CallId | None = None
    queue: QueueId | None = None
    until: datetime | None = None
    requested: AgentState | None = None
    requested_reason: str = ""
    client: TenantId | None = None
    cause: str = ""
    by: UserId | None = None


class GuestStateChanged(Message, frozen=True, tag="guest.state_changed"):
    """In a client's log: what an agent of another tenant (`home`) does for it, beside AgentStateChanged at home.

    Offered, connected or in wrap-up with a call of this tenant; None from when the agent does nothing for it any more.
    """

    agent: UserId
    home: TenantId
    state: AgentState | None
    call: CallId | None = None
    queue: QueueId | None = None
    until: datetime | None = None


class AgentRequestedState(Message, frozen=True, tag="agent.requested_state"):
    """Kept by the server and honoured after the call; None takes a request back."""

    agent: UserId
    requested: AgentState | None
    reason: str = ""
    actor: Actor = Actor.AGENT
    by: UserId | None = None


class AgentWrapUpExtended(Message, frozen=True, tag="agent.wrap_up_extended"):
    """The present wrap-up ends by itself at `until`, not sooner. `home`: told to the client of a guest from there."""

    agent: UserId
    call: CallId
    until: datetime
    home: TenantId | None = None


class AgentDeskTaken(Message, frozen=True, tag="agent.desk_taken"):
    """The agent works at this page of a browser from now on, and at no other."""

    agent: UserId
    desk: str


class AgentSeatTaken(Message, frozen=True, tag="agent.seat_taken"):
    """From now on the agent takes calls by a `telephone`, or in the browser. `kept`: the telephone is called once, and
    its line kept up between calls."""

    agent: UserId
    telephone: bool
    kept: bool = False


class AgentTelephoneChanged(Message, frozen=True, tag="agent.telephone_changed"):
    """A telephone of the agent, by its user name, is registered, or is no more; whatever the agent works by."""

    agent: UserId
    phone: str
    registered: bool


class AgentReachabilityChanged(Message, frozen=True, tag="agent.reachability_changed"):
    """`fault` says why not, where the agent is not reachable."""

    agent: UserId
    reachable: bool
    fault: Fault = Fault.CONNECTION


class RecordingStored(Message, frozen=True, tag="recording.stored"):
    """`key` names the blob; `gaps` are (start, length) in seconds."""

    recording: RecordingId
    call: CallId
    key: str
    seconds: float
    channels: int
    bytes: int
    sha256: str
    started_at: datetime
    gaps: tuple[tuple[float, float], ...] = ()


class RecordingFailed(Message, frozen=True, tag="recording.failed"):
    """An alarm: the call went on, its recording did not."""

    call: CallId
    reason: str
    detail: str


class RecordingDeleted(Message, frozen=True, tag="recording.deleted"):
    """Its sound is gone for good; `reason` is "retention" or "erasure"."""

    recording: RecordingId
    call: CallId
    bytes: int
    reason: str


class CallErased(Message, frozen=True, tag="call.erased"):
    """Personal fields were taken out of the call's earlier events too; `reason` is "retention" or "erasure".

    `number`: the outside party's telephone number, `note`: what an agent wrote about the call.
    """

    call: CallId
    number: bool
    note: bool
    reason: str


class LimitReached(Message, frozen=True, tag="limit.reached"):
    """An alarm: something was refused because of a limit that the tenant or its provider set; nothing of it happened.

    `limit` is "calls_at_once", "calls_per_second", "destination", "premium", "daily_spend"; `detail` names no person.
    """

    limit: str
    detail: str
    call: CallId | None = None
    agent: UserId | None = None


class LegMeasured(Message, frozen=True, tag="leg.measured"):
    """Final RTP figures of one leg; `party` is "caller" or "agent"."""

    call: CallId
    party: str
    packets_received: int
    packets_sent: int
    lost: int
    jitter_ms: float
    round_trip_ms: float | None
    mos: float | None


class AlertRaised(Message, frozen=True, tag="alert.raised"):
    """A live figure stayed beyond the limit of a rule since `begun`; `value` is what it was when this was told.

    `measure` and `side` ("above", "below") are those of `insight/alerts/`; `queue` None: of the whole tenant.
    """

    rule: UUID
    name: str
    measure: str
    queue: QueueId | None
    side: str
    limit: float
    value: float | None
    begun: datetime


class AlertCleared(Message, frozen=True, tag="alert.cleared"):
    """What was raised for the rule is over, or the rule is; `worst` is the value that was furthest beyond the limit."""

    rule: UUID
    name: str
    measure: str
    queue: QueueId | None
    value: float | None
    worst: float | None


class AlertAcknowledged(Message, frozen=True, tag="alert.acknowledged"):
    """Somebody looks after what was raised; `alert` is the id of its AlertRaised."""

    rule: UUID
    alert: EventId
    by: UserId


LogEvent = (
    CallOffered
    | CallAnswered
    | CallQueued
    | CallOverflowed
    | CallerTold
    | OfferMade
    | OfferEnded
    | CallConnected
    | CallHeld
    | CallRetrieved
    | CallDisconnected
    | TransferBegun
    | PartyAnswered
    | PartyJoined
    | TransferEnded
    | PartyLeft
    | CallEnded
    | CallDisposed
    | AgentStateChanged
    | GuestStateChanged
    | AgentRequestedState
    | AgentWrapUpExtended
    | AgentDeskTaken
    | AgentSeatTaken
    | AgentTelephoneChanged
    | AgentLineChanged
    | AgentReachabilityChanged
    | RecordingStored
    | RecordingFailed
    | RecordingDeleted
    | CallErased
    | LimitReached
    | CarrierEvent
    | LegMeasured
    | AlertRaised
    | AlertCleared
    | AlertAcknowledged
    | FlowEntered
    | FlowPassed
    | CallLeftQueue
    | FlowLeft
    | SupervisionChanged
    | CallPassedOn
    | ColleagueEvent
    | CallbackEvent
    | VoicemailEvent
    | AskedEvent
    | VoicemailErased
)


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place in its tenant's log: `sequence` starts at 1 and has no gaps."""

    sequence: int
    event: LogEvent


_read = reader(Logged)


@lru_cache(JUST_READ)
def read_logged(payload: bytes) -> Logged:
    """What a `log.<tenant>` message says: read once for all who hear it in a process, as nobody can change it."""
    return _read(payload)
