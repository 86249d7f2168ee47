"""The server's own state, and what its problems mean."""

from datetime import datetime
from typing import Literal

from api.realtime.state import DeskAlarm, DeskQueue, TeamMember
from api.schemas.common import Body


class Health(Body, frozen=True):
    status: Literal["ok"]


class ProblemKind(Body, frozen=True):
    """A problem code with its status and title."""

    code: str
    status: int
    title: str


class LiveBody(Body, frozen=True):
    """The whole centre as it is now."""

    now: datetime
    queues: tuple[DeskQueue, ...]
    team: tuple[TeamMember, ...]
    alarms: tuple[DeskAlarm, ...]
