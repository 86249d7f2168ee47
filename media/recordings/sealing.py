"""The shape of a sealed blob: a header with a wrapped data key, then chunks that are each encrypted and authenticated.

AES-256-GCM throughout. A chunk's nonce is its index and whether it is the last one (the STREAM construction of Hoang,
Reyhanitabar, Rogaway, Vizár 2015): a chunk that was moved, dropped or cut off does not open.
"""

import os
import struct
from collections.abc import Iterator
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.primitives.errors import CordboardError

MAGIC = b"CBSEAL\x00\x01"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D 5.2.1.1
TAG_BYTES = 16
CHUNK_BYTES = 64 << 10  # four seconds of a recording: what a Range decrypts beyond what it asked for
_FIXED = struct.Struct(">8sIQ")  # magic, chunk size, plain size: never changes, and every chunk vouches for it
_KEY = struct.Struct(f">I{NONCE_BYTES}s{KEY_BYTES + TAG_BYTES}s")  # version of the tenant's key, nonce, wrapped key
WRAPPED_KEY_BYTES = _KEY.size
HEADER_BYTES = _FIXED.size + _KEY.size


class Damaged(CordboardError):
    """A stored file is not what was stored: changed, cut off, exchanged, or sealed with another key."""

    code = "recording_damaged"
    status = 500
    title = "The stored file was damaged"


class TenantKey(msgspec.Struct, frozen=True):
    """The key that wraps data keys; it never leaves memory unwrapped."""

    version: int
    secret: bytes

    def __repr__(self) -> str:
        return f"TenantKey({self.version}, …)"


class WrappedKey(msgspec.Struct, frozen=True):
    """A data key under a tenant's key, as it lies in the head of what it seals."""

    version: int
    nonce: bytes
    wrapped: bytes

    @classmethod
    def wrap(cls, data_key: bytes, key: TenantKey, label: bytes) -> "WrappedKey":
        nonce = os.urandom(NONCE_BYTES)
        return cls(key.version, nonce, AESGCM(key.secret).encrypt(nonce, data_key, _label(label, key.version)))

    @classmethod
    def parse(cls, data: bytes, offset: int = 0) -> "WrappedKey":
        return cls(*_KEY.unpack_from(data, offset))

    def __bytes__(self) -> bytes:
        return _KEY.pack(self.version, self.nonce, self.wrapped)

    def unwrap(self, key: TenantKey, label: bytes) -> bytes:
        try:
            return AESGCM(key.secret).decrypt(self.nonce, self.wrapped, _label(label, self.version))
        except InvalidTag as error:
            raise Damaged("Its key does not open it: it was changed, or belongs to something else.") from error


class Header(msgspec.Struct, frozen=True, kw_only=True):
    chunk: int
    size: int  # of the plain content
    version: int
    nonce: bytes
    wrapped: bytes

    @classmethod
    def parse(cls, data: bytes) -> "Header":
        if len(data) != HEADER_BYTES or not is_sealed(data):
            raise Damaged("It does not begin as a sealed file does. Restore it from a backup.")
        _, chunk, size = _FIXED.unpack_from(data)
        key = WrappedKey.parse(data, _FIXED.size)
        if chunk != CHUNK_BYTES:
            raise Damaged("It was sealed in chunks of a size that this version does not know.")
        return cls(chunk=chunk, size=size, version=key.version, nonce=key.nonce, wrapped=key.wrapped)

    def __bytes__(self) -> bytes:
        return self.fixed + bytes(WrappedKey(self.version, self.nonce, self.wrapped))

    @property
    def fixed(self) -> bytes:
        return _FIXED.pack(MAGIC, self.chunk, self.size)

    @property
    def chunks(self) -> int:
        """An empty file has one empty chunk, so that even it cannot be cut off."""
        return max(1, -(-self.size // self.chunk))

    @property
    def stored_bytes(self) -> int:
        return HEADER_BYTES + self.size + self.chunks * TAG_BYTES

    def data_key(self, key: TenantKey, label: bytes) -> bytes:
        """`label` names tenant and blob: a header moved to another one does not open."""
        return WrappedKey(self.version, self.nonce, self.wrapped).unwrap(key, label)


def is_sealed(data: bytes) -> bool:
    return data.startswith(MAGIC)


def _label(label: bytes, version: int) -> bytes:
    return b"cordboard data key\x00" + version.to_bytes(4, "big") + label


def _header(key: TenantKey, label: bytes, size: int, data_key: bytes) -> Header:
    wrapped = WrappedKey.wrap(data_key, key, label)
    return Header(chunk=CHUNK_BYTES, size=size, version=wrapped.version, nonce=wrapped.nonce, wrapped=wrapped.wrapped)


def nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def sealed(source: Source, size: int, key: TenantKey, label: bytes) -> Iterator[bytes]:
    """The sealed form of `size` bytes under a data key of its own; blocks as `source` does."""
    data_key = AESGCM.generate_key(KEY_BYTES * 8)
    header = _header(key, label, size, data_key)
    cipher = AESGCM(data_key)
    yield bytes(header)
    for index in range(header.chunks):
        wanted = min(CHUNK_BYTES, size - index * CHUNK_BYTES)
        chunk = source.read(wanted)
        if len(chunk) != wanted:
            raise ValueError("the source ended before its size")
        yield cipher.encrypt(nonce(index, index == header.chunks - 1), chunk, header.fixed)


def rewrapped(header: Header, old: TenantKey, new: TenantKey, label: bytes) -> Header:
    """The same data key under another tenant key: the chunks stay as they are."""
    return _header(new, label, header.size, header.data_key(old, label))


class Opener:
    """Opens the chunks that a span of the plain content needs; fed with what lies at `offset`, `stored` bytes long."""

    def __init__(self, header: Header, data_key: bytes, start: int, length: int | None) -> None:
        end = header.size if length is None else min(header.size, start + length)
        self._header = header
        self._cipher = AESGCM(data_key)
        self._index = min(start, header.size) // header.chunk
        if self._index == header.chunks:
            self._index -= 1  # behind the last byte of full chunks
        self._end = -(-end // header.chunk) if end > start else self._index + (header.size == 0)
        self._skip = start - self._index * header.chunk
        self._left = max(0, end - start)
        self._buffer = bytearray()
        self.offset = HEADER_BYTES + self._index * (header.chunk + TAG_BYTES)
        # One sum, no walk: a damaged header may claim 2 ** 64 bytes.
        covered = min(self._end * header.chunk, header.size) - self._index * header.chunk
        self.stored = covered + (self._end - self._index) * TAG_BYTES

    def _stored(self, index: int) -> int:
        return min(self._header.chunk, self._header.size - index * self._header.chunk) + TAG_BYTES

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while self._index < self._end and len(self._buffer) >= (size := self._stored(self._index)):
            plain = self._open(bytes(self._buffer[:size]))
            del self._buffer[:size]
            piece = plain[self._skip : self._skip + self._left]
            self._skip = 0
            self._left -= len(piece)
            if piece:
                yield piece

    def _open(self, chunk: bytes) -> bytes:
        number = nonce(self._index, self._index == self._header.chunks - 1)
        self._index += 1
        try:
            return self._cipher.decrypt(number, chunk, self._header.fixed)
        except InvalidTag as error:
            raise Damaged(f"Its part {self._index} was changed. Restore the file from a backup.") from error

    def finish(self) -> None:
        """Damaged when something was missing."""
        if self._index < self._end or self._left:
            raise Damaged("Its end is missing. Restore the file from a backup.")
