"""The composition root: the one place that knows all modules and chooses the adapters."""

import os
import secrets
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Self

from litestar import Litestar

from api.app import create_app
from api.auth.session_cache import SECONDS
from api.auth.sign_on.fetching import CannotFetch, Fetcher
from api.backup.work import BackupParts
from api.billed_costs import BilledCosts
from api.gauges import Gauges
from api.migrations import known_revisions, upgrade, upgrade_postgres
from api.personal import PersonalParts, keeper
from api.realtime.hub import DeskHub
from api.services import ApiSettings, PhoneServer, Services
from api.settings import Settings, SipSettings, StorageSettings
from api.together import DecisionsHere, GatewayHere
from api.webhook_calls import FoldedCalls
from gateway.app.caller_proof import CallerProof
from gateway.app.ports import CallerCheck, GatewayPorts, NoProof
from gateway.app.service import GatewayService
from gateway.app.settings import GatewaySettings, read_transports
from gateway.io.certificates import TlsFiles
from insight import AlertPorts, AlertService, InsightService, Overviews
from kernel.adapters import (
    EventLogCallbacks,
    FolderBlobStore,
    GuardedWeb,
    InProcessBus,
    LocalLease,
    PostgresCopy,
    PostgresDatabase,
    PostgresLease,
    Relay,
    SqliteCopy,
    SqliteDatabase,
    SystemClock,
    SystemIds,
    configure_logging,
    log_doors,
)
from kernel.ports.bus import Bus
from kernel.ports.lease import Lease
from kernel.primitives.clock import Clock
from kernel.primitives.secret import Secret
from kernel.primitives.web_guard import WebRules
from media.control import EngineFleet, EngineSettings, EngineSlots
from media.prompts import PromptStore, SpokenPrompts, installed_voice
from media.recordings import (
    RecordingLibrary,
    RecordingPorts,
    RecordingService,
    RecordingSpool,
    ServerKeys,
    TenantKeys,
    Vault,
)
from routing import RoutingPorts, RoutingService
from routing.errands import ErrandRunner, LookupClient, RobotFinder, StoredCredentials, StoredRobots
from routing.library import FlowLibrary
from tenants.audit import DifferenceAudit
from tenants.billing.invoices.clock import BillingClock, BillingPorts
from tenants.billing.metering import MeteringService
from tenants.directory import PasswordHasher, SecretBox, TenantDirectories, names_of
from tenants.directory.operator import OperatorDomains, OperatorPhones, OperatorTenants, OperatorTrunks
from tenants.directory.sealing import KEY_BYTES
from tenants.limits import SpendGuard
from tenants.privacy import PrivacyPorts, PrivacyWorker
from tenants.webhooks import DeliveryPorts, WebhookPorts, WebhookWorker

__all__ = ["Application", "Storage", "configure_logging", "engine_slots"]

WEB = Path(__file__).resolve().parent.parent / "web/apps/desk/dist"
FOLDER_MODE = 0o700  # recordings and personal data
KEY_MODE = 0o600


class Layout:
    """Where things lie below the storage folder."""

    def __init__(self, settings: StorageSettings) -> None:
        folder = Path(settings.folder).absolute()
        self.root = folder
        self.database = folder / "cordboard.db"
        self.blobs = folder / "blobs"
        self.spool = folder / "spool"
        self.prompts = folder / "prompts"
        self.work = folder / "work"
        self.engine = folder / "engine"
        self.key = Path(settings.key_file).absolute() if settings.key_file else folder / "server.key"

    def prepare(self) -> None:
        for folder in (self.root, self.blobs, self.spool, self.prompts, self.work, self.engine):
            folder.mkdir(parents=True, exist_ok=True)
        self.root.chmod(FOLDER_MODE)

    def server_keys(self) -> list[bytes]:
        """The key that seals passwords and tenants' keys, and former ones behind it; made once, its owner's alone."""
        if not self.key.exists():
            descriptor = os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
        content = self.key.read_bytes()
        return [content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES)]

    def new_server_key(self) -> None:
        """Put a new key before those that are there: with it everything is sealed after the next start."""
        fresh = self.key.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, KEY_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join([secrets.token_bytes(KEY_BYTES), *self.server_keys()]))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.key)


