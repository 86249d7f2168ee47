"""What can be asked of insight, and what it answers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from insight.given.contracts import Given
from insight.kpi.records import CallRecord
from kernel.contracts.calls import Direction
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId

By = Literal["tenant", "queue", "agent", "team"]
Granularity = Literal["total", "quarter_hour", "half_hour", "hour", "day", "week", "month"]


class Directory(Protocol):
    """Where queues' thresholds and the tenant's time zone come from."""

    async def directory(self, tenant: TenantId) -> TenantDirectory: ...


class GivenSource(Protocol):
    """Where what was given comes from; whoever keeps it answers for a span, with what lies around it where needed.

    `contacts` reach the rule's window beyond the span, so that repeated calls are seen.
    """

    async def given(self, tenant: TenantId, since: datetime, until: datetime) -> Given: ...


class ShownOutcome(StrEnum):
    """The outcome of a call with short abandons told apart by the queue's present threshold."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SHORT_ABANDONED = "short_abandoned"
    BLOCKED = "blocked"
    FAILED = "failed"
    MESSAGE_LEFT = "message_left"
    CALLBACK_PROMISED = "callback_promised"


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Calls offered in `since` (inclusive) to `until` (exclusive) of which all that is given holds; newest first.

    `before` is the last call of the former page; `number` is E.164 of either party.
    """

    limit: int = 50
    before: CallId | None = None
    queue: QueueId | None = None
    agent: UserId | None = None
    agents: frozenset[UserId] | None = None  # any of them
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    outcome: ShownOutcome | None = None


class ListedCall(msgspec.Struct, frozen=True):
    """`shown` is the JSON of an `insight.shown.ShownCall`."""

    call: CallId
    queue: QueueId | None
    agent: UserId | None
    outcome: ShownOutcome | None  # None while undecided
    shown: bytes


class FoundCall(msgspec.Struct, frozen=True):
    record: CallRecord
    listed: ListedCall


class IndicatorFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` count in whole quarter hours: the first is rounded down, the second up."""

    since: datetime
    until: datetime
    by: By = "tenant"
    granularity: Granularity = "total"


class IndicatorRow(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` is the queue, agent or team (or the tenant); values as in `docs/indicators.md`, None for 0 / 0."""

    by: By
    scope: UUID
    start: datetime
    end: datetime
    values: Mapping[str, float | int | None]


Place = Literal["call_record", "interval", "agent_state", "live"]


class Difference(msgspec.Struct, frozen=True):
    """Something that the tables or the live view have otherwise than a recount of the log."""

    place: Place
    key: str
    recounted: str
    found: str
