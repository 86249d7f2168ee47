"""One tenant's board: the rows that were told, which of them may be otherwise by now, and the difference. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from api.realtime.board.rows import agent_row, alert_row, call_row, queue_row, waiting_row
from api.realtime.board.state import BoardState
from api.realtime.projection import Centre
from insight.kpi.state import Changes
from kernel.primitives.ids import CallId, QueueId, UserId

MAPS = ("queues", "waiting", "calls", "agents", "alerts")

Rows = dict[str, Any]
Only = frozenset[UserId] | None
"""The agents whom a viewer sees; None: all."""


class Board:
    """Only what an event touched is looked at again: a centre of 2,014 agents changes a few rows in a tick."""

    def __init__(self, centre: Centre, now: datetime) -> None:
        self._centre = centre
        self._calls: set[CallId] = set()
        self._agents: set[UserId] = set()
        self._queues: set[QueueId] = set()
        self._told: dict[str, Any] = {}
        self.renew(centre, now)

    def touch(self, changes: Changes) -> bool:
        """Whether there may be something to tell."""
        self._calls |= changes.calls
        self._agents |= changes.agents & self._centre.agents.keys()
        self._queues |= changes.queues & self._centre.queues.keys()
        for agent in changes.agents & self._centre.agents.keys():
            self._queues |= set(self._centre.agents[agent].queues) & self._centre.queues.keys()
        records = [self._centre.state.calls.get(call) for call in changes.calls]
        found = {record.queue for record in records if record is not None and record.queue is not None}
        self._queues |= found & self._centre.queues.keys()
        return bool(changes.calls or self._agents or self._queues or changes.alarms or changes.alerts)

    def renew(self, centre: Centre, now: datetime) -> dict[str, Any]:
        """Another directory: everything is looked at again; returns what is otherwise."""
        self._centre = centre
        self._calls = set(centre.state.calls) | {CallId(UUID(key)) for key in self._known("waiting", "calls")}
        self._agents = set(centre.agents) | {UserId(UUID(key)) for key in self._known("agents")}
        return self.refresh(now)

    def refresh(self, now: datetime) -> dict[str, Any]:
        """As `drain`, with the queues' figures of the day looked at again: a new day begins without an event."""
        self._queues = set(self._centre.queues) | {QueueId(UUID(key)) for key in self._known("queues")}
        return self.drain(now)

    def drain(self, now: datetime) -> dict[str, Any]:
        """What is otherwise than it was told last; from now on it is told."""
        centre = self._centre
        fresh: dict[str, Rows] = {
            "queues": _rows(self._queues, lambda queue: queue_row(centre, queue, now)),
            "waiting": _rows(self._calls, lambda call: waiting_row(centre, call)),
            "calls": _rows(self._calls, lambda call: call_row(centre, call)),
            "agents": _rows(self._agents, self._agent),
            "alerts": self._alerts(),
        }
        self._calls, self._agents, self._queues = set(), set(), set()
        changes: dict[str, Any] = {name: moved for name, rows in fresh.items() if (moved := self._moved(name, rows))}
        for name, rows in changes.items():
            kept = self._told.setdefault(name, {}) | rows
            self._told[name] = {key: row for key, row in kept.items() if row is not None}
        for name, value in (("tenant", centre.tenant), ("alarms", centre.alarms())):
            if self._told.get(name) != value:
                changes[name] = self._told[name] = value
        return changes

    def state(self, only: Only) -> BoardState:
        """What was told, as who sees `only` these agents is told it."""
        seen = seen_by(self._told, only)
        maps = {name: {key: row for key, row in seen.get(name, {}).items() if row is not None} for name in MAPS}
        return BoardState(tenant=self._told["tenant"], alarms=self._told["alarms"], **maps)

    def _agent(self, agent: UserId) -> Any:
        profile = self._centre.agents.get(agent)
        return None if profile is None else agent_row(self._centre, profile)

    def _alerts(self) -> Rows:
        """All of them: they are few."""
        gone: Rows = dict.fromkeys(self._known("alerts"))
        return gone | {str(rule): alert_row(alert) for rule, alert in self._centre.state.alerts.items()}

    def _moved(self, name: str, rows: Rows) -> Rows:
        told: Rows = self._told.get(name, {})
        return {key: row for key, row in rows.items() if told.get(key) != row}

    def _known(self, *names: str) -> set[str]:
        return {key for name in names for key in self._told.get(name, {})}


def seen_by(changes: Mapping[str, Any], only: Only) -> dict[str, Any]:
    """Without the agents whom the viewer does not see, and without calls of these; who waits is everybody's."""
    if only is None:
        return dict(changes)
    shown = {str(agent) for agent in only}
    seen = dict(changes)
    if "agents" in seen:
        seen["agents"] = {key: row for key, row in seen["agents"].items() if key in shown}
    if "calls" in seen:
        calls: Rows = seen["calls"]
        seen["calls"] = {key: row if row is not None and _shown(row, only) else None for key, row in calls.items()}
    return {name: value for name, value in seen.items() if value or name not in ("agents", "calls")}


def _shown(row: Any, only: frozenset[UserId]) -> bool:
    return row.agent_id is None or row.agent_id in only


def _rows(keys: Iterable[Any], make: Callable[[Any], Any]) -> Rows:
    return {str(key): make(key) for key in keys}
