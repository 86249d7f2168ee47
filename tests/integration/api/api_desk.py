"""A desk as a browser has it: a real WebSocket to a real server, folding what it is told."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from socket import socket
from typing import Any, Self

import msgspec
import uvicorn
from api_server import Centre
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api.realtime.limits import FRAME_BYTES
from tenants.directory import Role

PATIENCE = 20.0  # a machine with other work takes its time; below the limit of a test


class Server(uvicorn.Server):
    """Without signal handlers of its own; `ready` when its sockets are open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def served(centre: Centre) -> AsyncGenerator[str]:
    """The centre's API on a free port of the loopback."""
    server = Server(
        uvicorn.Config(
            centre.app,
            host="127.0.0.1",
            port=0,
            lifespan="off",
            log_config=None,
            ws="websockets-sansio",
            ws_max_size=2 * FRAME_BYTES,
        )
    )
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/v1/desk"
    finally:
        server.should_exit = True
        await task


def merge(state: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """As the page does: top-level keys are whole new values, queues are merged one by one, null removes one."""
    queues = {**state["queues"], **changes.get("queues", {})}
    return state | changes | {"queues": {key: row for key, row in queues.items() if row is not None}}


class Desk:
    """`state` is what the page shows."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.stream = ""
        self.sequence = 0
        self.state: dict[str, Any] = {}
        self.other: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self.socket.send(msgspec.json.encode(frame).decode())

    async def hello(self, stream: str | None = None, last: int = 0, **page: Any) -> Self:
        await self.send(op="hello", stream=stream, last=last, **page)
        return self

    async def frame(self) -> dict[str, Any]:
        """The next frame, folded into the state if it is part of the stream."""
        async with asyncio.timeout(PATIENCE):
            frame = msgspec.json.decode(await self.socket.recv())
        if frame["op"] == "snapshot":
            self.stream, self.sequence, self.state = frame["stream"], frame["sequence"], frame["state"]
        elif frame["op"] == "event":
            assert frame["sequence"] == self.sequence + 1, "a gap"
            self.sequence, self.state = frame["sequence"], merge(self.state, frame["changes"])
        return frame

    async def until(self, op: str) -> dict[str, Any]:
        while (frame := await self.frame())["op"] != op:
            pass
        return frame

    async def closed(self) -> tuple[int, str | None]:
        """The close code, and the code of the problem told before it."""
        code: str | None = None
        try:
            while True:
                frame = await self.frame()
                code = frame["problem"]["code"] if frame["op"] == "error" else code
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006, code

    async def eventually(self, **wanted: Any) -> None:
        """Read until the state has these values."""
        while any(self.state.get(key) != value for key, value in wanted.items()):
            await self.frame()


@asynccontextmanager
async def opened(centre: Centre, url: str, role: Role, domain: str, **more: Any) -> AsyncGenerator[Desk]:
    """A desk before its hello."""
    client = await centre.client(role, domain)
    cookie = {"Cookie": f"cordboard_session={client.cookies['cordboard_session']}"}
    async with connect(url, additional_headers=cookie, **more) as socket:
        yield Desk(socket)
