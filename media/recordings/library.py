"""Recordings for those who may hear them."""

from collections.abc import AsyncIterator, Sequence

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, RecordingId
from media.recordings.model import Recording
from media.recordings.repository import RecordingRepository
from media.recordings.vault import Vault


class RecordingLibrary:
    """Lists and streams a tenant's recordings."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def find(
        self, scope: TenantScope, call: CallId | None, before: RecordingId | None, limit: int
    ) -> Sequence[Recording]:
        """Newest first."""
        async with self._database.read(scope) as unit:
            return await RecordingRepository(unit.session, scope).find(call, before, limit)

    async def get(self, scope: TenantScope, recording: RecordingId) -> Recording | None:
        async with self._database.read(scope) as unit:
            return await RecordingRepository(unit.session, scope).get(recording)

    async def open(
        self, scope: TenantScope, recording: RecordingId, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """`length` bytes of the WAV file from `start`; NotFound when it is gone, Damaged rather than wrong sound."""
        found = await self.get(scope, recording)
        if found is None:
            raise NotFound("There is no such recording.")
        never_sealed = found.key_version is None
        async for chunk in self._vault.open(scope, found.key, start, length, maybe_plain=never_sealed):
            yield chunk
