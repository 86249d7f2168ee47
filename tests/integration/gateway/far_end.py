"""A carrier with telephones: SIP over loopback UDP, RTP of its own; everything that happens is noted."""

import asyncio
import secrets
import struct
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Self, TypeVar

import msgspec
import numpy as np
from gateway_rig import CALLER, NUMBER, RATE

from gateway.io.certificates import TlsFiles
from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import HeaderLines, OutgoingInvite
from gateway.sip.events import (
    InviteAccepted,
    InviteReceived,
    ReinviteAccepted,
    ReinviteReceived,
    SipEvent,
)
from gateway.sip.flow import Flow, HostPort, Target, Transport
from gateway.sip.name_addr import NameAddr

EventT = TypeVar("EventT")
FRAME = 160
EVENT_TYPE = 101
TWO_ARGUMENTS = frozenset(
    {"acknowledge", "reinvite", "answer_reinvite", "accept", "reject", "refer", "send_digits", "update"}
    | {"notify_refer", "reject_refer"}
)

Samples = "np.ndarray[Any, np.dtype[np.float64]]"


def mu_law_encode(samples: Any) -> bytes:
    """G.711 µ-law by its formula: exact enough for tones."""
    magnitude = np.minimum(np.abs(samples * 32767).astype(np.int64) + 132, 32635)
    exponent = np.maximum(np.floor(np.log2(magnitude)).astype(np.int64) - 7, 0)
    mantissa = magnitude >> (exponent + 3) & 0x0F
    code = ~((np.where(samples < 0, 0x80, 0)) | exponent << 4 | mantissa) & 0xFF
    return code.astype(np.uint8).tobytes()


def mu_law_decode(codes: bytes) -> Any:
    inverted = ~np.frombuffer(codes, np.uint8).astype(np.int64) & 0xFF
    magnitude = ((inverted & 0x0F) << 3 | 0x84) << (inverted >> 4 & 0x07)
    return np.where(inverted & 0x80, 0x84 - magnitude, magnitude - 0x84) / 32768


