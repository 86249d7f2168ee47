"""A connection to the media engine that is made again by itself."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from kernel.contracts.codec import unpack
from kernel.contracts.engine import (
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
from media.control.frames import BrokenFrame, FrameConnection, to_frame
from media.control.listeners import EventListener, Listeners, WelcomeListener

CONNECT_WAIT_SECONDS = 2.0  # a request waits this long for a connection: an engine is started again within it
ANSWER_SECONDS = 5.0  # the engine answers in microseconds; one that does not in this time hangs
LAST_LOOK_SECONDS = 0.01  # after the process stood still, an answer that lies in the socket is read first
RECONNECT_DELAYS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # the last one goes on for ever
log = structlog.get_logger(__name__)


Outcome = Answer | EngineRefused | EngineLost


class _Question(NamedTuple):
    """`until`: the loop's time."""

    answer: asyncio.Future[Outcome]
    command: Command
    until: float


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
        self._waiting: dict[int, _Question] = {}  # the oldest first
        self._patience: asyncio.TimerHandle | None = None  # one for all of them
        self._connection: FrameConnection | None = None
        self._open: FrameConnection | None = None  # the same once it was greeted
        self._connected = asyncio.Event()
        self._listeners = Listeners(listeners)
        self._welcome: Welcome | None = None
        self._replaced = False
        self._task: asyncio.Task[None] | None = None

    @property
    def welcome(self) -> Welcome | None:
        """What the connected engine said of itself; None while there is none."""
        return None if self._open is None else self._welcome

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
        (outcome,) = await self.request_all((command,))
        if isinstance(outcome, EngineRefused | EngineLost):
            raise outcome
        return outcome

    def request_all(self, commands: Sequence[Command]) -> Awaitable[Sequence[Outcome]]:
        """Carry them out in their order, whatever becomes of the others; what became of each.

        Where there is a connection they leave now, before anybody awaits what is returned.
        """
        if self._open is None:
            return self._ask_once_connected(commands)
        return self._outcomes(self._ask(self._open, commands))

    async def _ask_once_connected(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        try:
            connection = await self._until_connected()
        except EngineLost as error:
            return [error] * len(commands)
        return await self._outcomes(self._ask(connection, commands))

    def _ask(self, connection: FrameConnection, commands: Sequence[Command]) -> dict[int, asyncio.Future[Outcome]]:
        """ValueError, and nothing is asked, where a command is too large."""
        loop = asyncio.get_running_loop()
        until = loop.time() + ANSWER_SECONDS
        numbered = {next(self._numbers): command for command in commands}
        frames = [to_frame(ToEngine(request=number, command=command)) for number, command in numbered.items()]
        asked: dict[int, asyncio.Future[Outcome]] = {}
        for number, command in numbered.items():
            asked[number] = loop.create_future()
            self._waiting[number] = _Question(asked[number], command, until)
        if self._patience is None:
            self._patience = loop.call_later(ANSWER_SECONDS, self._look_again)
        connection.write(*frames)  # at once, so that the engine is woken once
        return asked

    async def _outcomes(self, asked: dict[int, asyncio.Future[Outcome]]) -> Sequence[Outcome]:
        try:
            return [await answer for answer in asked.values()]
        finally:
            for number in asked:
                self._waiting.pop(number, None)

    def _look_again(self) -> None:
        self._patience = asyncio.get_running_loop().call_later(LAST_LOOK_SECONDS, self._give_up)

    def _give_up(self) -> None:
        """Fail what was asked too long ago, and look again when the next one may be due."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._patience = None
        for question in self._waiting.values():
            if question.until > now:
                self._patience = loop.call_at(question.until, self._look_again)
                return
            name = type(question.command).__name__
            _fail(question.answer, EngineLost(f"no answer to {name} within {ANSWER_SECONDS:.0f} s"))

    async def connected(self) -> Welcome:
        """EngineLost when there is no engine in time."""
        await self._until_connected()
        assert self._welcome is not None
        return self._welcome

    async def _until_connected(self) -> FrameConnection:
        if self._replaced:
            raise EngineLost("another controller took over the engine")
        if self._open is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_WAIT_SECONDS):
                    await self._connected.wait()
        if self._open is None:
            raise EngineLost(f"nobody answers on {self._socket.name}")
        return self._open

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
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(lambda: FrameConnection(self._receive), str(self._socket))
        try:
            self._connection = connection
            hello = Hello(protocol=PROTOCOL_VERSION, token=self._token)
            connection.write(to_frame(ToEngine(request=0, command=hello)))
            await connection.ended
        finally:
            connection.close()

    def _greeted(self, first: FromEngine) -> None:
        if first.refusal is not None:
            raise EngineRefused(first.refusal)
        if not isinstance(first.answer, Welcome):
            raise BrokenFrame("the first answer is no Welcome")
        self._welcome = first.answer
        self._open = self._connection
        self._connected.set()
        log.info("engine.connected", engine=first.answer.engine, version=first.answer.version)
        self._listeners.welcome(first.answer)

    def _receive(self, body: bytes) -> None:
        if self._open is None:
            self._greeted(unpack(body, FromEngine))
            return
        try:
            message: FromEngine = unpack(body, FromEngine)
        except msgspec.ValidationError as error:
            log.warning("engine.message_not_understood", error=str(error))  # of a newer engine; the rest still is
            return
        if message.event is not None:
            self._spread(message.event)
        question = None if message.request is None else self._waiting.pop(message.request, None)
        if question is None or question.answer.done():
            return
        if message.refusal is not None:
            question.answer.set_result(EngineRefused(message.refusal))
        elif message.answer is not None:
            question.answer.set_result(message.answer)

    def _spread(self, event: EngineEvent) -> None:
        if isinstance(event, ControllerReplaced):
            self._replaced = True
            if self._connection is not None:
                self._connection.close()
            self._lose("another controller took over the engine")
            log.critical("engine.taken_over")
        self._listeners.event(event)

    def _lose(self, reason: str) -> None:
        self._connected.clear()
        self._connection = self._open = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        waiting, self._waiting = self._waiting, {}
        for question in waiting.values():
            _fail(question.answer, EngineLost(reason))


def _fail(answer: asyncio.Future[Outcome], error: EngineLost) -> None:
    if not answer.done():
        answer.set_result(error)
