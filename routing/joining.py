"""Reports that come with what their sender has to write: all that wait are decided together, in one commit with it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextvars import Context
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Executable

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.log import LogEvent
from kernel.contracts.telephony import TelephonyReport
from kernel.ports.unit_of_work import Change, Rows
from kernel.primitives.ids import CallId, TenantId
from routing.acd.draft import Decision
from routing.acd.flow_standings import Standing
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

    def add(self, change: Change, reports: Sequence[TelephonyReport]) -> "asyncio.Future[bool]":
        """True: committed. False: nothing was done."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(_Waiting(change, reports, done))
        if self._task is None:
            self._task = loop.create_task(self._work(), context=Context())
        return done

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


def not_joined() -> "asyncio.Future[bool]":
    """For who cannot be decided together with others."""
    done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    done.set_result(False)
    return done


def together(floor: Collection[TenantId], made: Sequence[Decision], beside: Sequence[Change]) -> Change:
    """What was decided, after what others write, as one change."""
    events: list[LogEvent] = []
    emitted: list[tuple[str, bytes]] = []
    rows: list[tuple[Executable, list[Mapping[str, Any]]]] = []
    for change in beside:
        events += change.events
        emitted += change.emitted
        _append(rows, change.rows)
    standings: dict[CallId, Standing | None] = {}
    for decision in made:
        events += decision.events
        standings |= decision.standings
        for command in decision.commands:
            emitted.append((f"telephony.command.{command.tenant}", pack(command)))
        for note in decision.notes:
            emitted.append((f"reconciled.{note.tenant}", pack(note)))
    tenants = set(floor) if len(floor) == 1 else _tenants_of(made, beside)
    scope = TenantScope(tenants.pop()) if len(tenants) == 1 else None
    written = [*rows, *rows_of(standings)] if standings else rows
    return Change(scope, rows=written, events=events, emitted=emitted, at_once=bool(beside))


def _tenants_of(made: Sequence[Decision], beside: Sequence[Change]) -> set[TenantId]:
    """Whose rows and messages these are."""
    tenants = {change.scope.tenant for change in beside if change.scope is not None}
    for decision in made:
        written = (one for one in decision.standings.values() if one is not None)
        tenants |= {one.tenant for one in (*decision.events, *decision.commands, *decision.notes, *written)}
    return tenants


def _append(merged: list[tuple[Executable, list[Mapping[str, Any]]]], rows: Sequence[Rows]) -> None:
    """Those that follow each other by the same statement in one go."""
    for statement, values in rows:
        if merged and merged[-1][0] is statement:
            merged[-1][1].extend(values)
        else:
            merged.append((statement, list(values)))
