"""What the API needs of the other modules: Protocols that it owns and `composition.py` plugs together."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from api.schemas.calls import CallQuality, Outcome, RecordingBody, SegmentBody
from api.schemas.indicators import By, Granularity, IndicatorsBody
from insight.kpi.state import Changes, FoldState
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction, EndCause
from kernel.contracts.desk import DeskIntent
from kernel.contracts.softphone import SoftphoneToGateway
from kernel.ports.bus import Bus
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, Ids, QueueId, RecordingId, TenantId, UserId
from tenants.directory import PasswordHasher, SecretBox

SESSION_SECONDS = 12 * 3600.0  # one long shift


class CallQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Calls offered in `since` (inclusive) to `until` (exclusive) of which all that is given holds; newest first.

    `before` is the last call of the former page; `number` is E.164 of either party.
    """

    limit: int
    before: CallId | None = None
    queue: QueueId | None = None
    agent: UserId | None = None
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    outcome: Outcome | None = None


class CallEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A call record before the names of people and queues are filled in."""

    call: CallId
    direction: Direction
    queue: QueueId | None
    agent: UserId | None
    caller: str | None  # E.164
    called: str
    offered_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float
    connected_seconds: float
    outcome: Outcome | None
    cause: EndCause | None
    disposition: str | None
    note: str | None
    recordings: tuple[RecordingId, ...]
    quality: CallQuality
    segments: tuple[SegmentBody, ...]


class CallRecords(Protocol):
    async def find(self, scope: TenantScope, query: CallQuery) -> Sequence[CallEntry]: ...

    async def get(self, scope: TenantScope, call: CallId) -> CallEntry | None: ...


class Recordings(Protocol):
    async def find(
        self, scope: TenantScope, call: CallId | None, before: RecordingId | None, limit: int
    ) -> Sequence[RecordingBody]:
        """Newest first."""
        ...

    async def get(self, scope: TenantScope, recording: RecordingId) -> RecordingBody | None: ...

    def open(self, scope: TenantScope, recording: RecordingId, start: int, length: int) -> AsyncIterator[bytes]:
        """`length` bytes of the WAV file from `start`; NotFound when it is gone."""
        ...


class IndicatorQuery(msgspec.Struct, frozen=True, kw_only=True):
    since: datetime
    until: datetime
    by: By
    granularity: Granularity


class Indicators(Protocol):
    async def compute(self, scope: TenantScope, query: IndicatorQuery) -> IndicatorsBody: ...


ChangeListener = Callable[[TenantId, Changes], None]
"""Called after each event of a tenant's log was folded, in the order of the log, with what it changed."""


class LiveViews(Protocol):
    async def open(self, tenant: TenantId) -> FoldState:
        """The tenant's live state, loaded on the first call; the same object goes on changing with the log."""
        ...

    def on_change(self, listener: ChangeListener) -> None: ...


class Routing(Protocol):
    async def perform(self, tenant: TenantId, agent: UserId, intent: DeskIntent) -> None:
        """Carry it out, or raise a CordboardError that can be shown."""
        ...


class Softphones(Protocol):
    """The gateway's side of the browsers' signalling; what it sends comes back through `DeskHub.send_softphone`."""

    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None: ...

    async def disconnected(self, tenant: TenantId, agent: UserId) -> None:
        """The desk's WebSocket is gone; the leg may live on for the grace of a reloaded page."""
        ...


class Sample(msgspec.Struct, frozen=True):
    """One Prometheus sample; `kind` is counter or gauge."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
    help: str = ""
    kind: str = "counter"


class Counters(Protocol):
    def samples(self) -> Iterable[Sample]: ...


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`origins` may open a desk beside the origin that the page itself came from, such as `https://desk.example.com`."""

    web: Path | None = None  # the built browser side; None: no pages are served
    session_seconds: float = SESSION_SECONDS
    secure: bool = False  # reached by HTTPS: cookies and headers say so
    origins: tuple[str, ...] = ()
    metrics_token: str = ""  # bearer token for /metrics; without one only this machine may read it


@dataclass(frozen=True, kw_only=True)
class Services:
    database: Database
    bus: Bus
    clock: Clock
    ids: Ids
    passwords: PasswordHasher
    secrets: SecretBox
    call_records: CallRecords
    recordings: Recordings
    indicators: Indicators
    live_views: LiveViews
    routing: Routing
    softphones: Softphones
    counters: Counters
    settings: ApiSettings
