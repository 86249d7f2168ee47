"""A peer on a Unix socket that speaks the protocol as a test tells it to: what no real engine does on demand."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from kernel.contracts.codec import unpack
from kernel.contracts.engine import (
    Answer,
    Command,
    Done,
    EngineEvent,
    FromEngine,
    Hello,
    Refusal,
    ToEngine,
    Welcome,
)
from media.control import read_frame, to_frame

Reply = Answer | Refusal | None
WELCOME = Welcome(engine="first", version="1", protocol=1, webrtc=())


class LoopbackEngine:
    def __init__(self) -> None:
        self.welcome = WELCOME
        self.heard: list[Command] = []
        self.reply: Callable[[Command], Reply] = lambda _: Done()
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._greeted = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request: ToEngine = unpack(await read_frame(reader), ToEngine)
                self.heard.append(request.command)
                self._answer(writer, request)
        self._writers.discard(writer)
        writer.close()

    def _answer(self, writer: asyncio.StreamWriter, request: ToEngine) -> None:
        greeting = isinstance(request.command, Hello)
        reply: Reply = self.welcome if greeting else self.reply(request.command)
        if isinstance(reply, Refusal):
            writer.write(to_frame(FromEngine(request=request.request, refusal=reply)))
        elif reply is not None:
            writer.write(to_frame(FromEngine(request=request.request, answer=reply)))
        if greeting:
            self.connections += 1
            self._greeted.set()

    async def greeted(self) -> None:
        await self._greeted.wait()
        self._greeted.clear()

    def send(self, *events: EngineEvent) -> None:
        for event in events:
            self.send_bytes(to_frame(FromEngine(event=event)))

    def send_bytes(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def listening(path: Path) -> AsyncGenerator[LoopbackEngine]:
    engine = LoopbackEngine()
    server = await asyncio.start_unix_server(engine.serve, str(path))
    yield engine
    server.close()
    engine.hang_up()
    path.unlink(missing_ok=True)
