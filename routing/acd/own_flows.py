"""Call flows of our own, one for each queue and language, the same for every tenant.

The name tells all of such a flow, so that nothing has to be kept for calls that are in it.
"""

from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from kernel.primitives.ids import QueueId
from routing.flows.document.flow import Flow

QUEUES_KEPT = 1_000  # flows that were made once; each is a few hundred bytes


class OwnFlows:
    """`make` is given the queue and the language, a BCP 47 tag."""

    def __init__(self, prefix: str, make: Callable[[QueueId, str], Flow]) -> None:
        self._prefix = prefix
        self._made = lru_cache(QUEUES_KEPT)(make)

    def name(self, queue: QueueId, language: str) -> str:
        return f"{self._prefix} {queue} {language}"

    def of(self, name: str) -> Flow | None:
        """The flow of this name; None for names of other flows."""
        prefix, _, rest = name.partition(" ")
        queue, _, language = rest.partition(" ")
        return self._made(QueueId(UUID(queue)), language) if prefix == self._prefix and queue else None
