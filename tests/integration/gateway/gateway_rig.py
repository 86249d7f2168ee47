"""The gateway with everything real around it: engine process, database, bus, recordings, prompts; two tenants."""

import asyncio
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import UUID

import msgspec
import numpy as np

from gateway.app.ports import CallerCheck, GatewayPorts, NoProof
from gateway.app.service import GatewayService
from gateway.app.settings import GatewaySettings
from gateway.sip.message import Request
from gateway.softphone.ports import DeskPush
from gateway.trunks.arriving import Arrived
from kernel.adapters import InProcessBus, PostgresDatabase, PostgresLease, Relay, SystemClock, SystemIds
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Attestation
from kernel.contracts.codec import pack, unpack
from kernel.contracts.directory import DiallingRules, DirectoryChanged, DomainConfig, TrunkConfig
from kernel.contracts.log import LegMeasured, LogEvent, Logged
from kernel.contracts.softphone import SoftphoneFromGateway
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.unit_of_work import Change, Database, UnitOfWork
from kernel.primitives.ids import CallId, EventId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from load_tests.peers.system import free_port, rtp_ports
from media.control.client import EngineClient
from media.control.process import EngineProcess, EngineSettings
from media.prompts.store import PromptStore
from media.recordings import RecordingSpool, ServerKeys, TenantKeys
from tests.databases import Place

OURS, THEIRS = TenantId(UUID(int=1)), TenantId(UUID(int=2))
ANNA, BERT = UserId(UUID(int=11)), UserId(UUID(int=12))
TRUNK, THEIR_TRUNK, SECOND_TRUNK = TrunkId(UUID(int=21)), TrunkId(UUID(int=22)), TrunkId(UUID(int=23))
NUMBER, THEIR_NUMBER = PhoneNumber("+442071838750"), PhoneNumber("+442071838751")
CALLER = PhoneNumber("+491711234567")
RATE = 8000
GREETING_HZ, MUSIC_HZ = 500.0, 900.0
ReportT = TypeVar("ReportT", bound=TelephonyReport)


