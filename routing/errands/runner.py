"""routing.ports.FlowErrands: words go to a voice, questions to tenants' servers, and robots are looked for."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

import structlog

from kernel.contracts.base import TenantScope
from kernel.contracts.robots import RobotPlace
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from routing.acd.flow_words import Announce, Announced, ErrandAnswer, FlowErrand, FlowSpoken, FlowWord, RobotFound
from routing.errands.lookups import LookupClient
from routing.errands.robots import RobotFinder
from routing.flows.document.speech import Recorded
from routing.flows.run.effects import ConnectRobot, Speak
from routing.library.credentials import CredentialRepository, Sealing
from routing.library.robots import RobotRepository

log = structlog.get_logger(__name__)


class Speaking(Protocol):
    async def prepare(self, tenant: TenantId, text: str, language: str) -> str | None:
        """The prompt that says it; None: it cannot be said."""
        ...

    async def own(self, tenant: TenantId, name: str) -> bool:
        """Whether the tenant has a sound of its own under this name."""
        ...


class StoredCredentials:
    """routing.errands.lookups.CredentialSource."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    async def value(self, tenant: TenantId, name: str) -> Secret | None:
        scope = TenantScope(tenant)
        async with self._database.read(scope) as unit:
            return await CredentialRepository(unit.session, scope).value(name, self._sealing)


class StoredRobots:
    """routing.errands.robots.RobotUrls, and what gateways ask of robots."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing

    async def url(self, tenant: TenantId, name: str) -> str | None:
        scope = TenantScope(tenant)
        async with self._database.read(scope) as unit:
            robot = await RobotRepository(unit.session, scope).named(name)
        return None if robot is None else robot.url

    async def authorization(self, tenant: TenantId, robot: str) -> Secret | None:
        """gateway.app.ports.RobotSecrets: the header's value."""
        scope = TenantScope(tenant)
        async with self._database.read(scope) as unit:
            secret = await RobotRepository(unit.session, scope).secret(robot, self._sealing)
        return None if secret is None else Secret(f"Bearer {secret.reveal()}")


class ErrandRunner:
    def __init__(self, lookups: LookupClient, robots: RobotFinder, speaking: Speaking) -> None:
        self._lookups = lookups
        self._robots = robots
        self._speaking = speaking

    async def run(self, errand: FlowErrand) -> ErrandAnswer:
        asked = errand.errand
        if isinstance(asked, Announce):
            prompts = await self._sounds(errand.tenant, self._announced(errand.tenant, asked))
            return Announced(errand.tenant, errand.call, asked.message, asked.prompts + prompts)
        if isinstance(asked, Speak):
            prompts = await self._sounds(errand.tenant, self._said(errand.tenant, asked))
            return FlowSpoken(errand.tenant, errand.call, asked.turn, prompts)
        if isinstance(asked, ConnectRobot):
            return await self._find(errand, asked)
        return FlowWord(errand.tenant, errand.call, await self._lookups.ask(errand.tenant, asked))

    async def _find(self, errand: FlowErrand, asked: ConnectRobot) -> ErrandAnswer:
        found = await self._robots.find(errand.tenant, asked)
        if isinstance(found, RobotPlace):
            return RobotFound(errand.tenant, errand.call, asked.turn, found)
        return FlowWord(errand.tenant, errand.call, found)

    async def _sounds(self, tenant: TenantId, making: Awaitable[Sequence[str | None]]) -> tuple[str, ...]:
        """What cannot be said is left out."""
        try:
            names = await making
        except Exception:
            log.exception("flow.not_spoken", tenant=str(tenant))
            return ()
        return tuple(name for name in names if name is not None)

    async def _announced(self, tenant: TenantId, announce: Announce) -> Sequence[str | None]:
        return [
            phrase.prompt
            if await self._speaking.own(tenant, phrase.prompt)
            else await self._speaking.prepare(tenant, phrase.text, phrase.language)
            for phrase in announce.phrases
        ]

    async def _said(self, tenant: TenantId, speak: Speak) -> Sequence[str | None]:
        return [
            said.prompt
            if isinstance(said, Recorded)
            else await self._speaking.prepare(tenant, said.text, said.language or "en")
            for said in speak.said
        ]
