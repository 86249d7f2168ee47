"""One tenant's open desks: who must be told what when something changes."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from api.realtime.connection import DeskConnection, taken_over
from api.realtime.frames import softphone_frame
from api.realtime.limits import DeskLimits
from api.realtime.projection import Centre
from api.realtime.state import DeskQueue
from api.realtime.stream import DeskStream
from insight.kpi.state import Changes
from kernel.contracts.softphone import SoftphoneFromGateway
from kernel.primitives.ids import QueueId, UserId


class Desk:
    """A user's stream and, while one is open, its connection."""

    def __init__(self, stream: DeskStream) -> None:
        self.stream = stream
        self.connection: DeskConnection | None = None
        self.forgetting: asyncio.TimerHandle | None = None

    def send(self, frame: str | None) -> None:
        if frame is not None and self.connection is not None:
            self.connection.send(frame)


class Floor:
    """What concerns one agent is told at once; what many see (queues, team, alarms) once per tick."""

    def __init__(self, centre: Centre, limits: DeskLimits) -> None:
        self._centre = centre
        self._limits = limits
        self._desks: dict[UserId, Desk] = {}
        self._rows: dict[QueueId, DeskQueue] = {queue: centre.queue(queue) for queue in centre.all_queues}
        self._dirty_queues: set[QueueId] = set()
        self._tick: asyncio.TimerHandle | None = None

    @property
    def desks(self) -> Iterable[Desk]:
        return self._desks.values()

    def connection_of(self, user: UserId) -> DeskConnection | None:
        desk = self._desks.get(user)
        return None if desk is None else desk.connection

    # --- desks come and go ---

    def attach(
        self, connection: DeskConnection, stream: DeskStream, resume: tuple[str | None, int], now: datetime
    ) -> None:
        """Make it the user's one desk: resume its stream where that is known, start with a snapshot otherwise."""
        user = connection.principal.person
        name, last = resume
        desk = self._desks.get(user)
        if desk is not None and desk.connection is not None:
            desk.connection.close(taken_over())
        missed = desk.stream.since(last) if desk is not None and desk.stream.name == name else None
        if desk is None or desk.stream.name != name:
            desk = self._replace(desk, stream)
        if desk.forgetting is not None:
            desk.forgetting.cancel()
            desk.forgetting = None
        desk.connection = connection
        frames = [desk.stream.snapshot(self._centre, self._refreshed(), now)] if missed is None else missed
        for frame in frames:
            desk.send(frame)

    def _replace(self, old: Desk | None, stream: DeskStream) -> Desk:
        if old is not None and old.forgetting is not None:
            old.forgetting.cancel()
        desk = self._desks[stream.user] = Desk(stream)
        return desk

    def detach(self, connection: DeskConnection) -> bool:
        """Whether it was the user's present desk; its stream is kept for a while."""
        user = connection.principal.person
        desk = self._desks.get(user)
        if desk is None or desk.connection is not connection:
            return False
        desk.connection = None
        loop = asyncio.get_running_loop()
        desk.forgetting = loop.call_later(self._limits.keep_seconds, self._forget, user, desk)
        return True

    def _forget(self, user: UserId, desk: Desk) -> None:
        if self._desks.get(user) is desk and desk.connection is None:
            del self._desks[user]

    def close(self) -> None:
        """Forget everything at once."""
        if self._tick is not None:
            self._tick.cancel()
        for desk in self._desks.values():
            if desk.forgetting is not None:
                desk.forgetting.cancel()
        self._desks.clear()

    # --- things change ---

    def changed(self, changes: Changes) -> None:
        """In the tenant, or in one of its neighbours."""
        for user in changes.agents | self._centre.involved(changes.calls):
            desk = self._desks.get(user)
            if desk is not None:
                desk.send(desk.stream.own_changes(self._centre))
        self._dirty_queues |= changes.queues
        for agent in changes.agents:
            self._dirty_queues |= set(self._centre.queues_of(agent))
        if changes.queues or changes.agents or changes.alarms:
            self._tick_soon()

    def directory_changed(self, centre: Centre) -> None:
        """The tenant's or a neighbour's."""
        self._centre = centre
        self._rows = {queue: centre.queue(queue) for queue in centre.all_queues}
        self._tick_soon()

    def renamed(self, user: UserId, name: str, wide: bool) -> None:
        """The user's name or roles changed."""
        desk = self._desks.get(user)
        if desk is not None:
            desk.stream.rename(name, wide)
            self._tick_soon()

    def narrow(self, user: UserId, only: frozenset[UserId] | None) -> None:
        """The user leads other people than before; None: sees all."""
        desk = self._desks.get(user)
        if desk is not None and desk.stream.only != only:
            desk.stream.only = only
            self._tick_soon()

    def _tick_soon(self) -> None:
        if self._tick is None:
            self._tick = asyncio.get_running_loop().call_later(self._limits.tick_seconds, self._tell_all)

    def _tell_all(self) -> None:
        self._tick = None
        rows = self._refreshed()
        for desk in list(self._desks.values()):
            desk.send(desk.stream.common_changes(self._centre, rows))

    def _refreshed(self) -> dict[QueueId, DeskQueue]:
        """Rows shared by all desks: a queue is looked at once, however many see it."""
        for queue in self._dirty_queues & self._centre.all_queues:
            self._rows[queue] = self._centre.queue(queue)
        self._dirty_queues.clear()
        return self._rows

    # --- the softphone ---

    def push(self, user: UserId, message: SoftphoneFromGateway) -> None:
        desk = self._desks.get(user)
        if desk is not None:
            desk.send(softphone_frame(message))
