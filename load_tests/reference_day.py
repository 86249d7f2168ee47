"""A day of the reference centre in simulated time, through the code that decides in use: `make reference-day`.

2,200 calls by the hours of a day, shifts, callers who lose patience. Every call is reported as the
gateway reports it and every agent does what desks send; nothing is decided here. Beside each hour stands what
Erlang A says of it. It differs where theory leaves something out: an agent takes two seconds to accept, the caller
waits for them too; hours begin with what the hour before has left; who ends a shift finishes the call; each hour has
its calls spread over it, no more and no fewer, where theory lets their number vary; and one day is one draw.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, NamedTuple
from uuid import UUID

from insight.kpi.live import LiveView
from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult
from kernel.contracts.desk import AcceptOffer, FinishWrapUp, LogIn, LogOut, RequestState
from kernel.contracts.directory import AgentProfile, NumberRoute, QueueRules, TenantDirectory
from kernel.contracts.log import CallConnected, CallEnded, CallQueued, LogEvent, Logged, OfferMade
from kernel.contracts.telephony import CallArrived, CallEstablished, CallReleased, SoftphoneChanged
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, EventId, NumberId, QueueId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from load_tests.peers.erlang_a import ErlangA, erlang_a
from routing.acd.decide import AgentIntent, RoutingInput, TimersDue, decide, next_timer
from routing.acd.state import RoutingState
from routing.queues.rules import Rules

CALLS = 2_200
AGENTS = 66
# calls of a hundred by the hour, and agents on duty: two peaks and a quiet night, as many as the promise needs
SHARES = (1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 6, 6, 7, 8, 7, 5, 4, 4, 3, 2, 2, 1)
STAFF = (3, 3, 3, 3, 3, 3, 5, 8, 12, 15, 15, 14, 11, 11, 12, 14, 12, 9, 8, 8, 6, 5, 5, 3)
TALK, WRAP_UP, ACCEPT, PATIENCE = 180.0, 40.0, 2.0, 180.0  # mean seconds; accepting always takes as long
HOUR = 3_600.0
START = datetime(2026, 3, 2, tzinfo=UTC)
TENANT, QUEUE = TenantId(UUID(int=1)), QueueId(UUID(int=2))
NUMBER, TRUNK = PhoneNumber("+442071838750"), TrunkId(UUID(int=3))
HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
PROMISED = "80 % in 10 s, speed of answer 10 s, abandoned at most 5 %"


class Counted(NamedTuple):
    hour: int
    offered: int
    answered: int
    abandoned: int
    in_ten: int
    waits: float


class CountingIds:
    def __init__(self) -> None:
        self._last = 1_000

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)


def centre() -> TenantDirectory:
    agents = [UserId(UUID(int=100 + number)) for number in range(AGENTS)]
    return TenantDirectory(
        tenant=TENANT,
        name="Reference",
        time_zone="UTC",
        currency="GBP",
        queues=(QueueRules(queue=QUEUE, name="Service", greeting=(), wrap_up_seconds=600.0),),
        agents=tuple(AgentProfile(agent=agent, name="Agent", queues=(QUEUE,), has_seat=True) for agent in agents),
        numbers=(NumberRoute(number=NumberId(UUID(int=4)), called=NUMBER, queue=QUEUE),),
        outbound_trunk=None,
        outbound_caller=None,
    )


class Day:
    """A heap of what callers and agents do; timers of routing come between."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._directory = centre()
        self._state = RoutingState(Rules([self._directory], START))
        self._ids = CountingIds()
        self._acts: list[tuple[float, int, Callable[[], None]]] = []
        self._on_duty: list[UserId] = []
        self.now = 0.0
        self.log: list[LogEvent] = []

    # --- what happens ---

    def run(self, calls: int) -> None:
        day = sum(SHARES)
        for hour, share in enumerate(SHARES):
            self._at(hour * HOUR, lambda hour=hour: self._staff(STAFF[hour]))
            for _ in range(round(calls * share / day)):
                self._at(self._chance.uniform(hour * HOUR, (hour + 1) * HOUR), self._arrive)
        while self._acts:
            timer = next_timer(self._state)
            due = None if timer is None else (timer - START).total_seconds()
            if due is not None and due <= self._acts[0][0]:
                self.now = max(self.now, due)
                self._take(TimersDue())
                continue
            self.now, _, act = heappop(self._acts)
            act()

    def _at(self, when: float, act: Callable[[], None]) -> None:
        heappush(self._acts, (when, len(self._acts) + self._chance.getrandbits(40), act))

    def _after(self, mean: float, act: Callable[[], None]) -> None:
        self._at(self.now + self._chance.expovariate(1 / mean), act)

    def _stamp(self) -> dict[str, Any]:
        return {"id": EventId(self._ids.new()), "tenant": TENANT, "at": START + timedelta(seconds=self.now)}

    def _take(self, word: RoutingInput) -> None:
        made = decide(self._state, word, START + timedelta(seconds=self.now), self._ids, keep=True)
        self.log += made.events
        for event in made.events:
            if isinstance(event, OfferMade):
                self._at(self.now + ACCEPT, lambda event=event: self._wish(event.agent, AcceptOffer(offer=event.offer)))
            elif isinstance(event, CallConnected):
                self._after(TALK, lambda event=event: self._release(event.call))
            elif isinstance(event, CallEnded) and event.agent is not None:
                self._after(WRAP_UP, lambda event=event: self._finish(event))

    def _wish(self, agent: UserId, wish: Any) -> None:
        """One that comes too late (the caller has gone) is refused, as at a desk."""
        try:
            self._take(AgentIntent(TENANT, agent, wish))
        except CordboardError:
            return

    # --- callers ---

    def _arrive(self) -> None:
        call = CallId(self._ids.new())
        caller = PhoneNumber(f"+4420{self._chance.randrange(10**8):08}")
        self._take(CallArrived(**self._stamp(), call=call, trunk=TRUNK, called=NUMBER, caller=caller))
        self._take(CallEstablished(**self._stamp(), call=call))
        self._after(PATIENCE, lambda: self._lose_patience(call))

    def _lose_patience(self, call: CallId) -> None:
        found = self._state.call(call)
        if found is not None and found.agent is None:
            self._release(call)

    def _release(self, call: CallId) -> None:
        self._take(CallReleased(**self._stamp(), call=call, cause=HUNG_UP))

    # --- agents ---

    def _finish(self, event: CallEnded) -> None:
        if event.agent is not None:
            self._wish(event.agent, FinishWrapUp(call=event.call, disposition="resolved"))

    def _staff(self, wanted: int) -> None:
        """Who has worked longest goes first; who is fresh comes."""
        while len(self._on_duty) > wanted:
            self._wish(self._on_duty.pop(0), LogOut())
        everybody = [profile.agent for profile in self._directory.agents]
        fresh = [agent for agent in everybody if self._state.agent(agent).state is AgentState.LOGGED_OUT]
        for agent in fresh[: wanted - len(self._on_duty)]:
            self._wish(agent, LogIn())
            self._take(SoftphoneChanged(**self._stamp(), agent=agent, reachable=True))
            self._wish(agent, RequestState(state=AgentState.AVAILABLE))
            self._on_duty.append(agent)


