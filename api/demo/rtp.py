"""A far party's ear and mouth: RTP (RFC 3550) of one G.711 stream over UDP."""

import asyncio
import secrets
import struct
import time
from collections.abc import Callable

import numpy as np

from api.demo.sound import FRAME_SAMPLES, FRAME_SECONDS, LAWS, SAMPLE_RATE, Samples

_HEADER = struct.Struct("!BBHII")
_VERSION = 0x80
_PAYLOAD_NUMBERS = {"PCMU": 0, "PCMA": 8}
_CODECS = {number: codec for codec, number in _PAYLOAD_NUMBERS.items()}
_PORT_TRIES = 50  # an even port with a free odd neighbour is found within a few
_LATE_SECONDS = 1.0  # a sender further behind (a stopped process) goes on from now instead of hurrying


class Mouth:
    """What is said: a sentence over and over with a pause between; nothing after `hush`."""

    def __init__(self, sentence: Samples, pause_seconds: float = 0.8) -> None:
        pause = np.zeros(int(pause_seconds * SAMPLE_RATE), dtype=np.int16)
        self._loop = np.concatenate((sentence, pause))
        self._position = 0

    def next_frame(self) -> Samples:
        """The next 20 ms."""
        places = np.arange(self._position, self._position + FRAME_SAMPLES) % len(self._loop)
        self._position = (self._position + FRAME_SAMPLES) % len(self._loop)
        return self._loop[places]

    def start_over(self) -> None:
        self._position = 0


class Ear:
    """Puts what is heard where its timestamp says: lost packets and silences stay gaps of their length."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, Samples]] = []
        self._source: int | None = None
        self._offset = 0
        self._end = 0
        self.packets = 0

    def hear(self, source: int, timestamp: int, samples: Samples, seconds: float) -> None:
        """`seconds` since the beginning say where a new source (SSRC) or a jump of its timestamps belongs."""
        due = int(seconds * SAMPLE_RATE)
        place = (timestamp - self._offset) & 0xFFFFFFFF
        if source != self._source or abs(place - due) > SAMPLE_RATE:
            self._source = source
            place = max(self._end, due)
            self._offset = (timestamp - place) & 0xFFFFFFFF
        self._pieces.append((place, samples))
        self._end = max(self._end, place + len(samples))
        self.packets += 1

    def samples(self) -> Samples:
        whole = np.zeros(self._end, dtype=np.int16)
        for place, samples in self._pieces:
            whole[place : place + len(samples)] = samples
        return whole


class RtpStream(asyncio.DatagramProtocol):
    """Sends what `mouth` says every 20 ms and hears what comes, from the moment of `start` to that of `stop`."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.sent = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._control: asyncio.BaseTransport | None = None
        self._sender: asyncio.Task[None] | None = None
        self._began: float | None = None
        self.port = 0

    @classmethod
    async def open(cls, host: str) -> "RtpStream":
        """Bind an even port for RTP and the next one for RTCP, which is taken and thrown away."""
        loop = asyncio.get_running_loop()
        for _ in range(_PORT_TRIES):
            transport, stream = await loop.create_datagram_endpoint(cls, local_addr=(host, 0))
            port = transport.get_extra_info("sockname")[1]
            if port % 2 == 0:
                try:
                    control, _ = await loop.create_datagram_endpoint(
                        asyncio.DatagramProtocol, local_addr=(host, port + 1)
                    )
                except OSError:
                    transport.close()
                    continue
                stream.port, stream._transport, stream._control = port, transport, control
                return stream
            transport.close()
        raise OSError("no pair of UDP ports is free")

    def start(self, remote: tuple[str, int], codec: str, frames: Callable[[], Samples]) -> None:
        if self._sender is None:
            self._began = time.monotonic()
            self._sender = asyncio.create_task(self._send(remote, codec, frames))

    def stop(self) -> None:
        """No more sound in either direction."""
        if self._sender is not None:
            self._sender.cancel()
        for transport in (self._transport, self._control):
            if transport is not None:
                transport.close()

    async def _send(self, remote: tuple[str, int], codec: str, frames: Callable[[], Samples]) -> None:
        assert self._transport is not None
        source, number = secrets.randbits(32), _PAYLOAD_NUMBERS[codec]
        sequence, timestamp = secrets.randbits(16), secrets.randbits(32)
        due = time.monotonic()
        while True:
            marker = 0x80 if self.sent == 0 else 0
            header = _HEADER.pack(_VERSION, number | marker, sequence, timestamp, source)
            self._transport.sendto(header + LAWS[codec].encode(frames()), remote)
            self.sent += 1
            sequence, timestamp = (sequence + 1) & 0xFFFF, (timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
            due += FRAME_SECONDS
            wait = due - time.monotonic()
            if wait < -_LATE_SECONDS:
                due = time.monotonic()
            await asyncio.sleep(max(0.0, wait))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._began is None or len(data) <= _HEADER.size or data[0] != _VERSION:
            return
        _, kind, _, timestamp, source = _HEADER.unpack_from(data)
        codec = _CODECS.get(kind & 0x7F)
        if codec is not None:
            samples = LAWS[codec].decode(data[_HEADER.size :])
            self.ear.hear(source, timestamp, samples, time.monotonic() - self._began)
