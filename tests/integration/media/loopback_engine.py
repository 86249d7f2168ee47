"""A peer on a Unix socket that speaks the protocol as a test tells it to: what no real engine does on demand."""

import asyncio
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
from media.control.frames import FrameConnection, to_frame

Reply = Answer | Refusal | None
WELCOME = Welcome(engine="first", version="1", protocol=1, webrtc=())


class LoopbackEngine:
    def __init__(self) -> None:
        self.welcome = WELCOME
        self.heard: list[Command] = []
        self.reply: Callable[[Command], Reply] = lambda _: Done()
        self.connections = 0
        self._open: set[FrameConnection] = set()
        self._greeted = asyncio.Event()

    def connect(self) -> FrameConnection:
        """For who comes."""
        connection = FrameConnection(lambda frame: self._answer(connection, unpack(frame, ToEngine)))
        self._open.add(connection)
        connection.ended.add_done_callback(lambda ended: self._over(connection, ended))
        return connection

    def _over(self, connection: FrameConnection, ended: asyncio.Future[None]) -> None:
        self._open.discard(connection)
        if not isinstance(ended.exception(), ConnectionError | EOFError | None):
            ended.result()

    def _answer(self, writer: FrameConnection, request: ToEngine) -> None:
        self.heard.append(request.command)
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
        for connection in self._open:
            connection.write(data)

    def hang_up(self) -> None:
        for connection in tuple(self._open):
            connection.close()


@asynccontextmanager
async def listening(path: Path) -> AsyncGenerator[LoopbackEngine]:
    engine = LoopbackEngine()
    server = await asyncio.get_running_loop().create_unix_server(engine.connect, str(path))
    yield engine
    server.close()
    engine.hang_up()
    path.unlink(missing_ok=True)