def engine_settings(settings: Settings) -> EngineSettings:
    media = settings.media
    return EngineSettings(
        folder=Layout(settings.storage).engine,
        rtp_host=media.rtp_host,
        announce=media.announce,
        rtp_ports=media.rtp_ports,
        webrtc=media.webrtc,
        second_webrtc=media.second_webrtc,
        workers=media.workers,
        max_legs=media.max_legs,
        max_players=media.max_players,
        max_recorders=media.max_recorders,
        max_detectors=media.max_detectors,
        metrics=media.metrics,
        spool_reserve_bytes=settings.recordings.reserve_bytes,
    )


class CallerCertificates:
    """gateway.app.caller_proof.Documents, kept out of our own networks."""

    def __init__(self) -> None:
        self._fetcher = Fetcher(private=False)

    async def fetch(self, url: str) -> bytes:
        fetched = await self._fetcher.get(url, {})
        if fetched.status != 200:
            raise CannotFetch(f"{url} answers {fetched.status}")
        return fetched.body


def caller_check(sip: SipSettings, clock: Clock) -> CallerCheck:
    """OSError, ValueError where the authorities cannot be read."""
    if not sip.caller_ca:
        return NoProof()
    hosts = frozenset(host.strip().lower() for host in sip.caller_hosts.split(",") if host.strip())
    return CallerProof(Path(sip.caller_ca), hosts, CallerCertificates(), clock)


def gateway_settings(sip: SipSettings) -> GatewaySettings:
    """ValueError where peers could not be told how to reach us."""
    tls = TlsFiles(sip.certificate, sip.certificate_key, sip.client_ca, sip.certificates) if sip.certificate else None
    return GatewaySettings(
        host=sip.host,
        announce=sip.announce,
        host6=sip.host6,
        announce6=sip.announce6,
        port=sip.port,
        tls_port=sip.tls_port or None,
        ws_port=sip.ws_port or None,
        wss_port=sip.wss_port or None,
        tls=tls,
        trusted_ca=sip.trusted_ca,
        phones=read_transports(sip.phones),
        origins=tuple(sip.origins.split()),
    )


def lookup_rules(settings: Settings) -> WebRules:
    """ValueError where a network is none."""
    flows = settings.flows
    hosts = frozenset(host.strip().lower() for host in flows.plain_hosts.split(",") if host.strip())
    return WebRules(private=flows.private_networks, plain_hosts=hosts, closed=_networks(flows.closed_networks))


def webhook_rules(settings: Settings) -> WebRules:
    """ValueError where a network is none."""
    webhooks = settings.webhooks
    return WebRules(private=webhooks.private_networks, closed=_networks(webhooks.closed_networks))


def _networks(words: str) -> tuple[str, ...]:
    return tuple(str(ip_network(word.strip())) for word in words.split(",") if word.strip())


def phone_server(sip: SipSettings) -> PhoneServer:
    """What telephones are told: TLS where it is spoken."""
    host = sip.announce or sip.host
    return PhoneServer(host, sip.tls_port, "tls") if sip.tls_port else PhoneServer(host, sip.port)


def own_names(sip: SipSettings) -> frozenset[str]:
    """What the operator is called, where SIP is spoken."""
    told = names_of(Path(sip.certificate).read_text()) if sip.certificate else ()
    return frozenset(name.lower() for name in (*told, sip.announce, sip.announce6) if name)


def engine_slots(settings: Settings) -> EngineSlots:
    return EngineSlots(engine_settings(settings))


