"""Who gets whom in a large centre: the time of one decision, and how it grows, beside looking at everybody.

A decision is a change (a caller comes, an agent becomes available), the search for whom it concerns, and taking the
pair out. Half of the queues have too much work: all callers wait in them, each for somebody who fits. Half have too
little: their agents are idle. Half of the decisions are of either kind.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from uuid import UUID

from api.collector import settle
from kernel.contracts.queues import Ageing, AllOf, AnyOf, AtLeast, Distribution, Needs, Not, Preferred, Step, Strategy
from kernel.primitives.ids import CallId, QueueId, UserId
from load_tests.peers.matching import Owner
from load_tests.peers.scan import Agent, Scan
from load_tests.report import Row, row
from routing.matching.available import Idle
from routing.matching.matcher import Match, match
from routing.matching.people import Member
from routing.matching.rules import Caller

SIZES = (100, 500, 1_000, 2_014)
DECISIONS_PER_LOOK = 100  # of more than a centre of 2,014 makes in the time between two looks
SHORT_SIZES = (100,)
QUEUES, SKILLS, WAITING = 50, 200, 5_000
QUEUES_OF_AN_AGENT, SKILLS_OF_AN_AGENT = 3, 12
NEEDS_OF_A_QUEUE = 8  # kinds of callers in one queue, as its flow tells them apart
DECISIONS, SCANS = 20_000, 100
SHORT_WAITING, SHORT_DECISIONS, SHORT_SCANS = 500, 200, 4
IDLE_SHARE = 0.5  # of the agents with too little work
VIP_SHARE, KNOWN_SHARE = 0.05, 0.02
UNFITTING_SHARE = 0.05  # of the agents with too much work: idle, for they fit nobody who waits
SEED = 2_014
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
A_DECISION_LATER = timedelta(milliseconds=50)  # at 2,014 agents some 20 decisions a second


class Centre:
    """Reproducible: the same seed makes the same centre and the same day."""

    def __init__(self, agents: int, waiting: int) -> None:
        self._chance = random.Random(SEED)
        self._skills = [f"skill {number}" for number in range(SKILLS)]
        queues = [QueueId(UUID(int=number + 1)) for number in range(QUEUES)]
        self._busy_queues, self._quiet_queues = queues[: QUEUES // 2], queues[QUEUES // 2 :]
        rules = {queue: self._rules(place) for place, queue in enumerate(queues)}
        self._needs = {queue: [self._some_needs() for _ in range(NEEDS_OF_A_QUEUE)] for queue in queues}
        self.members = [self._member(number) for number in range(agents)]
        self.numbers = {member.agent: number for number, member in enumerate(self.members)}
        self._hard_working = [member.agent for member in self.members[1::2]]
        self._leisurely = [member.agent for member in self.members[0::2]]
        self.owner = Owner(rules, self.members)
        self.scan = Scan(rules, self.members)
        self.now = START
        self._calls: list[CallId] = []
        self._changes = 0
        self._waiting = waiting
        for agent in self._leisurely[: int(len(self._leisurely) * IDLE_SHARE)]:
            self.owner.free(self._idle(agent))
        for _ in range(waiting):
            self.owner.come(self._caller(self._busy_queues))
        self.owner.decide(self.now)

    # --- what there is ---

    def _rules(self, place: int) -> Distribution:
        strategy = tuple(Strategy)[place % len(Strategy)]
        return Distribution(strategy=strategy, ageing=Ageing(60.0, 5) if place % 2 else None)

    def _level(self, highest: int) -> AtLeast:
        return AtLeast(self._chance.choice(self._skills), self._chance.randint(1, highest))

    def _some_needs(self) -> Needs:
        wanted = AllOf((self._level(8), AnyOf((self._level(3), self._level(3), Not(self._level(1))))))
        return (Step(wanted), Step(self._level(2), 60.0), Step(self._level(1), 180.0))

    def _member(self, number: int) -> Member:
        queues = self._chance.sample(self._busy_queues if number % 2 else self._quiet_queues, QUEUES_OF_AN_AGENT)
        skills = {skill: self._chance.randint(1, 10) for skill in self._chance.sample(self._skills, SKILLS_OF_AN_AGENT)}
        return Member(UserId(UUID(int=0xA0000 + number)), tuple(queues), skills, self._chance.randint(1, 3))

    def _caller(self, queues: Sequence[QueueId]) -> Caller:
        call = CallId(UUID(int=len(self._calls) + 1))
        self._calls.append(call)
        queue = self._chance.choice(queues)
        since = self.now - timedelta(seconds=self._chance.uniform(0, 600))
        vip, known = self._chance.random() < VIP_SHARE, self._chance.random() < KNOWN_SHARE
        preferred = Preferred(self._chance.choice(self.members).agent, 20.0) if known else None
        return Caller(call, queue, since, 10 * vip, self._chance.choice(self._needs[queue]), preferred)

    def _idle(self, agent: UserId) -> Idle:
        since = self.now - timedelta(seconds=self._chance.uniform(0, 300))
        return Idle(agent, since, self._chance.randint(0, 60), self._chance.random())

    # --- what happens ---

    def next_change(self) -> Caller | Idle:
        """In turn: an agent and a caller where there is too much work, and where there is too little."""
        self.now += A_DECISION_LATER
        self._settle()
        self._changes += 1
        if self._changes % 2:
            return self._idle(self._someone(self._hard_working if self._changes % 4 == 1 else self._leisurely))
        return self._caller(self._busy_queues if self._changes % 4 == 2 else self._quiet_queues)

    def _someone(self, agents: Sequence[UserId]) -> UserId:
        """Who is not available; `_settle` has seen to it that there are some."""
        while self.owner.available.idle(agent := self._chance.choice(agents)) is not None:
            pass
        return agent

    def _settle(self) -> None:
        """As many wait and are idle as at the beginning."""
        for agents, share in ((self._hard_working, UNFITTING_SHARE), (self._leisurely, IDLE_SHARE)):
            there = [agent for agent in agents if self.owner.available.idle(agent) is not None]
            for agent in there[int(len(agents) * share) + 1 :]:
                self.owner.busy(agent)
        while len(self.owner.callers) > self._waiting:
            self.owner.go(self._calls[self._chance.randrange(len(self._calls))])
        while len(self.owner.callers) < self._waiting:
            self.owner.come(self._caller(self._busy_queues))
            self.owner.decide(self.now)

    def change(self, change: Caller | Idle) -> None:
        if isinstance(change, Caller):
            self.owner.come(change)
        else:
            self.owner.free(change)

    def decide(self, change: Caller | Idle) -> list[Match]:
        self.change(change)
        return self.owner.decide(self.now)

    def decide_by_scan(self, change: Caller | Idle, agents: Sequence[Agent]) -> object:
        """Of who waits and who is available only those are compared whom the change concerns."""
        if isinstance(change, Caller):
            return self.scan.for_caller(change, agents, self.now)
        number = self.numbers[change.agent]
        agent = Agent(number, self.members[number], change)
        return self.scan.for_agent(agent, self.owner.callers.values(), self.now)


def timed(act: Callable[[], object]) -> float:
    """Microseconds."""
    begun = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - begun) / 1_000


def measure_size(agents: int, waiting: int, decisions: int, scans: int) -> tuple[list[float], list[float]]:
    """Microseconds of each decision, ours and of a scan of the same centre at some of them."""
    centre = Centre(agents, waiting)
    ours: list[float] = []
    by_scan: list[float] = []
    scanned = max(1, decisions // scans) | 1  # odd, so that all four kinds of changes are among them
    for number in range(decisions):
        change = centre.next_change()
        if number % scanned == 0:
            everybody = centre.owner.agents()
            by_scan.append(timed(lambda change=change, everybody=everybody: centre.decide_by_scan(change, everybody)))
        ours.append(timed(lambda change=change: centre.decide(change)))
        if number % DECISIONS_PER_LOOK == 0:
            gc.collect(0)
    return ours, by_scan


def percentile(figures: Sequence[float], percent: int) -> float:
    return quantiles(figures, n=100, method="inclusive")[percent - 1]


def from_zero(agents: int, waiting: int) -> float:
    """Milliseconds to look at everybody once, as after a restart, when any state may be there."""
    owner = Centre(agents, waiting).owner
    return timed(lambda: match(owner.waiting, owner.available, owner.rules, START)) / 1_000


def rows_of(sizes: Sequence[int], waiting: int, decisions: int, scans: int) -> list[Row]:
    rows: list[Row] = []
    found = {agents: measure_size(agents, waiting, decisions, scans) for agents in sizes}
    for percent in (50, 99):
        for agents, (ours, by_scan) in found.items():
            figures = percentile(ours, percent), percentile(by_scan, percent)
            rows.append(row(f"decision p{percent}", agents, "us", figures[0], scan=figures[1]))
    return [*rows, row("look at everybody once", sizes[-1], "ms", from_zero(sizes[-1], waiting))]


async def measure(folder: Path, short: bool) -> Sequence[Row]:
    settle()
    if short:
        return rows_of(SHORT_SIZES, SHORT_WAITING, SHORT_DECISIONS, SHORT_SCANS)
    return rows_of(SIZES, WAITING, DECISIONS, SCANS)
