"""A connection to the media engine that is made again by itself."""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import msgspec
import structlog

from kernel.contracts.codec import pack, unpack
from kernel.contracts.engine import (
    MAX_FRAME_BYTES,
    PROTOCOL_VERSION,
    Answer,
    Command,
    ControllerReplaced,
    EngineEvent,
    EngineLost,
    EngineRefused,
    FromEngine,
    Hello,
    ToEngine,
    Welcome,
)
from media.control.listeners import EventListener, Listeners, WelcomeListener

LENGTH = struct.Struct(">I")
CONNECT_WAIT_SECONDS = 2.0  # a request waits this long for a connection: an engine is started again within it
ANSWER_SECONDS = 5.0  # the engine answers in microseconds; one that does not in this time hangs
RECONNECT_DELAYS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # the last one goes on for ever
log = structlog.get_logger(__name__)


class BrokenFrame(ConnectionError):
    """The other side does not speak the engine's protocol."""


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """asyncio.IncompleteReadError at the end of the stream."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    if length > MAX_FRAME_BYTES:
        raise BrokenFrame(f"a frame of {length} bytes is larger than any message")
    return await reader.readexactly(length)


def to_frame(message: object) -> bytes:
    """ValueError when it is larger than the other side accepts."""
    body = pack(message)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is larger than a frame may be")
    return LENGTH.pack(len(body)) + body


class EngineClient:
    """The controller's side of the engine's protocol over its Unix socket.

    `revive` is called before each try to connect: `EngineProcess(...).ensure` where the engine runs on this host.
    `listeners` subscribe while the process starts: what comes before they are all there is kept for the missing ones.
    """

    def __init__(
        self,
        socket: Path,
        *,
        token: str = "",
        revive: Callable[[], Awaitable[None]] | None = None,
        listeners: int = 1,
    ) -> None:
        self._socket = socket
        self._token = token
        self._revive = revive
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._connected = asyncio.Event()
        self._listeners = Listeners(listeners)
        self._welcome: Welcome | None = None
        self._replaced = False
        self._task: asyncio.Task[None] | None = None

    @property
    def welcome(self) -> Welcome | None:
        """What the connected engine said of itself; None while there is none."""
        return self._welcome if self._connected.is_set() else None

    def subscribe(self, on_event: EventListener, on_welcome: WelcomeListener) -> None:
        """Called in the order of arrival; `on_welcome` after every connect, before that connection's events.

        Another `engine` in a Welcome than before means that the former engine died with its legs. One of the expected
        `listeners` hears all that came before it; one who comes after them hears the present Welcome only.
        """
        self._listeners.add(on_event, on_welcome, self.welcome)

    def let_die(self) -> None:
        """Bring it to life no more: its end is near."""
        self._revive = None

    async def start(self) -> None:
        """Begin to connect; EngineLost when `revive` cannot bring an engine to life at this first time."""
        if self._revive is not None:
            await self._revive()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """The engine and its calls go on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._lose("the connection was closed")

    async def request(self, command: Command) -> Answer:
        """Carry it out: EngineRefused when the engine says no, EngineLost when there is none."""
        await self._until_connected()
        number = next(self._numbers)
        frame = to_frame(ToEngine(request=number, command=command))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            writer = self._writer
            if writer is None:
                raise EngineLost("the connection broke")
            writer.write(frame)
            # Not `asyncio.timeout`: after the process stood still, an answer that lies in the socket must win.
            await asyncio.wait({answer}, timeout=ANSWER_SECONDS)
            if not answer.done():
                raise EngineLost(f"no answer to {type(command).__name__} within {ANSWER_SECONDS:.0f} s")
            return answer.result()
        finally:
            self._waiting.pop(number, None)
            answer.cancel()

    async def connected(self) -> Welcome:
        """EngineLost when there is no engine in time."""
        await self._until_connected()
        assert self._welcome is not None
        return self._welcome

    async def _until_connected(self) -> None:
        if self._replaced:
            raise EngineLost("another controller took over the engine")
        if not self._connected.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_WAIT_SECONDS):
                    await self._connected.wait()
        if not self._connected.is_set():
            raise EngineLost(f"nobody answers on {self._socket.name}")

    async def _run(self) -> None:
        failures = 0
        while not self._replaced:
            try:
                await self._converse()
                failures = 0
            except (OSError, EOFError, msgspec.MsgspecError, EngineRefused) as error:
                was_up = self._connected.is_set()
                failures = 0 if was_up else failures + 1
                self._lose(f"the connection broke: {error}")
                log.warning("engine.connection_lost" if was_up else "engine.unreachable", error=repr(error))
            await asyncio.sleep(RECONNECT_DELAYS[min(failures, len(RECONNECT_DELAYS) - 1)])
            if not self._replaced:
                await self._bring_to_life()

    async def _bring_to_life(self) -> None:
        if self._revive is None:
            return
        try:
            await self._revive()
        except (OSError, EngineLost) as error:
            log.critical("engine.cannot_be_started", error=str(error))

    async def _converse(self) -> None:
        """One connection, from Hello to its end."""
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            writer.write(to_frame(ToEngine(request=0, command=Hello(protocol=PROTOCOL_VERSION, token=self._token))))
            first = unpack(await read_frame(reader), FromEngine)
            if first.refusal is not None:
                raise EngineRefused(first.refusal)
            if not isinstance(first.answer, Welcome):
                raise BrokenFrame("the first answer is no Welcome")
            self._writer = writer
            self._welcome = first.answer
            self._connected.set()
            log.info("engine.connected", engine=first.answer.engine, version=first.answer.version)
            self._listeners.welcome(first.answer)
            while not self._replaced:
                self._receive(await read_frame(reader))
        finally:
            writer.close()

    def _receive(self, body: bytes) -> None:
        try:
            message: FromEngine = unpack(body, FromEngine)
        except msgspec.ValidationError as error:
            log.warning("engine.message_not_understood", error=str(error))  # of a newer engine; the rest still is
            return
        if message.event is not None:
            self._spread(message.event)
        answer = None if message.request is None else self._waiting.pop(message.request, None)
        if answer is None or answer.done():
            return
        if message.refusal is not None:
            answer.set_exception(EngineRefused(message.refusal))
        elif message.answer is not None:
            answer.set_result(message.answer)

    def _spread(self, event: EngineEvent) -> None:
        if isinstance(event, ControllerReplaced):
            self._replaced = True
            self._lose("another controller took over the engine")
            log.critical("engine.taken_over")
        self._listeners.event(event)

    def _lose(self, reason: str) -> None:
        self._connected.clear()
        self._writer = None
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(EngineLost(reason))
