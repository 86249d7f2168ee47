"""The API with everything real behind it but routing and the softphones, which only note what they are asked."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, cast
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar

from api.app import create_app, memory
from api.billed_costs import BilledCosts
from api.personal import PersonalParts, keeper
from api.realtime.hub import DeskHub
from api.realtime.limits import DeskLimits
from api.services import ApiSettings, Sample, Services
from gateway.traces.archive import TraceArchive
from insight import InsightService, Overviews
from kernel.adapters import EventLogCallbacks, FolderBlobStore, InProcessBus, Relay, SystemIds, log_doors
from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackAct, CallbackInstead, CancelCallback, MoveCallback, RequestCallback
from kernel.contracts.desk import DeskIntent
from kernel.contracts.outlook import Outlook
from kernel.contracts.queues import MessageRules
from kernel.contracts.softphone import SoftphoneToGateway
from kernel.contracts.supervision import SupervisorAct
from kernel.contracts.voicemail import (
    AssignVoicemail,
    FinishVoicemail,
    GiveBackVoicemail,
    RejectVoicemail,
    TakeVoicemail,
    VoicemailAct,
)
from kernel.primitives.errors import CordboardError, NotFound
from kernel.primitives.ids import CallbackId, CallId, QueueId, RecordingId, TenantId, UserId, VoicemailId
from kernel.primitives.money import Money
from kernel.primitives.secret import Secret
from media.prompts import PromptStore
from media.prompts.convert import RATE, as_wav
from media.recordings import RecordingLibrary, ServerKeys, TenantKeys, Vault
from routing.callbacks.book import Book
from routing.callbacks.booking import request
from routing.callbacks.decide import decide
from routing.callbacks.model import Callback
from routing.callbacks.moving import move
from routing.callbacks.rules import AlwaysOpen, CallbackRules
from routing.callbacks.words import Cancelled, Moment, Wish
from routing.voicemail import decide as messages
from routing.voicemail.box import Box
from routing.voicemail.model import Voicemail
from tenants.audit import AuditEntry, AuditRepository, Origin
from tenants.billing.metering import MeteringService
from tenants.directory import (
    EVERY_PERMISSION,
    PasswordCost,
    PasswordHasher,
    Role,
    SecretBox,
    TenantDirectories,
    User,
    UserService,
)
from tenants.directory.operator import NewTenant, OperatorTenants
from tenants.privacy import PrivacyPorts, PrivacyWorker
from tenants.unit import TenantUnit
from tests.databases import Place
from tests.migrated import migrate

PASSWORD = "correct horse battery staple"
CHEAP = PasswordCost(time=1, memory=8, lanes=1)
KEY = bytes(range(32))
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday in March, before the clocks change
QUICK = DeskLimits(
    tick_seconds=0.01,
    keep_seconds=5.0,
    outbox_frames=64,
    hello_seconds=10.0,
    check_seconds=0.05,
    farewell_seconds=0.5,
)
OURS, THEIRS = "ours.example", "theirs.example"


class SetClock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - START).total_seconds()

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class NotingRouting:
    """Notes every intent; refuses with what it is told to."""

    def __init__(self) -> None:
        self.intents: list[tuple[TenantId, UserId, DeskIntent]] = []
        self._ids, self._book, self._box = SystemIds(), Book(), Box()
        self.acts: list[tuple[TenantId, UserId, SupervisorAct]] = []
        self.refusal: CordboardError | None = None

    async def perform(self, tenant: TenantId, agent: UserId, intent: DeskIntent) -> None:
        self.intents.append((tenant, agent, intent))
        if self.refusal is not None:
            raise self.refusal

    async def supervise(self, tenant: TenantId, supervisor: UserId, act: SupervisorAct) -> None:
        self.acts.append((tenant, supervisor, act))
        if self.refusal is not None:
            raise self.refusal

    async def outlook(self, tenant: TenantId) -> Outlook:
        """Nobody waits."""
        return Outlook(queues=(), callers=())

    async def callback(self, tenant: TenantId, person: UserId | None, act: CallbackAct) -> None:
        """As routing keeps them, without agents."""
        moment = Moment(START, self._ids, CallbackRules(), AlwaysOpen())
        match act:
            case RequestCallback():
                decision = request(self._book, Wish(tenant, act.queue, act.number), moment)
            case MoveCallback():
                decision = move(self._book, self._promised(tenant, act.callback), act, moment, 0, person)
            case CancelCallback():
                decision = decide(self._promised(tenant, act.callback), Cancelled(person, act.reason), moment)
            case CallbackInstead():
                return
        for event in decision.events:
            self._book.apply(event)

    def _promised(self, tenant: TenantId, callback: CallbackId) -> Callback:
        known = self._book.get(callback)
        if known is None or known.tenant != tenant:
            raise NotFound("There is no such callback.")
        return known

    async def callbacks(self, tenant: TenantId) -> list[Callback]:
        return self._book.of(tenant)

    def leave(self, tenant: TenantId, call: CallId, queue: QueueId, recording: RecordingId) -> None:
        """A caller's message, whose sound is the recording."""
        moment = messages.Moment(START, self._ids, MessageRules())
        word = messages.Recorded(tenant, call, queue, None, 20.0, voicemail=VoicemailId(recording))
        for event in messages.leave(word, moment):
            self._box.apply(event)
        self._tell(VoicemailId(recording), messages.Stored(recording))

    def _tell(self, name: VoicemailId, word: messages.Word) -> None:
        message = self._box.get(name)
        if message is None:
            raise NotFound("There is no such message.")
        for event in messages.decide(message, word, messages.Moment(START, self._ids, MessageRules())):
            self._box.apply(event)

    async def voicemail(self, tenant: TenantId, person: UserId, act: VoicemailAct) -> None:
        """As routing keeps them."""
        message = self._box.get(act.voicemail)
        if message is None or message.tenant != tenant:
            raise NotFound("There is no such message.")
        match act:
            case TakeVoicemail():
                self._tell(act.voicemail, messages.Take(person))
            case RejectVoicemail():
                self._tell(act.voicemail, messages.Reject(person))
            case GiveBackVoicemail():
                self._tell(act.voicemail, messages.GiveBack(person))
            case AssignVoicemail():
                queue = message.queue if act.queue is msgspec.UNSET else act.queue
                owner = message.owner if act.agent is msgspec.UNSET else act.agent
                self._tell(act.voicemail, messages.Assign(queue, owner, person, act.revision))
            case FinishVoicemail():
                self._tell(act.voicemail, messages.Finish(person, act.disposition, act.note, act.call))

    async def voicemails(self, tenant: TenantId) -> list[Voicemail]:
        return self._box.of(tenant)


