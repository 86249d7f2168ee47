"""Blobs that are sealed at rest with their tenant's key."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from kernel.contracts.base import TenantScope
from kernel.ports.blob_store import BlobStore
from media.recordings.keys import TenantKeys
from media.recordings.sealing import (
    HEADER_BYTES,
    Damaged,
    Header,
    Opener,
    Source,
    TenantKey,
    is_sealed,
    rewrapped,
    sealed,
)

SUFFIX = ".sealed"
SEALING = ".sealing"


class Vault:
    """What is put in is sealed; what was stored before there was sealing is read as it is, if the caller says so.

    `work` takes sealed copies for a while: not the source's own folder, which may be full.
    """

    def __init__(self, blobs: BlobStore, keys: TenantKeys, work: Path) -> None:
        self._blobs = blobs
        self._keys = keys
        self._work = work

    async def put(self, scope: TenantScope, key: str, source: Path) -> int:
        """Store a sealed copy of the file whole or not at all; returns the version of the key that sealed it."""
        size = (await asyncio.to_thread(source.stat)).st_size
        with await asyncio.to_thread(source.open, "rb") as plain:
            return await self.put_content(scope, key, plain, size)

    async def put_content(self, scope: TenantScope, key: str, content: Source, size: int) -> int:
        """As `put`, of `size` bytes that are read in a thread."""
        tenant_key = await self._keys.current(scope)
        copy = self._work / (key.rpartition("/")[2] + SEALING)
        try:
            await asyncio.to_thread(_seal, content, size, copy, tenant_key, _label(scope, key))
            await self._blobs.put(key, copy)
        finally:
            await asyncio.to_thread(copy.unlink, missing_ok=True)
        return tenant_key.version

    async def open(
        self, scope: TenantScope, key: str, start: int = 0, length: int | None = None, *, maybe_plain: bool = False
    ) -> AsyncIterator[bytes]:
        """A span of the content. NotFound; Damaged before the first wrong byte would be given."""
        head = await self._head(key)
        if maybe_plain and not is_sealed(head):
            async for piece in self._blobs.open(key, start, length):
                yield piece
            return
        header = Header.parse(head)
        if await self._blobs.size(key) != header.stored_bytes:
            raise Damaged("It was cut off, or something was added. Restore the file from a backup.")
        label = _label(scope, key)
        opener = Opener(header, header.data_key(await self._keys.get(scope, header.version), label), start, length)
        async for data in self._blobs.open(key, opener.offset, opener.stored):
            for piece in opener.feed(data):
                yield piece
        opener.finish()

    async def delete(self, key: str) -> None:
        await self._blobs.delete(key)

    async def reseal(self, scope: TenantScope, key: str, folder: Path) -> int:
        """Put it under the tenant's newest key, or seal it if it never was; `folder` takes a sealed copy for a while.

        Returns the key's version.
        """
        tenant_key = await self._keys.current(scope)
        head = await self._head(key)
        copy = folder / (key.rpartition("/")[2] + SUFFIX)
        try:
            if is_sealed(head):
                header = Header.parse(head)
                if header.version == tenant_key.version:
                    return tenant_key.version
                old = await self._keys.get(scope, header.version)
                await self._copy(key, rewrapped(header, old, tenant_key, _label(scope, key)), copy)
                await self._blobs.put(key, copy)
                return tenant_key.version
            await self._fetch(key, copy)
            return await self.put(scope, key, copy)
        finally:
            await asyncio.to_thread(copy.unlink, missing_ok=True)

    async def _head(self, key: str) -> bytes:
        return b"".join([data async for data in self._blobs.open(key, 0, HEADER_BYTES)])

    async def _copy(self, key: str, header: Header, copy: Path) -> None:
        with await asyncio.to_thread(copy.open, "wb") as file:
            file.write(bytes(header))
            async for data in self._blobs.open(key, HEADER_BYTES):
                await asyncio.to_thread(file.write, data)

    async def _fetch(self, key: str, copy: Path) -> None:
        with await asyncio.to_thread(copy.open, "wb") as file:
            async for data in self._blobs.open(key):
                await asyncio.to_thread(file.write, data)


def _label(scope: TenantScope, key: str) -> bytes:
    return scope.tenant.bytes + key.encode()


def _seal(content: Source, size: int, copy: Path, key: TenantKey, label: bytes) -> None:
    with copy.open("wb") as file:
        for data in sealed(content, size, key, label):
            file.write(data)
