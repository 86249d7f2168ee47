"""One open WebSocket of a desk: what is to be sent waits here, and a desk that does not read is let go."""

import asyncio
import contextlib
from typing import Any, NamedTuple

import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from api.auth.principal import Principal
from api.errors import DeskElsewhere, FrameTooLarge, TakenOver, TooSlow, WrongFrame
from api.realtime.frames import error_frame
from api.realtime.limits import FRAME_BYTES, DeskLimits
from kernel.primitives.errors import CordboardError

Socket = WebSocket[Any, Any, Any]

log = structlog.get_logger(__name__)


class Farewell(NamedTuple):
    """Why the server closes: a WebSocket close code (RFC 6455 7.4.2, private use) and the error told before it."""

    code: int
    error: CordboardError


BAD_FRAME = 4400
SESSION_ENDED = 4401
NO_DESK = 4403
TOO_SLOW = 4408
TAKEN_OVER = 4409
ELSEWHERE = 4410
FRAME_TOO_LARGE = 4413


def taken_over() -> Farewell:
    return Farewell(TAKEN_OVER, TakenOver("Your desk was opened elsewhere; open it here to take it back."))


def elsewhere() -> Farewell:
    return Farewell(ELSEWHERE, DeskElsewhere("Work there, or take over: then that desk is closed."))


def bad_frame(error: WrongFrame) -> Farewell:
    return Farewell(BAD_FRAME, error)


class DeskConnection:
    """`send` never waits; `run` ends when the desk goes or is sent away."""

    def __init__(self, socket: Socket, principal: Principal, limits: DeskLimits) -> None:
        self.principal = principal
        self.page = ""  # as the page names itself
        self.farewell: asyncio.Future[Farewell] = asyncio.get_running_loop().create_future()
        self._socket = socket
        self._limits = limits
        self._outbox: asyncio.Queue[str] = asyncio.Queue(limits.outbox_frames)

    def send(self, frame: str) -> None:
        try:
            self._outbox.put_nowait(frame)
        except asyncio.QueueFull:
            self.close(Farewell(TOO_SLOW, TooSlow("Events could not be delivered; connect again.")))

    def close(self, farewell: Farewell) -> None:
        """The first reason counts."""
        if not self.farewell.done():
            self.farewell.set_result(farewell)

    async def receive(self) -> str | None:
        """The next text frame; None when the desk is gone or a frame cannot be taken (then it is being closed)."""
        try:
            text = await self._socket.receive_text()
        except WebSocketDisconnect:
            return None
        if len(text.encode()) > FRAME_BYTES:
            error = FrameTooLarge(f"A frame has at most {FRAME_BYTES} bytes.")
            self.close(Farewell(FRAME_TOO_LARGE, error))
            return None
        return text

    async def send_all(self) -> None:
        """Until cancelled, or until the desk is gone."""
        with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
            while True:
                await self._socket.send_text(await self._outbox.get())

    async def say_farewell(self, farewell: Farewell) -> None:
        await say_farewell(self._socket, farewell, self._limits)


async def say_farewell(socket: Socket, farewell: Farewell, limits: DeskLimits) -> None:
    """Tell the reason and close; a desk that does not read is not waited for."""
    with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(limits.farewell_seconds):
            if farewell.code != TOO_SLOW:
                await socket.send_text(error_frame(farewell.error))
            await socket.close(farewell.code, farewell.error.code)
