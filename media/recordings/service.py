"""From the spool into the blob store, the list and the log: once for each recording, whatever is killed in between."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from kernel.contracts.base import TenantScope
from kernel.contracts.engine import (
    Answer,
    Command,
    EngineEvent,
    EngineLost,
    RecordingFinished,
    Snapshot,
    SpoolLow,
    TakeSnapshot,
    Welcome,
)
from kernel.contracts.engine import RecordingFailed as RecorderFailed
from kernel.contracts.heard import heard
from kernel.contracts.log import RecordingFailed, RecordingStored
from kernel.ports.unit_of_work import Change, Database
from kernel.primitives.clock import Clock
from media.recordings.model import Recording, SpooledRecording, is_spooled
from media.recordings.repository import RecordingRepository, recording_row
from media.recordings.sealing import Damaged
from media.recordings.spool import RecordingSpool
from media.recordings.spooled_file import SpooledFile
from media.recordings.vault import Vault
from media.recordings.wav import NoSound

UPLOADS = 4  # at once: enough to keep a disk or a link to a store busy, few enough to leave signalling its share
SWEEP_SECONDS = 30.0  # how long a recording waits whose storing failed, or that a dead engine left
LOW_SPACE_BYTES = 1 << 30  # nine hours of one call, two minutes of 280: time to do something about it
CLOSE_SECONDS = 10.0  # a half-stored recording is stored by the next start

log = structlog.get_logger(__name__)

"""Called with a stable code and a text for the operator."""


class Engine(Protocol):
    def request(self, command: Command) -> Awaitable[Answer]: ...

    def subscribe(self, on_event: Callable[[EngineEvent], None], on_welcome: Callable[[Welcome], None]) -> None: ...


@dataclass(frozen=True, kw_only=True)
class RecordingPorts:
    engine: Engine
    spool: RecordingSpool
    database: Database
    vault: Vault
    clock: Clock


class Stored(NamedTuple):
    """What went into the vault; `file` was torn when its recorder was killed: it ends up to a second early."""

    file: SpooledFile
    sha256: str
    key_version: int


class RecordingService:
    """Listens to the engine's recorders, and after every start and every new engine looks for what was left behind."""

    def __init__(self, ports: RecordingPorts) -> None:
        self._ports = ports
        self._finished: dict[Path, RecordingFinished] = {}
        self._failed: dict[Path, RecorderFailed] = {}
        self._busy: set[Path] = set()
        self._uploads = asyncio.Semaphore(UPLOADS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._space_low = False
        self._free_bytes: int | None = None

    @property
    def space_low(self) -> bool:
        """The spool's disk is about to be full."""
        return self._space_low

    @property
    def free_bytes(self) -> int | None:
        """What the spool's disk still takes; None before it was looked at."""
        return self._free_bytes

    async def start(self) -> None:
        """Call it before the engine's client connects, else the first events are left to the sweep."""
        self._ports.engine.subscribe(self._on_event, self._on_welcome)
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep_for_ever())

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait({self._sweeper})
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def drain(self) -> None:
        """Returns when everything that is known to be finished is stored, or was tried."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _on_event(self, event: EngineEvent) -> None:
        if isinstance(event, SpoolLow):
            log.error("recordings.spool_low", free_bytes=event.free_bytes)
        if not isinstance(event, RecordingFinished | RecorderFailed) or not is_spooled(Path(event.path)):
            return
        if isinstance(event, RecordingFinished):
            self._finished[Path(event.path)] = event
            self._spawn(self._settle(Path(event.path)))
        else:
            self._failed[Path(event.path)] = event
            self._spawn(self.sweep())

    def _on_welcome(self, _welcome: Welcome) -> None:
        self._spawn(self.sweep())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep_for_ever(self) -> None:
        while True:
            await self._check_space()
            await asyncio.sleep(SWEEP_SECONDS)
            await self.sweep()

    async def sweep(self) -> None:
        """Store what no living recorder writes, and tell what failed."""
        try:
            files = await asyncio.to_thread(self._ports.spool.files)
            # Listed before the engine is asked: a file that is there and that it does not know has no writer any more.
            snapshot = await self._ports.engine.request(TakeSnapshot()) if files else None
            for failed in list(self._failed.values()):
                await self._tell_failure(failed)
        except EngineLost:
            return  # the next Welcome sweeps
        except Exception:
            log.exception("recordings.sweep_failed")
            return
        living = (
            {Path(recorder.path) for recorder in snapshot.recorders} if isinstance(snapshot, Snapshot) else set[Path]()
        )
        for path in files:
            if path not in living:
                self._spawn(self._settle(path))

    async def _settle(self, path: Path) -> None:
        if path in self._busy:
            return
        self._busy.add(path)
        try:
            async with self._uploads:
                await self._store(path, SpooledRecording.parse(path))
            self._finished.pop(path, None)
        except Exception:
            log.exception("recordings.not_stored_yet", file=path.name)  # stays in the spool: the next sweep tries again
        finally:
            self._busy.discard(path)

    async def _store(self, path: Path, spooled: SpooledRecording) -> None:
        if await self._is_stored(spooled):
            return await self._leave_spool(path, spooled)
        finished = self._finished.get(path)
        try:
            file = await self._ports.spool.open(path)
        except NoSound as error:
            await self._tell(spooled, "empty", str(error))
            return await self._leave_spool(path, spooled)
        except FileNotFoundError:
            if finished is not None:  # else the sweep listed it just before it was stored
                await self._tell(spooled, "lost", f"{path.name} is gone from the spool")
            return None
        except Damaged as error:
            await self._tell(spooled, "damaged", error.detail)
            return await self._set_aside(path, spooled)
        if file.damaged or (finished is not None and finished.sha256 not in file.hashes):
            await self._tell(
                spooled, "damaged", "The file is not the one that the recorder wrote; it was kept as it is."
            )
        content = file.open()
        scope = TenantScope(spooled.tenant)
        version = await self._ports.vault.put_content(scope, spooled.key, content, file.bytes)
        await self._list(spooled, Stored(file, content.sha256, version), finished)
        if file.damaged:
            return await self._set_aside(path, spooled)
        return await self._leave_spool(path, spooled)

    async def _is_stored(self, spooled: SpooledRecording) -> bool:
        async with self._ports.database.read(TenantScope(spooled.tenant)) as unit:
            repository = RecordingRepository(await unit.connection(), TenantScope(spooled.tenant))
            return await repository.has(spooled.recording)

    async def _list(self, spooled: SpooledRecording, sound: Stored, finished: RecordingFinished | None) -> None:
        now = self._ports.clock.now()
        gaps = () if finished is None else tuple((gap.start_seconds, gap.seconds) for gap in finished.gaps)
        recording = Recording(
            id=spooled.recording,
            call_id=spooled.call,
            key=spooled.key,
            started_at=spooled.started_at,
            seconds=sound.file.seconds,
            channels=sound.file.channels,
            bytes=sound.file.bytes,
            sha256=sound.sha256,
            gaps=gaps,
            key_version=sound.key_version,
        )
        stored = RecordingStored(
            id=spooled.event_id("stored"),
            tenant=spooled.tenant,
            at=now,
            recording=recording.id,
            call=recording.call_id,
            key=recording.key,
            seconds=recording.seconds,
            channels=recording.channels,
            bytes=recording.bytes,
            sha256=recording.sha256,
            started_at=recording.started_at,
            gaps=recording.gaps,
        )
        scope = TenantScope(spooled.tenant)
        told = [heard(stored)] if spooled.message else []
        row = recording_row(recording, scope, now)
        await self._ports.database.record(Change(scope, rows=[row], events=[stored], emitted=told))
        log.info(
            "recordings.stored",
            recording=spooled.recording,
            seconds=sound.file.seconds,
            swept=finished is None,
            torn=sound.file.torn,
        )

    async def _set_aside(self, path: Path, spooled: SpooledRecording) -> None:
        await asyncio.to_thread(self._ports.spool.set_aside, path)
        self._ports.spool.forget(spooled)

    async def _leave_spool(self, path: Path, spooled: SpooledRecording) -> None:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        self._ports.spool.forget(spooled)

    async def _tell_failure(self, failed: RecorderFailed) -> None:
        path = Path(failed.path)
        await self._tell(SpooledRecording.parse(path), failed.reason, failed.message)
        self._failed.pop(path, None)

    async def _tell(self, spooled: SpooledRecording, reason: str, detail: str) -> None:
        log.error("recordings.failed", call=spooled.call, reason=reason, detail=detail)
        failed = RecordingFailed(
            id=spooled.event_id(reason),
            tenant=spooled.tenant,
            at=self._ports.clock.now(),
            call=spooled.call,
            reason=reason,
            detail=detail,
        )
        async with self._ports.database.write(TenantScope(spooled.tenant)) as unit:
            await unit.append(failed)

    async def _check_space(self) -> None:
        self._free_bytes = free = await asyncio.to_thread(self._ports.spool.free_bytes)
        was_low, self._space_low = self._space_low, free < LOW_SPACE_BYTES
        if self._space_low and not was_low:
            log.error("recordings.disk_low", free_bytes=free)
        elif was_low and not self._space_low:
            log.info("recordings.disk_recovered", free_bytes=free)