class Rtp(asyncio.DatagramProtocol):
    """One telephone's sound: sends a tone in µ-law every 20 ms, keeps what comes with its time."""

    def __init__(self, hertz: float) -> None:
        samples = 0.3 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
        self._codes = mu_law_encode(samples)
        self.packets: list[tuple[float, bytes]] = []
        self.pressed: list[int] = []
        self.remote: tuple[str, int] | None = None
        self.speaking = True
        self._sent = 0
        self._ssrc = secrets.randbits(32)

    async def open(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._transport, _ = await self._loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port: int = self._transport.get_extra_info("sockname")[1]
        self._task = self._loop.create_task(self._speak())
        return self

    def close(self) -> None:
        self._task.cancel()
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[1] & 0x7F == 0:
            self.packets.append((self._loop.time(), data))
        elif data[1] & 0x7F == EVENT_TYPE:
            self.pressed.append(data[12])

    async def _speak(self) -> None:
        start = self._loop.time()
        number = 0
        while True:
            if self.remote is not None and self.speaking:
                at = number * FRAME % len(self._codes)
                self._send(0, number * FRAME, self._codes[at : at + FRAME])
            number += 1
            await asyncio.sleep(max(0.0, start + number * FRAME / RATE - self._loop.time()))

    def _send(self, payload_type: int, timestamp: int, payload: bytes) -> None:
        assert self.remote is not None
        header = struct.pack("!BBHII", 0x80, payload_type, self._sent & 0xFFFF, timestamp & 0xFFFFFFFF, self._ssrc)
        self._transport.sendto(header + payload, self.remote)
        self._sent += 1

    def press(self, digit: int) -> None:
        """One RFC 4733 event: beginning, and its end three times; later ones have later timestamps."""
        timestamp = int(self._loop.time() * RATE) & 0xFFFFFFFF
        for end, duration in ((0, 160), (0x80, 800), (0x80, 800), (0x80, 800)):
            self._send(EVENT_TYPE, timestamp, struct.pack("!BBH", digit, end | 10, duration))

    def sing(self, *hertz: float) -> None:
        """From now on, each second: these tones for 100 ms."""
        tones = [np.sin(2 * np.pi * one * np.arange(RATE) / RATE) for one in hertz]
        self._codes = mu_law_encode(0.2 * np.sum(tones, axis=0) * (np.arange(RATE) < RATE // 10))

    def heard(self, since: float = 0.0) -> Any:
        """What came after `since` (loop time), as samples."""
        packets = [data[12:] for at, data in self.packets if at >= since]
        return mu_law_decode(b"".join(packets))

    def gaps(self, since: float) -> list[float]:
        times = [at for at, _ in self.packets if at >= since]
        return [later - earlier for earlier, later in pairwise(times)]


class FarEnd:
    """One SIP end. `events` is all that its core told, in order."""

    def __init__(
        self,
        hertz: float = 700.0,
        transport: Transport = "UDP",
        methods: frozenset[str] = frozenset(),
        tls: TlsFiles | None = None,
        trusted_ca: str = "",
        port: int = 0,
    ) -> None:
        self._wanted_port = port
        self._tls, self._trusted_ca = tls, trusted_ca
        self._methods = methods
        self.rtp = Rtp(hertz)
        self._transport: Transport = transport
        self.events: list[SipEvent] = []
        self._news = asyncio.Event()
        self.session = ""
        self.answer_times: list[float] = []

    async def __aenter__(self) -> Self:
        await self.rtp.open()
        listener = Listener(transport=self._transport, host="127.0.0.1", port=self._wanted_port, tls=self._tls)
        settings = DriverSettings(listeners=(listener,), methods=self._methods, trusted_ca=self._trusted_ca)
        self.driver: SipDriver = await open_driver(
            settings, self._knows, self._event, SystemResolver((self._transport,))
        )
        self.port = self.driver.addresses[0].address.port
        media = LocalMedia(host="127.0.0.1", port=self.rtp.port)
        self.negotiation = OfferAnswer(media, OfferAnswerState(session_id=1), ("PCMU",))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.rtp.close()
        await self.driver.close()

    def _knows(self, _flow: Flow) -> bool:
        return True

    def _event(self, event: SipEvent) -> None:
        if isinstance(event, InviteReceived):
            self.session = event.session
            if event.request.body:
                self.negotiation.roll_back()  # of an attempt that was challenged
                self.negotiation.receive_offer(event.request.body)
        if isinstance(event, InviteAccepted | ReinviteAccepted) and event.body:
            self._follow(event)
        if isinstance(event, InviteAccepted):
            self.answer_times.append(asyncio.get_running_loop().time())
        if isinstance(event, ReinviteReceived):
            self.negotiation.receive_offer(event.body)
            self.do("answer_reinvite", self.session, self.negotiation.make_answer())
        self.events.append(event)
        self._news.set()

    def _follow(self, event: InviteAccepted | ReinviteAccepted) -> None:
        if event.answer_needed:
            self.negotiation.receive_offer(event.body)
            self.do("acknowledge", self.session, self._answer())
        else:
            self._agreed(self.negotiation.receive_answer(event.body))

    def _agreed(self, negotiated: Any) -> None:
        self.rtp.remote = (negotiated.remote.host, negotiated.remote.port)

    def do(self, verb: str, *arguments: Any, **more: Any) -> Any:
        """Call a verb of the endpoint: its leading arguments, then the time, then the rest."""
        before = 2 if verb in TWO_ARGUMENTS else 1
        return self.driver.do(
            lambda endpoint, now: getattr(endpoint, verb)(*arguments[:before], now, *arguments[before:], **more)
        )

    # --- calling ---

    def call(
        self,
        port: int,
        called: str = NUMBER.e164,
        body: bytes | None = None,
        headers: HeaderLines = (),
        name: str = "",
    ) -> None:
        """`name` is asked for over TLS."""
        if body is None:
            self.negotiation.roll_back()  # of a call that was not answered
        offer = self.negotiation.make_offer() if body is None else body
        invite = OutgoingInvite(
            target=f"sip:{called}@127.0.0.1:{port};transport={self._transport.lower()}",
            from_=NameAddr.of(f"sip:{CALLER.e164}@127.0.0.1"),
            destination=Target(self._transport, HostPort("127.0.0.1", port), name),
            headers=headers,
            body=offer,
        )
        self.session = self.do("invite", invite)

    def hold(self, direction: Any) -> None:
        self.do("reinvite", self.session, self.negotiation.make_offer(direction))

    def ask_for_an_offer(self) -> None:
        self.do("reinvite", self.session, b"")

    def hang_up(self) -> None:
        self.do("hang_up", self.session)

    def take_early_answer(self, body: bytes) -> None:
        """Hear what is sent before the answer; the answer itself is awaited still."""
        state = msgspec.structs.replace(self.negotiation.state)
        early = OfferAnswer(LocalMedia(host="127.0.0.1", port=self.rtp.port), state, ("PCMU",))
        self._agreed(early.receive_answer(body))

    # --- being called ---

    def ring(self, status: int = 180) -> None:
        self.do("ring", self.session, status=status)

    def ring_with_sound(self) -> None:
        self.do("ring", self.session, status=183, body=self._answer())

    def accept(self, body: bytes | None = None) -> None:
        self.do("accept", self.session, self._answer() if body is None else body)
        self.answer_times.append(asyncio.get_running_loop().time())

    def _answer(self) -> bytes:
        if self.negotiation.state.offer:
            self.negotiation.make_answer()
        self._agreed(self.negotiation.negotiated)
        return self.negotiation.state.local

    # --- waiting ---

    async def until(self, kind: type[EventT], count: int = 1, seconds: float = 5.0) -> EventT:
        async with asyncio.timeout(seconds):
            while len(self.saw(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return self.saw(kind)[count - 1]

    async def until_any(self, kinds: tuple[type[SipEvent], ...], count: int, seconds: float = 5.0) -> None:
        """Until there were `count` events of these kinds together."""
        async with asyncio.timeout(seconds):
            while sum(isinstance(event, kinds) for event in self.events) < count:
                self._news.clear()
                await self._news.wait()

    def saw(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]


async def listen_for(seconds: float, rtp: Rtp, check: Callable[[Any], float], wanted: float = 0.8) -> float:
    """Wait until the last 300 ms that `rtp` heard pass `check`; returns the best seen within `seconds`."""
    loop = asyncio.get_running_loop()
    end, best = loop.time() + seconds, 0.0
    while loop.time() < end:
        await asyncio.sleep(0.05)
        best = max(best, check(rtp.heard(loop.time() - 0.3)))
        if best >= wanted:
            break
    return best
