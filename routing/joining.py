"""Reports that come with what their sender has to write: all that wait are decided together, in one commit with it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Executable

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.unit_of_work import Change, Rows
from routing.acd.draft import Decision
from routing.errors import RoutingUnavailable
from routing.flow_rows import rows_of

CHANGES_AT_ONCE = 64  # decided in some five milliseconds, so that nothing else of the floor waits longer

Decide = Callable[[Sequence[TelephonyReport], Sequence[Change]], Awaitable[None]]
"""Commits the decision on the reports with the changes; raises where nothing of either was done."""

log = structlog.get_logger(__name__)


class FloorClosed(Exception):
    """This owner decides no more; another one of the same process may have taken over."""


class _Waiting(NamedTuple):
    change: Change
    reports: Sequence[TelephonyReport]
    done: "asyncio.Future[bool]"


class Joining:
    """All or nothing for those who were decided together: who hears that nothing was done goes another way."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def begun(self) -> bool:
        return self._task is not None

    async def add(self, change: Change, reports: Sequence[TelephonyReport]) -> bool:
        """True: committed. False: nothing was done."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(_Waiting(change, reports, done))
        if self._task is None:
            self._task = loop.create_task(self._work(), context=Context())
        return await done

    async def _work(self) -> None:
        while self._waiting:
            batch = self._waiting[:CHANGES_AT_ONCE]
            del self._waiting[:CHANGES_AT_ONCE]
            committed = await self._attempt(batch)
            for one in batch:
                if not one.done.done():
                    one.done.set_result(committed)
        self._task = None

    async def _attempt(self, batch: Sequence[_Waiting]) -> bool:
        try:
            await self._decide([report for one in batch for report in one.reports], [one.change for one in batch])
        except (FloorClosed, RoutingUnavailable):
            return False
        except Exception as error:
            log.warning("routing.not_joined", changes=len(batch), error=repr(error))
            return False
        return True


def together(made: Sequence[Decision], beside: Sequence[Change]) -> Change:
    """What was decided, after what others write, as one change."""
    events = [event for part in (*beside, *made) for event in part.events]
    commands = [command for decision in made for command in decision.commands]
    emitted = [message for change in beside for message in change.emitted]
    emitted += [(f"telephony.command.{command.tenant}", pack(command)) for command in commands]
    notes = [note for decision in made for note in decision.notes]
    emitted += [(f"reconciled.{note.tenant}", pack(note)) for note in notes]
    scopes = {change.scope for change in beside}
    scopes |= {TenantScope(message.tenant) for message in (*events, *commands, *notes)}
    standings = {call: one for decision in made for call, one in decision.standings.items()}
    scopes |= {TenantScope(one.tenant) for one in standings.values() if one is not None}
    scope = scopes.pop() if len(scopes) == 1 else None
    rows = [*_in_order(beside), *rows_of(standings)]
    return Change(scope, rows=rows, events=events, emitted=emitted)


def _in_order(changes: Sequence[Change]) -> list[Rows]:
    """Those that follow each other by the same statement in one go."""
    merged: list[tuple[Executable, list[Mapping[str, Any]]]] = []
    for statement, rows in (one for change in changes for one in change.rows):
        if merged and merged[-1][0] is statement:
            merged[-1][1].extend(rows)
        else:
            merged.append((statement, list(rows)))
    return [(statement, rows) for statement, rows in merged]