def write_tone(path: Path, hertz: float, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


class Trunks:
    """gateway.trunks.ports.TrunkDirectory: each tenant's carrier by the port it sends from."""

    def __init__(self) -> None:
        self.all: list[TrunkConfig] = []
        self.rules = {
            OURS: DiallingRules(tenant=OURS, numbers=frozenset({NUMBER, CALLER}), region="GB"),
            THEIRS: DiallingRules(tenant=THEIRS, numbers=frozenset({THEIR_NUMBER})),
        }

    def add(self, tenant: TenantId, trunk: TrunkId, port: int, **more: Any) -> None:
        fields: dict[str, Any] = {"sources": (f"127.0.0.1/32#{port}",), "transport": "udp"}
        fields |= {"trunk": trunk, "tenant": tenant, "name": "carrier", "host": "127.0.0.1", "port": port} | more
        self.all.append(TrunkConfig(**fields))

    async def trunks(self, tenant: TenantId | None = None) -> Sequence[TrunkConfig]:
        return [trunk for trunk in self.all if tenant in (None, trunk.tenant)]

    async def owner(self, called: PhoneNumber) -> TenantId | None:
        return {NUMBER: OURS, THEIR_NUMBER: THEIRS}.get(called)

    async def dialling(self, tenant: TenantId | None = None) -> Sequence[DiallingRules]:
        return [rules for rules in self.rules.values() if tenant in (None, rules.tenant)]


class Domains:
    """gateway.app.ports.DomainDirectory."""

    def __init__(self) -> None:
        self.all: list[DomainConfig] = []

    async def domains(self, tenant: TenantId | None = None) -> Sequence[DomainConfig]:
        return [domain for domain in self.all if tenant in (None, domain.tenant)]


class Desks:
    """gateway.softphone.ports.DeskPush."""

    def __init__(self) -> None:
        self.pushed: list[tuple[UserId, SoftphoneFromGateway]] = []
        self.listeners: dict[UserId, Callable[[SoftphoneFromGateway], None]] = {}

    async def push(self, tenant: TenantId, agent: UserId, message: SoftphoneFromGateway) -> None:
        assert tenant == OURS
        self.pushed.append((agent, message))
        if agent in self.listeners:
            self.listeners[agent](message)


class Settings(msgspec.Struct, frozen=True):
    """Where a rig listens; kept by a Python side that is started again."""

    sip: int
    webrtc: int
    rtp: str

    @classmethod
    def fresh(cls, rtp: str = "") -> "Settings":
        return cls(free_port(), free_port(), rtp or rtp_ports(100))

    def engine(self, folder: Path) -> EngineSettings:
        return EngineSettings(folder=folder / "engine", rtp_ports=self.rtp, webrtc=f"127.0.0.1:{self.webrtc}")


class Disk:
    """The gateway's database; `writes_left` lets so many through and fails the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.writes_left: int | None = None

    def write(self, scope: TenantScope | None = None) -> UnitOfWork:
        self._count_write()
        return self._database.write(scope)

    async def record(self, change: Change) -> Sequence[Logged]:
        self._count_write()
        return await self._database.record(change)

    def _count_write(self) -> None:
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise OSError("disk full")

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        return self._database.read(scope)

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]:
        return await self._database.read_log(tenant, after, limit)


class Ears:
    """What routing hears."""

    def __init__(self) -> None:
        self.reports: list[TelephonyReport] = []
        self.heard = asyncio.Event()

    def hear(self, report: TelephonyReport) -> None:
        self.reports.append(report)
        self.heard.set()

    def told(self, kind: type[ReportT], call: CallId | None = None) -> list[ReportT]:
        return [
            report
            for report in self.reports
            if isinstance(report, kind) and (call is None or getattr(report, "call", None) == call)
        ]

    async def until(self, kind: type[ReportT], count: int = 1, seconds: float = 5.0) -> ReportT:
        """The last of `count` reports of this kind."""
        async with asyncio.timeout(seconds):
            while len(self.told(kind)) < count:
                self.heard.clear()
                await self.heard.wait()
        return self.told(kind)[count - 1]


SERVER_KEYS = ServerKeys([bytes(32)])


async def recordings(folder: Path, place: Place) -> list[Path]:
    """What lies in the spool, opened by its tenants' keys: plain copies, in folders named after the tenants."""
    clock = SystemClock()
    database = place.open(clock)
    spool = RecordingSpool(folder / "spool", SystemIds(), TenantKeys(database, SERVER_KEYS, clock))
    copies: list[Path] = []
    for path in spool.files():
        file = await spool.open(path)
        copy = folder / "heard" / path.parent.name / path.with_suffix("").name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.open().read(file.bytes))
        copies.append(copy)
    await database.close()
    return copies


