"""Agents' time per client."""

from datetime import date
from uuid import UUID

from api.schemas.common import Body


class AgentTimeRow(Body, frozen=True):
    """An agent's day for one client, in seconds.

    `billable` is `handled` (offered, connected, wrap-up), `idle` (available for this client alone) and `shared_idle`
    (its part of the time available for several); `payable` also has its part of paid breaks.
    """

    day: date
    agent_id: UUID
    agent: str
    client_id: UUID
    client: str
    handled: int
    idle: int
    shared_idle: int
    paid_away: int
    billable: int
    payable: int


class ClientTimeRow(Body, frozen=True):
    """All agents and days of one client, in seconds."""

    client_id: UUID
    client: str
    billable: int
    payable: int


class AgentTimeBody(Body, frozen=True):
    """`logged_in` is all clients' `payable` and the `unpaid` seconds together; days are those of `time_zone`."""

    first: date
    last: date
    time_zone: str
    logged_in: int
    unpaid: int
    clients: tuple[ClientTimeRow, ...]
    items: tuple[AgentTimeRow, ...]
