"""An agent's browser: aiortc's RTCPeerConnection over the gateway's signalling, a tone as its microphone."""

import asyncio
import fractions
from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar, cast

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame
from gateway_rig import OURS, RATE, Desks, Rig

from kernel.contracts.softphone import (
    SoftphoneAnswer,
    SoftphoneFromGateway,
    SoftphoneOffer,
    SoftphoneReady,
    SoftphoneToGateway,
    SoftphoneTransmit,
)
from kernel.primitives.ids import TenantId, UserId

FRAME = 160
MessageT = TypeVar("MessageT", bound=SoftphoneFromGateway)


class Microphone(MediaStreamTrack):
    """A tone in 20 ms frames; nothing at all while the sender is off, as a browser with an inactive encoding."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._samples = (0.3 * 32767 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.int16)
        self.switch = asyncio.Event()
        self._number = 0
        self._next = 0.0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        await self.switch.wait()
        self._next = max(self._next + FRAME / RATE, loop.time() - 0.1)
        await asyncio.sleep(max(0.0, self._next - loop.time()))
        at = self._number * FRAME % RATE
        frame = AudioFrame.from_ndarray(self._samples[at : at + FRAME].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._number * FRAME, fractions.Fraction(1, RATE)
        self._number += 1
        return frame


class Softphones(Protocol):
    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None: ...


class WebEnd:
    """One page. `received` is what the gateway pushed to it, `heard` what came out of its loudspeaker."""

    def __init__(self, desks: Desks, softphones: Softphones, agent: UserId, hertz: float = 1300.0) -> None:
        self._desks = desks
        self._softphones = softphones
        self.agent = agent
        self.microphone = Microphone(hertz)
        self.received: list[SoftphoneFromGateway] = []
        self._news = asyncio.Event()
        self._frames: list[tuple[float, Any]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.leg = ""

    async def __aenter__(self) -> Self:
        self._desks.listeners[self.agent] = self._take
        self.peer = RTCPeerConnection()
        self.peer.addTransceiver(self.microphone, direction="sendrecv")
        self.peer.on("track", self._listen)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def offer(self) -> None:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        await self.say(SoftphoneOffer(sdp=self.peer.localDescription.sdp))
        answer = await self.until(SoftphoneAnswer)
        self.leg = answer.leg
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer.sdp, type="answer"))

    async def log_in(self) -> Self:
        await self.offer()
        await self.until(SoftphoneReady)
        return self

    async def say(self, message: SoftphoneToGateway) -> None:
        await self._softphones.received(OURS, self.agent, message)

    async def close(self) -> None:
        """The page is gone, with a farewell."""
        for task in self._tasks:
            task.cancel()
        await self.peer.close()

    def _take(self, message: SoftphoneFromGateway) -> None:
        self.received.append(message)
        if isinstance(message, SoftphoneTransmit):
            (self.microphone.switch.set if message.on else self.microphone.switch.clear)()
        self._news.set()

    def _listen(self, track: MediaStreamTrack) -> None:
        async def listen() -> None:
            loop = asyncio.get_running_loop()
            while True:
                frame = cast(AudioFrame, await cast(Any, track).recv())
                samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
                step = frame.sample_rate // RATE
                self._frames.append((loop.time(), samples[::step].astype(np.float64) / 32768))

        self._tasks.append(asyncio.ensure_future(listen()))

    def heard(self, since: float = 0.0) -> Any:
        frames = [samples for at, samples in self._frames if at >= since]
        return np.concatenate(frames) if frames else np.zeros(0)

    def saw(self, kind: type[MessageT]) -> list[MessageT]:
        return [message for message in self.received if isinstance(message, kind)]

    async def until(self, kind: type[MessageT], count: int = 1, seconds: float = 8.0) -> MessageT:
        await self._until(lambda: len(self.saw(kind)) >= count, seconds)
        return self.saw(kind)[count - 1]

    async def until_sender(self, on: bool, seconds: float = 8.0) -> None:
        """Until the gateway's last word about the sender is this one."""
        await self._until(lambda: self.saw(SoftphoneTransmit)[-1:] == [SoftphoneTransmit(on=on)], seconds)

    async def _until(self, check: Callable[[], bool], seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not check():
                self._news.clear()
                await self._news.wait()

    async def hears(self, check: Callable[[Any], float], seconds: float = 3.0, wanted: float = 0.7) -> float:
        """The best that the last 300 ms came to within `seconds`."""
        loop = asyncio.get_running_loop()
        end, best = loop.time() + seconds, 0.0
        while loop.time() < end and best < wanted:
            await asyncio.sleep(0.05)
            best = max(best, check(self.heard(loop.time() - 0.3)))
        return best


def page(rig: Rig, agent: UserId, hertz: float = 1300.0) -> WebEnd:
    return WebEnd(rig.desks, rig.gateway.softphones, agent, hertz)
