"""How a file is sealed while the engine writes it (`kernel.contracts.engine.Seal`), and opened by the tenant's key.

The head holds the data key wrapped as in a stored blob, bound to the tenant and the file's name: whatever crashed, the
file and the tenant's key are enough.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.contracts.engine import Seal
from kernel.primitives.ids import TenantId
from media.recordings.sealing import KEY_BYTES, TAG_BYTES, WRAPPED_KEY_BYTES, Damaged, TenantKey, WrappedKey, nonce

MAGIC = b"CBSPOOL\x01"
HEAD_BYTES = len(MAGIC) + WRAPPED_KEY_BYTES
LENGTH_BYTES = 4
LARGEST_CHUNK = 1 << 20  # recorders write some kilobytes at once: a length beyond this was never written


def new_seal(key: TenantKey, tenant: TenantId, name: str) -> Seal:
    """For the spool file `name`, with a data key of its own."""
    data_key = AESGCM.generate_key(KEY_BYTES * 8)
    return Seal(key=data_key, header=MAGIC + bytes(WrappedKey.wrap(data_key, key, _label(tenant, name))))


def _label(tenant: TenantId, name: str) -> bytes:
    return b"spool\x00" + tenant.bytes + name.encode()


class SealedFile:
    """A sealed spool file. After its chunks were read, `torn` says that its end is missing, `damaged` that more is."""

    def __init__(self, path: Path) -> None:
        """Damaged when it does not begin as one; OSError. Blocks, as all here."""
        self._path = path
        self.torn = False
        self.damaged = False
        with path.open("rb") as file:
            self._head = file.read(HEAD_BYTES)
        if len(self._head) != HEAD_BYTES or not self._head.startswith(MAGIC):
            raise Damaged(f"{path.name} does not begin as a sealed recording does.")
        self._wrapped = WrappedKey.parse(self._head, len(MAGIC))
        self._cipher: AESGCM | None = None

    @property
    def version(self) -> int:
        """Of the tenant's key that opens it."""
        return self._wrapped.version

    def unlock(self, key: TenantKey, tenant: TenantId) -> None:
        """Damaged when the head was changed, or is another file's."""
        self._cipher = AESGCM(self._wrapped.unwrap(key, _label(tenant, self._path.name)))

    def chunks(self) -> Iterator[bytes]:
        """The content, up to the last chunk that opens."""
        self.torn = self.damaged = False
        with self._path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(HEAD_BYTES)
            index = 0
            while (chunk := _next(file, size)) is not None:
                plain, last = self._open(chunk, index)
                if plain is None:
                    # What a crash tears off is the end; what does not open in the middle was changed.
                    self.torn, self.damaged = True, _holds_something(file)
                    return
                if plain:
                    yield plain
                if last:
                    self.damaged = file.tell() < size
                    return
                index += 1
            self.torn = True
            self.damaged = size - file.tell() > LARGEST_CHUNK + LENGTH_BYTES and _holds_something(file)

    def _open(self, chunk: bytes, index: int) -> tuple[bytes | None, bool]:
        assert self._cipher is not None, "unlocked before"
        for last in (False, True):
            try:
                return self._cipher.decrypt(nonce(index, last), chunk, self._head), last
            except InvalidTag:
                continue
        return None, False


def _next(file: BinaryIO, size: int) -> bytes | None:
    """The next chunk; None, and `file` in front of it, when none is complete."""
    start = file.tell()
    length = int.from_bytes(file.read(LENGTH_BYTES), "big")
    if start + LENGTH_BYTES <= size and TAG_BYTES <= length <= min(LARGEST_CHUNK, size - start - LENGTH_BYTES):
        return file.read(length)
    file.seek(start)
    return None


def _holds_something(file: BinaryIO) -> bool:
    """Whether the rest is more than zeros, which a file system puts where nothing was written."""
    return any(any(piece) for piece in iter(lambda: file.read(LARGEST_CHUNK), b""))
