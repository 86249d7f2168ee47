"""Where recorders write: a folder on this host that outlives every process."""

import asyncio
import shutil
from collections import OrderedDict
from datetime import datetime
from pathlib import Path

from kernel.primitives.ids import CallId, Ids, RecordingId, TenantId
from media.recordings.model import SUFFIX, SpooledRecording, is_spooled

PREPARED = 10_000  # calls between "prepare" and the recorder's first byte: far fewer, unless recorders fail to start


class RecordingSpool:
    """Gives each call's recorder its name and file; the files' names hold all that is known of them."""

    def __init__(self, folder: Path, ids: Ids) -> None:
        self._folder = folder.absolute()
        self._ids = ids
        self._prepared: OrderedDict[tuple[TenantId, CallId], SpooledRecording] = OrderedDict()

    async def prepare(self, tenant: TenantId, call: CallId, started_at: datetime) -> tuple[str, Path]:
        """The recorder's id in the engine and the file it writes; the same for the same call, after a restart too."""
        spooled = self._prepared.get((tenant, call))
        if spooled is None:
            spooled = await asyncio.to_thread(self._find, tenant, call) or SpooledRecording(
                tenant=tenant, call=call, recording=RecordingId(self._ids.new()), started_at=started_at
            )
            spooled = self._prepared.setdefault((tenant, call), spooled)
            if len(self._prepared) > PREPARED:
                self._prepared.popitem(last=False)
        return spooled.recorder, spooled.path(self._folder)

    def forget(self, spooled: SpooledRecording) -> None:
        """Its file left the spool: the next recorder of this call is another recording."""
        self._prepared.pop((spooled.tenant, spooled.call), None)

    def _find(self, tenant: TenantId, call: CallId) -> SpooledRecording | None:
        folder = self._folder / str(tenant)
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(folder.glob(f"*.{call}.*{SUFFIX}"))
        return SpooledRecording.parse(found[-1]) if found else None

    def files(self) -> list[Path]:
        """All recordings in the spool, living or left behind; blocks."""
        return sorted(path for path in self._folder.glob(f"*/*{SUFFIX}") if is_spooled(path))

    def free_bytes(self) -> int:
        """What the disk still takes; blocks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free
