"""A voice robot as others write them, over a real WebSocket: Twilio Media Streams messages in, and out."""

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Self

import numpy as np
from far_end import mu_law_decode, mu_law_encode
from gateway_rig import RATE
from websockets.asyncio.server import Server, ServerConnection, serve

from gateway.io.certificates import TlsFiles

Part = Callable[["Talk"], Awaitable[None]]


class Talk:
    """One conversation: what the robot was told, and what it says."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self.authorization = "" if connection.request is None else connection.request.headers.get("Authorization", "")
        self.told: list[dict[str, Any]] = []
        self.news = asyncio.Event()
        self.over = asyncio.Event()

    async def listen(self) -> None:
        """Until the far side closes."""
        try:
            async for message in self._connection:
                self.told.append(json.loads(message))
                self.news.set()
        finally:
            self.over.set()
            self.news.set()

    async def until(self, event: str, seconds: float = 10.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while not self.of(event):
                self.news.clear()
                await self.news.wait()
        return self.of(event)[-1]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["event"] == event]

    def heard(self, last: int = 25) -> Any:
        """The newest frames of 20 ms, as samples."""
        return mu_law_decode(b"".join(base64.b64decode(one["media"]["payload"]) for one in self.of("media")[-last:]))

    async def say(self, hertz: float, seconds: float) -> None:
        """All at once, as speech synthesis comes: faster than it can be said."""
        codes = mu_law_encode(0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE))
        for at in range(0, len(codes), 4_000):
            payload = base64.b64encode(codes[at : at + 4_000]).decode()
            await self.send(event="media", media={"payload": payload})

    async def send(self, **message: Any) -> None:
        stream = self.of("start")[0]["streamSid"] if self.of("start") else ""
        await self._connection.send(json.dumps({"streamSid": stream, **message}))

    async def send_raw(self, text: str | bytes) -> None:
        await self._connection.send(text)

    def break_off(self) -> None:
        self._connection.transport.abort()


class Robot:
    """Plays `part` in every call, over TLS as `localhost` where it has a certificate; `talks` are all that it had."""

    def __init__(self, part: Part, tls: TlsFiles | None = None) -> None:
        self._part = part
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls.certificate, tls.key)
        self.talks: list[Talk] = []
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(self._meet, "127.0.0.1", 0, ssl=self._context)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        place = "ws://127.0.0.1" if self._context is None else "wss://localhost"
        return f"{place}:{next(iter(self._server.sockets)).getsockname()[1]}/talk"

    async def talk(self, seconds: float = 10.0) -> Talk:
        """The newest, once there is one that has begun."""
        async with asyncio.timeout(seconds):
            while not self.talks:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await self.talks[-1].until("start")
        return self.talks[-1]

    async def _meet(self, connection: ServerConnection) -> None:
        talk = Talk(connection)
        self.talks.append(talk)
        listening = asyncio.create_task(talk.listen())
        try:
            await talk.until("start")
            await self._part(talk)
        finally:
            await connection.close()
            await asyncio.gather(listening, return_exceptions=True)
