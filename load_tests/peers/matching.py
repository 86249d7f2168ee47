"""What an owner of routing does around the matcher: changes who waits and who is available, and asks where it did."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kernel.contracts.queues import Distribution
from kernel.primitives.ids import CallId, QueueId, UserId
from load_tests.peers.scan import Agent
from routing.matching.available import Available, Idle
from routing.matching.matcher import Match, match
from routing.matching.people import Member
from routing.matching.rules import Caller, MatchRules
from routing.matching.waiting import Waiting


class Owner:
    """After `decide` nobody waits whom an available agent fits."""

    def __init__(self, queues: Mapping[QueueId, Distribution], members: Sequence[Member]) -> None:
        self.members = members
        self.rules = MatchRules(queues, members)
        self.waiting = Waiting(self.rules)
        self.available = Available(self.rules)
        self.callers: dict[CallId, Caller] = {}
        self._queues_of = {member.agent: member.queues for member in members}
        self._stirred: set[QueueId] = set()
        self._looked: datetime | None = None

    def come(self, caller: Caller) -> None:
        self.callers[caller.call] = caller
        self.waiting.add(caller)
        self._stirred.add(caller.queue)

    def go(self, call: CallId) -> None:
        self.callers.pop(call, None)
        self.waiting.discard(call)

    def free(self, idle: Idle) -> None:
        self.available.add(idle)
        self._stirred.update(self._queues_of[idle.agent])

    def busy(self, agent: UserId) -> None:
        self.available.discard(agent)

    def decide(self, now: datetime) -> list[Match]:
        """The offers, which hold from now on: callers and agents are taken out."""
        queues = self._stirred | self.waiting.widened(self._looked, now)
        self._stirred = set()
        self._looked = now
        found = match(self.waiting, self.available, self.rules, now, queues)
        for call, _, agent in found:
            self.go(call)
            self.available.discard(agent)
        return found

    # --- for who looks at everybody ---

    def agents(self) -> list[Agent]:
        return [Agent(n, member, self.available.idle(member.agent)) for n, member in enumerate(self.members)]
