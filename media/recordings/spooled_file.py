"""What a recorder left in the spool, as the plain file that it becomes; blocks, so it runs in a thread."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from media.recordings import wav
from media.recordings.model import SpooledRecording
from media.recordings.ogg import PageScanner
from media.recordings.spool_seal import SealedFile
from media.recordings.wav import NoSound

READ_BYTES = 64 << 10


class SpooledFile:
    """Measured at once: `seconds`, `channels`, `bytes` of the plain file, and whether something is missing."""

    def __init__(self, path: Path, spooled: SpooledRecording, sealed: SealedFile | None) -> None:
        """`sealed` was unlocked. NoSound when there is nothing to keep."""
        self._path = path
        self._sealed = sealed
        self._head = b""
        self.seconds: float
        self.channels: int
        self.bytes: int
        self.hashes: frozenset[str]  # by which a recorder may have told it: without a WAV's header, as older ones did
        if spooled.format == "wav" and sealed is None:
            self._take_plain_wav()
        elif spooled.format == "wav":
            self._take_samples()
        else:
            self._take_ogg()
        self.torn = sealed is not None and sealed.torn
        self.damaged = sealed is not None and sealed.damaged

    def _take_plain_wav(self) -> None:
        sound = wav.finish(self._path)
        self.seconds, self.channels, self.bytes = sound.seconds, sound.channels, sound.bytes
        self.hashes = frozenset((sound.content, sound.sha256))

    def _take_samples(self) -> None:
        digest, size = hashlib.sha256(), 0
        for piece in self._content():
            digest.update(piece)
            size += len(piece)
        frames = size // wav.FRAME_BYTES
        if frames == 0:
            raise NoSound(f"{self._path.name} holds no sound")
        self._head = wav.header(frames)
        self.seconds, self.channels = frames / wav.RATE, wav.CHANNELS
        self.bytes = len(self._head) + frames * wav.FRAME_BYTES
        self.hashes = frozenset((digest.hexdigest(),))

    def _take_ogg(self) -> None:
        digest, pages = hashlib.sha256(), PageScanner()
        for piece in self._content():
            digest.update(piece)
            pages.feed(piece)
        if pages.seconds == 0 or pages.channels == 0:
            raise NoSound(f"{self._path.name} holds no sound")
        self.seconds, self.channels, self.bytes = pages.seconds, pages.channels, pages.bytes
        self.hashes = frozenset((digest.hexdigest(),))

    def _content(self) -> Iterator[bytes]:
        if self._sealed is not None:
            yield from self._sealed.chunks()
            return
        with self._path.open("rb") as file:
            while piece := file.read(READ_BYTES):
                yield piece

    def open(self) -> "PlainReader":
        return PlainReader(self._head, self._content(), self.bytes)


class PlainReader:
    """Reads the plain file once, and hashes it on the way."""

    def __init__(self, head: bytes, content: Iterator[bytes], size: int) -> None:
        self._buffer = bytearray(head)
        self._content = content
        self._left = size
        self._digest = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        size = min(size, self._left)
        while len(self._buffer) < size and (piece := next(self._content, None)) is not None:
            self._buffer += piece
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._left -= len(taken)
        self._digest.update(taken)
        return taken

    @property
    def sha256(self) -> str:
        """Of what was read."""
        return self._digest.hexdigest()
