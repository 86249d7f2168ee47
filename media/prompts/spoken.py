"""Words that flows say, kept as prompts for as long as they are asked for: the same words are made sounds once."""

import asyncio
import hashlib
import os
from datetime import timedelta
from pathlib import Path

import structlog

from kernel.primitives.clock import Clock
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import TenantId
from media.prompts.store import SPOKEN, PromptStore
from media.prompts.voices import Voice

KEPT = timedelta(days=1)  # since they were last said: they may hold a caller's name
SWEEP = timedelta(hours=1)

log = structlog.get_logger(__name__)


class SpokenPrompts:
    def __init__(self, store: PromptStore, voice: Voice, clock: Clock) -> None:
        self._store = store
        self._voice = voice
        self._clock = clock
        self._swept = clock.now() - SWEEP

    async def own(self, tenant: TenantId, name: str) -> bool:
        """Whether the tenant has a sound of its own under this name."""
        return await asyncio.to_thread(self._store.own(tenant, name).is_file)

    async def prepare(self, tenant: TenantId, text: str, language: str) -> str | None:
        """The name under which it can be played; None: there are no words, or no voice speaks them."""
        if not text.strip():
            return None
        name = SPOKEN + hashlib.sha256(f"{language} {text}".encode()).hexdigest()[:40]
        file = self._store.own(tenant, name)
        if not file.is_file():
            try:
                wav = await self._voice.speak(text, language)
            except CordboardError as error:
                log.warning("prompt.not_spoken", tenant=str(tenant), reason=error.detail)
                return None
            await asyncio.to_thread(self._store.write, tenant, name, wav)
        await asyncio.to_thread(self._used, file)
        return name

    def _used(self, file: Path) -> None:
        now = self._clock.now()
        os.utime(file, (now.timestamp(), now.timestamp()))
        if now - self._swept < SWEEP:
            return
        self._swept = now
        for old in self._store.spoken_files():
            if old.stat().st_mtime < (now - KEPT).timestamp():
                old.unlink(missing_ok=True)
