"""Making a backup while the server runs, and restoring it into an empty place."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from api.backup.archive import (
    BLOBS,
    DATABASE,
    KEYS,
    MANIFEST,
    PROMPTS,
    Entry,
    Manifest,
    check,
    measured,
    read_manifest,
    reading,
    writing,
)
from api.backup.errors import BadBackup
from api.backup.keys import opened_keys, sealed_keys
from kernel.ports.blob_store import BlobStore
from kernel.ports.database_copy import DatabaseCopy
from kernel.primitives.errors import Conflict, NotFound
from kernel.primitives.secret import Secret
from media.recordings import is_spooled

WHICH_BLOBS = (
    "SELECT key FROM recordings UNION SELECT blob FROM privacy_jobs WHERE blob IS NOT NULL",
    "SELECT version_num FROM alembic_version",
)

Told = Callable[[str, int, int], None]
"""Called with a stage, what of it is done, and of how much."""


@dataclass(frozen=True, kw_only=True)
class BackupParts:
    """What is saved. `known` are the revisions of the schema that this version can bring up to date."""

    copy: DatabaseCopy
    blobs: BlobStore
    folder: Path
    prompts: Path
    spool: Path
    key: Path
    known: frozenset[str]


async def make(parts: BackupParts, target: Path, passphrase: Secret | None, at: datetime, told: Told) -> Manifest:
    """The database first, then the files that it names: what comes later is in the next backup.

    OSError, CopyFailed. Nothing is left of a backup that failed.
    """
    with writing(target) as folder:
        database = folder / DATABASE
        keys, revisions = await parts.copy.dump(
            database, WHICH_BLOBS, lambda done, total: told("database", done, total)
        )
        files = {DATABASE: await asyncio.to_thread(measured, database)}
        missing: list[str] = []
        for place, key in enumerate(sorted(keys), start=1):
            entry = await _copy_blob(parts.blobs, key, folder / BLOBS / key)
            if entry is None:
                missing.append(key)
            else:
                files[BLOBS + key] = entry
            told("recordings", place, len(keys))
        files |= await asyncio.to_thread(_copy_prompts, parts.prompts, folder)
        stored = sealed_keys(await asyncio.to_thread(parts.key.read_bytes), passphrase)
        (folder / KEYS).write_bytes(msgspec.json.encode(stored))
        files[KEYS] = measured(folder / KEYS)
        manifest = Manifest(
            made_at=at,
            version=version("cordboard"),
            database=parts.copy.kind,
            revisions=tuple(sorted(revisions)),
            files=files,
            missing=tuple(missing),
            unstored=sum(is_spooled(path) for path in parts.spool.glob("*/*")),
        )
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


async def _copy_blob(blobs: BlobStore, key: str, target: Path) -> Entry | None:
    """None: it is gone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with await asyncio.to_thread(target.open, "wb") as file:
            async for data in blobs.open(key):
                await asyncio.to_thread(file.write, data)
    except NotFound:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        return None
    return await asyncio.to_thread(measured, target)


def _copy_prompts(prompts: Path, folder: Path) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for path in sorted(prompts.rglob("*.wav")):
        name = PROMPTS + path.relative_to(prompts).as_posix()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
        found[name] = measured(folder / name)
    return found


async def restore(parts: BackupParts, source: Path, passphrase: Secret | None, told: Told) -> Manifest:
    """All hashes are checked, and the place is known to be empty, before anything is written.

    BadBackup, WrongPassphrase, NotEmpty, CopyFailed.
    """
    with reading(source) as folder:
        manifest = read_manifest(folder)
        _require_usable(parts, manifest)
        for place, (name, entry) in enumerate(manifest.files.items(), start=1):
            await asyncio.to_thread(check, folder, name, entry)
            told("checking", place, len(manifest.files))
        keys = opened_keys(msgspec.json.decode((folder / KEYS).read_bytes()), passphrase)
        await parts.copy.require_empty()
        _require_empty(parts)
        told("database", 0, 1)
        await parts.copy.restore(folder / DATABASE)
        told("database", 1, 1)
        await _restore_files(parts, folder, manifest, told)
        parts.key.parent.mkdir(parents=True, exist_ok=True)
        parts.key.touch(mode=0o600)
        parts.key.write_bytes(keys)
    return manifest


async def _restore_files(parts: BackupParts, folder: Path, manifest: Manifest, told: Told) -> None:
    blobs = [name for name in manifest.files if name.startswith(BLOBS)]
    for place, name in enumerate(blobs, start=1):
        await parts.blobs.put(name.removeprefix(BLOBS), folder / name)
        told("recordings", place, len(blobs))
    for name in manifest.files:
        if name.startswith(PROMPTS):
            target = parts.prompts / name.removeprefix(PROMPTS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)


def _require_usable(parts: BackupParts, manifest: Manifest) -> None:
    if manifest.database != parts.copy.kind:
        raise BadBackup(f"It is of a {manifest.database} database; the settings name one of {parts.copy.kind}.")
    newer = set(manifest.revisions) - parts.known
    if newer:
        raise BadBackup(f"It was made by a newer version ({manifest.version}): install that one or a later one.")
    if {DATABASE, KEYS} - manifest.files.keys():
        raise BadBackup("Its manifest names no database or no keys.")


def _require_empty(parts: BackupParts) -> None:
    folder = parts.folder
    if parts.key.exists():
        raise Conflict(f"{parts.key} is there: move it away, or name another file for the key.")
    found = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if found:
        raise Conflict(f"{folder} is not empty ({', '.join(found[:5])}): name another storage folder.")
