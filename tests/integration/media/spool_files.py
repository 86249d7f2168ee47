"""Files as recorders leave them in the spool."""

import struct
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.contracts.engine import Seal
from media.recordings.wav import HEADER

CHUNK = 6400  # 200 ms of samples


def pieces(content: bytes, size: int = CHUNK) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def sealed(seal: Seal, chunks: Sequence[bytes], *, ended: bool = True) -> bytes:
    """As `Seal` says it; without its last chunk when the recorder was killed."""
    cipher = AESGCM(seal.key)
    parts = [seal.header]
    for index, chunk in enumerate([*chunks, b""] if ended else chunks):
        nonce = index.to_bytes(11, "big") + bytes([ended and index == len(chunks)])
        text = cipher.encrypt(nonce, chunk, seal.header)
        parts.append(len(text).to_bytes(4, "big") + text)
    return b"".join(parts)


def ogg(seconds: int) -> list[bytes]:
    """The pages of a recording: two of headers, then one each second."""
    head = b"OpusHead" + struct.pack("<BBHIhBBBBB", 1, 2, 312, 8000, 0, 1, 2, 0, 0, 1)
    pages = [_page(0, 0, head), _page(0, 1, b"OpusTags" + bytes(8))]
    sound = [_page(312 + 48_000 * n, n + 1, bytes([n]) * 120) for n in range(1, seconds + 1)]
    return pages + sound


def _page(granule: int, sequence: int, packet: bytes) -> bytes:
    return struct.pack("<4sBBqIIIBB", b"OggS", 0, 0, granule, 7, sequence, 0, 1, len(packet)) + packet


def recorded(path: Path, frames: int, told: int | None = None, tail: bytes = b"") -> Path:
    """What the engine leaves: `told` frames in the header, `frames` and perhaps a piece of one behind it."""
    told = frames if told is None else told
    header = HEADER.pack(b"RIFF", told * 4 + 36, b"WAVE", b"fmt ", 16, 1, 2, 8000, 32000, 4, 16, b"data", told * 4)
    path.write_bytes(header + bytes(range(4)) * frames + tail)
    return path
