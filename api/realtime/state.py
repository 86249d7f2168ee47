"""What a desk shows: the state behind its snapshot and numbered events. Texts are codes; the browser has the words."""

from datetime import datetime
from uuid import UUID

import msgspec

from insight.kpi.promises import PromiseState
from kernel.contracts.calls import AgentState, Attestation, Direction, EndReason, Fault, OfferOutcome
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.lines import LineState
from kernel.contracts.supervision import Manner


class DeskTenant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class DeskMe(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is when a timed state ends by itself; `requested` is kept by the server for afterwards.

    `tenant` is the user's own; `clients` are those whose calls reach this desk besides. `fault` says why not
    `reachable`. `telephone`: calls are taken by the one named `own_telephone` (user name or number; null: there is
    none), and not in the browser; `telephone_only`: there is no choice. `line` is how it stands where it is kept up.
    """

    id: UUID
    name: str
    state: AgentState
    reason: str
    since: datetime | None
    until: datetime | None
    requested: AgentState | None
    requested_reason: str
    reachable: bool
    fault: Fault
    telephone: bool
    line: LineState
    own_telephone: str | None
    telephone_only: bool
    queues: tuple[UUID, ...]
    tenant: DeskTenant
    clients: tuple[DeskTenant, ...]


class DeskPassedOn(msgspec.Struct, frozen=True, kw_only=True):
    """Who passed the call on last, by name (None: not known here), and what they wrote for who gets it."""

    by: str | None
    note: str


class DeskOffer(msgspec.Struct, frozen=True, kw_only=True):
    """`client` is whose call it is: the name to answer with; `handled_by` names who talked with the caller before.

    Of who is called back `caller` is the number too, and `called` is what they are shown.
    """

    id: UUID
    client: DeskTenant
    call_id: UUID
    queue_id: UUID
    queue_name: str
    caller: str | None
    called: str
    until: datetime
    waiting_since: datetime
    diverted_by: str | None
    attestation: Attestation | None
    handled_by: str | None
    passed_on: DeskPassedOn | None


class DeskParty(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody called into the call, by `number`, by a telephone's user name, or a colleague by `name`.

    `state`: dialling, aside (with the agent alone), joined or left; it holds since `since`. `reason` is why they left.
    """

    party: str
    number: str | None
    phone: str | None
    name: str | None
    state: str
    since: datetime
    reason: EndReason | OfferOutcome | None


class DeskCall(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: dialing, ringing, connected, held or ended (for this agent: it may go on with others).

    `client` is whose call it is; `parties` are those called in, and who of them was the last to leave. `asked_by`
    is the colleague who asked this agent into their own call.
    """

    id: UUID
    client: DeskTenant
    direction: Direction
    caller: str | None
    called: str
    queue_id: UUID | None
    queue_name: str | None
    state: str
    offered_at: datetime
    connected_at: datetime | None
    held_since: datetime | None
    ended_at: datetime | None
    recording: bool
    dispositions: tuple[str, ...]
    diverted_by: str | None
    attestation: Attestation | None
    parties: tuple[DeskParty, ...]
    passed_on: DeskPassedOn | None
    asked_by: str | None


class DeskConsultation(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague, `by` name, asks this user about their call, and it rings `until` then."""

    call_id: UUID
    client: DeskTenant
    by: str | None
    queue_name: str | None
    caller: str | None
    called: str
    until: datetime
    note: str


class DeskSupervision(msgspec.Struct, frozen=True, kw_only=True):
    """The call in which this user takes part as a third; `agent_id` talks with the caller.

    `rings_until`: the user's telephone is called for it until then, and they hear nobody yet.
    """

    call_id: UUID
    agent_id: UUID | None
    manner: Manner
    since: datetime
    rings_until: datetime | None


class DeskCallback(msgspec.Struct, frozen=True, kw_only=True):
    """A promised callback that this user is asked to take (`offered`) or has taken; `client` is whose it is."""

    id: UUID
    client: DeskTenant
    queue_id: UUID
    queue_name: str
    number: str
    state: PromiseState
    until: datetime | None


class DeskVoicemail(msgspec.Struct, frozen=True, kw_only=True):
    """A message that this user is asked to take (not `taken`) or works on until `until`; `client` is whose it is."""

    id: UUID
    client: DeskTenant
    queue_id: UUID
    queue_name: str
    call_id: UUID
    seconds: float
    left_at: datetime
    taken: bool
    overdue: bool
    until: datetime | None
    dispositions: tuple[str, ...]


class DeskQueue(msgspec.Struct, frozen=True, kw_only=True):
    """`client` is whose queue it is; of its `messages` nobody takes care yet."""

    id: UUID
    client: DeskTenant
    name: str
    waiting: int
    longest_waiting_since: datetime | None
    messages: int
    messages_overdue: int
    agents_available: int
    agents_connected: int
    agents_logged_in: int
    answered_today: int
    abandoned_today: int
    service_level_today: float | None


class DeskAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` says why, of a trunk that is lost."""

    code: str
    detail: str
    at: datetime
    reason: TrunkReason | None = None


class DeskReasonCap(msgspec.Struct, frozen=True, kw_only=True):
    """How many may be not ready for this reason at once, how long, and how many are; None: no limit."""

    reason: str
    at_once: int | None
    seconds: float | None
    away: int


class TeamMember(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's live row, for supervisors; a guest who works for another client is not ready, `other_client`."""

    id: UUID
    name: str
    state: AgentState
    reason: str
    since: datetime | None
    reachable: bool
    call_id: UUID | None
    queue_id: UUID | None


class DeskState(msgspec.Struct, frozen=True, kw_only=True):
    me: DeskMe
    offer: DeskOffer | None
    call: DeskCall | None
    callback: DeskCallback | None
    voicemail: DeskVoicemail | None
    consultation: DeskConsultation | None
    supervision: DeskSupervision | None
    queues: dict[str, DeskQueue]
    alarms: tuple[DeskAlarm, ...]
    not_ready_reasons: tuple[str, ...]
    reason_caps: tuple[DeskReasonCap, ...]
    abuse_reasons: tuple[str, ...]
    team: tuple[TeamMember, ...]
