"""The shape of a backup: a folder, or the same in one tar file; a manifest with the hash of everything in it."""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec

from api.backup.errors import BadBackup

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
KEYS = "keys.json"
BLOBS = "blobs/"
PROMPTS = "prompts/"
TAR = ".tar"


class Entry(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` are recordings that were deleted between the copy of the database and theirs, or were lost before."""

    format: int = FORMAT
    made_at: datetime
    version: str
    database: str
    revisions: tuple[str, ...]
    files: dict[str, Entry]
    missing: tuple[str, ...] = ()
    unstored: int = 0  # recordings still in the spool: not in the backup


def measured(path: Path) -> Entry:
    with path.open("rb") as file:
        return Entry(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """BadBackup when there is none that we know."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadBackup(f"It has no {MANIFEST} that can be read: {error}.") from error
    if manifest.format != FORMAT:
        raise BadBackup(f"It has format {manifest.format}; this version reads {FORMAT}.")
    for name in manifest.files:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or "/".join(parts) != name:
            raise BadBackup(f"It names a file outside of itself: {name}.")
    return manifest


def check(folder: Path, name: str, entry: Entry) -> None:
    """BadBackup unless the file is what the manifest says."""
    path = folder / name
    if not path.is_file():
        raise BadBackup(f"{name} is missing.")
    if measured(path) != entry:
        raise BadBackup(f"{name} was changed.")


@contextmanager
def writing(target: Path) -> Generator[Path]:
    """The folder to fill; it becomes `target` whole or not at all, as a tar file if it is named so."""
    if target.exists():
        raise FileExistsError(f"{target} is there: name a new folder or file")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield folder
        if target.suffix == TAR:
            part = folder.with_suffix(".part")
            _pack(folder, part)
            part.replace(target)
        else:
            folder.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pack(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        target.chmod(0o600)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.add(path, path.relative_to(folder).as_posix())
                path.unlink()  # a backup needs its size once


def peek(source: Path, name: str) -> bytes:
    """One small file of it; BadBackup when it is not there."""
    try:
        if source.is_dir():
            return (source / name).read_bytes()
        with tarfile.open(source) as archive:
            found = archive.extractfile(name)
            return b"" if found is None else found.read()
    except (OSError, KeyError, tarfile.TarError) as error:
        raise BadBackup(f"{source} is no backup: {name} cannot be read.") from error


@contextmanager
def reading(source: Path) -> Generator[Path]:
    """The backup as a folder."""
    if not source.exists():
        raise BadBackup(f"There is no {source}.")
    if source.is_dir():
        yield source
        return
    folder = Path(tempfile.mkdtemp(dir=source.absolute().parent, prefix=f".{source.name}."))
    try:
        try:
            _unpack(source, folder)
        except tarfile.TarError as error:
            raise BadBackup(f"{source} is no backup.") from error
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(source: Path, folder: Path) -> None:
    """BadBackup where it holds what no backup of ours does, such as a link or a way out of the folder.

    `extractall` has its filter from Python 3.11.4 on, and Debian 12 has 3.11.2.
    """
    with tarfile.open(source) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or path.is_absolute() or ".." in path.parts:
                raise BadBackup(f"{source} is no backup: {member.name} does not belong in one.")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
