"""Renewing a tenant's key: what was sealed with former ones is put under the new one, what never was is sealed."""

from collections.abc import AsyncIterator
from pathlib import Path

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import RecordingId
from media.recordings.keys import TenantKeys
from media.recordings.repository import RecordingRepository
from media.recordings.vault import Vault

PAGE = 100  # recordings listed at once


class KeyRenewal:
    """Safe to kill and to repeat: a file is replaced whole before its row is."""

    def __init__(self, database: Database, vault: Vault, keys: TenantKeys, folder: Path) -> None:
        """`folder` takes copies for a while; never below the blobs."""
        self._database = database
        self._vault = vault
        self._keys = keys
        self._folder = folder

    async def renew(self, scope: TenantScope) -> AsyncIterator[RecordingId]:
        """A new key for the tenant; gives each recording when it is under it."""
        version = (await self._keys.rotate(scope)).version
        last: RecordingId | None = None
        while True:
            async with self._database.read(scope) as unit:
                page = await RecordingRepository(unit.session, scope).not_sealed_by(version, last, PAGE)
            if not page:
                return
            for recording in page:
                last = recording.id
                try:
                    sealed_by = await self._vault.reseal(scope, recording.key, self._folder)
                except NotFound:  # deleted meanwhile
                    continue
                async with self._database.write(scope) as unit:
                    await RecordingRepository(unit.session, scope).note_key(recording.id, sealed_by)
                yield recording.id
