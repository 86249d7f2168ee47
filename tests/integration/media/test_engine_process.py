"""The real engine: found or started, outlived by nothing of ours, noticed when it dies, its recordings kept."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from real_engine import NEEDS_ENGINE

from kernel.adapters import FolderBlobStore
from kernel.contracts.engine import (
    CreateRtpLeg,
    Done,
    EngineEvent,
    EngineLost,
    EngineRefused,
    GetHealth,
    GetStatistics,
    Health,
    RecordingFormat,
    RtpLegCreated,
    Snapshot,
    StopRecorder,
    TakeSnapshot,
    Welcome,
)
from kernel.primitives.ids import CallId
from media.control import EngineClient, EngineProcess, EngineSettings
from media.control import process as process_module
from media.recordings import (
    RecordingLibrary,
    RecordingPorts,
    RecordingService,
    RecordingSpool,
    ServerKeys,
    TenantKeys,
    Vault,
)
from media.recordings.model import SpooledRecording
from tests.databases import StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants, eventually

ROOT = Path(__file__).parents[3]

pytestmark = NEEDS_ENGINE


@pytest.fixture
async def process(settings: EngineSettings) -> AsyncIterator[EngineProcess]:
    process = EngineProcess(settings)
    yield process
    await process.stop()


class TestProcess:
    async def test_it_is_started_once_and_then_found(self, process: EngineProcess, settings: EngineSettings) -> None:
        assert process.pid() is None
        await asyncio.gather(process.ensure(), EngineProcess(settings).ensure(), process.ensure())
        first = process.pid()
        assert first is not None
        await EngineProcess(settings).ensure()
        assert process.pid() == first

    async def test_it_outlives_the_process_that_started_it(
        self, process: EngineProcess, settings: EngineSettings
    ) -> None:
        start = (
            "import asyncio, msgspec, sys; from pathlib import Path\n"
            "from media.control import EngineProcess, EngineSettings\n"
            "to_path = lambda kind, value: Path(value)\n"
            "settings = msgspec.json.decode(sys.argv[1], type=EngineSettings, dec_hook=to_path)\n"
            "asyncio.run(EngineProcess(settings).ensure())"
        )
        told = msgspec.json.encode(settings, enc_hook=str).decode()
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", start, told], cwd=ROOT, check=True, start_new_session=True
        )
        pid = process.pid()
        assert pid is not None
        assert os.getsid(pid) == pid, "it has a session of its own, so no terminal's Ctrl-C reaches it"

    async def test_stopped_it_is_gone_whoever_started_it(
        self, process: EngineProcess, settings: EngineSettings
    ) -> None:
        await process.ensure()
        assert await EngineProcess(settings).stop()
        assert process.pid() is None
        assert not await process.stop()

    async def test_a_socket_file_left_by_a_killed_engine_is_no_obstacle(
        self, process: EngineProcess, settings: EngineSettings
    ) -> None:
        await process.ensure()
        pid = process.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: process.pid() is None)
        assert settings.socket.exists()
        await process.ensure()
        assert process.pid() not in (None, pid)

    async def test_one_that_cannot_start_says_why(self, settings: EngineSettings) -> None:
        wrong = msgspec.structs.replace(settings, rtp_ports="nonsense")
        with pytest.raises(EngineLost, match="nonsense"):
            await EngineProcess(wrong).ensure()

    async def test_a_missing_binary_says_how_to_get_one(
        self, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(process_module, "BINARY_PLACES", ())
        with pytest.raises(EngineLost, match="make engine"):
            await EngineProcess(settings).ensure()


@pytest.fixture
async def client(process: EngineProcess, settings: EngineSettings) -> AsyncIterator[EngineClient]:
    client = EngineClient(settings.socket, revive=process.ensure)
    yield client
    await client.close()


class TestClient:
    async def test_commands_are_carried_out_or_refused(self, client: EngineClient) -> None:
        await client.start()
        created = await client.request(CreateRtpLeg(leg="a", group="call"))
        assert isinstance(created, RtpLegCreated)
        assert created.rtp.port % 2 == 0
        assert isinstance(await client.request(GetHealth()), Health)
        with pytest.raises(EngineRefused) as refused:
            await client.request(GetStatistics(leg="nobody"))
        assert refused.value.refusal.code == "not_found"

    async def test_a_new_controller_finds_the_legs_of_the_one_before(
        self, client: EngineClient, settings: EngineSettings
    ) -> None:
        await client.start()
        await client.request(CreateRtpLeg(leg="a", group="call"))
        await client.close()
        successor = EngineClient(settings.socket)
        await successor.start()
        snapshot = await successor.request(TakeSnapshot())
        assert isinstance(snapshot, Snapshot)
        assert [leg.leg for leg in snapshot.legs] == ["a"]
        await successor.close()

    async def test_a_killed_engine_is_started_again_and_the_change_is_told(
        self, client: EngineClient, process: EngineProcess
    ) -> None:
        welcomes: list[Welcome] = []
        events: list[EngineEvent] = []
        client.subscribe(events.append, welcomes.append)
        await client.start()
        await client.request(CreateRtpLeg(leg="a", group="call"))
        pid = process.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: len(welcomes) == 2)
        assert welcomes[0].engine != welcomes[1].engine
        snapshot = await client.request(TakeSnapshot())
        assert isinstance(snapshot, Snapshot)
        assert snapshot.legs == ()


class TestRecordings:
    @pytest.mark.parametrize("form", ["wav", "opus"])
    async def test_they_are_stored_when_they_end_and_when_the_engine_is_killed(
        self,
        form: RecordingFormat,
        client: EngineClient,
        process: EngineProcess,
        database: StoringDatabase,
        clock: FakeClock,
        ids: SequentialIds,
        tenants: TwoTenants,
        tmp_path: Path,
    ) -> None:
        keys = TenantKeys(database, ServerKeys([bytes(32)]), clock)
        spool = RecordingSpool(tmp_path / "spool", ids, keys, form)
        vault = Vault(FolderBlobStore(tmp_path / "blobs"), keys, tmp_path)
        service = RecordingService(
            RecordingPorts(engine=client, spool=spool, database=database, vault=vault, clock=clock)
        )
        library = RecordingLibrary(database, vault)
        await service.start()
        await client.start()
        calls = [CallId(ids.new()) for _ in range(2)]
        paths: list[Path] = []
        for call in calls:
            await client.request(CreateRtpLeg(leg=str(call), group=str(call)))
            start = await spool.prepare(tenants.ours, call, str(call), clock.now())
            assert await client.request(start) == Done()
            assert await client.request(start) == Done(), "asked again, it goes on"
            paths.append(Path(start.path))
        recorder = SpooledRecording.parse(paths[0]).recorder
        await asyncio.sleep(1.2)
        await client.request(StopRecorder(recorder=recorder))
        await eventually(lambda: not paths[0].exists())
        pid = process.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: not paths[1].exists())
        await service.close()
        stored = await library.find(tenants.our_scope, None, None, 10)
        assert {recording.call_id for recording in stored} == set(calls)
        for recording in stored:
            # Of 1.2 s: when it is killed, 200 ms wait for late packets, 200 ms for the block, 20 ms for the frame.
            assert 0.75 < recording.seconds < 2
            size = sum([len(chunk) async for chunk in library.open(tenants.our_scope, recording.id)])
            assert size == recording.bytes
        assert len(await database.read_log(tenants.ours)) == 2
        assert await database.read_log(tenants.theirs) == []
