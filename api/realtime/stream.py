"""One desk's numbered events: made from what changed, kept for a while to be given again."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.realtime.frames import event_frame, snapshot_frame
from api.realtime.projection import Centre
from api.realtime.state import DeskQueue, DeskState
from kernel.primitives.ids import QueueId, UserId

RING_EVENTS = 512  # some minutes of a busy desk: a reloaded page or a changed network is back sooner


_WHOLE_KEYS = tuple(name for name in DeskState.__struct_fields__ if name != "queues")


class DeskStream:
    """Events are numbered from 1 without gaps; `state` is what a desk that read all of them shows."""

    def __init__(self, name: str, user: UserId, user_name: str, wide: bool) -> None:
        """`wide`: all queues and the team, for supervisors."""
        self.name = name
        self.user = user
        self.wide = wide
        self.only: frozenset[UserId] | None = None  # of the team, for who leads a part of it
        self._user_name = user_name
        self._state: DeskState | None = None
        self._sequence = 0
        self._ring: deque[tuple[int, str]] = deque(maxlen=RING_EVENTS)

    def rename(self, user_name: str, wide: bool) -> None:
        self._user_name, self.wide = user_name, wide

    def shown_queues(self, centre: Centre) -> list[QueueId]:
        own = tuple(centre.queues) if self.wide else ()
        return [queue for queue in dict.fromkeys(own + centre.queues_of(self.user)) if queue in centre.all_queues]

    def snapshot(self, centre: Centre, rows: dict[QueueId, DeskQueue], now: datetime) -> str:
        """The present state; later events start from it."""
        self._state = self._whole(centre, rows)
        return snapshot_frame(self.name, self._sequence, now, self._state)

    def since(self, last: int) -> Sequence[str] | None:
        """The events after `last`; None when some of them are not kept any more, or `last` was never reached."""
        first_kept = self._ring[0][0] if self._ring else self._sequence + 1
        if not first_kept - 1 <= last <= self._sequence:
            return None
        return [frame for sequence, frame in self._ring if sequence > last]

    def own_changes(self, centre: Centre) -> str | None:
        """An event when something changed that concerns the user alone."""
        state = self._state
        if state is None:
            return None
        new = {
            "me": centre.me(self.user, self._user_name),
            "offer": centre.offer(self.user),
            "call": centre.call(self.user),
            "callback": centre.callback(self.user),
            "voicemail": centre.voicemail(self.user),
            "consultation": centre.consultation(self.user),
            "supervision": centre.supervision(self.user),
        }
        return self._event({key: value for key, value in new.items() if getattr(state, key) != value})

    def common_changes(self, centre: Centre, rows: dict[QueueId, DeskQueue]) -> str | None:
        """An event when something changed that others see too: queues, alarms, the team."""
        state = self._state
        if state is None:
            return None
        whole = self._whole(centre, rows)
        keys = [
            name
            for name in DeskState.__struct_fields__
            if name != "queues" and getattr(state, name) != getattr(whole, name)
        ]
        changes: dict[str, Any] = {key: getattr(whole, key) for key in keys}
        queues = {key: row for key, row in whole.queues.items() if state.queues.get(key) != row}
        gone = {key: None for key in state.queues if key not in whole.queues}
        if queues or gone:
            changes["queues"] = queues | gone
        return self._event(changes, whole)

    def _whole(self, centre: Centre, rows: dict[QueueId, DeskQueue]) -> DeskState:
        return DeskState(
            me=centre.me(self.user, self._user_name),
            offer=centre.offer(self.user),
            call=centre.call(self.user),
            callback=centre.callback(self.user),
            voicemail=centre.voicemail(self.user),
            consultation=centre.consultation(self.user),
            supervision=centre.supervision(self.user),
            queues={str(queue): rows[queue] for queue in self.shown_queues(centre)},
            alarms=centre.alarms() if self.wide else (),
            not_ready_reasons=centre.directory.not_ready_reasons,
            reason_caps=centre.reason_caps(),
            abuse_reasons=centre.directory.agent_rules.abuse_reasons,
            team=centre.team(self.only) if self.wide else (),
        )

    def _event(self, changes: dict[str, Any], whole: DeskState | None = None) -> str | None:
        if not changes or self._state is None:
            return None
        self._state = whole or msgspec.structs.replace(self._state, **changes)
        self._sequence += 1
        frame = event_frame(self._sequence, changes)
        self._ring.append((self._sequence, frame))
        return frame
