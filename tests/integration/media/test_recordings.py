"""No recording is lost and none is stored twice, whatever was killed when."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from loopback_engine import LoopbackEngine, listening
from spool_files import CHUNK, ogg, pieces, recorded, sealed
from structlog.testing import capture_logs

from kernel.adapters import FolderBlobStore
from kernel.contracts.engine import (
    Command,
    Done,
    LegEnded,
    RecorderState,
    RecordingFinished,
    RecordingFormat,
    RecordingGap,
    Seal,
    Snapshot,
    SpoolLow,
    Statistics,
    TakeSnapshot,
)
from kernel.contracts.engine import RecordingFailed as RecorderFailed
from kernel.contracts.log import LogEvent, RecordingFailed, RecordingStored
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, TenantId
from media.control import EngineClient
from media.recordings import (
    RecordingLibrary,
    RecordingPorts,
    RecordingService,
    RecordingSpool,
    ServerKeys,
    TenantKeys,
    Vault,
)
from media.recordings import service as service_module
from media.recordings.sealing import Damaged
from media.recordings.wav import HEADER
from tests.databases import StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants, eventually


class BrokenStore(FolderBlobStore):
    """A store that is away for its first `failures` puts."""

    failures = 0

    async def put(self, key: str, source: Path) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the store is away")
        await super().put(key, source)


class Desk:
    """Everything a recording passes, except that the engine is a peer which writes what a test says."""

    def __init__(self, folder: Path, engine: LoopbackEngine, client: EngineClient, database: StoringDatabase) -> None:
        self.engine = engine
        self.client = client
        self.database = database
        self.clock = FakeClock()
        self.ids = SequentialIds()
        self.blobs = BrokenStore(folder / "blobs")
        self.spool_folder = folder / "spool"
        self.keys = TenantKeys(database, ServerKeys([bytes(32)]), self.clock)
        self.spool = self.new_spool()
        self.vault = Vault(self.blobs, self.keys, folder)
        self.library = RecordingLibrary(database, self.vault)
        self.living: list[RecorderState] = []
        self.service = self.new_service()
        engine.reply = self.reply

    def new_service(self) -> RecordingService:
        ports = RecordingPorts(
            engine=self.client, spool=self.spool, database=self.database, vault=self.vault, clock=self.clock
        )
        return RecordingService(ports)

    def reply(self, command: Command) -> Snapshot | Done:
        if isinstance(command, TakeSnapshot):
            return Snapshot(legs=(), players=(), recorders=tuple(self.living))
        return Done()

    async def record(
        self, tenant: TenantId, frames: int = 12_000, told: int | None = None, *, form: RecordingFormat = "wav"
    ) -> "Made":
        """`told` frames in the header of a plain file, such as engines wrote that knew no seals."""
        call = CallId(self.ids.new())
        start = await self.new_spool(form).prepare(tenant, call, "leg", self.clock.now())
        assert start.seal is not None
        path = Path(start.path)
        if told is not None:
            path = path.with_name(path.name.removesuffix(".sealed"))
        path.parent.mkdir(parents=True, exist_ok=True)
        chunks = pieces(bytes(range(4)) * frames) if form == "wav" else ogg(frames // 8000)
        if told is None:
            path.write_bytes(sealed(start.seal, chunks))
        else:
            recorded(path, frames, told)
        self.living.append(RecorderState(recorder=start.recorder, leg="leg", path=str(path), seconds=1, paused=False))
        return Made(call, start.recorder, path, start.seal, chunks)

    def new_spool(self, form: RecordingFormat = "wav") -> RecordingSpool:
        return RecordingSpool(self.spool_folder, self.ids, self.keys, form)

    def finish(self, made: "Made", sha256: str = "", gaps: Sequence[RecordingGap] = ()) -> None:
        self.living = [state for state in self.living if state.recorder != made.recorder]
        content = b"".join(made.chunks)
        self.engine.send(
            RecordingFinished(
                recorder=made.recorder,
                path=str(made.path),
                seconds=1.5,
                channels=2,
                bytes=len(content) + 44,
                sha256=sha256 or hashlib.sha256(content).hexdigest(),
                gaps=tuple(gaps),
                sealed=True,
            )
        )

    async def log(self, tenant: TenantId) -> list[LogEvent]:
        return [entry.event for entry in await self.database.read_log(tenant)]

    async def logged(self, tenant: TenantId, count: int) -> list[Any]:
        async with asyncio.timeout(5):
            while len(found := await self.log(tenant)) < count:  # noqa: ASYNC110 (the log tells nobody outside the bus)
                await asyncio.sleep(0.005)
        await self.service.drain()
        return found

    def spooled(self) -> list[Path]:
        return sorted(path for path in self.spool_folder.rglob("*") if path.is_file())


class Made(NamedTuple):
    call: CallId
    recorder: str
    path: Path
    seal: Seal
    chunks: list[bytes]

    def wav(self) -> bytes:
        """The plain file."""
        size = sum(map(len, self.chunks))
        fmt = (b"fmt ", 16, 1, 2, 8000, 32000, 4, 16)
        return HEADER.pack(b"RIFF", size + 36, b"WAVE", *fmt, b"data", size) + b"".join(self.chunks)


@pytest.fixture
async def desk(tmp_path: Path, database: StoringDatabase) -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "engine.sock"
        async with listening(socket) as engine:
            client = EngineClient(socket)
            desk = Desk(tmp_path, engine, client, database)
            await desk.service.start()
            await client.start()
            await engine.greeted()
            yield desk
            await desk.service.close()
            await client.close()


class TestFinished:
    async def test_it_moves_into_the_store_the_list_and_the_log(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        content = made.wav()
        started_at = desk.clock.now()
        desk.clock.advance(90)
        desk.finish(made, gaps=[RecordingGap(start_seconds=0.5, seconds=0.25)])
        [event] = await desk.logged(tenants.ours, 1)
        assert isinstance(event, RecordingStored)
        assert (event.call, event.at, event.started_at) == (made.call, desk.clock.now(), started_at)
        assert (event.seconds, event.channels, event.bytes) == (1.5, 2, len(content))
        assert event.gaps == ((0.5, 0.25),)
        assert event.key == f"recordings/{tenants.ours}/2026/03/02/{event.recording}.wav"
        assert desk.spooled() == []
        [listed] = await desk.library.find(tenants.our_scope, None, None, 10)
        assert (listed.id, listed.call_id, listed.sha256, listed.gaps) == (
            event.recording,
            made.call,
            event.sha256,
            ((0.5, 0.25),),
        )
        assert b"".join([chunk async for chunk in desk.library.open(tenants.our_scope, listed.id)]) == content

    async def test_told_twice_it_is_stored_once(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        content = made.path.read_bytes()
        desk.finish(made)
        await desk.logged(tenants.ours, 1)
        made.path.write_bytes(content)
        desk.finish(made)
        await eventually(lambda: desk.spooled() == [])
        assert len(await desk.logged(tenants.ours, 1)) == 1

    async def test_a_store_that_is_away_delays_it(self, desk: Desk, tenants: TwoTenants) -> None:
        desk.blobs.failures = 1
        made = await desk.record(tenants.ours)
        desk.finish(made, gaps=[RecordingGap(start_seconds=0.5, seconds=0.25)])
        await eventually(lambda: desk.blobs.failures == 0)
        await desk.service.drain()
        assert desk.spooled() == [made.path]
        assert await desk.log(tenants.ours) == []
        await desk.service.sweep()
        [event] = await desk.logged(tenants.ours, 1)
        assert event.gaps == ((0.5, 0.25),)

    async def test_a_file_that_is_not_what_the_recorder_wrote_is_kept_with_an_alarm(
        self, desk: Desk, tenants: TwoTenants
    ) -> None:
        desk.finish(await desk.record(tenants.ours), sha256="0" * 64)
        failed, stored = await desk.logged(tenants.ours, 2)
        assert isinstance(failed, RecordingFailed)
        assert failed.reason == "damaged"
        assert isinstance(stored, RecordingStored)

    async def test_a_recording_without_sound_is_told_and_not_kept(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours, frames=0)
        desk.living.clear()
        await desk.service.sweep()
        [event] = await desk.logged(tenants.ours, 1)
        assert isinstance(event, RecordingFailed)
        assert (event.reason, event.call) == ("empty", made.call)
        assert desk.spooled() == []

    async def test_a_file_that_vanished_is_an_alarm(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        copy = made.path.with_suffix(".copy")
        shutil.copy(made.path, copy)
        gone = RecordingFinished(
            recorder=made.recorder, path=str(made.path), seconds=1, channels=2, bytes=1, sha256="0" * 64
        )
        made.path.unlink()
        desk.engine.send(gone)
        [event] = await desk.logged(tenants.ours, 1)
        assert event.reason == "lost"

    async def test_events_about_other_things_are_none_of_its_business(self, desk: Desk, tenants: TwoTenants) -> None:
        desk.engine.send(
            LegEnded(leg="a", statistics=Statistics()),
            RecordingFinished(recorder="x", path="/voicemail.wav", seconds=1, channels=1, bytes=1, sha256=""),
        )
        desk.finish(await desk.record(tenants.ours))
        assert len(await desk.logged(tenants.ours, 1)) == 1


class TestFailed:
    async def test_a_full_disk_is_an_alarm_and_what_was_written_is_stored(
        self, desk: Desk, tenants: TwoTenants
    ) -> None:
        made = await desk.record(tenants.ours)
        desk.living.clear()
        desk.engine.send(
            RecorderFailed(recorder=made.recorder, path=str(made.path), reason="disk_full", message="no space left")
        )
        failed, stored = await desk.logged(tenants.ours, 2)
        assert isinstance(failed, RecordingFailed)
        assert (failed.reason, failed.call, failed.detail) == ("disk_full", made.call, "no space left")
        assert isinstance(stored, RecordingStored)

    async def test_a_recorder_that_failed_and_still_lives_is_left_alone(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        desk.engine.send(
            RecorderFailed(recorder=made.recorder, path=str(made.path), reason="disk_full", message="no space left")
        )
        await desk.logged(tenants.ours, 1)
        assert desk.spooled() == [made.path]
        desk.finish(made)
        assert len(await desk.logged(tenants.ours, 2)) == 2

    async def test_little_space_is_told_once(self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        await desk.service.close()  # which would sound the alarm too
        monkeypatch.setattr(service_module, "LOW_SPACE_BYTES", 1 << 62)
        monkeypatch.setattr(service_module, "SWEEP_SECONDS", 0.005)
        service = desk.new_service()
        assert service.free_bytes is None
        with capture_logs() as logs:
            await service.start()
            await eventually(lambda: service.space_low)
            await asyncio.sleep(0.05)
            await service.close()
        assert [line["log_level"] for line in logs if line["event"] == "recordings.disk_low"] == ["error"]
        assert service.free_bytes

    async def test_what_the_engine_says_of_its_disk_is_in_the_log(self, desk: Desk) -> None:
        with capture_logs() as logs:
            desk.engine.send(SpoolLow(free_bytes=7))
            await eventually(lambda: {"recordings.spool_low"} <= {line["event"] for line in logs})
        assert [line["free_bytes"] for line in logs if line["event"] == "recordings.spool_low"] == [7]


class TestLeftBehind:
    async def test_after_the_engine_died_its_files_are_finished(self, desk: Desk, tenants: TwoTenants) -> None:
        ours = await desk.record(tenants.ours, frames=16_000, told=8_000)
        await desk.record(tenants.theirs)
        desk.living.clear()
        desk.engine.hang_up()
        [stored] = await desk.logged(tenants.ours, 1)
        assert stored.seconds == 2.0, "the header told only the first second"
        assert stored.call == ours.call
        assert len(await desk.logged(tenants.theirs, 1)) == 1
        assert desk.spooled() == []

    async def test_living_recorders_are_left_alone(self, desk: Desk, tenants: TwoTenants) -> None:
        living, left = await desk.record(tenants.ours), await desk.record(tenants.ours)
        desk.living = [state for state in desk.living if state.recorder == living.recorder]
        desk.engine.hang_up()
        [stored] = await desk.logged(tenants.ours, 1)
        assert stored.call == left.call
        assert desk.spooled() == [living.path]

    async def test_killed_between_commit_and_deletion_it_is_stored_once(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        content = made.path.read_bytes()
        desk.finish(made)
        await desk.logged(tenants.ours, 1)
        made.path.write_bytes(content)
        await desk.service.sweep()
        await desk.service.drain()
        assert len(await desk.log(tenants.ours)) == 1
        assert desk.spooled() == []

    async def test_event_and_sweep_at_once_store_it_once(self, desk: Desk, tenants: TwoTenants) -> None:
        for _ in range(10):
            made = await desk.record(tenants.ours)
            desk.finish(made)
            await desk.service.sweep()
        assert len(await desk.logged(tenants.ours, 10)) == 10

    async def test_strange_files_in_the_spool_are_left_alone(self, desk: Desk, tenants: TwoTenants) -> None:
        stranger = desk.spool_folder / str(tenants.ours) / "notes.wav"
        stranger.parent.mkdir(parents=True)
        stranger.write_bytes(b"mine")
        await desk.service.sweep()
        await desk.service.drain()
        assert desk.spooled() == [stranger]

    async def test_a_torn_file_is_kept_up_to_its_last_whole_chunk(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours, frames=16_000)
        torn = sealed(made.seal, made.chunks, ended=False)
        for end in (len(torn), len(torn) - 1, len(torn) - CHUNK, len(torn) - CHUNK - 18):
            made.path.write_bytes(torn[:end])
            file = await desk.spool.open(made.path)
            whole = (end - len(made.seal.header)) // (CHUNK + 20)
            assert (file.torn, file.damaged, file.bytes) == (True, False, 44 + whole * CHUNK)
        made.path.write_bytes(torn[:-5] + bytes(3 * CHUNK))  # as a file system may leave it after a power failure
        assert (await desk.spool.open(made.path)).seconds == pytest.approx(1.8)
        desk.living.clear()
        desk.engine.hang_up()
        [stored] = await desk.logged(tenants.ours, 1)
        assert (stored.call, stored.seconds) == (made.call, pytest.approx(1.8))
        content = b"".join([piece async for piece in desk.library.open(tenants.our_scope, stored.recording)])
        assert content == made._replace(chunks=made.chunks[:9]).wav()

    async def test_opus_is_stored_up_to_its_last_whole_page(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours, frames=24_000, form="opus")
        torn = [*made.chunks[:-1], made.chunks[-1][:-7]]
        made.path.write_bytes(sealed(made.seal, torn, ended=False))
        desk.living.clear()
        desk.engine.hang_up()
        [stored] = await desk.logged(tenants.ours, 1)
        assert (stored.seconds, stored.channels, stored.key[-5:]) == (2.0, 2, ".opus")
        content = b"".join([piece async for piece in desk.library.open(tenants.our_scope, stored.recording)])
        assert content == b"".join(made.chunks[:-1])
        recording = await desk.library.get(tenants.our_scope, stored.recording)
        assert recording is not None
        assert (recording.format, recording.sha256) == ("opus", hashlib.sha256(content).hexdigest())


class TestSealed:
    async def test_nothing_of_it_is_plain_anywhere(self, desk: Desk, tenants: TwoTenants, tmp_path: Path) -> None:
        made = await desk.record(tenants.ours)
        samples = b"".join(made.chunks)[:16]

        def plain() -> list[Path]:
            return [path for path in tmp_path.rglob("*") if path.is_file() and samples in path.read_bytes()]

        assert plain() == []
        desk.finish(made)
        await desk.logged(tenants.ours, 1)
        assert plain() == []

    async def test_a_file_changed_in_its_middle_is_an_alarm_and_set_aside(
        self, desk: Desk, tenants: TwoTenants
    ) -> None:
        made = await desk.record(tenants.ours)
        content = bytearray(made.path.read_bytes())
        content[len(made.seal.header) + 2 * (CHUNK + 20) + 100] ^= 1
        made.path.write_bytes(content)
        desk.finish(made)
        failed, stored = await desk.logged(tenants.ours, 2)
        assert (failed.reason, stored.seconds) == ("damaged", 0.4)
        assert [path.name for path in desk.spooled()] == [made.path.name + ".damaged"]
        await desk.service.sweep()
        assert len(await desk.log(tenants.ours)) == 2

    async def test_another_files_head_does_not_open_it(self, desk: Desk, tenants: TwoTenants) -> None:
        one, other = await desk.record(tenants.ours), await desk.record(tenants.ours)
        other.path.write_bytes(one.path.read_bytes())
        with pytest.raises(Damaged):
            await desk.spool.open(other.path)
        desk.living.clear()
        desk.engine.hang_up()
        reasons = {getattr(event, "reason", "stored") for event in await desk.logged(tenants.ours, 2)}
        assert reasons == {"damaged", "stored"}

    async def test_a_renewed_key_still_opens_what_was_being_written(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        await desk.keys.rotate(tenants.our_scope)
        desk.finish(made)
        [stored] = await desk.logged(tenants.ours, 1)
        assert stored.seconds == 1.5


class TestSpool:
    async def test_the_same_call_gets_the_same_file_after_a_restart_too(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        later = desk.clock.now().replace(hour=23)
        for spool in (desk.spool, desk.new_spool(), desk.new_spool("opus")):
            start = await spool.prepare(tenants.ours, made.call, "leg", later)
            assert (start.recorder, start.path, start.format) == (made.recorder, str(made.path), "wav")
        theirs = await desk.new_spool().prepare(tenants.theirs, made.call, "leg", later)
        assert (theirs.recorder, theirs.path) != (made.recorder, str(made.path))

    async def test_keys_are_new_each_time_and_never_shown(self, desk: Desk, tenants: TwoTenants) -> None:
        call = CallId(desk.ids.new())
        one, other = [await desk.spool.prepare(tenants.ours, call, "leg", desk.clock.now()) for _ in range(2)]
        assert one.seal is not None
        assert other.seal is not None
        assert (one.path, one.seal.key == other.seal.key) == (other.path, False)
        assert repr(one.seal.key) not in repr(one)

    async def test_a_call_recorded_again_after_its_first_recording_was_stored_gets_another_one(
        self, desk: Desk, tenants: TwoTenants
    ) -> None:
        made = await desk.record(tenants.ours)
        desk.finish(made)
        await desk.logged(tenants.ours, 1)
        again = await desk.spool.prepare(tenants.ours, made.call, "leg", desk.clock.now())
        assert again.path != str(made.path)


class TestLibrary:
    async def test_a_tenant_sees_its_own_recordings_only(self, desk: Desk, tenants: TwoTenants) -> None:
        desk.finish(await desk.record(tenants.ours))
        [stored] = await desk.logged(tenants.ours, 1)
        assert await desk.library.get(tenants.our_scope, stored.recording) is not None
        assert await desk.library.get(tenants.their_scope, stored.recording) is None
        assert await desk.library.find(tenants.their_scope, None, None, 10) == []
        with pytest.raises(NotFound):
            [chunk async for chunk in desk.library.open(tenants.their_scope, stored.recording)]

    async def test_pages_go_from_the_newest_to_the_oldest_of_all_calls_or_of_one(
        self, desk: Desk, tenants: TwoTenants
    ) -> None:
        made = [await desk.record(tenants.ours) for _ in range(5)]
        for recording in made:
            desk.finish(recording)
        await desk.logged(tenants.ours, 5)
        first = await desk.library.find(tenants.our_scope, None, None, 3)
        rest = await desk.library.find(tenants.our_scope, None, first[-1].id, 3)
        assert [recording.call_id for recording in (*first, *rest)] == [one.call for one in reversed(made)]
        [one] = await desk.library.find(tenants.our_scope, made[2].call, None, 10)
        assert one.call_id == made[2].call

    async def test_a_range_is_streamed(self, desk: Desk, tenants: TwoTenants) -> None:
        made = await desk.record(tenants.ours)
        content = made.wav()
        desk.finish(made)
        [stored] = await desk.logged(tenants.ours, 1)
        piece = [chunk async for chunk in desk.library.open(tenants.our_scope, stored.recording, 100, 50)]
        assert b"".join(piece) == content[100:150]
