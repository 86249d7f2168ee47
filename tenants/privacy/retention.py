"""How long each kind of data is kept, by queue; pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from kernel.contracts.personal import DataKind, PersonalRecord
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import QueueId

AUDIT_MINIMUM_DAYS = 3650  # nothing takes entries out of the audit, whose chain would break; law asks for 10 years


class Bounds(NamedTuple):
    """In days."""

    least: int
    default: int
    most: int


BOUNDS: Mapping[DataKind, Bounds] = {
    DataKind.RECORDINGS: Bounds(1, 365, 3650),
    DataKind.CALLS: Bounds(30, 1095, 3650),  # less, and last month's invoice could not be explained to a client
    DataKind.NOTES: Bounds(1, 1095, 3650),
    DataKind.CALLBACKS: Bounds(1, 1095, 3650),
    DataKind.CONTACTS: Bounds(30, 3650, 3650),
    DataKind.MARKED_CALLERS: Bounds(30, 3650, 3650),
}
BY_QUEUE = frozenset({DataKind.RECORDINGS, DataKind.CALLS, DataKind.NOTES, DataKind.CALLBACKS})

Days = dict[DataKind, int]


def _defaults() -> Days:
    return {kind: bounds.default for kind, bounds in BOUNDS.items()}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Days by kind; a queue's own rule goes before the tenant's."""

    days: Days = msgspec.field(default_factory=_defaults)
    queues: dict[QueueId, Days] = {}

    def kept(self, kind: DataKind, queue: QueueId | None) -> timedelta:
        own = self.queues.get(queue, {}) if queue is not None else {}
        return timedelta(days=own.get(kind, self.days[kind]))

    def is_due(self, record: PersonalRecord, now: datetime) -> bool:
        return not record.busy and record.at <= now - self.kept(record.kind, record.queue)

    def shortest(self, kind: DataKind) -> timedelta:
        return min(self._all(kind))

    def longest(self, kind: DataKind) -> timedelta:
        return max(self._all(kind))

    def _all(self, kind: DataKind) -> list[timedelta]:
        queues = [timedelta(days=days[kind]) for days in self.queues.values() if kind in days]
        return [timedelta(days=self.days[kind]), *queues]


def check_policy(policy: Policy, queues: set[QueueId]) -> None:
    """InvalidInput naming every wrong field; `queues` are those that there are."""
    problems: list[dict[str, Any]] = []
    for place, days in [("days", policy.days), *((f"queues.{key}", days) for key, days in policy.queues.items())]:
        for kind, value in days.items():
            bounds = BOUNDS[kind]
            if not bounds.least <= value <= bounds.most:
                told = f"{bounds.least} to {bounds.most} days"
                problems.append({"field": f"{place}.{kind}", "code": "out_of_bounds", "detail": told})
            if place != "days" and kind not in BY_QUEUE:
                problems.append({"field": f"{place}.{kind}", "code": "not_by_queue", "detail": "of the whole tenant"})
    problems += [
        {"field": f"days.{kind}", "code": "missing", "detail": "a number of days"}
        for kind in BOUNDS.keys() - policy.days.keys()
    ]
    problems += [
        {"field": "queues", "code": "no_such_queue", "detail": str(key)} for key in policy.queues.keys() - queues
    ]
    if problems:
        raise InvalidInput("Some of these times cannot be used.", errors=problems)


def policy_of(days: Mapping[str, int], queues: Mapping[UUID, Mapping[str, int]]) -> Policy:
    """As a client sends it; what it leaves out of `days` has its default."""
    return Policy(
        days=_defaults() | {DataKind(kind): value for kind, value in days.items()},
        queues={
            QueueId(key): {DataKind(kind): value for kind, value in own.items()} for key, own in queues.items() if own
        },
    )