class NotingSoftphones:
    def __init__(self) -> None:
        self.messages: list[tuple[TenantId, UserId, SoftphoneToGateway]] = []
        self.gone: list[UserId] = []

    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None:
        self.messages.append((tenant, agent, message))

    async def disconnected(self, tenant: TenantId, agent: UserId) -> None:
        self.gone.append(agent)


class OneTone:
    """media.prompts.Voice: says everything in a second of silence."""

    async def speak(self, text: str, language: str) -> bytes:
        return as_wav(bytes(2 * RATE))


class FixedCounters:
    def samples(self) -> list[Sample]:
        return [
            Sample("cordboard_sip_dropped_total", 3.0, (("reason", 'not "known"'),), "Datagrams of strangers"),
            Sample("cordboard_calls", 2.0, (), "Calls in progress", "gauge"),
        ]


def email(role: Role, domain: str) -> str:
    return f"{role}@{domain}"


async def found_both(place: Place) -> None:
    await migrate(place)
    database = place.open(SetClock())
    passwords, ids = PasswordHasher(CHEAP), SystemIds()
    operator = OperatorTenants(database, SetClock(), ids, passwords)
    hashed = await passwords.hash(Secret(PASSWORD))
    for domain in (OURS, THEIRS):
        provider = await operator.add_provider(domain)
        new = NewTenant(
            name=domain,
            owner_email=email(Role.OWNER, domain),
            owner_name="Olive Owner",
            owner_password=Secret(PASSWORD),
            time_zone="Europe/Berlin",
            seats=2,
            price=Money(4900, "EUR"),
        )
        founded = await operator.found(provider, new, Origin(None, "", "test"))
        for role in Role:
            if role is Role.OWNER:
                continue
            async with database.write() as uow:
                unit = TenantUnit(uow, TenantScope(founded.tenant), Origin(None, "", "test"), SetClock(), ids)
                user = User(id=UserId(ids.new()), email=email(role, domain), name=f"The {role}", roles=(role,))
                await UserService(unit, EVERY_PERMISSION).create(user, hashed)
    await database.close()


