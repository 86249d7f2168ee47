"""How fast each queue moves: a fold over all logs of a floor, by the side of the state.

It is measured, and nothing is decided by it: logs of several tenants that are read in another order may give slightly
other figures.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndReason, OfferOutcome
from kernel.contracts.flow_events import CallLeftQueue
from kernel.contracts.log import (
    AgentStateChanged,
    CallConnected,
    CallEnded,
    CallOverflowed,
    CallQueued,
    LogEvent,
    OfferEnded,
    OfferMade,
)
from kernel.contracts.queues import HANDLE_SECONDS, ToQueue
from kernel.primitives.ids import CallId, QueueId, UserId
from routing.matching import expected_wait
from routing.matching.expected_wait import Expected, Pace
from routing.matching.people import NOBODY, AgentSet
from routing.matching.rules import MatchRules

AT_WORK = frozenset({AgentState.AVAILABLE, AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP})


class QueuePace(msgspec.Struct, frozen=True):
    """As it is kept over a restart."""

    queue: QueueId
    pace: Pace


class _Lined(NamedTuple):
    queue: QueueId
    since: datetime


class Pacing:
    """`follow` is told every event once, in order; who is answered at once has not waited and does not count."""

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._paces: dict[QueueId, Pace] = {}
        self._lined: dict[CallId, _Lined] = {}
        self._offered: dict[CallId, bool] = {}  # to somebody; whether the caller had waited for it
        self._at_work: AgentSet = NOBODY

    # --- reading ---

    def agents(self, queue: QueueId) -> int:
        """At work for the queue: available, offered, connected or in wrap-up."""
        return (self._at_work & self._rules.people.serving(queue)).bit_count()

    def expected(
        self, queue: QueueId, ahead: int, now: datetime, handle_seconds: float = HANDLE_SECONDS
    ) -> Expected | None:
        """From now on, for a caller with `ahead` others in front; None: nobody is at work for the queue."""
        pace = expected_wait.later(self._pace(queue, now), now)
        return expected_wait.expected(replace(pace, agents=self.agents(queue)), ahead, handle_seconds)

    # --- following ---

    def follow(self, event: LogEvent) -> None:
        match event:
            case CallQueued():
                self._leave(event.call, event.at)
                self._join(event.call, event.queue, event.at)
            case OfferMade():
                self._offer(event)
            case OfferEnded():
                self._offer_ended(event)
            case CallConnected():
                self._leave(event.call, event.at, answered=True)
                self._offered.pop(event.call, None)
            case CallOverflowed() if not isinstance(event.to, ToQueue):
                self._leave(event.call, event.at)
            case CallLeftQueue():
                self._leave(event.call, event.at)
            case CallEnded():
                self._leave(event.call, event.at, gave_up=event.cause.reason is EndReason.ABANDONED)
                self._offered.pop(event.call, None)
            case AgentStateChanged() if (event.state in AT_WORK) is not (event.previous in AT_WORK):
                self._staff(event.agent, event.at, at_work=event.state in AT_WORK)
            case _:
                pass

    def _pace(self, queue: QueueId, at: datetime) -> Pace:
        return self._paces.get(queue) or Pace(at=at, agents=self.agents(queue))

    def _join(self, call: CallId, queue: QueueId, at: datetime) -> None:
        self._lined[call] = _Lined(queue, at)
        self._paces[queue] = expected_wait.joined(self._pace(queue, at), at)

    def _leave(self, call: CallId, at: datetime, *, answered: bool = False, gave_up: bool = False) -> bool:
        """Whether the caller had waited."""
        lined = self._lined.pop(call, None)
        if lined is None:
            return False
        waited = at > lined.since
        pace = self._pace(lined.queue, at)
        if gave_up:
            pace = expected_wait.abandoned(pace, at)
        elif answered and waited:
            pace = expected_wait.started(pace, at)
        else:
            pace = expected_wait.moved_on(pace, at)
        self._paces[lined.queue] = pace
        return waited

    def _offer(self, event: OfferMade) -> None:
        self._offered[event.call] = self._leave(event.call, event.at, answered=True)

    def _offer_ended(self, event: OfferEnded) -> None:
        """The caller waits on; the agent has not served anybody."""
        if event.outcome in {OfferOutcome.ACCEPTED, OfferOutcome.CALLER_GONE}:
            return
        if self._offered.pop(event.call, False):
            pace = self._pace(event.queue, event.at)
            self._paces[event.queue] = replace(pace, starts=max(0.0, pace.starts - 1))
        self._join(event.call, event.queue, event.at)

    def _staff(self, agent: UserId, at: datetime, *, at_work: bool) -> None:
        person = self._rules.people.person(agent)
        if person is None:
            return
        self._at_work = self._at_work & ~(1 << person.number) | (at_work << person.number)
        for queue in person.member.queues:
            if queue in self._paces:
                self._paces[queue] = expected_wait.staffed(self._paces[queue], self.agents(queue), at)

    # --- rules, restart ---

    def adopt(self, rules: MatchRules, at_work: AgentSet) -> None:
        """`at_work` are numbers of the new rules."""
        self._rules, self._at_work = rules, at_work
        for queue, pace in self._paces.items():
            self._paces[queue] = replace(pace, agents=self.agents(queue))

    def snapshot(self, queues: frozenset[QueueId]) -> tuple[QueuePace, ...]:
        return tuple(QueuePace(queue, pace) for queue, pace in sorted(self._paces.items()) if queue in queues)

    def restore(self, paces: tuple[QueuePace, ...], at_work: AgentSet) -> None:
        """Before anybody is told to wait: who waited then is put back by `wait_on`."""
        self._at_work = at_work
        for kept in paces:
            self._paces[kept.queue] = replace(kept.pace, waiting=0, agents=self.agents(kept.queue))

    def wait_on(self, call: CallId, queue: QueueId, since: datetime) -> None:
        pace = self._pace(queue, since)
        self._lined[call] = _Lined(queue, since)
        self._paces[queue] = replace(pace, waiting=pace.waiting + 1)
