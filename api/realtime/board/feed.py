"""All who look at one tenant's board: told at most once per tick, each the same frame as all who see the same."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from api.realtime.board.board import Board, Only, seen_by
from api.realtime.connection import DeskConnection
from api.realtime.frames import board_event_frame, board_snapshot_frame
from api.realtime.limits import DeskLimits
from api.realtime.projection import Centre
from insight.kpi.state import Changes

REFRESH_SECONDS = 30.0  # how late a new day may begin on the board, and the longest that it stays silent about


class Viewers:
    """Those who see the same; `sequence` is of the last frame that they were told."""

    def __init__(self) -> None:
        self.sequence = 0
        self.connections: set[DeskConnection] = set()

    def tell(self, changes: dict[str, Any], now: datetime) -> None:
        self.sequence += 1
        frame = board_event_frame(self.sequence, now, changes)
        for connection in list(self.connections):
            connection.send(frame)


class BoardFeed:
    """Lives while somebody looks."""

    def __init__(self, centre: Centre, limits: DeskLimits, now: Callable[[], datetime]) -> None:
        self._limits = limits
        self._now = now
        self._board = Board(centre, now())
        self._viewers: dict[Only, Viewers] = {}
        self._tick: asyncio.TimerHandle | None = None
        self._refresh = asyncio.get_running_loop().call_later(REFRESH_SECONDS, self._refreshed)

    @property
    def watched(self) -> bool:
        return bool(self._viewers)

    def attach(self, connection: DeskConnection, only: Only) -> None:
        """Show it the whole board; who saw less or more before is shown anew."""
        self._tell(self._board.drain(self._now()))
        self.detach(connection)
        viewers = self._viewers.setdefault(only, Viewers())
        viewers.connections.add(connection)
        connection.send(board_snapshot_frame(viewers.sequence, self._now(), self._board.state(only)))

    def detach(self, connection: DeskConnection) -> None:
        for only, viewers in list(self._viewers.items()):
            viewers.connections.discard(connection)
            if not viewers.connections:
                del self._viewers[only]

    def only_of(self, connection: DeskConnection) -> Only:
        """KeyError for who does not look."""
        for only, viewers in self._viewers.items():
            if connection in viewers.connections:
                return only
        raise KeyError(connection)

    def close(self) -> None:
        self._refresh.cancel()
        if self._tick is not None:
            self._tick.cancel()

    def changed(self, changes: Changes) -> None:
        if self._board.touch(changes) and self._tick is None:
            self._tick = asyncio.get_running_loop().call_later(self._limits.tick_seconds, self._ticked)

    def directory_changed(self, centre: Centre) -> None:
        self._tell(self._board.renew(centre, self._now()))

    def _ticked(self) -> None:
        self._tick = None
        self._tell(self._board.drain(self._now()))

    def _refreshed(self) -> None:
        self._refresh = asyncio.get_running_loop().call_later(REFRESH_SECONDS, self._refreshed)
        self._tell(self._board.refresh(self._now()))

    def _tell(self, changes: dict[str, Any]) -> None:
        for only, viewers in self._viewers.items():
            seen = seen_by(changes, only)
            if seen:
                viewers.tell(seen, self._now())
