"""A tenant's directory, indexed for the questions that routing asks at every decision."""

from kernel.contracts.directory import DISPOSITIONS, WRAP_UP_SECONDS, QueueRules, TenantDirectory
from kernel.primitives.ids import QueueId, UserId
from kernel.primitives.phone import PhoneNumber

HOLD_MUSIC = "music"  # of calls that belong to no queue: the prompt store's default, as QueueRules.music


class Rules:
    """Read-only; a changed directory makes new rules."""

    def __init__(self, directory: TenantDirectory) -> None:
        self.directory = directory
        self._queues = {rules.queue: rules for rules in directory.queues}
        self._numbers = {route.called: route.queue for route in directory.numbers}
        self._agents = {
            profile.agent: tuple(queue for queue in profile.queues if queue in self._queues)
            for profile in directory.agents
            if profile.has_seat
        }

    def queue(self, queue: QueueId | None) -> QueueRules | None:
        return None if queue is None else self._queues.get(queue)

    def queue_of(self, called: PhoneNumber) -> QueueRules | None:
        return self.queue(self._numbers.get(called))

    def has_seat(self, agent: UserId) -> bool:
        return agent in self._agents

    def queues_of(self, agent: UserId) -> tuple[QueueId, ...]:
        """None without a seat."""
        return self._agents.get(agent, ())

    def music(self, queue: QueueId | None) -> str:
        rules = self.queue(queue)
        return HOLD_MUSIC if rules is None else rules.music

    def dispositions(self, queue: QueueId | None) -> tuple[str, ...]:
        rules = self.queue(queue)
        return DISPOSITIONS if rules is None else rules.dispositions

    def wrap_up_seconds(self, queue: QueueId | None) -> float:
        rules = self.queue(queue)
        return WRAP_UP_SECONDS if rules is None else rules.wrap_up_seconds
