"""What was saved while people worked is restored into an empty machine, to the last row and byte."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from api_history import WAV, History
from api_server import KEY, Centre

from api.backup.archive import MANIFEST, Manifest, peek
from api.backup.errors import BadBackup, WrongPassphrase
from api.backup.work import BackupParts, make, restore
from api.migrations import known_revisions
from api.migrations.metadata import all_tables
from kernel.adapters import DatabaseUnusable, FolderBlobStore, PostgresCopy, SqliteCopy
from kernel.adapters.database_copy import CopyFailed, NotEmpty
from kernel.contracts.base import TenantScope
from kernel.ports.database_copy import DatabaseCopy
from kernel.ports.unit_of_work import Database
from kernel.primitives.errors import Conflict
from kernel.primitives.ids import QueueId, RecordingId
from kernel.primitives.secret import Secret
from media.recordings import RecordingLibrary, ServerKeys, TenantKeys, Vault
from tenants.directory import Role
from tests.databases import Place, Shelf
from tests.fakes import START, FakeClock

PASSPHRASE = Secret("nine lives and a cord")


def silent(_stage: str, _done: int, _total: int) -> None:
    pass


def copy_of(place: Place) -> DatabaseCopy:
    return PostgresCopy(Secret(place.url)) if place.file is None else SqliteCopy(place.file)


def parts_of(place: Place, folder: Path) -> BackupParts:
    return BackupParts(
        copy=copy_of(place),
        blobs=FolderBlobStore(folder / "blobs"),
        folder=folder,
        prompts=folder / "prompts",
        spool=folder / "spool",
        key=folder / "server.key",
        known=known_revisions(),
    )


async def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with database.read() as unit:
        for table in all_tables().sorted_tables:
            result = await unit.session.execute(table.select())
            found[table.name] = sorted((tuple(row) for row in result), key=repr)
    return found


class Machine:
    """The one that is saved."""

    def __init__(self, centre: Centre, place: Place, folder: Path, recording: RecordingId) -> None:
        self.centre = centre
        self.parts = parts_of(place, folder)
        self.recording = recording
        self.folder = folder


@pytest.fixture
async def machine(centre: Centre, founded: Place, tmp_path: Path) -> Machine:
    (tmp_path / "server.key").write_bytes(KEY)
    prompt = tmp_path / "prompts" / str(await centre.tenant()) / "greeting.wav"
    prompt.parent.mkdir(parents=True)
    prompt.write_bytes(b"RIFF of a greeting")
    queue, agent = await centre.queue(), await centre.user(Role.AGENT)
    history = History(centre, await centre.tenant())
    call = await history.whole_call(agent, QueueId(UUID(queue["id"])))
    await history.recording(call, tmp_path)
    source = tmp_path / "sealed.wav"
    source.write_bytes(WAV)
    recording = await history.sealed_recording(call, source)
    await centre.relay.drain()
    await centre.insight.settle(TenantScope(await centre.tenant()))
    await centre.metering.catch_up(await centre.tenant())
    return Machine(centre, founded, tmp_path, recording)


@pytest.fixture
async def empty(shelf: Shelf) -> AsyncIterator[Place]:
    place = await shelf.empty()
    yield place
    await shelf.remove(place)


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
async def test_an_empty_machine_becomes_the_same(machine: Machine, empty: Place, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    before = await rows(machine.centre.database)
    made = await make(machine.parts, target, PASSPHRASE, START, silent)
    assert (made.missing, made.database) == ((), machine.parts.copy.kind)
    folder = tmp_path / "new"
    await restore(parts_of(empty, folder), target, PASSPHRASE, silent)
    database = empty.open(FakeClock())
    try:
        assert await rows(database) == before
        assert {name for name, found in before.items() if found} >= {
            "audit_entries",
            "event_log",
            "recordings",
            "users",
        }
        old, new = machine.folder / "blobs", folder / "blobs"
        blobs = {path.relative_to(old) for path in old.rglob("*.wav")}
        assert len(blobs) == 2
        assert {path.relative_to(new) for path in new.rglob("*.wav")} == blobs
        assert all((old / blob).read_bytes() == (new / blob).read_bytes() for blob in blobs)
        (prompt,) = (folder / "prompts").rglob("*.wav")
        assert prompt.read_bytes() == b"RIFF of a greeting"
        keys = TenantKeys(database, ServerKeys([(folder / "server.key").read_bytes()]), FakeClock())
        library = RecordingLibrary(database, Vault(FolderBlobStore(new), keys, new))
        scope = TenantScope(await machine.centre.tenant())
        assert b"".join([data async for data in library.open(scope, machine.recording)]) == WAV
        assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    finally:
        await database.close()


async def test_writers_go_on_meanwhile_and_the_copy_is_of_one_moment(
    machine: Machine, empty: Place, tmp_path: Path
) -> None:
    stop = asyncio.Event()

    async def work() -> int:
        made = 0
        while not stop.is_set():
            await machine.centre.queue(name=f"Queue {made}")
            made += 1
        return made

    working = asyncio.create_task(work())
    await make(machine.parts, tmp_path / "b", None, START, silent)
    stop.set()
    assert await working > 0
    await restore(parts_of(empty, tmp_path / "new"), tmp_path / "b", None, silent)
    database = empty.open(FakeClock())
    try:
        found = await rows(database)
    finally:
        await database.close()
    created = [row for row in found["audit_entries"] if "queue.created" in row]
    assert len(created) == len(found["queues"])


async def test_a_recording_that_is_deleted_meanwhile_is_noted(machine: Machine, empty: Place, tmp_path: Path) -> None:
    found = await machine.centre.services.recordings.get(TenantScope(await machine.centre.tenant()), machine.recording)
    assert found is not None
    await machine.centre.blobs.delete(found.key)
    made = await make(machine.parts, tmp_path / "b", None, START, silent)
    assert made.missing == (found.key,)
    await restore(parts_of(empty, tmp_path / "new"), tmp_path / "b", None, silent)


async def test_what_lies_in_the_spool_is_told(machine: Machine, tmp_path: Path) -> None:
    name = f"{UUID(int=1)}.{UUID(int=2)}.20260302T090000000000Z.opus.sealed"
    spooled = tmp_path / "spool" / str(UUID(int=3)) / name
    spooled.parent.mkdir(parents=True)
    spooled.write_bytes(b"RIFF")
    assert (await make(machine.parts, tmp_path / "b", None, START, silent)).unstored == 1


async def test_the_keys_are_of_no_use_without_the_passphrase(machine: Machine, empty: Place, tmp_path: Path) -> None:
    await make(machine.parts, tmp_path / "b", PASSPHRASE, START, silent)
    saved = [path for path in (tmp_path / "b").iterdir() if path.is_file()]
    assert {path.name for path in saved} == {"database", "keys.json", "manifest.json"}
    assert all(KEY not in path.read_bytes() and base64.b64encode(KEY) not in path.read_bytes() for path in saved)
    for wrong in (None, Secret("guess")):
        with pytest.raises(WrongPassphrase):
            await restore(parts_of(empty, tmp_path / "new"), tmp_path / "b", wrong, silent)
    assert not (tmp_path / "new").exists()


def _remove(folder: Path) -> None:
    next((folder / "blobs").rglob("*.wav")).unlink()


def _change(folder: Path) -> None:
    path = next((folder / "blobs").rglob("*.wav"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _cut(folder: Path) -> None:
    (folder / "database").write_bytes((folder / "database").read_bytes()[:-1])


def _manifest(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps(told | changes))

    return change


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a recording is missing": _remove,
    "a recording was changed": _change,
    "the database was cut off": _cut,
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "another format": _manifest(format=2),
    "a newer version": _manifest(revisions=["9999"]),
    "another database": _manifest(database="oracle"),
    "a file outside": _manifest(files={"../evil": {"bytes": 1, "sha256": ""}}),
    "no database": _manifest(files={}),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_backup_is_refused_before_anything_is_written(
    machine: Machine, empty: Place, tmp_path: Path, damage: str
) -> None:
    await make(machine.parts, tmp_path / "b", None, START, silent)
    DAMAGE[damage](tmp_path / "b")
    parts = parts_of(empty, tmp_path / "new")
    with pytest.raises(BadBackup):
        await restore(parts, tmp_path / "b", None, silent)
    await parts.copy.require_empty()
    assert not (tmp_path / "new").exists()


async def test_nothing_is_overwritten(machine: Machine, empty: Place, tmp_path: Path) -> None:
    await make(machine.parts, tmp_path / "b", None, START, silent)
    with pytest.raises(NotEmpty):
        await restore(machine.parts, tmp_path / "b", None, silent)
    with pytest.raises(Conflict):
        await restore(parts_of(empty, machine.folder), tmp_path / "b", None, silent)
    with pytest.raises(FileExistsError):
        await make(machine.parts, tmp_path / "b", None, START, silent)


async def test_of_a_backup_that_failed_nothing_is_left(machine: Machine, shelf: Shelf, tmp_path: Path) -> None:
    gone = await shelf.empty()
    await shelf.remove(gone)
    target = tmp_path / "targets" / "b"
    with pytest.raises((CopyFailed, DatabaseUnusable)):
        await make(parts_of(gone, tmp_path), target, None, START, silent)
    assert list(target.parent.iterdir()) == []


async def test_the_manifest_tells_what_is_in_it(machine: Machine, tmp_path: Path) -> None:
    made = await make(machine.parts, tmp_path / "b.tar", None, START, silent)
    assert msgspec.json.decode(peek(tmp_path / "b.tar", MANIFEST), type=Manifest) == made
    assert made.revisions
    assert (made.made_at, made.files["database"].bytes > 0) == (START, True)
    with pytest.raises(BadBackup):
        peek(tmp_path / "b.tar", "nothing")
