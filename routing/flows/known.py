"""What a flow may name beside itself: asked of whoever keeps it."""

from collections.abc import Collection
from enum import Enum
from typing import Protocol


class NameKind(Enum):
    """`value` is the word for messages. Queues and agents are named by their ids, written as UUIDs."""

    PROMPT = "prompt"
    QUEUE = "queue"
    SKILL = "skill"
    CALENDAR = "calendar"
    FLOW = "flow"
    AGENT = "agent"
    PHONE = "phone"
    ROBOT = "robot"
    CREDENTIAL = "credential"


class KnownNames(Protocol):
    """Of one tenant. Flows are those that are live."""

    def names(self, kind: NameKind) -> Collection[str]: ...
