"""Changes that come while others are being written share the next commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context

from kernel.contracts.log import Logged
from kernel.ports.unit_of_work import Change

CHANGES_PER_COMMIT = 256  # a commit stays below some twenty milliseconds, so that no answer waits longer
PATIENCE_SECONDS = 0.05  # of a change for which nobody waits: with a call a second another one comes by then, mostly

Outcome = Sequence[Logged] | Exception
"""What was appended, or why nothing of this change was written."""

Write = Callable[[Sequence[Change]], Awaitable[Sequence[Outcome]]]
WriteNow = Callable[[Sequence[Change]], Sequence[Outcome] | None]
"""Without waiting for anything; None where that cannot be now."""

_Waiting = tuple[Change, "asyncio.Future[Sequence[Logged]]"]


class Grouping:
    """In the order in which they came; a change that fails takes no other with it, which `write` sees to."""

    def __init__(self, write: Write, write_now: WriteNow | None = None) -> None:
        self._write = write
        self._write_now = write_now
        self._waiting: list[_Waiting] = []
        self._patient: list[_Waiting] = []
        self._patience: asyncio.TimerHandle | None = None
        self._start: asyncio.Handle | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def _begun(self) -> bool:
        """Whether those who wait are about to be written."""
        return self._start is not None or self._task is not None

    async def record(self, change: Change) -> Sequence[Logged]:
        """Returns when it is committed; raises what the database raised."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Sequence[Logged]] = loop.create_future()
        if change.patient and not self._begun:
            self._patient.append((change, written))
            if self._patience is None:
                self._patience = loop.call_later(PATIENCE_SECONDS, self._lose_patience, context=Context())
            return await written
        self._waiting.append((change, written))
        # In a context of its own, for the bus takes what a handler's context does for a part of its handling.
        if change.at_once and self._task is None:
            Context().run(self._begin)
        elif not self._begun:
            # In the next turn of the loop, so that whoever is about to write in this one joins.
            self._start = loop.call_soon(self._begin, context=Context())
        return await written

    async def drain(self) -> None:
        if self._patient and not self._begun:
            self._begin()
        while self._begun:
            if self._task is None:
                await asyncio.sleep(0)  # it begins in the next turn of the loop
            else:
                await asyncio.wait({self._task})

    def _begin(self) -> None:
        """At once where that needs no waiting: a task would cost as much as a small group."""
        if self._start is not None:
            self._start.cancel()
            self._start = None
        self._join_patient()
        while self._waiting:
            batch = self._take()
            if not self._settle_now(batch):
                self._waiting[:0] = batch
                self._task = asyncio.get_running_loop().create_task(self._work(), context=Context())
                return

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._settle(self._take())
        finally:
            self._task = None

    def _lose_patience(self) -> None:
        if not self._begun:
            self._begin()

    def _join_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
            self._waiting += self._patient
            self._patient.clear()

    def _take(self) -> list[_Waiting]:
        batch = self._waiting[:CHANGES_PER_COMMIT]
        del self._waiting[:CHANGES_PER_COMMIT]
        return batch

    def _settle_now(self, batch: Sequence[_Waiting]) -> bool:
        if self._write_now is None:
            return False
        try:
            outcomes = self._write_now([change for change, _ in batch])
        except Exception as error:
            outcomes = [error] * len(batch)
        if outcomes is not None:
            _tell(batch, outcomes)
        return outcomes is not None

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes: Sequence[Outcome] = await self._write([change for change, _ in batch])
        except Exception as error:
            outcomes = [error] * len(batch)
        _tell(batch, outcomes)


def _tell(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for (_, written), outcome in zip(batch, outcomes, strict=True):
        if written.done():
            continue  # whoever waited was cancelled: it is committed all the same
        if isinstance(outcome, Exception):
            written.set_exception(outcome)
        else:
            written.set_result(outcome)
