"""Where recorders write: a folder on this host that outlives every process."""

import asyncio
import shutil
from collections import OrderedDict
from datetime import datetime
from pathlib import Path

from kernel.contracts.base import TenantScope
from kernel.contracts.engine import RecordingFormat, StartRecorder
from kernel.primitives.ids import CallId, Ids, RecordingId, TenantId
from media.recordings.keys import TenantKeys
from media.recordings.model import DAMAGED_SUFFIX, SpooledRecording, is_spooled
from media.recordings.spool_seal import SealedFile, new_seal
from media.recordings.spooled_file import SpooledFile

PREPARED = 10_000  # calls between "prepare" and the recorder's first byte: far fewer, unless recorders fail to start


class RecordingSpool:
    """Gives each call's recorder its name and file; the files' names hold all that is known of them."""

    def __init__(self, folder: Path, ids: Ids, keys: TenantKeys, form: RecordingFormat = "wav") -> None:
        self._keys = keys
        self._format: RecordingFormat = form
        self._folder = folder.absolute()
        self._ids = ids
        self._prepared: OrderedDict[tuple[TenantId, CallId], SpooledRecording] = OrderedDict()

    async def prepare(
        self, tenant: TenantId, call: CallId, leg: str, started_at: datetime, *, another: bool = False
    ) -> StartRecorder:
        """What the engine is asked; recorder and file are the same for the same call, after a restart too.

        `another`: the call goes on with somebody else, whose recording is the call's from now on.

        The seal's key is new each time: of a file that is being written, only its recorder knows it, and its head.
        """
        if another:
            self._prepared.pop((tenant, call), None)
        spooled = self._prepared.get((tenant, call))
        if spooled is None:
            found = None if another else await asyncio.to_thread(self._find, tenant, f"*.{call}.*")
            spooled = found or SpooledRecording(
                tenant=tenant,
                call=call,
                recording=RecordingId(self._ids.new()),
                started_at=started_at,
                format=self._format,
                sealed=True,
            )
            spooled = self._prepared.setdefault((tenant, call), spooled)
            if len(self._prepared) > PREPARED:
                self._prepared.popitem(last=False)
        return await self._start(spooled, leg)

    async def prepare_message(
        self, tenant: TenantId, call: CallId, leg: str, recording: RecordingId, started_at: datetime
    ) -> StartRecorder:
        """The same for what a caller leaves as a message; recorder and file are the same for the same `recording`."""
        found = await asyncio.to_thread(self._find, tenant, f"{recording}.{call}.*", message=True)
        spooled = found or SpooledRecording(
            tenant=tenant,
            call=call,
            recording=recording,
            started_at=started_at,
            format=self._format,
            sealed=True,
            message=True,
        )
        return await self._start(spooled, leg)

    async def _start(self, spooled: SpooledRecording, leg: str) -> StartRecorder:
        path, tenant = spooled.path(self._folder), spooled.tenant
        seal = new_seal(await self._keys.current(TenantScope(tenant)), tenant, path.name) if spooled.sealed else None
        return StartRecorder(recorder=spooled.recorder, leg=leg, path=str(path), format=spooled.format, seal=seal)

    def forget(self, spooled: SpooledRecording) -> None:
        """Its file left the spool: the next recorder of this call is another recording."""
        if not spooled.message:
            self._prepared.pop((spooled.tenant, spooled.call), None)

    def _find(self, tenant: TenantId, pattern: str, *, message: bool = False) -> SpooledRecording | None:
        folder = self._folder / str(tenant)
        folder.mkdir(parents=True, exist_ok=True)
        known = [SpooledRecording.parse(path) for path in sorted(folder.glob(pattern)) if is_spooled(path)]
        return next((spooled for spooled in reversed(known) if spooled.message is message), None)

    def files(self) -> list[Path]:
        """All recordings in the spool, living or left behind; blocks."""
        return sorted(path for path in self._folder.glob("*/*") if is_spooled(path))

    async def open(self, path: Path) -> SpooledFile:
        """What a recorder left; NoSound, Damaged or FileNotFoundError when there is nothing to keep."""
        spooled = SpooledRecording.parse(path)
        sealed = None
        if spooled.sealed:
            sealed = await asyncio.to_thread(SealedFile, path)
            key = await self._keys.get(TenantScope(spooled.tenant), sealed.version)
            sealed.unlock(key, spooled.tenant)
        return await asyncio.to_thread(SpooledFile, path, spooled, sealed)

    def set_aside(self, path: Path) -> None:
        """Keep for whoever looks into it, under a name that is not found again; blocks."""
        path.rename(path.with_name(path.name + DAMAGED_SUFFIX))

    def free_bytes(self) -> int:
        """What the disk still takes; blocks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free
