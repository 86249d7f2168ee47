"""Queues and the numbers that lead to them."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from api.schemas.queue_rules import QueueWaiting
from kernel.contracts.directory import (
    DISPOSITIONS,
    RING_SECONDS,
    SERVICE_LEVEL_SECONDS,
    SHORT_ABANDON_SECONDS,
    WRAP_UP_SECONDS,
)
from kernel.contracts.queues import Distribution


class QueueBody(Body, frozen=True):
    id: UUID
    name: str
    priority: int
    ring_seconds: float
    wrap_up_seconds: float
    service_level_seconds: float
    short_abandon_seconds: float
    greeting: tuple[str, ...]
    music: str
    record: bool
    dispositions: tuple[str, ...]
    distribution: Distribution
    waiting: QueueWaiting
    agents: tuple[UUID, ...]


class QueueInput(Input, frozen=True):
    name: str
    priority: int = 0
    ring_seconds: float = RING_SECONDS
    wrap_up_seconds: float = WRAP_UP_SECONDS
    service_level_seconds: float = SERVICE_LEVEL_SECONDS
    short_abandon_seconds: float = SHORT_ABANDON_SECONDS
    greeting: tuple[str, ...] = ("greeting",)
    music: str = "music"
    record: bool = True
    dispositions: tuple[str, ...] = DISPOSITIONS
    distribution: Distribution = Distribution()
    waiting: QueueWaiting = QueueWaiting()
    agents: tuple[UUID, ...] = ()


class QueueChange(Input, frozen=True):
    """Only what is present changes; `agents`, `distribution` and `waiting` are replaced as a whole."""

    name: str | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    ring_seconds: float | UnsetType = UNSET
    wrap_up_seconds: float | UnsetType = UNSET
    service_level_seconds: float | UnsetType = UNSET
    short_abandon_seconds: float | UnsetType = UNSET
    greeting: tuple[str, ...] | UnsetType = UNSET
    music: str | UnsetType = UNSET
    record: bool | UnsetType = UNSET
    dispositions: tuple[str, ...] | UnsetType = UNSET
    distribution: Distribution | UnsetType = UNSET
    waiting: QueueWaiting | UnsetType = UNSET
    agents: tuple[UUID, ...] | UnsetType = UNSET


class NumberBody(Body, frozen=True):
    """Calls go to `forward_number` or to the telephone with the user name `forward_phone`, else through the call flow,
    else to the queue."""

    id: UUID
    e164: str
    queue_id: UUID
    forward_number: str | None
    forward_phone: str | None
    flow_id: UUID | None


class NumberInput(Input, frozen=True):
    """At most one of `forward_number`, which the tenant's limits have to allow, and `forward_phone`."""

    e164: str
    queue_id: UUID
    forward_number: str | None = None
    forward_phone: str | None = None
    flow_id: UUID | None = None


class NumberChange(Input, frozen=True):
    queue_id: UUID | UnsetType = UNSET
    forward_number: str | UnsetType | None = UNSET
    forward_phone: str | UnsetType | None = UNSET
    flow_id: UUID | UnsetType | None = UNSET
