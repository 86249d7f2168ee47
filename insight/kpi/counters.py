"""What is kept per interval: whole numbers and sums only, so that intervals, queues and agents add up."""

from enum import StrEnum
from operator import attrgetter
from typing import Self

import msgspec

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import QueueId, UserId


class IntervalKey(msgspec.Struct, frozen=True):
    """One cell: a quarter hour (`start` in ms of Unix time), a queue and an agent, where either applies.

    Queues, agents and the tenant are sums over cells, so they cannot disagree.
    """

    start: int
    queue: QueueId | None
    agent: UserId | None


class Counters(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Figures of one cell. A call counts wholly in the interval in which it reached us; state time where it passed.

    `answer_waits` and `abandon_waits` count calls by their wait rounded up to whole seconds: thresholds are applied
    when they are read, so changing one needs no recount. `state_ms` is told apart by `state_key`, `transfers` (calls
    that an agent passed on) by `transfer_key`.
    """

    answered: int = 0
    answer_wait_ms: int = 0
    answered_queued: int = 0  # of `answered`, those that had to wait for an agent to be free
    answered_queued_wait_ms: int = 0
    abandoned: int = 0
    abandon_wait_ms: int = 0
    blocked: int = 0
    messages: int = 0  # calls that nobody answered, and in which a message was left
    callbacks: int = 0  # calls that nobody answered, and whose callers are promised to be rung back
    queued: int = 0  # answered or not, those that had to wait for an agent to be free
    picked_up: int = 0  # calls whose leg our side answered, be it by a greeting
    ring_ms: int = 0
    handled: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ups: int = 0
    wrap_up_ms: int = 0
    outbound: int = 0
    outbound_answered: int = 0
    messages_done: int = 0  # by an agent, when they were done with them
    answer_waits: dict[int, int] = {}
    abandon_waits: dict[int, int] = {}
    state_ms: dict[str, int] = {}
    transfers: dict[str, int] = {}

    def add(self, other: Self) -> None:
        for name, value in zip(SUMS, _sums(other), strict=True):
            if value:  # few are
                setattr(self, name, getattr(self, name) + value)
        for into, more in zip(_maps(self), _maps(other), strict=True):
            for key, value in more.items():
                into[key] = into.get(key, 0) + value


MAPS = ("answer_waits", "abandon_waits", "state_ms", "transfers")
SUMS = tuple(name for name in Counters.__struct_fields__ if name not in MAPS)
_sums, _maps = attrgetter(*SUMS), attrgetter(*MAPS)


def state_key(state: AgentState, reason: str) -> str:
    """`not_ready:meal`, or the state's name alone."""
    return f"{state}:{reason}" if state is AgentState.NOT_READY else str(state)


class TransferMode(StrEnum):
    BLIND = "blind"
    ATTENDED = "attended"  # the agent talked with whom the call went to first


class TransferTarget(StrEnum):
    QUEUE = "queue"
    PHONE = "phone"  # a telephone of ours
    OUTSIDE = "outside"


def transfer_key(mode: TransferMode, target: TransferTarget, reason: str) -> str:
    """`blind:queue`, or `attended:outside:wrong_choice` where the agent gave a reason."""
    return f"{mode}:{target}:{reason}" if reason else f"{mode}:{target}"


def transfers_with(transfers: dict[str, int], mode: str = "", target: str = "") -> int:
    """Of that mode and to that target; empty: of any."""
    wanted = (mode, target)
    return sum(
        count
        for key, count in transfers.items()
        if all(not want or want == has for want, has in zip(wanted, key.split(":"), strict=False))
    )


def whole_seconds(milliseconds: float) -> int:
    """Rounded up: a wait of 20.001 s is not within 20 s."""
    return -(-int(milliseconds) // 1000)


def count_within(waits: dict[int, int], seconds: float) -> int:
    """Calls that waited `seconds` or less; the threshold counts in whole seconds, rounded up."""
    limit = whole_seconds(seconds * 1000)
    return sum(count for wait, count in waits.items() if wait <= limit)