def count(log: Sequence[LogEvent]) -> list[Counted]:
    """By the hour in which a call came to the queue."""
    queued = {event.call: event.since for event in log if isinstance(event, CallQueued)}
    connected = {event.call: event.at for event in log if isinstance(event, CallConnected)}
    ended = {event.call: event.at for event in log if isinstance(event, CallEnded)}
    hours: list[Counted] = []
    for hour in range(24):
        calls = [call for call, since in queued.items() if since.hour == hour and since.day == START.day]
        answers = [(connected[call] - queued[call]).total_seconds() for call in calls if call in connected]
        gone = [(ended[call] - queued[call]).total_seconds() for call in calls if call not in connected]
        in_ten = sum(1 for wait in answers if wait <= 10)
        hours.append(Counted(hour, len(calls), len(answers), len(gone), in_ten, sum(answers) + sum(gone)))
    return hours


def _theory(one: Counted) -> ErlangA:
    return erlang_a(max(one.offered, 1) / HOUR, STAFF[one.hour], TALK + WRAP_UP + ACCEPT, PATIENCE)


def table(hours: Sequence[Counted]) -> list[str]:
    lines = ["hour  agents  calls  in 10 s   abandoned (Erlang A)   mean wait (Erlang A)"]
    for one in hours:
        theory = _theory(one)
        calls = max(one.offered, 1)
        lines.append(
            f"{one.hour:4}  {STAFF[one.hour]:6}  {one.offered:5}  {one.in_ten / calls:7.1%}"
            f"   {one.abandoned / calls:9.1%} ({theory.abandon_rate:7.1%})"
            f"   {one.waits / calls:7.1f} s ({theory.mean_wait + ACCEPT:5.1f} s)"
        )
    return lines


def indicators(log: Sequence[LogEvent]) -> list[str]:
    """By the live fold, up to the last second of the day."""
    view = LiveView(UTC)
    for number, event in enumerate((event for event in log if event.at.day == START.day), 1):
        view.apply(Logged(sequence=number, event=event))
    day = view.state.day.queues[QUEUE]
    handled = max(day.handled, 1)
    return [
        f"answered {day.answered}, abandoned {day.abandoned}, refused {day.blocked}",
        f"speed of answer {day.answer_wait_ms / max(day.answered, 1) / 1_000:.1f} s",
        f"talk {day.talk_ms / handled / 1_000:.0f} s, after-call work "
        f"{day.wrap_up_ms / max(day.wrap_ups, 1) / 1_000:.0f} s",
    ]


def simulate(calls: int, seed: int) -> Day:
    day = Day(seed)
    day.run(calls)
    return day


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.perf_counter()
    day = simulate(options.calls, options.seed)
    took = time.perf_counter() - begun
    hours = count(day.log)
    offered, answered = sum(one.offered for one in hours), sum(one.answered for one in hours)
    in_ten = sum(one.in_ten for one in hours)
    lines = [*table(hours), *indicators(day.log)]
    gone = sum(one.abandoned for one in hours) / offered
    expected = sum(one.offered * _theory(one).abandon_rate for one in hours) / offered
    lines.append(f"abandoned {gone:.1%} of the day, by Erlang A {expected:.1%}")
    lines.append(f"in 10 s: {in_ten / offered:.1%} of {offered} offered, {answered / offered:.1%} answered")
    lines.append(f"promised: {PROMISED}")
    lines.append(f"{len(day.log)} events in {took:.1f} s")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
