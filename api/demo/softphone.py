"""A softphone without a browser: one WebRTC connection (aiortc), made at log-in and kept, silent between calls."""

import asyncio
import contextlib
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from api.demo.rtp import Ear, Mouth
from api.demo.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Samples

_CODECS = {"audio/PCMU", "audio/PCMA"}
_CATCH_UP_SECONDS = 1.0  # a process that was held up shorter sends what is due at once, so that no word is cut


class VoiceTrack(MediaStreamTrack):
    """Says what a mouth says, 20 ms at a time by the clock."""

    kind = "audio"

    def __init__(self, mouth: Mouth) -> None:
        super().__init__()
        self._mouth = mouth
        self._began = time.monotonic()
        self._frames = 0

    async def recv(self) -> av.AudioFrame:
        now = time.monotonic() - self._began
        due = self._frames * FRAME_SECONDS
        if due < now - _CATCH_UP_SECONDS:  # switched on again: go on from now
            self._frames = int(now / FRAME_SECONDS)
        else:
            await asyncio.sleep(max(0.0, due - now))
        frame = av.AudioFrame.from_ndarray(self._mouth.next_frame().reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._frames * FRAME_SAMPLES
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._frames += 1
        return frame


class RobotSoftphone:
    """`offer`, then `accept_answer`; `transmit` and `listen` per call."""

    def __init__(self, sentence: Samples) -> None:
        self._mouth = Mouth(sentence)
        self._connection = RTCPeerConnection()
        self._transceiver = self._connection.addTransceiver("audio", direction="sendrecv")
        known = RTCRtpReceiver.getCapabilities("audio")
        codecs = [] if known is None else known.codecs
        self._transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType in _CODECS])
        self._voice = VoiceTrack(self._mouth)
        self._hearing: asyncio.Task[None] | None = None
        self._ear: Ear | None = None
        self._since = 0.0
        self._connection.on("track", self._heard_track)

    async def offer(self) -> str:
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def accept_answer(self, sdp: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

    def transmit(self, on: bool) -> None:
        """Speak from the beginning of the sentence, or send nothing at all."""
        if on:
            self._mouth.start_over()
        self._transceiver.sender.replaceTrack(self._voice if on else None)

    def listen(self) -> None:
        """Begin to keep what is heard."""
        self._ear, self._since = Ear(), time.monotonic()

    def heard(self) -> Samples:
        """What was heard since `listen`; ends the keeping."""
        ear, self._ear = self._ear, None
        return np.zeros(0, dtype=np.int16) if ear is None else ear.samples()

    def _heard_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if self._ear is not None and isinstance(frame, av.AudioFrame) and frame.pts is not None:
                    samples = frame.to_ndarray().reshape(-1).astype(np.int16)
                    seconds = time.monotonic() - self._since
                    self._ear.hear(0, frame.pts & 0xFFFFFFFF, samples, seconds)

    async def close(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
        self._voice.stop()
        await self._connection.close()