class Centre:
    """`async with` starts it; `client` gives a logged-in HTTP client of a role in one of the tenants."""

    def __init__(self, place: Place, folder: Path, settings: ApiSettings | None = None) -> None:
        self.clock = SetClock()
        self.ids = SystemIds()
        self.database = place.open(self.clock)
        self.bus = InProcessBus(self.database.bury)
        self.relay = Relay(self.database, self.bus)
        self.directories = TenantDirectories(self.database, self.clock)
        self.insight = InsightService(
            database=self.database, bus=self.bus, directory=self.directories, clock=self.clock
        )
        operator = OperatorTenants(self.database, self.clock, self.ids, PasswordHasher(CHEAP))
        self.metering = MeteringService(database=self.database, bus=self.bus, tenants=operator)
        self.hub = DeskHub(database=self.database, bus=self.bus, insight=self.insight, clock=self.clock, limits=QUICK)
        self.blobs = FolderBlobStore(folder / "blobs")
        self.vault = Vault(self.blobs, TenantKeys(self.database, ServerKeys([KEY]), self.clock), folder)
        parts = PersonalParts(self.database, log_doors(self.database), self.clock, self.ids)
        self.keeper = keeper(parts, self.insight, self.vault)
        self.privacy = self._privacy(operator, folder / "work")
        self.routing = NotingRouting()
        self.softphones = NotingSoftphones()
        self.services = Services(
            database=self.database,
            bus=self.bus,
            clock=self.clock,
            ids=self.ids,
            passwords=PasswordHasher(CHEAP),
            secrets=SecretBox(KEY),
            insight=self.insight,
            overviews=self._overviews(),
            metering=self.metering,
            recordings=RecordingLibrary(self.database, self.vault),
            traces=TraceArchive(self.database),
            keeper=self.keeper,
            exports=self.vault,
            routing=self.routing,
            promises=EventLogCallbacks(self.database),
            softphones=self.softphones,
            counters=FixedCounters(),
            settings=settings or ApiSettings(),
            prompts=PromptStore(folder / "prompts"),
            voice=OneTone(),
        )
        self.app = application(self.services, self.hub)
        self._stack = AsyncExitStack()
        self._clients: dict[tuple[Role, str], httpx.AsyncClient] = {}

    def _overviews(self) -> Overviews:
        billed = BilledCosts(self.database, self.metering, self.directories)
        return Overviews(
            database=self.database,
            insight=self.insight,
            directory=self.directories,
            clock=self.clock,
            billed=billed,
        )

    def _privacy(self, tenants: OperatorTenants, folder: Path) -> PrivacyWorker:
        return PrivacyWorker(
            PrivacyPorts(
                database=self.database,
                bus=self.bus,
                keeper=self.keeper,
                exports=self.vault,
                tenants=tenants,
                folder=folder,
                clock=self.clock,
                ids=self.ids,
            )
        )

    async def __aenter__(self) -> Self:
        await self.directories.follow(self.bus)
        await self.insight.start()
        await self.metering.start()
        await self.hub.start()
        await self.relay.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()
        await self._stack.aclose()
        await self.hub.close()
        await self.metering.close()
        await self.insight.close()
        await self.relay.stop()
        await self.bus.close()
        await self.database.close()

    def stranger(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(cast(Any, self.app), raise_app_exceptions=False, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers={"X-Cordboard": "1"})

    async def client(self, role: Role = Role.OWNER, domain: str = OURS) -> httpx.AsyncClient:
        if (role, domain) not in self._clients:
            client = self._clients[role, domain] = self.stranger()
            answer = await log_in(client, email(role, domain))
            assert answer.status_code == 200, answer.text
        return self._clients[role, domain]

    async def me(self, role: Role = Role.OWNER, domain: str = OURS) -> dict[str, Any]:
        client = await self.client(role, domain)
        return (await client.get("/v1/session")).json()

    async def tenant(self, domain: str = OURS) -> TenantId:
        return TenantId(UUID((await self.me(Role.OWNER, domain))["tenant"]["id"]))

    async def user(self, role: Role, domain: str = OURS) -> UserId:
        return UserId(UUID((await self.me(role, domain))["user"]["id"]))

    async def audit(self, domain: str = OURS) -> list[AuditEntry]:
        """Newest first."""
        scope = TenantScope(await self.tenant(domain))
        async with self.database.read() as uow:
            return list(await AuditRepository(uow.session, scope).page(None, 100))

    async def queue(self, domain: str = OURS, **more: Any) -> dict[str, Any]:
        client = await self.client(Role.OWNER, domain)
        answer = await client.post("/v1/queues", json={"name": "Service"} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()


_BUILT: dict[ApiSettings, Litestar] = {}


def application(services: Services, hub: DeskHub) -> Litestar:
    """Built once and given other services, for building one takes longer than most tests."""
    app = _BUILT.get(services.settings)
    if app is None:
        app = _BUILT[services.settings] = create_app(services, hub)
    app.state.update({"services": services, "hub": hub} | memory(services))
    return app


async def log_in(client: httpx.AsyncClient, address: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/v1/session", json={"email": address, "password": password})


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which is checked to be a whole one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = msgspec.json.decode(answer.content)
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code), document
    assert document["title"]
    assert document["detail"]
    assert document["type"] == f"/v1/problems#{code}"
    return document
