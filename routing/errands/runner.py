"""routing.ports.FlowErrands: words go to a voice, questions to tenants' servers."""

from typing import Protocol

import structlog

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from routing.acd.flow_words import FlowAnswer, FlowErrand, FlowSpoken, FlowWord
from routing.errands.lookups import LookupClient
from routing.flows.document.speech import Recorded
from routing.flows.run.effects import Speak
from routing.library.credentials import CredentialRepository, Sealing

log = structlog.get_logger(__name__)


class Speaking(Protocol):
    async def prepare(self, tenant: TenantId, text: str, language: str) -> str | None:
        """The prompt that says it; None: it cannot be said."""
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


class ErrandRunner:
    def __init__(self, lookups: LookupClient, speaking: Speaking) -> None:
        self._lookups = lookups
        self._speaking = speaking

    async def run(self, errand: FlowErrand) -> FlowAnswer:
        if not isinstance(errand.errand, Speak):
            return FlowWord(errand.tenant, errand.call, await self._lookups.ask(errand.tenant, errand.errand))
        try:
            prompts = await self._prompts(errand.tenant, errand.errand)
        except Exception:
            log.exception("flow.not_spoken", tenant=str(errand.tenant))
            prompts = ()
        return FlowSpoken(errand.tenant, errand.call, errand.errand.turn, prompts)

    async def _prompts(self, tenant: TenantId, speak: Speak) -> tuple[str, ...]:
        """What cannot be said is left out."""
        names = [
            said.prompt
            if isinstance(said, Recorded)
            else await self._speaking.prepare(tenant, said.text, said.language or "en")
            for said in speak.said
        ]
        return tuple(name for name in names if name is not None)
