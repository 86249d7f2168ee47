"""What the fold remembers of a tenant between two events; written down whole as a checkpoint."""

from datetime import datetime
from uuid import UUID

import msgspec

from insight.kpi.counters import Counters, IntervalKey
from insight.kpi.intervals import to_ms
from insight.kpi.messages import LiveMessage
from insight.kpi.promises import LiveEar, LivePromise
from insight.kpi.records import CallRecord
from kernel.contracts.calls import AgentState, Fault
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.lines import LineState
from kernel.primitives.ids import CallbackId, CallId, OfferId, QueueId, TenantId, UserId, VoicemailId


class LiveAgent(msgspec.Struct, kw_only=True):
    """`call` is the one that the agent talks on or wraps up; `client` is whose work the state is.

    Of a guest (an agent of the tenant `home`) only what they do for this tenant is known: otherwise they count as
    logged out.
    """

    agent: UserId
    since: datetime
    state: AgentState = AgentState.LOGGED_OUT
    reason: str = ""
    until: datetime | None = None
    requested: AgentState | None = None
    requested_reason: str = ""
    reachable: bool = False
    line: LineState = LineState.DOWN
    fault: Fault = Fault.CONNECTION  # why not reachable
    telephone: bool = False  # takes calls by it, and not in the browser
    call: CallId | None = None
    queue: QueueId | None = None
    offer: OfferId | None = None
    client: TenantId | None = None
    home: TenantId | None = None


class StateStretch(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a log-in at home, from `start` (inclusive) to `end` (exclusive) in ms of Unix time."""

    agent: UserId
    state: AgentState
    reason: str
    start: int
    end: int


class LiveOffer(msgspec.Struct, frozen=True, kw_only=True):
    offer: OfferId
    call: CallId
    queue: QueueId
    agent: UserId
    until: datetime


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` says why, of a trunk that is lost."""

    code: str
    detail: str
    at: datetime
    call: CallId | None = None
    reason: TrunkReason | None = None


class LiveAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's alert while it is raised; `queue` None: of the whole tenant. See `insight/alerts/`."""

    rule: UUID
    name: str
    measure: str
    queue: QueueId | None
    side: str
    limit: float
    value: float | None
    begun: datetime
    raised: datetime
    id: UUID | None = None  # of the event that raised it; None: of a fold that did not remember it
    acknowledged_by: UserId | None = None
    acknowledged_at: datetime | None = None


class AlertEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One alert from its beginning; `cleared` None: it is raised. `worst`: its value furthest beyond the limit."""

    alert: LiveAlert
    cleared: datetime | None = None
    worst: float | None = None


class Day(msgspec.Struct, kw_only=True):
    """Figures per queue (None: calls that reached no queue) of the local day from `start` to `end`, ms of Unix time."""

    start: int = 0
    end: int = 0
    queues: dict[QueueId | None, Counters]

    def figures(self, queue: QueueId | None, now: datetime) -> Counters:
        """Nothing counted yet once the day is over, though no event told the fold so."""
        return self.queues.get(queue, Counters()) if to_ms(now) < self.end else Counters()


def _day() -> Day:
    return Day(queues={})


class FoldState(msgspec.Struct, kw_only=True):
    """`calls` holds those under way and those that ended lately (`finished`: when last touched, oldest first)."""

    sequence: int = 0
    latest: datetime | None = None  # the latest moment that any event told of
    calls: dict[CallId, CallRecord] = {}
    finished: dict[CallId, datetime] = {}
    agents: dict[UserId, LiveAgent] = {}
    offers: dict[OfferId, LiveOffer] = {}
    waiting: dict[QueueId, dict[CallId, datetime]] = {}
    ears: dict[UserId, LiveEar] = {}
    asked: dict[UserId, CallId] = {}  # by a colleague, into a call
    promises: dict[CallbackId, LivePromise] = {}
    messages: dict[VoicemailId, LiveMessage] = {}
    alarms: list[Alarm] = []
    alerts: dict[UUID, LiveAlert] = {}
    day: Day = msgspec.field(default_factory=_day)


class Changes(msgspec.Struct, kw_only=True):
    """What one or more events changed. `counters` are to be added to what was kept before; `retired` left the state.

    `stretches` are those that ended, in order; `alert_entries` what became of alerts, by their ids.
    """

    calls: set[CallId] = set()
    agents: set[UserId] = set()
    queues: set[QueueId] = set()
    alarms: bool = False
    alerts: bool = False
    alert_entries: dict[UUID, AlertEntry] = {}
    counters: dict[IntervalKey, Counters] = {}
    retired: dict[CallId, CallRecord] = {}
    stretches: list[StateStretch] = []

    def count(self, key: IntervalKey, counters: Counters) -> None:
        self.counters.setdefault(key, Counters()).add(counters)

    def merge(self, later: "Changes") -> None:
        self.calls |= later.calls
        self.agents |= later.agents
        self.queues |= later.queues
        self.alarms = self.alarms or later.alarms
        self.alerts = self.alerts or later.alerts
        self.alert_entries |= later.alert_entries
        for key, counters in later.counters.items():
            self.count(key, counters)
        self.retired |= later.retired
        self.stretches += later.stretches
