"""A desk from its hello to its end: reads its frames, carries out its intents, watches its session."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import structlog

from api.errors import InternalError, WrongFrame
from api.realtime.connection import DeskConnection, bad_frame
from api.realtime.frames import (
    FromDesk,
    Hello,
    IntentFrame,
    Ping,
    SoftphoneFrame,
    parse_frame,
    parse_intent,
    pong_frame,
    reply_frame,
)
from api.realtime.hub import DeskHub
from api.realtime.standing import require_not_suspended
from api.services import Services
from kernel.contracts.desk import LogIn
from kernel.contracts.softphone import SoftphoneToGateway
from kernel.primitives.errors import CordboardError

log = structlog.get_logger(__name__)


class DeskSession:
    """One at a time, in order: an intent is carried out before the next frame is read."""

    def __init__(self, connection: DeskConnection, services: Services, hub: DeskHub) -> None:
        self._connection = connection
        self._services = services
        self._hub = hub

    async def run(self) -> None:
        """Until the desk goes or is sent away."""
        connection = self._connection
        tasks = [asyncio.create_task(work) for work in (self._read_all(), connection.send_all())]
        watcher = asyncio.create_task(self._hub.watch_session(connection))
        try:
            await asyncio.wait([*tasks, connection.farewell], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel(*tasks, watcher)
            if self._hub.detach(connection):
                principal = connection.principal
                await self._services.softphones.disconnected(principal.tenant, principal.person)
        if connection.farewell.done():
            await connection.say_farewell(connection.farewell.result())

    async def _read_all(self) -> None:
        try:
            await self._read_hello()
            while (text := await self._connection.receive()) is not None:
                await self._take(parse_frame(text))
        except WrongFrame as error:
            self._connection.close(bad_frame(error))

    async def _read_hello(self) -> None:
        try:
            async with asyncio.timeout(self._hub.limits.hello_seconds):
                text = await self._connection.receive()
        except TimeoutError:
            raise WrongFrame("Say hello first, and soon.") from None
        if text is None:
            return
        hello = parse_frame(text)
        if not isinstance(hello, Hello):
            raise WrongFrame("Say hello first.")
        await self._hub.attach(self._connection, hello)

    async def _take(self, frame: FromDesk) -> None:
        match frame:
            case IntentFrame():
                await _to_the_end(self._perform(frame))
            case SoftphoneFrame():
                await _to_the_end(self._signal(frame.message))
            case Ping():
                self._connection.send(pong_frame(self._services.clock.now()))
            case Hello():
                await self._hub.attach(self._connection, frame)

    async def _perform(self, frame: IntentFrame) -> None:
        principal = self._connection.principal
        refusal: CordboardError | None = None
        try:
            intent = parse_intent(frame.intent)
            if isinstance(intent, LogIn):
                await require_not_suspended(self._services, principal)
            await self._services.routing.perform(principal.tenant, principal.person, intent)
        except CordboardError as error:
            refusal = error
        except Exception:
            log.exception("intent_failed", user=str(principal.user))
            refusal = InternalError("Try again.")
        self._connection.send(reply_frame(frame.id, refusal))

    async def _signal(self, message: SoftphoneToGateway) -> None:
        principal = self._connection.principal
        try:
            await self._services.softphones.received(principal.tenant, principal.person, message)
        except Exception:
            log.exception("softphone_message_failed", user=str(principal.user))


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """What was begun is finished, even when the desk goes in the middle of it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