class Storage:
    """What stands below every module: files, database, bus."""

    def __init__(self, settings: Settings) -> None:
        self.layout = Layout(settings.storage)
        self.layout.prepare()
        self.clock = SystemClock()
        self.ids = SystemIds()
        self._choose_database(settings.storage.database)
        self.passwords = PasswordHasher()
        self.secrets = SecretBox(*self.layout.server_keys())
        self.blobs = FolderBlobStore(self.layout.blobs)
        self.keys = TenantKeys(self.database, ServerKeys(self.layout.server_keys()), self.clock)
        self.vault = Vault(self.blobs, self.keys, self.layout.work)

    def _choose_database(self, url: Secret) -> None:
        self.database: SqliteDatabase | PostgresDatabase
        self.lease: Lease
        if url.reveal():
            self.database = PostgresDatabase(url, self.clock)
            self.lease = PostgresLease(self.database)
        else:
            upgrade(self.layout.database)
            self.database = SqliteDatabase(self.layout.database, self.clock)
            self.lease = LocalLease(self.clock)

    def metering(self, bus: Bus | None = None) -> MeteringService:
        """Without a bus it catches up with the log when asked, and hears of nothing by itself."""
        return MeteringService(
            database=self.database,
            bus=bus or InProcessBus(self.database.bury),
            tenants=self.operator(),
            billed=SpendGuard(self.database, self.clock, self.ids),
        )

    def operator(self) -> OperatorTenants:
        return OperatorTenants(self.database, self.clock, self.ids, self.passwords)

    async def __aenter__(self) -> Self:
        """DatabaseUnusable says what to do about a PostgreSQL that cannot be used."""
        if isinstance(self.database, PostgresDatabase):
            await upgrade_postgres(self.database)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.database.close()


def backup_parts(settings: Settings) -> tuple[BackupParts, Clock]:
    """Without opening anything: a restore needs all of it untouched."""
    layout, url = Layout(settings.storage), settings.storage.database
    parts = BackupParts(
        copy=PostgresCopy(url) if url.reveal() else SqliteCopy(layout.database),
        blobs=FolderBlobStore(layout.blobs),
        folder=layout.root,
        prompts=layout.prompts,
        spool=layout.spool,
        key=layout.key,
        known=known_revisions(),
    )
    return parts, SystemClock()


