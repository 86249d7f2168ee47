"""Use cases: what is known of prompts; their sounds lie in the prompt store."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy.engine import Row

from routing.flows.errors import TooManyKept
from routing.flows.known import NameKind
from routing.flows.limits import PROMPTS_KEPT
from routing.library.naming import LiveFlows, require_unnamed
from routing.library.rows import NamedRows, require_revision
from routing.library.tables import PromptRow
from routing.library.unit import LibraryUnit

_prompts = PromptRow.table()


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is what a voice speaks; "": the sound was uploaded. `seconds` 0: there is no sound yet."""

    id: UUID
    name: str
    text: str = ""
    language: str = ""
    seconds: float = 0.0
    revision: int = 1


def _prompt(row: Row[Any]) -> Prompt:
    return msgspec.convert(row, Prompt, from_attributes=True)


class PromptService:
    def __init__(self, unit: LibraryUnit) -> None:
        self._unit = unit
        self._rows = NamedRows[Prompt](unit.session, unit.scope, _prompts, _prompt)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Prompt]:
        return await self._rows.page(after, limit)

    async def get(self, key: UUID) -> Prompt:
        """NotFound."""
        return await self._rows.get(key, "prompt")

    async def names(self) -> frozenset[str]:
        return await self._rows.names()

    async def create(self, name: str, text: str, language: str, seconds: float) -> Prompt:
        """NameInUse, TooManyKept."""
        if await self._rows.count() >= PROMPTS_KEPT:
            raise TooManyKept(f"{PROMPTS_KEPT} prompts may be kept: remove one first.", allowed=PROMPTS_KEPT)
        prompt = Prompt(id=self._unit.new_id(), name=name, text=text, language=language, seconds=seconds)
        values = msgspec.structs.asdict(prompt)
        del values["revision"]
        await self._rows.add(values)
        await self._unit.changed("prompt.created", prompt.id, name=name)
        return prompt

    async def sounded(self, key: UUID, seconds: float, text: str = "", language: str = "") -> Prompt:
        """Its sound was replaced; NotFound."""
        old = await self.get(key)
        values = {"seconds": seconds, "text": text, "language": language}
        await self._rows.replace(key, old.revision, values)
        await self._unit.changed("prompt.changed", key, name=old.name)
        return replace(old, revision=old.revision + 1, **values)

    async def remove(self, key: UUID, live: LiveFlows, expected: int | None) -> Prompt:
        """NotFound, RevisionMismatch, NamedByFlows while a live flow plays it."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        require_unnamed(live, NameKind.PROMPT, old.name)
        await self._rows.remove(key)
        await self._unit.changed("prompt.removed", key, name=old.name)
        return old
