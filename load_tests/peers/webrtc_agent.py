"""An agent without a page: the desk's WebSocket and a real WebRTC far end (aiortc), noting when packets arrive."""

import asyncio
import fractions
import json
from collections.abc import Callable
from typing import Any, Self, cast

import numpy as np
import websockets
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame

from load_tests.peers.passage import Frame, frame
from load_tests.peers.sound import Samples
from load_tests.peers.system import System

FRAME = 160
RATE = 8000
G711 = (0, 8)  # the payload types of sound, to tell it from RTCP


class Voice(MediaStreamTrack):
    """Endless samples at 8 kHz in 20 ms frames, paced by the clock; silent until `speaking`."""

    kind = "audio"

    def __init__(self, samples: Samples) -> None:
        super().__init__()
        self._samples = (samples * 32767).astype(np.int16)
        self._sent = 0
        self._start = 0.0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        if not self._sent:
            self._start = loop.time()
        await asyncio.sleep(max(0.0, self._start + self._sent * FRAME / RATE - loop.time()))
        at = self._sent * FRAME % (self._samples.size - FRAME + 1)
        frame = AudioFrame.from_ndarray(self._samples[at : at + FRAME].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent * FRAME, fractions.Fraction(1, RATE)
        self._sent += 1
        return frame


class WebrtcAgent:
    """`async with` logs in, makes the nailed-up leg and becomes available.

    `audio` is the desk's word: `trunk` for what trunks speak, or `opus`.
    """

    def __init__(self, system: System, email: str, voice: Samples, audio: str = "trunk") -> None:
        self._system = system
        self._email = email
        self._voice = Voice(voice)
        self._audio = audio
        self._replies = 0
        self.state: dict[str, Any] = {}
        self.phone: list[dict[str, Any]] = []
        self.heard: list[Frame] = []
        self.spoken: list[Frame] = []
        self.payload_types: set[int] = set()  # of what was heard
        self._changed = asyncio.Event()
        self.http = system.client()

    async def __aenter__(self) -> Self:
        await self._system.log_in(self.http, self._email)
        self.peer = RTCPeerConnection()
        transceiver = self.peer.addTransceiver(self._voice, direction="sendrecv")
        self._note_frames(transceiver)
        await self.connect()
        await self.intent(type="log_in")
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = {"type": "offer", "sdp": self.peer.localDescription.sdp, "audio": self._audio}
        await self.send({"op": "softphone", "message": offer})
        answer = await self.until(lambda: self.said("answer"))
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer["sdp"], type="answer"))
        await self.until(lambda: self.said("ready"))
        await self.until(lambda: self.part("me").get("reachable"))
        await self.intent(type="request_state", state="available")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()
        await self.peer.close()

    async def connect(self) -> None:
        """Open the desk; again after the server was restarted."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self._socket = await websockets.connect(
            self._system.url.replace("http", "ws") + "/v1/desk",
            additional_headers={"Cookie": cookies},
            origin=websockets.Origin(self._system.url),
        )
        await self.send({"op": "hello", "stream": None, "last": 0})
        self.state = {}
        self._reader = asyncio.create_task(self._read())
        await self.until(lambda: self.state)

    async def disconnect(self) -> None:
        """Close the desk."""
        self._reader.cancel()
        await self._socket.close()
        await self.http.aclose()

    async def resume(self) -> None:
        """What a browser does whose PeerConnection outlived its WebSocket."""
        leg = self.said("answer")["leg"]
        self.phone.clear()
        await self.send({"op": "softphone", "message": {"type": "resume", "leg": leg}})
        await self.until(lambda: self.said("ready"))

    async def answer_next(self) -> None:
        offer = await self.until(lambda: self.state.get("offer"))
        await self.intent(type="accept_offer", offer=offer["id"])
        await self.connected()

    async def connected(self) -> None:
        await self.until(lambda: self.part("call").get("state") == "connected")

    def part(self, name: str) -> dict[str, Any]:
        """One entry of the desk's state; empty where there is none."""
        return self.state.get(name) or {}

    async def hang_up(self) -> None:
        await self.intent(type="hang_up", call=self.state["call"]["id"])

    async def intent(self, **intent: Any) -> None:
        self._replies += 1
        number = self._replies
        await self.send({"op": "intent", "id": number, "intent": intent})
        reply = await self.until(lambda: self._answered.get(number))
        assert reply["ok"], reply

    async def send(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message))

    async def listen(self, sound: list[Samples]) -> None:
        """Adds what is heard, decoded and at 8 kHz, until it is cancelled."""
        track = self.peer.getReceivers()[0].track
        while True:
            frame = cast("AudioFrame", await track.recv())  # pyright: ignore[reportUnknownMemberType]
            step = len(frame.layout.channels) * frame.sample_rate // RATE
            sound.append(frame.to_ndarray()[0, ::step] / 32768)

    async def heard_since(self, moment: float) -> float:
        """When the first packet after `moment` came, in loop time."""
        return await self.until(lambda: next((one.at for one in self.heard if one.at >= moment), None))

    def said(self, kind: str) -> dict[str, Any]:
        nothing: dict[str, Any] = {}
        return next((message for message in reversed(self.phone) if message["type"] == kind), nothing)

    async def until(self, check: Callable[[], Any], seconds: float = 10) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := check()):
                self._changed.clear()
                await self._changed.wait()
            return found

    _answered: dict[int, dict[str, Any]] = {}  # noqa: RUF012 (numbers are never used twice)

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            match message["op"]:
                case "snapshot":
                    self.state = message["state"]
                case "event":
                    self.state |= message["changes"]
                case "reply":
                    self._answered[message["id"]] = message
                case "softphone":
                    self.phone.append(message["message"])
                case _:
                    pass
            self._changed.set()

    def _note_frames(self, transceiver: Any) -> None:
        loop = asyncio.get_running_loop()
        handle, send = transceiver.receiver._handle_rtp_packet, transceiver.sender.transport._send_rtp

        async def heard(packet: Any, arrival_time_ms: int) -> None:
            self.heard.append(Frame(packet.timestamp, loop.time()))
            self.payload_types.add(packet.payload_type)
            self._changed.set()
            await handle(packet, arrival_time_ms=arrival_time_ms)

        async def spoken(packet: bytes) -> None:
            if packet[1] & 0x7F in G711:
                self.spoken.append(frame(packet, loop.time()))
            await send(packet)

        transceiver.receiver._handle_rtp_packet = heard
        transceiver.sender.transport._send_rtp = spoken
