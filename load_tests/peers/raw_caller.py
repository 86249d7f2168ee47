"""A caller made of text and sockets alone: nothing of ours on this side, every packet's arrival is noted."""

import asyncio
import re
import secrets
import struct
from collections.abc import Callable
from typing import Self

from load_tests.peers.passage import FRAME_SECONDS, Frame, frame
from load_tests.peers.sound import Samples, a_law

FRAME_BYTES = 160
PCMA = 8
EVENT = 101


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receive(data, addr)


async def open_udp(receive: Callable[[bytes, tuple[str, int]], None]) -> tuple[asyncio.DatagramTransport, int]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Socket(receive), local_addr=("127.0.0.1", 0)
    )
    return transport, transport.get_extra_info("sockname")[1]


class Refused(Exception):
    """The final answer was no success."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class RawCaller:
    """One call: `async with` places it, leaving hangs up unless the other side did."""

    def __init__(self, sip_port: int, number: str, voice: Samples, caller: str = "+442079460018") -> None:
        self._target = ("127.0.0.1", sip_port)
        self._number = number
        self._caller = caller
        encoded = a_law(voice)
        self._frames = [encoded[at : at + FRAME_BYTES] for at in range(0, len(encoded) - FRAME_BYTES + 1, FRAME_BYTES)]
        self._call_id = secrets.token_hex(8)
        self._tag = secrets.token_hex(4)
        self._responses: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self.heard: list[Frame] = []
        self.spoken: list[Frame] = []
        self.packets: list[bytes] = []
        self.hung_up = asyncio.Event()
        self.sent = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._sip, self._sip_port = await open_udp(self._sip_received)
        self._rtp, self._rtp_port = await open_udp(self._rtp_received)
        self._send(self._request("INVITE", 1, self._sdp()))
        code, answer = await self._final(1)
        if code != 200:
            self._sip.close()
            self._rtp.close()
            raise Refused(code)
        self._to = _header(answer, "To")
        found = re.search(r"^m=audio (\d+)", answer, re.MULTILINE)
        assert found, answer
        self.remote_rtp = ("127.0.0.1", int(found[1]))
        self._contact = re.sub(r".*<(.*)>.*", r"\1", _header(answer, "Contact"))
        self._send(self._request("ACK", 1))
        self._talking = asyncio.create_task(self._talk())
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.hung_up.is_set():
            await self.hang_up()
        self._talking.cancel()
        self._sip.close()
        self._rtp.close()

    async def hang_up(self) -> None:
        for _ in range(8):
            self._send(self._request("BYE", 2))
            try:
                code, answer = await asyncio.wait_for(self._final(2), 0.5)
            except TimeoutError:
                continue
            assert code == 200, answer
            self.hung_up.set()
            return
        raise AssertionError("no answer to BYE")

    def _sdp(self) -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp_port} RTP/AVP {PCMA} {EVENT}\r\na=rtpmap:{PCMA} PCMA/8000\r\n"
            f"a=rtpmap:{EVENT} telephone-event/8000\r\na=ptime:20\r\n"
        )

    def _request(self, method: str, sequence: int, body: str = "") -> str:
        uri = f"sip:{self._number}@127.0.0.1:{self._target[1]}"
        to = getattr(self, "_to", f"<{uri}>")
        lines = [
            f"{method} {getattr(self, '_contact', uri)} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._sip_port};branch=z9hG4bK{self._tag}{method}{sequence}",
            f"From: <sip:{self._caller}@127.0.0.1>;tag={self._tag}",
            f"To: {to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:caller@127.0.0.1:{self._sip_port}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def _send(self, text: str) -> None:
        self._sip.sendto(text.encode(), self._target)

    def _sip_received(self, data: bytes, _: tuple[str, int]) -> None:
        text = data.decode()
        if text.startswith("SIP/2.0 "):
            self._responses.put_nowait((int(text[8:11]), text))
        elif text.startswith("BYE "):
            copied = "".join(f"{name}: {_header(text, name)}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
            self._send(f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n")
            self.hung_up.set()

    async def _final(self, sequence: int) -> tuple[int, str]:
        while True:
            code, text = await asyncio.wait_for(self._responses.get(), 10)
            if code >= 200 and _header(text, "CSeq").startswith(f"{sequence} "):
                return code, text

    def _rtp_received(self, data: bytes, _: tuple[str, int]) -> None:
        self.heard.append(frame(data, self._loop.time()))
        self.packets.append(data)

    async def _talk(self) -> None:
        ssrc = secrets.randbits(32)
        start = self._loop.time()
        while True:
            sound = self._frames[self.sent % len(self._frames)]
            header = struct.pack("!BBHII", 0x80, PCMA, self.sent & 0xFFFF, self.sent * FRAME_BYTES & 0xFFFFFFFF, ssrc)
            self.spoken.append(frame(header, self._loop.time()))
            self._rtp.sendto(header + sound, self.remote_rtp)
            self.sent += 1
            await asyncio.sleep(max(0.0, start + self.sent * FRAME_SECONDS - self._loop.time()))


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:[ \t]*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    assert found, text
    return found[1]
