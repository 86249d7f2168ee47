"""The directories of a floor's tenants, indexed for the questions that routing asks at every decision."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime

from kernel.contracts.agents import WRAP_UP_LIMIT_SECONDS
from kernel.contracts.directory import (
    DISPOSITIONS,
    WRAP_UP_SECONDS,
    AgentProfile,
    NumberRoute,
    QueueRules,
    TenantDirectory,
)
from kernel.contracts.queues import WaitingRules
from kernel.contracts.telephony import PartyAddress, TrunkParty
from kernel.primitives.ids import QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.matching.conditions import skills_of
from routing.matching.people import Member
from routing.matching.rules import MatchRules

NO_LIMITS = WaitingRules()  # of a queue that the directory has no more
HOLD_MUSIC = "music"  # of calls that belong to no queue: the prompt store's default, as QueueRules.music


class Rules:
    """Read-only; a changed directory makes new rules. `until` is when they change by themselves: a grant ends."""

    def __init__(self, directories: Sequence[TenantDirectory], now: datetime) -> None:
        self._directories = {directory.tenant: directory for directory in directories}
        self._queues = {rules.queue: rules for directory in directories for rules in directory.queues}
        self._waiting = {
            directory.tenant: {rules.queue: rules.waiting for rules in directory.queues} for directory in directories
        }
        self._owners = {rules.queue: directory.tenant for directory in directories for rules in directory.queues}
        self._routes = {
            (directory.tenant, route.called): route for directory in directories for route in directory.numbers
        }
        self._homes: dict[UserId, TenantId] = {}
        self._own: dict[UserId, AgentProfile] = {}
        self._members: dict[UserId, list[QueueId]] = {}
        self._hosts: dict[UserId, set[TenantId]] = {}
        self._profiles: dict[UserId, list[AgentProfile]] = {}
        ends: list[datetime] = []
        for tenant, profile in _profiles(directories, guests=False):
            self._homes[profile.agent] = tenant
            self._own[profile.agent] = profile
            if profile.has_seat:
                self._seat(tenant, profile)
        for tenant, profile in _profiles(directories, guests=True):
            live = profile.until is None or profile.until > now
            if not live or profile.agent not in self._members or self._homes[profile.agent] != profile.home:
                continue
            self._seat(tenant, profile)
            if profile.until is not None:
                ends.append(profile.until)
        self.until = min(ends, default=None)
        distributions = {queue: rules.distribution for queue, rules in self._queues.items()}
        self.matching = MatchRules(distributions, self._match_members())

    def _seat(self, tenant: TenantId, profile: AgentProfile) -> None:
        queues = [queue for queue in profile.queues if self._owners.get(queue) == tenant]
        self._members.setdefault(profile.agent, []).extend(queues)
        self._hosts.setdefault(profile.agent, set()).add(tenant)
        self._profiles.setdefault(profile.agent, []).append(profile)

    def _match_members(self) -> Iterable[Member]:
        """In the order of ids. A guest has the skills given at home and by the clients together, and home's weight."""
        for agent in sorted(self._members):
            profiles = self._profiles[agent]
            skills = skills_of(skill for profile in profiles for skill in profile.skills)
            queues = tuple(dict.fromkeys(self._members[agent]))
            yield Member(agent, queues, skills, max(1, profiles[0].weight))

    # --- tenants ---

    @property
    def tenants(self) -> tuple[TenantId, ...]:
        return tuple(self._directories)

    def directory(self, tenant: TenantId) -> TenantDirectory:
        return self._directories[tenant]

    # --- queues ---

    @property
    def queues(self) -> Set[QueueId]:
        return self._queues.keys()

    def queue(self, queue: QueueId | None) -> QueueRules | None:
        return None if queue is None else self._queues.get(queue)

    def route_of(self, tenant: TenantId, called: PhoneNumber) -> NumberRoute | None:
        """Where one of the tenant's own numbers leads."""
        return self._routes.get((tenant, called))

    def queue_of(self, tenant: TenantId, called: PhoneNumber) -> QueueRules | None:
        """The queue to which one of the tenant's own numbers leads in the end."""
        route = self.route_of(tenant, called)
        return None if route is None else self.queue(route.queue)

    def music(self, queue: QueueId | None) -> str:
        rules = self.queue(queue)
        return HOLD_MUSIC if rules is None else rules.music

    def waiting(self, queue: QueueId | None) -> WaitingRules:
        rules = self.queue(queue)
        return NO_LIMITS if rules is None else rules.waiting

    def waiting_of(self, tenant: TenantId) -> Mapping[QueueId, WaitingRules]:
        """Of the tenant's queues alone: callers never go on to another tenant's."""
        return self._waiting[tenant]

    def dispositions(self, queue: QueueId | None) -> tuple[str, ...]:
        rules = self.queue(queue)
        return DISPOSITIONS if rules is None else rules.dispositions

    def wrap_up_seconds(self, queue: QueueId | None) -> float:
        rules = self.queue(queue)
        return WRAP_UP_SECONDS if rules is None else rules.wrap_up_seconds

    def wrap_up_limit_seconds(self, queue: QueueId | None) -> float:
        """However often it is extended."""
        rules = self.queue(queue)
        return WRAP_UP_LIMIT_SECONDS if rules is None else rules.wrap_up_limit_seconds

    def is_vip(self, tenant: TenantId, number: PhoneNumber | None) -> bool:
        return number is not None and number in self._directories[tenant].vips

    def is_blocked(self, tenant: TenantId, number: PhoneNumber | None) -> bool:
        return number is not None and number in self._directories[tenant].blocked

    # --- agents ---

    def home_of(self, agent: UserId) -> TenantId | None:
        """The tenant whose own agent it is; None when no directory of the floor knows them as such."""
        return self._homes.get(agent)

    def telephone_of(self, agent: UserId) -> PartyAddress | None:
        """By which the agent may work in place of the browser."""
        profile = self._own.get(agent)
        return None if profile is None else profile.telephone

    def telephone_only(self, agent: UserId) -> bool:
        profile = self._own.get(agent)
        return profile is not None and profile.telephone_only and profile.telephone is not None

    def telephone_kept(self, agent: UserId) -> bool:
        """Whether the line to the telephone, a number outside, is kept up between calls."""
        profile = self._own.get(agent)
        return profile is not None and profile.telephone_kept and isinstance(profile.telephone, TrunkParty)

    def has_seat(self, agent: UserId) -> bool:
        return agent in self._members

    def may_serve(self, agent: UserId, tenant: TenantId) -> bool:
        """At home with a seat, elsewhere by a live grant."""
        return tenant in self._hosts.get(agent, ())

    def queues_of(self, agent: UserId) -> Sequence[QueueId]:
        """Of all tenants that the agent may serve; none without a seat."""
        return self._members.get(agent, ())

    def client_of(self, agent: UserId) -> TenantId | None:
        """Whose work it is when the agent is available: theirs whose queues alone are served, else no one's."""
        clients = {self._owners[queue] for queue in self.queues_of(agent)}
        return clients.pop() if len(clients) == 1 else None


def _profiles(directories: Sequence[TenantDirectory], *, guests: bool) -> Iterator[tuple[TenantId, AgentProfile]]:
    for directory in directories:
        for profile in directory.agents:
            if (profile.home is not None) is guests:
                yield directory.tenant, profile
