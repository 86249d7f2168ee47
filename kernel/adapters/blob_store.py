"""The embedded blob store: a folder."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from kernel.primitives.errors import NotFound

CHUNK_BYTES = 256 << 10  # a thread hop costs about 50 µs; this much of a recording is 8 s
INCOMING = ".incoming"  # on the same file system as the blobs, so that a rename is atomic


class FolderBlobStore:
    """kernel.ports.blob_store.BlobStore under `root`, which is made when it is missing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if (
            not key
            or key.startswith("/")
            or "\0" in key
            or "\\" in key
            or ".." in parts
            or key.split("/") != list(parts)
        ):
            raise ValueError(f"not a blob key: {key!r}")
        if parts[0] == INCOMING:
            raise ValueError(f"a blob key never starts with {INCOMING}")
        return self._root.joinpath(*parts)

    async def put(self, key: str, source: Path) -> None:
        await asyncio.to_thread(self._put, self._path(key), source)

    def _put(self, target: Path, source: Path) -> None:
        incoming = self._root / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=incoming)
        try:
            with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
                shutil.copyfileobj(original, copy, CHUNK_BYTES)
                copy.flush()
                os.fsync(copy.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._sync_folder(target.parent)

    def _sync_folder(self, folder: Path) -> None:
        """Make the new name, and those of folders made for it, survive a power cut."""
        while True:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            if folder == self._root:
                return
            folder = folder.parent

    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        path = self._path(key)
        if start < 0 or (length is not None and length < 0):
            raise ValueError("a range starts at 0 or later and is not shorter than nothing")
        try:
            blob = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound(f"there is no blob {key}") from None
        try:
            blob.seek(start)
            left = length
            while left is None or left > 0:
                chunk = await asyncio.to_thread(blob.read, CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk
        finally:
            blob.close()

    async def size(self, key: str) -> int:
        path = self._path(key)
        try:
            found = await asyncio.to_thread(path.stat)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"there is no blob {key}") from None
        return found.st_size

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def link(self, key: str, seconds: float) -> str | None:
        self._path(key)
        return None
