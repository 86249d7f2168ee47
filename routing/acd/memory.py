"""What a tenant's log tells of callers who have gone: the places that they left, who talked with them last.

A fold by the side of the state: a decision sees what it was before, and it is followed when the decision stands.
"""

from datetime import datetime

import msgspec

from kernel.contracts.calls import EndReason
from kernel.contracts.log import CallDisconnected, CallEnded, CallErased, CallQueued, LogEvent
from kernel.primitives.ids import CallId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.calls.model import Call, CallPhase
from routing.matching.places import Kept, Places
from routing.matching.preference import LastTalk

KEPT_TALKS = 10_000  # callers of a day or more of a large tenant; some 1 MB, and 5 ms of each snapshot
ON_THE_LINE = frozenset({CallPhase.QUEUED, CallPhase.OFFERED})


class Talk(msgspec.Struct, frozen=True):
    """With whom `number` talked last."""

    number: PhoneNumber
    call: CallId
    agent: UserId
    ended_at: datetime


class Remembered(msgspec.Struct, frozen=True):
    """As it is kept over a restart, the oldest first."""

    places: tuple[Kept, ...] = ()
    talks: tuple[Talk, ...] = ()


class Memory:
    """Of one tenant."""

    def __init__(self) -> None:
        self.places = Places()
        self._talks: dict[PhoneNumber, Talk] = {}

    def last_talk(self, number: PhoneNumber | None) -> LastTalk | None:
        talk = None if number is None else self._talks.get(number)
        return None if talk is None else LastTalk(talk.agent, talk.ended_at)

    def follow(self, event: LogEvent, call: Call | None) -> None:
        """`call` is the call of the event, as it was last if it has ended."""
        match event:
            case CallQueued() if call is not None:
                self.places.drop(event.queue, call.outside)
            case CallDisconnected() if call is not None:
                self._talked(call, event.agent, event.at)
            case CallEnded() if call is not None:
                self._ended(event, call)
            case CallErased() if event.number:
                self._forget(event.call)
            case _:
                pass

    def _ended(self, event: CallEnded, call: Call) -> None:
        if event.agent is not None:
            self._talked(call, event.agent, event.at)
        sent_away = event.cause.reason is EndReason.OVERLOADED
        if call.phase in ON_THE_LINE and call.queue is not None and call.since is not None and not sent_away:
            self.places.keep(call.queue, call.outside, call.since, event.at)

    def _talked(self, call: Call, agent: UserId, at: datetime) -> None:
        number = call.outside
        if number is None:
            return
        self._talks.pop(number, None)
        self._talks[number] = Talk(number, call.call, agent, at)
        if len(self._talks) > KEPT_TALKS:
            del self._talks[next(iter(self._talks))]

    def _forget(self, call: CallId) -> None:
        """The number was erased from the call: it is known from it no more. Places expire within a day anyway."""
        for talk in [talk for talk in self._talks.values() if talk.call == call]:
            del self._talks[talk.number]

    # --- keeping over a restart ---

    def snapshot(self) -> Remembered:
        return Remembered(self.places.snapshot(), tuple(self._talks.values()))

    def restore(self, remembered: Remembered) -> None:
        self.places.restore(remembered.places)
        self._talks = {talk.number: talk for talk in remembered.talks}