class Application:
    """All roles in one process; `async with` starts them in the order in which they stand on each other."""

    def __init__(self, settings: Settings, storage: Storage) -> None:
        self._settings = settings
        self._storage = storage
        layout, database, clock, ids = storage.layout, storage.database, storage.clock, storage.ids
        self.bus = InProcessBus(database.bury)
        self.relay = Relay(database, self.bus)
        self.engine = EngineFleet(engine_settings(settings), listeners=2)  # the gateway and the recordings
        self.directories = TenantDirectories(database, clock)
        self.insight = InsightService(database=database, bus=self.bus, directory=self.directories, clock=clock)
        self.alerts = self._alerts()
        self.metering = storage.metering(self.bus)
        self.billing_clock = BillingClock(BillingPorts(database, clock, ids, storage.lease, self.metering))
        self.hub = DeskHub(database=database, bus=self.bus, insight=self.insight, clock=clock)
        spool = RecordingSpool(layout.spool, ids, storage.keys, settings.recordings.format)
        self.recordings = self._recordings(spool)
        self.library = RecordingLibrary(database, storage.vault)
        stored = PersonalParts(database, log_doors(database), clock, ids)
        self.keeper = keeper(stored, self.insight, storage.vault)
        self.privacy = self._privacy()
        self.differences = DifferenceAudit(database, self.bus)
        self.prompts, self.voice, self.lookups = PromptStore(layout.prompts), installed_voice(), lookup_rules(settings)
        self.webhook_rules = webhook_rules(settings)
        self.webhooks = self._webhooks()
        self.routing = RoutingService(self._routing_ports())
        self.gateway = GatewayService(
            gateway_settings(settings.sip),
            GatewayPorts(
                engine=self.engine,
                bus=self.bus,
                database=database,
                trunks=OperatorTrunks(database, storage.secrets),
                telephones=OperatorPhones(database, storage.secrets),
                domains=OperatorDomains(database, storage.secrets),
                callers=caller_check(settings.sip, clock),
                prompts=self.prompts,
                recordings=spool,
                robots=StoredRobots(database, storage.secrets),
                push=self.hub,
                ids=ids,
                clock=clock,
                lease=storage.lease,
                decisions=DecisionsHere(self.routing, self.relay.carries),
            ),
        )

    def _routing_ports(self) -> RoutingPorts:
        storage = self._storage
        return RoutingPorts(
            flows=FlowLibrary(storage.database),
            errands=self._errands(),
            gateway=GatewayHere(lambda: self.gateway, self.relay.carries_for),
            database=storage.database,
            bus=self.bus,
            directory=self.directories,
            tenants=storage.operator(),
            lease=storage.lease,
            clock=storage.clock,
            ids=storage.ids,
        )

    def _errands(self) -> ErrandRunner:
        storage = self._storage
        credentials = StoredCredentials(storage.database, storage.secrets)
        web = GuardedWeb(self.lookups)
        return ErrandRunner(
            LookupClient(web, self.lookups, credentials),
            RobotFinder(web, StoredRobots(storage.database, storage.secrets)),
            SpokenPrompts(self.prompts, self.voice, storage.clock),
        )

    def _alerts(self) -> AlertService:
        own = self._storage
        return AlertService(
            AlertPorts(own.database, self.bus, self.insight, self.directories, own.lease, own.clock, own.ids)
        )

    def _recordings(self, spool: RecordingSpool) -> RecordingService:
        return RecordingService(
            RecordingPorts(
                engine=self.engine,
                spool=spool,
                database=self._storage.database,
                vault=self._storage.vault,
                clock=self._storage.clock,
            )
        )

    def _privacy(self) -> PrivacyWorker:
        storage = self._storage
        return PrivacyWorker(
            PrivacyPorts(
                database=storage.database,
                bus=self.bus,
                keeper=self.keeper,
                exports=storage.vault,
                tenants=storage.operator(),
                folder=storage.layout.work,
                clock=storage.clock,
                ids=storage.ids,
            )
        )

    def _webhooks(self) -> WebhookWorker:
        own = self._storage
        calls, web = FoldedCalls(own.database, self.insight), GuardedWeb(self.webhook_rules)
        ports = DeliveryPorts(own.database, web, calls, own.secrets, own.clock, own.ids)
        return WebhookWorker(WebhookPorts(ports, self.bus, own.lease))

    def http(self) -> Litestar:
        storage, http, sip = self._storage, self._settings.http, self._settings.sip
        services = Services(
            database=storage.database,
            bus=self.bus,
            clock=storage.clock,
            ids=storage.ids,
            passwords=storage.passwords,
            secrets=storage.secrets,
            insight=self.insight,
            overviews=Overviews(
                database=storage.database,
                insight=self.insight,
                directory=self.directories,
                clock=storage.clock,
                billed=BilledCosts(storage.database, self.metering, self.directories),
            ),
            metering=self.metering,
            recordings=self.library,
            traces=self.gateway.traces,
            keeper=self.keeper,
            exports=storage.vault,
            routing=self.routing,
            promises=EventLogCallbacks(storage.database),
            softphones=self.gateway.softphones,
            registrations=self.gateway.telephones,
            prompts=self.prompts,
            voice=self.voice,
            lookups=self.lookups,
            webhook_rules=self.webhook_rules,
            counters=Gauges((self.gateway, self.routing), self.recordings, self.relay),
            settings=ApiSettings(
                web=WEB if WEB.exists() else None,
                session_seconds=http.session_hours * 3600.0,
                rates=self._settings.limits.rates(),
                private_issuers=self._settings.sign_on.private_networks,
                session_cache_seconds=SECONDS,
                phone_server=phone_server(sip),
                own_names=own_names(sip),
                secure=http.public_url.startswith("https:"),
                origins=(http.public_url,) if http.public_url else (),
            ),
        )
        return create_app(services, self.hub)

    async def __aenter__(self) -> Self:
        """Whoever listens is there before anyone speaks: the relay, which publishes what a crash left, comes last."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.bus.close)
            await self.directories.follow(self.bus)
            await self.recordings.start()
            stack.push_async_callback(self.recordings.close)
            await self.gateway.wait_for_turn()
            await self.engine.start()
            stack.push_async_callback(self.engine.close)
            await self.insight.start()
            stack.push_async_callback(self.insight.close)
            await self.alerts.start()
            stack.push_async_callback(self.alerts.close)
            await self.webhooks.start()
            stack.push_async_callback(self.webhooks.close)
            await self.metering.start()
            stack.push_async_callback(self.metering.close)
            await self.privacy.start()
            stack.push_async_callback(self.privacy.close)
            await self.differences.start()
            stack.push_async_callback(self.differences.close)
            await self.routing.start()
            stack.push_async_callback(self.routing.close)
            await self.gateway.start()
            stack.push_async_callback(self.gateway.close)
            await self.billing_clock.start()
            stack.push_async_callback(self.billing_clock.close)
            await self.relay.start()
            stack.push_async_callback(self.relay.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
