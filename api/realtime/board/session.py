"""One viewer of a board from the first frame to the last: only looks, and is looked at again and again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from api.auth.principal import Principal
from api.errors import WrongFrame
from api.realtime.board.hub import BoardHub
from api.realtime.connection import NO_DESK, SESSION_ENDED, DeskConnection, Farewell, bad_frame
from api.realtime.frames import Ping, parse_frame, pong_frame
from kernel.primitives.clock import Clock
from kernel.primitives.errors import CordboardError, Forbidden

Ask = Callable[[], Awaitable[Principal]]
"""Who looks, as of now; a CordboardError where nobody may any more."""


def refusal(error: CordboardError) -> Farewell:
    return Farewell(NO_DESK if isinstance(error, Forbidden) else SESSION_ENDED, error)


class BoardSession:
    def __init__(self, connection: DeskConnection, hub: BoardHub, clock: Clock, ask: Ask) -> None:
        self._connection = connection
        self._hub = hub
        self._clock = clock
        self._ask = ask

    async def run(self) -> None:
        """Until the page goes or is sent away."""
        connection = self._connection
        await self._hub.attach(connection)
        tasks = [asyncio.create_task(work) for work in (self._read(), connection.send_all(), self._ask_again())]
        try:
            await asyncio.wait([*tasks, connection.farewell], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            self._hub.detach(connection)
        if connection.farewell.done():
            await connection.say_farewell(connection.farewell.result())

    async def _read(self) -> None:
        try:
            while (text := await self._connection.receive()) is not None:
                _require_ping(text)
                self._connection.send(pong_frame(self._clock.now()))
        except WrongFrame as error:
            self._connection.close(bad_frame(error))

    async def _ask_again(self) -> None:
        """A revoked session, key, role or grant ends the view soon."""
        while True:
            await asyncio.sleep(self._hub.limits.check_seconds)
            try:
                await self._hub.renew(self._connection, await self._ask())
            except CordboardError as error:
                self._connection.close(refusal(error))
                return


def _require_ping(text: str) -> None:
    if not isinstance(parse_frame(text), Ping):
        raise WrongFrame("A board only looks: send pings, or nothing.")
