"""The server's own state, and what its problems mean."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from api.realtime.state import DeskAlarm, DeskQueue, TeamMember
from api.schemas.common import Body


class Health(Body, frozen=True):
    status: Literal["ok"]


class ProblemKind(Body, frozen=True):
    """A problem code with its status and title."""

    code: str
    status: int
    title: str


class LiveSumsBody(Body, frozen=True):
    """An agent counts once, whatever number of queues and clients they serve; the day is each client's own."""

    waiting: int
    longest_waiting_since: datetime | None
    agents_available: int
    agents_connected: int
    agents_logged_in: int
    answered_today: int
    abandoned_today: int
    service_level_today: float | None


class ClientLiveBody(Body, frozen=True):
    id: UUID
    name: str
    sums: LiveSumsBody
    queues: tuple[DeskQueue, ...]


class ClientsLiveBody(Body, frozen=True):
    """Each client that lets you see it, and `sums` of all of them."""

    now: datetime
    sums: LiveSumsBody
    clients: tuple[ClientLiveBody, ...]


class LiveBody(Body, frozen=True):
    """The whole centre as it is now."""

    now: datetime
    queues: tuple[DeskQueue, ...]
    team: tuple[TeamMember, ...]
    alarms: tuple[DeskAlarm, ...]
