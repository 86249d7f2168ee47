"""Who gets whom: a pure function of who waits and who is free.

The one order across all queues: the call of the highest priority, among those the one that waits longest, goes to the
longest-idle agent who serves its queue. Equal times are decided by the id: the same input gives the same offers.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple, Protocol, TypeVar

from kernel.primitives.ids import CallId, QueueId, UserId

WaitingKey = tuple[int, datetime, CallId]  # (minus priority, place since, call): the smallest is served first
IdleKey = tuple[datetime, UserId]  # (idle since, agent): the smallest is offered a call first
K = TypeVar("K", covariant=True)


class InOrder(Protocol[K]):
    """A list, or anything kept in order that can be read like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> K: ...

    def __iter__(self) -> Iterator[K]: ...


class Match(NamedTuple):
    call: CallId
    queue: QueueId
    agent: UserId


def match(waiting: Mapping[QueueId, InOrder[WaitingKey]], available: Mapping[QueueId, InOrder[IdleKey]]) -> list[Match]:
    """Both sides in order; an agent stands in every queue that they serve, a call in one.

    Costs O(offers · log queues): only the heads of queues that have somebody on both sides are looked at.
    """
    heads = [(line[0], queue, 0) for queue, line in waiting.items() if len(line) and queue in available]
    heapify(heads)
    free = {queue: iter(available[queue]) for _, queue, _ in heads}
    taken: set[UserId] = set()
    matches: list[Match] = []
    while heads:
        key, queue, place = heappop(heads)
        agent = next((agent for _, agent in free[queue] if agent not in taken), None)
        if agent is None:
            continue
        taken.add(agent)
        matches.append(Match(key[2], queue, agent))
        if place + 1 < len(waiting[queue]):
            heappush(heads, (waiting[queue][place + 1], queue, place + 1))
    return matches
