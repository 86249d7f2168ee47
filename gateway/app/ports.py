"""What the gateway needs of others; the composition root plugs it in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gateway.app.reporting import Decisions
from gateway.sip.message import Request
from gateway.softphone.ports import DeskPush
from gateway.trunks.arriving import Arrived
from gateway.trunks.ports import RegisteredPlace, TrunkDirectory
from kernel.contracts.calls import Attestation
from kernel.contracts.directory import DomainConfig, PhoneConfig
from kernel.contracts.engine import Answer, Command, EngineEvent, EngineLost, EngineRefused, StartRecorder, Welcome
from kernel.ports.bus import Bus
from kernel.ports.lease import Lease
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, Ids, RecordingId, TenantId
from kernel.primitives.secret import Secret

Outcome = Answer | EngineRefused | EngineLost


class EngineRequests(Protocol):
    """What is asked of the engine; commands may be repeated, as all are idempotent."""

    def request(self, command: Command) -> Awaitable[Answer]:
        """Carry it out: EngineRefused when the engine says no, EngineLost when there is none."""
        ...

    def request_all(self, commands: Sequence[Command]) -> Awaitable[Sequence[Outcome]]:
        """Carry them out in their order, in one go, whatever becomes of the others; what became of each.

        Where there is a connection they leave now, before anybody awaits what is returned.
        """
        ...


class MediaEngine(EngineRequests, Protocol):
    """A connection to the engine that is made again by itself."""

    def subscribe(self, on_event: Callable[[EngineEvent], None], on_welcome: Callable[[Welcome], None]) -> None:
        """Called in the order of arrival; `on_welcome` after every connect, before that connection's events.

        What came before the first subscriber is kept for it. Another `engine` name in a Welcome than before means that
        the former engine died with its legs.
        """
        ...


class PromptFiles(Protocol):
    def path(self, tenant: TenantId, name: str) -> Path:
        """A WAV file the engine can play; KeyError when there is no such prompt."""
        ...


class RecordingSpool(Protocol):
    async def prepare(
        self, tenant: TenantId, call: CallId, leg: str, started_at: datetime, *, another: bool = False
    ) -> StartRecorder:
        """What the engine is asked to record `leg`; recorder and file are the same for the same call.

        `another`: they are new, and the same from now on.
        """
        ...

    async def prepare_message(
        self, tenant: TenantId, call: CallId, leg: str, recording: RecordingId, started_at: datetime
    ) -> StartRecorder:
        """The same for what a caller leaves as a message; recorder and file are the same for the same `recording`."""
        ...


class RobotSecrets(Protocol):
    async def authorization(self, tenant: TenantId, robot: str) -> Secret | None:
        """The header's value that the robot is shown; None: it wants none."""
        ...


class OpenRobots:
    """None of them wants to be shown anything."""

    async def authorization(self, tenant: TenantId, robot: str) -> Secret | None:
        return None


class PhonePlaces(Protocol):
    def places(self, tenant: TenantId, user: str) -> Sequence[RegisteredPlace]:
        """Of the telephone that registers under this name, most wanted first."""
        ...


class PhoneDirectory(Protocol):
    """Who may register."""

    async def phones(self, tenant: TenantId | None = None) -> Sequence[PhoneConfig]:
        """All telephones that may register now, of every tenant or of one."""
        ...


class NobodyRegisters:
    """For gateways that serve trunks and browsers only."""

    async def phones(self, tenant: TenantId | None = None) -> Sequence[PhoneConfig]:
        return ()


class DomainDirectory(Protocol):
    """Which names are whose."""

    async def domains(self, tenant: TenantId | None = None) -> Sequence[DomainConfig]:
        """All telephone domains, of every tenant or of one."""
        ...


class NoDomains:
    """For gateways that show their own certificates only."""

    async def domains(self, tenant: TenantId | None = None) -> Sequence[DomainConfig]:
        return ()


class CallerCheck(Protocol):
    async def check(self, request: Request, arrived: Arrived) -> Attestation | None:
        """How far somebody vouches for the caller's number; None: nobody does, or it cannot be told."""
        ...


class NoProof:
    """Where no authority is configured: signatures go on as they came, and nothing is said of them."""

    async def check(self, request: Request, arrived: Arrived) -> Attestation | None:
        return None


@dataclass(frozen=True, kw_only=True)
class GatewayPorts:
    engine: MediaEngine
    bus: Bus
    database: Database
    trunks: TrunkDirectory
    prompts: PromptFiles
    recordings: RecordingSpool
    push: DeskPush
    ids: Ids
    clock: Clock
    callers: CallerCheck = field(default_factory=NoProof)
    telephones: PhoneDirectory = field(default_factory=NobodyRegisters)
    robots: RobotSecrets = field(default_factory=OpenRobots)
    domains: DomainDirectory = field(default_factory=NoDomains)
    phones: PhonePlaces | None = None  # None: those that register with this gateway
    lease: Lease | None = None  # None: no other process can be this gateway
    decisions: Decisions | None = None  # None: routing hears of calls by messages alone
