"""Recordings at rest: a stolen folder shows nothing, every tenant has keys of its own, and keys can be renewed."""

import wave
from pathlib import Path

import numpy as np
import pytest

from kernel.adapters import FolderBlobStore
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId, RecordingId
from media.recordings import Recording, RecordingLibrary, RecordingRepository, ServerKeys, TenantKeys, Vault
from media.recordings.keys import WrongServerKey
from media.recordings.renewal import KeyRenewal
from media.recordings.sealing import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES, Damaged
from media.recordings.wav import sha256
from tests.fakes import FakeClock, SequentialIds, TwoTenants

RATE = 8000
SERVER_KEY, NEW_SERVER_KEY = bytes(range(32)), bytes(range(1, 33))


def tone(path: Path, seconds: float = 20.0) -> Path:
    samples = (np.sin(np.arange(int(RATE * seconds)) * 2 * np.pi * 440 / RATE) * 12_000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.repeat(samples, 2).tobytes())
    return path


class Archive:
    def __init__(self, database: Database, folder: Path, clock: FakeClock) -> None:
        self.database = database
        self.folder = folder / "blobs"
        self.blobs = FolderBlobStore(self.folder)
        self.clock = clock
        self.work = folder / "work"
        self.work.mkdir()
        self.open(SERVER_KEY)

    def open(self, *server_keys: bytes) -> None:
        """As a process does when it starts."""
        self.keys = TenantKeys(self.database, ServerKeys(server_keys), self.clock)
        self.vault = Vault(self.blobs, self.keys, self.work)
        self.library = RecordingLibrary(self.database, self.vault)
        self.renewal = KeyRenewal(self.database, self.vault, self.keys, self.work)

    async def store(self, scope: TenantScope, ids: SequentialIds, source: Path, *, sealed: bool = True) -> Recording:
        key = f"recordings/{scope.tenant}/{ids.new()}.wav"
        version = None
        if sealed:
            version = await self.vault.put(scope, key, source)
        else:
            await self.blobs.put(key, source)
        recording = Recording(
            id=RecordingId(ids.new()),
            call_id=CallId(ids.new()),
            key=key,
            started_at=self.clock.now(),
            seconds=20.0,
            channels=2,
            bytes=source.stat().st_size,
            sha256=sha256(source),
            key_version=version,
        )
        async with self.database.write(scope) as unit:
            await RecordingRepository(unit.session, scope).add(recording, self.clock.now())
        return recording

    async def heard(self, scope: TenantScope, recording: Recording, start: int = 0, length: int | None = None) -> bytes:
        return b"".join([data async for data in self.library.open(scope, recording.id, start, length)])

    def path(self, recording: Recording) -> Path:
        return self.folder / recording.key


@pytest.fixture
def archive(database: Database, tmp_path: Path, clock: FakeClock) -> Archive:
    return Archive(database, tmp_path, clock)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tone(tmp_path / "tone.wav")


async def test_a_stolen_folder_shows_nothing(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
) -> None:
    await archive.store(tenants.our_scope, ids, source)
    plain = source.read_bytes()
    pieces = [plain[at : at + 32] for at in range(44, 44 + RATE * 4, 320)]
    key = (await archive.keys.current(tenants.our_scope)).secret
    found = [path for path in archive.folder.rglob("*") if path.is_file()]
    assert len(found) == 1
    for path in found:
        stored = path.read_bytes()
        assert b"RIFF" not in stored
        assert b"WAVE" not in stored
        assert not any(piece in stored for piece in pieces if any(piece))
        assert key not in stored
        assert SERVER_KEY not in stored


async def test_nothing_plain_is_left_beside_the_source(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
) -> None:
    await archive.store(tenants.our_scope, ids, source)
    assert [path.name for path in source.parent.iterdir() if path.is_file() and "tone" in path.name] == ["tone.wav"]


@pytest.mark.parametrize(("start", "length"), [(0, None), (0, 44), (CHUNK_BYTES - 1, 2), (600_000, 9_999_999)])
async def test_every_span_sounds_as_it_did(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants, start: int, length: int | None
) -> None:
    recording = await archive.store(tenants.our_scope, ids, source)
    plain = source.read_bytes()
    assert await archive.heard(tenants.our_scope, recording, start, length) == plain[start:][:length]


async def test_tenants_have_keys_of_their_own(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
) -> None:
    ours, theirs = [await archive.keys.current(scope) for scope in (tenants.our_scope, tenants.their_scope)]
    assert ours.secret != theirs.secret
    recording = await archive.store(tenants.our_scope, ids, source)
    with pytest.raises(Damaged):
        [data async for data in archive.vault.open(tenants.their_scope, recording.key)]


