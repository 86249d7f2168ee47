"""Finishing and measuring a recorder's file; blocks, so it runs in a thread."""

import hashlib
import os
import struct
from pathlib import Path

import msgspec

HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")  # the engine's: RIFF, fmt and data chunk without anything between them
FORMAT_PCM = 1
RATE = 8000
CHANNELS = 2
FRAME_BYTES = CHANNELS * 2
LARGEST = 0xFFFF_FFFF  # of a RIFF size: 37 hours of ours


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    seconds: float
    channels: int
    bytes: int
    sha256: str
    content: str  # hash of the samples without their header, as a recorder tells it


class NoSound(ValueError):
    """The file holds not one frame of sound."""


def header(frames: int) -> bytes:
    """Of a recording whose samples came without one."""
    size = frames * FRAME_BYTES
    fmt = (b"fmt ", 16, FORMAT_PCM, CHANNELS, RATE, RATE * FRAME_BYTES, FRAME_BYTES, 16)
    return HEADER.pack(b"RIFF", _fit(size + HEADER.size - 8), b"WAVE", *fmt, b"data", _fit(size))


def finish(path: Path) -> Sound:
    """Make the header tell all that was written (a killed engine leaves the last second out), then measure.

    NoSound when there is nothing to keep; a finished file is not changed.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(HEADER.size)
        if len(head) < HEADER.size:
            raise NoSound(f"{path.name} ends inside its header")
        riff, riff_size, wave, fmt, fmt_size, code, channels, rate, _, block, _, data, data_size = HEADER.unpack(head)
        if (riff, wave, fmt, fmt_size, code, data) != (b"RIFF", b"WAVE", b"fmt ", 16, FORMAT_PCM, b"data") or not block:
            raise NoSound(f"{path.name} is not what the recorder writes")
        frames = (size - HEADER.size) // block
        if frames == 0 or rate == 0:
            raise NoSound(f"{path.name} holds no sound")
        length = frames * block
        if (riff_size, data_size) != (_fit(length + HEADER.size - 8), _fit(length)) or size != HEADER.size + length:
            file.truncate(HEADER.size + length)
            file.seek(4)
            file.write(struct.pack("<I", _fit(length + HEADER.size - 8)))
            file.seek(HEADER.size - 4)
            file.write(struct.pack("<I", _fit(length)))
            file.flush()
            os.fsync(file.fileno())
    return Sound(
        seconds=frames / rate,
        channels=channels,
        bytes=HEADER.size + length,
        sha256=sha256(path),
        content=sha256(path, HEADER.size),
    )


def _fit(size: int) -> int:
    return min(size, LARGEST)


def sha256(path: Path, start: int = 0) -> str:
    with path.open("rb") as file:
        file.seek(start)
        return hashlib.file_digest(file, "sha256").hexdigest()
