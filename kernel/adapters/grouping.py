"""Changes that come while others are being written share the next commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context

from kernel.contracts.log import Logged
from kernel.ports.unit_of_work import Change

CHANGES_PER_COMMIT = 256  # a commit stays below some twenty milliseconds, so that no answer waits longer

Outcome = Sequence[Logged] | Exception
"""What was appended, or why nothing of this change was written."""

Write = Callable[[Sequence[Change]], Awaitable[Sequence[Outcome]]]


class Grouping:
    """In the order in which they came; a change that fails takes no other with it, which `write` sees to."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: list[tuple[Change, asyncio.Future[Sequence[Logged]]]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, change: Change) -> Sequence[Logged]:
        """Returns when it is committed; raises what the database raised."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Sequence[Logged]] = loop.create_future()
        self._waiting.append((change, written))
        if self._task is None:
            # In a context of its own: the bus takes what a handler's context does for a part of its handling.
            self._task = loop.create_task(self._work(), context=Context())
        return await written

    async def drain(self) -> None:
        while self._task is not None:
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        """Begun in the next turn of the loop, so that whoever is about to write in this one joins."""
        try:
            while self._waiting:
                batch = self._waiting[:CHANGES_PER_COMMIT]
                del self._waiting[:CHANGES_PER_COMMIT]
                await self._settle(batch)
        finally:
            self._task = None

    async def _settle(self, batch: Sequence[tuple[Change, asyncio.Future[Sequence[Logged]]]]) -> None:
        try:
            outcomes: Sequence[Outcome] = await self._write([change for change, _ in batch])
        except Exception as error:
            outcomes = [error] * len(batch)
        for (_, written), outcome in zip(batch, outcomes, strict=True):
            if written.done():
                continue  # whoever waited was cancelled: it is committed all the same
            if isinstance(outcome, Exception):
                written.set_exception(outcome)
            else:
                written.set_result(outcome)