@pytest.mark.parametrize("offset", [0, 30, HEADER_BYTES + 5, HEADER_BYTES + CHUNK_BYTES + TAG_BYTES + 5, -1])
async def test_a_changed_file_is_an_error_and_never_another_sound(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants, offset: int
) -> None:
    recording = await archive.store(tenants.our_scope, ids, source)
    stored = bytearray(archive.path(recording).read_bytes())
    stored[offset] ^= 0x40
    archive.path(recording).write_bytes(stored)
    heard = bytearray()

    async def listen() -> None:
        async for data in archive.library.open(tenants.our_scope, recording.id):
            heard.extend(data)

    with pytest.raises(Damaged):
        await listen()
    assert source.read_bytes().startswith(heard)


async def test_a_plain_file_in_the_place_of_a_sealed_one_is_not_played(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
) -> None:
    recording = await archive.store(tenants.our_scope, ids, source)
    archive.path(recording).write_bytes(source.read_bytes())
    with pytest.raises(Damaged):
        await archive.heard(tenants.our_scope, recording)


async def test_two_recordings_that_changed_places_are_not_played(
    archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
) -> None:
    one = await archive.store(tenants.our_scope, ids, source)
    two = await archive.store(tenants.our_scope, ids, source)
    archive.path(one).write_bytes(archive.path(two).read_bytes())
    with pytest.raises(Damaged):
        await archive.heard(tenants.our_scope, one)


class TestRenewal:
    async def test_new_recordings_take_the_new_key_and_old_ones_still_sound(
        self, archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
    ) -> None:
        old = await archive.store(tenants.our_scope, ids, source)
        await archive.keys.rotate(tenants.our_scope)
        new = await archive.store(tenants.our_scope, ids, source)
        assert (old.key_version, new.key_version) == (1, 2)
        assert await archive.heard(tenants.our_scope, old) == source.read_bytes()
        assert await archive.heard(tenants.our_scope, new) == source.read_bytes()

    async def test_it_puts_everything_under_the_newest_key_and_seals_what_never_was(
        self, archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
    ) -> None:
        plain = await archive.store(tenants.our_scope, ids, source, sealed=False)
        sealed = await archive.store(tenants.our_scope, ids, source)
        other = await archive.store(tenants.their_scope, ids, source)
        assert await archive.heard(tenants.our_scope, plain) == source.read_bytes(), "as the first release stored it"
        renewed = [done async for done in archive.renewal.renew(tenants.our_scope)]
        assert renewed == [plain.id, sealed.id]
        for recording in (plain, sealed):
            found = await archive.library.get(tenants.our_scope, recording.id)
            assert found is not None
            assert found.key_version == 2
            assert b"RIFF" not in archive.path(recording).read_bytes()
            assert await archive.heard(tenants.our_scope, found) == source.read_bytes()
        assert (await archive.keys.current(tenants.their_scope)).version == 1
        assert await archive.heard(tenants.their_scope, other) == source.read_bytes()
        assert list(archive.work.iterdir()) == []

    async def test_killed_between_file_and_row_it_goes_on(
        self, archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
    ) -> None:
        plain = await archive.store(tenants.our_scope, ids, source, sealed=False)
        await archive.vault.reseal(tenants.our_scope, plain.key, archive.work)
        assert await archive.heard(tenants.our_scope, plain) == source.read_bytes()
        assert [done async for done in archive.renewal.renew(tenants.our_scope)] == [plain.id]
        assert await archive.heard(tenants.our_scope, plain) == source.read_bytes()


class TestServerKey:
    async def test_after_rewrapping_the_new_key_alone_is_enough(
        self, archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
    ) -> None:
        recording = await archive.store(tenants.our_scope, ids, source)
        archive.open(NEW_SERVER_KEY, SERVER_KEY)
        assert await archive.heard(tenants.our_scope, recording) == source.read_bytes()
        assert await archive.keys.rewrap(tenants.our_scope) == 1
        assert await archive.keys.rewrap(tenants.our_scope) == 0
        archive.open(NEW_SERVER_KEY)
        assert await archive.heard(tenants.our_scope, recording) == source.read_bytes()

    async def test_with_another_server_key_nothing_opens(
        self, archive: Archive, source: Path, ids: SequentialIds, tenants: TwoTenants
    ) -> None:
        recording = await archive.store(tenants.our_scope, ids, source)
        archive.open(NEW_SERVER_KEY)
        with pytest.raises(WrongServerKey):
            await archive.heard(tenants.our_scope, recording)
