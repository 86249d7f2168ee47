"""What the directory tells of queues: their thresholds, and who serves them."""

from collections.abc import Mapping

from insight.kpi.figures import Thresholds
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import QueueId, UserId


def thresholds_of(directory: TenantDirectory) -> Mapping[QueueId | None, Thresholds]:
    """None: of calls that reached no queue."""
    known = {
        rules.queue: Thresholds(rules.service_level_seconds, rules.short_abandon_seconds) for rules in directory.queues
    }
    return {None: Thresholds(), **known}


def serving(directory: TenantDirectory) -> Mapping[QueueId, frozenset[UserId]]:
    return {
        rules.queue: frozenset(profile.agent for profile in directory.agents if rules.queue in profile.queues)
        for rules in directory.queues
    }
