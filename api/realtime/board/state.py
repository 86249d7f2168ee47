"""What a live board shows; `docs/indicators.md` has it for those who build pages. Moments, never ages."""

from datetime import datetime
from uuid import UUID

import msgspec

from api.realtime.state import DeskAlarm, DeskTenant
from kernel.contracts.calls import AgentState, Direction


class BoardQueue(msgspec.Struct, frozen=True, kw_only=True):
    """`agents` counts those who serve it by their state."""

    id: UUID
    name: str
    priority: int
    waiting: int
    longest_waiting_since: datetime | None
    agents: dict[AgentState, int]
    offered_today: int
    answered_today: int
    abandoned_today: int
    short_abandoned_today: int
    messages_today: int
    callbacks_today: int
    average_speed_of_answer_today: float | None
    service_level_today: float | None
    service_level_seconds: float


class BoardWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A call in a queue; `since` is the caller's place, `offered_to` the agent at whose desk it rings."""

    id: UUID
    queue_id: UUID
    caller: str | None
    called: str
    since: datetime
    offered_to: UUID | None


class BoardCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that goes on and waits in no queue; `since` is when its `state` began."""

    id: UUID
    direction: Direction
    state: str  # offered, greeting, ringing, connected, held
    since: datetime
    queue_id: UUID | None
    agent_id: UUID | None
    caller: str | None
    called: str
    offered_at: datetime
    connected_at: datetime | None


class BoardAgent(msgspec.Struct, frozen=True, kw_only=True):
    """`since` None: never logged in; `until` is when a timed state ends by itself."""

    id: UUID
    name: str
    state: AgentState
    reason: str
    since: datetime | None
    until: datetime | None
    requested: AgentState | None
    requested_reason: str
    reachable: bool
    call_id: UUID | None
    queue_id: UUID | None
    queues: tuple[UUID, ...]


class BoardAlert(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the rule's; `queue_id` None: of the whole tenant; `begun`: since when the figure is beyond the limit.

    `alert_id` is what it is acknowledged by; None where it was raised before alerts had ids.
    """

    id: UUID
    name: str
    measure: str
    queue_id: UUID | None
    side: str
    limit: float
    value: float | None
    begun: datetime
    raised: datetime
    alert_id: UUID | None
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None


class BoardState(msgspec.Struct, frozen=True, kw_only=True):
    """Maps are by the id of their rows."""

    tenant: DeskTenant
    alarms: tuple[DeskAlarm, ...]
    queues: dict[str, BoardQueue]
    waiting: dict[str, BoardWaiting]
    calls: dict[str, BoardCall]
    agents: dict[str, BoardAgent]
    alerts: dict[str, BoardAlert]
