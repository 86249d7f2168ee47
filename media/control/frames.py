"""Messages on a stream: four bytes of length, then MessagePack."""

import asyncio
import struct
from collections.abc import Callable
from typing import NoReturn, cast

from kernel.contracts.codec import pack
from kernel.contracts.engine import MAX_ANSWER_BYTES, MAX_FRAME_BYTES

LENGTH = struct.Struct(">I")


class BrokenFrame(ConnectionError):
    """The other side does not speak the engine's protocol."""


def to_frame(message: object) -> bytes:
    """ValueError when it is larger than the other side accepts."""
    body = pack(message)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is larger than a frame may be")
    return LENGTH.pack(len(body)) + body


class FrameConnection(asyncio.Protocol):
    """Hands each frame over as it comes, without a task in between; what `on_frame` raises ends the connection.

    What is written in one turn of the loop leaves at its end in one piece: each piece wakes the other side once.
    """

    def __init__(self, on_frame: Callable[[bytes], None]) -> None:
        self._on_frame = on_frame
        self._rest = b""
        self._unsent: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        start, size = 0, len(data)
        try:
            while not self.ended.done() and size - start >= LENGTH.size:
                (length,) = LENGTH.unpack_from(data, start)
                if length > MAX_ANSWER_BYTES:
                    _refuse(length)
                end = start + LENGTH.size + length
                if end > size:
                    break
                self._on_frame(data[start + LENGTH.size : end])
                start = end
        except Exception as error:
            self._end(error)
        self._rest = data[start:]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._end(exc or EOFError("the other side hung up"))

    def write(self, *frames: bytes) -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent += frames

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if unsent and self._transport is not None:
            self._transport.write(b"".join(unsent))

    def close(self) -> None:
        self._end(None)

    def _end(self, error: Exception | None) -> None:
        self._flush()
        if self._transport is not None:
            self._transport.close()
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)


def _refuse(length: int) -> NoReturn:
    raise BrokenFrame(f"a frame of {length} bytes is larger than any message")
