"""What the API needs of the other modules: Protocols that it owns and `composition.py` plugs together."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from api.auth.rate_limit import ApiRates
from api.auth.session_cache import SessionCache
from api.names import NameBook
from gateway.app.trunk_states import TrunkStates
from gateway.registrar.binding import Binding
from gateway.traces.model import Trace
from insight.kpi.figures import Choices
from insight.kpi.state import Changes, FoldState
from insight.missed_calls import MissedCalls
from insight.overviews import Answer, Question
from insight.questions import CallFilter, FoundCall, IndicatorFilter, IndicatorRow, ListedCall
from insight.report import Teams
from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackAct
from kernel.contracts.desk import DeskIntent
from kernel.contracts.outlook import Outlook
from kernel.contracts.softphone import SoftphoneToGateway
from kernel.contracts.supervision import SupervisorAct
from kernel.contracts.voicemail import VoicemailAct
from kernel.ports.bus import Bus
from kernel.ports.promises import KeptPromises
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, Ids, PhoneId, RecordingId, TenantId, UserId
from kernel.primitives.web_guard import WebRules
from media.prompts import NoVoice, PromptStore, Voice
from media.recordings import Recording
from routing.callbacks.model import Callback
from routing.voicemail.model import Voicemail
from tenants.directory import PasswordHasher, SecretBox
from tenants.privacy import Keeper

SESSION_SECONDS = 12 * 3600.0  # one long shift


ChangeListener = Callable[[TenantId, Changes], None]
"""Called after each event of a tenant's log was folded, in the order of the log, with what it changed."""


class CallRecords(Protocol):
    """Up to the last event of the log."""

    async def find_calls(self, scope: TenantScope, wanted: CallFilter) -> Sequence[ListedCall]: ...

    async def get_call(self, scope: TenantScope, call: CallId) -> FoundCall | None: ...

    async def missed_calls(self, scope: TenantScope) -> Sequence[MissedCalls]:
        """Who called in vain lately and was not spoken with since, longest unanswered first."""
        ...


class Insight(CallRecords, Protocol):
    """Calls, indicators and the live view; answers are up to the last event of the log."""

    async def indicators(
        self, scope: TenantScope, wanted: IndicatorFilter, choices: Choices | None = None, teams: Teams | None = None
    ) -> Sequence[IndicatorRow]: ...

    async def open(self, tenant: TenantId) -> FoldState:
        """The tenant's live state, loaded on the first call; the same object goes on changing with the log."""
        ...

    def on_change(self, listener: ChangeListener) -> None: ...

    async def settle(self, scope: TenantScope) -> None:
        """Returns when the tables are as far as the log."""
        ...


class Overviews(Protocol):
    """The 23 indicators with targets, comparisons and causes."""

    async def read(self, scope: TenantScope, question: Question, teams: Teams) -> Answer: ...

    async def read_clients(self, home: TenantScope, clients: Sequence[TenantScope], question: Question) -> Answer: ...


class Recordings(Protocol):
    async def find(
        self, scope: TenantScope, call: CallId | None, before: RecordingId | None, limit: int
    ) -> Sequence[Recording]:
        """Newest first."""
        ...

    async def get(self, scope: TenantScope, recording: RecordingId) -> Recording | None: ...

    def open(self, scope: TenantScope, recording: RecordingId, start: int, length: int) -> AsyncIterator[bytes]:
        """`length` bytes of the WAV file from `start`; NotFound when it is gone."""
        ...


class Traces(Protocol):
    async def get(self, scope: TenantScope, call: CallId) -> Trace | None:
        """The call's signalling as far as it went; None where none is kept."""
        ...


class Exports(Protocol):
    """Where exports of what is kept of people lie."""

    def open(self, scope: TenantScope, key: str) -> AsyncIterator[bytes]: ...


class Metering(Protocol):
    async def catch_up(self, tenant: TenantId) -> None:
        """Returns when the billing entries are as far as the log."""
        ...


class Worklists(Protocol):
    """What is to be done for who is on no line."""

    async def callback(self, tenant: TenantId, person: UserId | None, act: CallbackAct) -> None:
        """Carry out what is asked about callbacks, or raise a CordboardError that can be shown."""
        ...

    async def callbacks(self, tenant: TenantId) -> Sequence[Callback]:
        """The open ones."""
        ...

    async def voicemail(self, tenant: TenantId, person: UserId, act: VoicemailAct) -> None:
        """The same for what is done with a message."""
        ...

    async def voicemails(self, tenant: TenantId) -> Sequence[Voicemail]:
        """Those that are not done, in the order in which they are served."""
        ...


class Routing(Worklists, Protocol):
    async def perform(self, tenant: TenantId, agent: UserId, intent: DeskIntent) -> None:
        """Carry it out, or raise a CordboardError that can be shown."""
        ...

    async def supervise(self, tenant: TenantId, supervisor: UserId, act: SupervisorAct) -> None:
        """The same for what is done to calls and agents of the tenant."""
        ...

    async def outlook(self, tenant: TenantId) -> Outlook:
        """Position and expected wait of who waits, or a CordboardError."""
        ...


class Softphones(Protocol):
    """The gateway's side of the browsers' signalling; what it sends comes back through `DeskHub.push`."""

    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None: ...

    async def disconnected(self, tenant: TenantId, agent: UserId) -> None:
        """The desk's WebSocket is gone; the leg may live on for the grace of a reloaded page."""
        ...


class Registrations(Protocol):
    """Where telephones are registered now."""

    def bindings(self, tenant: TenantId, phone: PhoneId) -> Sequence[Binding]: ...


class NoRegistrations:
    """Of a process without a gateway."""

    def bindings(self, tenant: TenantId, phone: PhoneId) -> Sequence[Binding]:
        return ()


class PhoneServer(msgspec.Struct, frozen=True):
    """Where telephones find the gateway."""

    host: str = "127.0.0.1"
    port: int = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"


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
    session_cache_seconds: float = 0.0  # for how long a session is not looked up again (`api/auth/session_cache.py`)
    secure: bool = False  # reached by HTTPS: cookies and headers say so
    origins: tuple[str, ...] = ()
    rates: ApiRates = ApiRates()
    private_issuers: bool = False  # identity providers may be in our own networks, and on loopback without HTTPS
    phone_server: PhoneServer = PhoneServer()
    own_names: frozenset[str] = frozenset()  # the operator's: no tenant shows a certificate there
    metrics_token: str = ""  # bearer token for /metrics; without one only this machine may read it


@dataclass(frozen=True, kw_only=True)
class Services:
    """`names` and `sessions` are kept in memory for as long as these services are."""

    database: Database
    bus: Bus
    clock: Clock
    ids: Ids
    passwords: PasswordHasher
    secrets: SecretBox
    insight: Insight
    overviews: Overviews
    metering: Metering
    recordings: Recordings
    traces: Traces
    keeper: Keeper
    exports: Exports
    routing: Routing
    promises: KeptPromises
    softphones: Softphones
    counters: Counters
    settings: ApiSettings
    prompts: PromptStore
    voice: Voice = field(default_factory=NoVoice)
    lookups: WebRules = field(default_factory=WebRules)
    webhook_rules: WebRules = field(default_factory=WebRules)
    registrations: Registrations = field(default_factory=NoRegistrations)

    @cached_property
    def names(self) -> NameBook:
        return NameBook(self.database, self.bus)

    @cached_property
    def trunk_states(self) -> TrunkStates:
        return TrunkStates(self.database)

    @cached_property
    def sessions(self) -> SessionCache:
        return SessionCache(self.settings.session_cache_seconds, self.clock)