class Rig(Ears):
    """`reports` is what routing would hear; `order` is what it would say."""

    def __init__(self, folder: Path, place: Place, settings: Settings | None = None, name: str = "gateway") -> None:
        super().__init__()
        self.place = place
        settings = settings or Settings.fresh()
        self.name = name
        self.folder = folder
        self.clock, self.ids = SystemClock(), SystemIds()
        self.engine_settings = settings.engine(folder)
        self.process = EngineProcess(self.engine_settings)
        self.trunks, self.domains, self.desks = Trunks(), Domains(), Desks()
        self.push: DeskPush = self.desks
        self.callers: CallerCheck = NoProof()
        self.port = settings.sip
        self.listens: dict[str, Any] = {}  # more of GatewaySettings
        write_tone(folder / "prompts" / str(OURS) / "hello.wav", GREETING_HZ, 0.5)
        write_tone(folder / "prompts" / str(OURS) / "music.wav", MUSIC_HZ, 2.0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self.process.stop()

    async def start(self) -> None:
        """The Python side; the engine is started where none runs."""
        self.engine = EngineClient(self.engine_settings.socket, revive=self.process.ensure)
        self.database = self.place.open(self.clock)
        self.disk = Disk(self.database)
        self.bus = InProcessBus(self._bury)
        self.relay = Relay(self.database, self.bus)
        await self.bus.subscribe("telephony.report.*", self._report)
        await self.relay.start()
        ports = GatewayPorts(
            engine=self.engine,
            bus=self.bus,
            database=self.disk,
            trunks=self.trunks,
            domains=self.domains,
            prompts=PromptStore(self.folder / "prompts"),
            recordings=RecordingSpool(
                self.folder / "spool",
                self.ids,
                TenantKeys(self.database, SERVER_KEYS, self.clock),
            ),
            push=self.push,
            ids=self.ids,
            clock=self.clock,
            callers=self,
            lease=PostgresLease(self.database) if isinstance(self.database, PostgresDatabase) else None,
        )
        self.gateway = GatewayService(GatewaySettings(name=self.name, port=self.port, **self.listens), ports)
        await self.gateway.wait_for_turn()
        await self.engine.start()
        await self.gateway.start()

    async def stop(self) -> None:
        await self.gateway.close()
        await self.relay.stop()
        await self.bus.close()
        await self.engine.close()
        await self.database.close()

    async def check(self, request: Request, arrived: Arrived) -> Attestation | None:
        """gateway.app.ports.CallerCheck, by `callers` of the moment."""
        return await self.callers.check(request, arrived)

    async def _bury(self, subject: str, payload: bytes, consumer: str, reason: str) -> None:
        raise AssertionError(f"{subject} for {consumer}: {reason}")

    async def _report(self, subject: str, payload: bytes) -> None:
        report: TelephonyReport = unpack(payload, TelephonyReport)
        assert subject == f"telephony.report.{report.tenant}"
        self.hear(report)

    async def order(self, kind: Callable[..., Any], *, tenant: TenantId = OURS, **fields: Any) -> Any:
        """Send one of routing's commands; returns it when it is carried out."""
        command = kind(id=EventId(self.ids.new()), tenant=tenant, at=self.clock.now(), **fields)
        await self.send(command)
        return command

    async def send(self, command: Any) -> None:
        await self.bus.publish(f"telephony.command.{command.tenant}", pack(command))

    async def know(self, tenant: TenantId, trunk: TrunkId, port: int, **more: Any) -> None:
        """A carrier that sends from `port` is a trunk of `tenant` from now on."""
        self.trunks.add(tenant, trunk, port, **more)
        await self.changed(tenant)

    async def changed(self, tenant: TenantId) -> None:
        """The configuration of a tenant is another one now."""
        changed = DirectoryChanged(id=EventId(self.ids.new()), tenant=tenant, at=self.clock.now())
        await self.bus.publish(f"directory.{tenant}", pack(changed))

    async def measured(self, count: int = 1, tenant: TenantId = OURS) -> list[LegMeasured]:
        """The figures of legs in the tenant's log, once there are `count`."""

        async def found() -> list[LegMeasured]:
            return [event for event in await self.log(tenant) if isinstance(event, LegMeasured)]

        for _ in range(100):
            if len(await found()) >= count:
                break
            await asyncio.sleep(0.05)
        return await found()

    async def log(self, tenant: TenantId = OURS) -> list[LogEvent]:
        return [entry.event for entry in await self.database.read_log(tenant)]


def share(samples: "np.ndarray[Any, np.dtype[np.float64]]", hertz: float, width: float = 40.0) -> float:
    """Share of the energy around `hertz`, 0..1; 0 for silence."""
    if samples.size < RATE // 20:
        return 0.0
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    if power[1:].sum() < 1e-3:
        return 0.0
    frequencies = np.fft.rfftfreq(samples.size, 1 / RATE)
    return float(power[np.abs(frequencies - hertz) <= width].sum() / power[1:].sum())


def read_wav(path: Path) -> list["np.ndarray[Any, np.dtype[np.float64]]"]:
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
        return [raw[channel :: file.getnchannels()] for channel in range(file.getnchannels())]
