"""What a queue's rules of distribution and waiting may say: checked when they are saved, kept as JSON."""

from collections.abc import Iterator
from typing import Any

import msgspec

from kernel.contracts.codec import pack, unpack
from kernel.contracts.queues import AllOf, AnyOf, AtLeast, Condition, Needs, Not, OverflowCause, ToQueue, WaitingRules
from kernel.primitives.ids import QueueId
from tenants.directory.checks import Checks
from tenants.directory.model import Queue

DEPTH = 5  # "all of, any of, not" inside each other; deeper ones nobody can read
PARTS = 100  # of all steps together: each is a set operation when rules are read


def to_json(rules: Any) -> Any:
    return msgspec.msgpack.decode(pack(rules))


def from_json(value: Any, kind: Any) -> Any:
    """An empty object is a row from before there were such rules: the defaults."""
    return unpack(msgspec.msgpack.encode(value), kind)


def check_settings(checks: Checks, queue: Queue, known: frozenset[QueueId]) -> None:
    """`known` are the tenant's queues, this one among them."""
    for problem in problems(queue.distribution.needs):
        checks.wrong("distribution.needs", "unclear_steps", problem)
    _check_waiting(checks, queue, queue.waiting, known)


def _check_waiting(checks: Checks, queue: Queue, waiting: WaitingRules, known: frozenset[QueueId]) -> None:
    for place, overflow in enumerate(waiting.overflows):
        field = f"waiting.overflows.{place}"
        if isinstance(overflow.to, ToQueue):
            right = overflow.to.queue in known and overflow.to.queue != queue.id
            checks.require(right, f"{field}.to.queue", "no_such_queue", "another queue of this tenant")
        timed = overflow.when is OverflowCause.WAITED
        checks.require(
            timed == (overflow.after_seconds > 0),
            f"{field}.after_seconds",
            "unclear_time",
            "more than 0 for `waited`, and 0 for the others, which apply at once",
        )
        needs_room = overflow.when is not OverflowCause.FULL or waiting.capacity is not None
        checks.require(needs_room, f"{field}.when", "never_full", "a queue is only full that has a `capacity`")
    if waiting.comfort is not None:
        checks.prompts("waiting.comfort.prompts", waiting.comfort.prompts)


def problems(needs: Needs) -> list[str]:
    """Why the needs cannot be saved, one sentence each, with what to do."""
    found: list[str] = []
    if any(_depth(step.accepts) > DEPTH for step in needs):
        found.append(f"A condition has more than {DEPTH} levels inside each other: make it flatter.")
    if sum(1 for step in needs for _ in _parts(step.accepts)) > PARTS:
        found.append(f"The conditions have more than {PARTS} parts together: make a second queue of some of them.")
    times = [step.after_seconds for step in needs]
    if times != sorted(set(times)):
        found.append("Each step comes later than the one before it: put the steps in order, one for each time.")
    return found


def _inner(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case AllOf(of=parts) | AnyOf(of=parts):
            return parts
        case Not(of=part):
            return (part,)
        case AtLeast():
            return ()


def _depth(condition: Condition) -> int:
    return 1 + max((_depth(part) for part in _inner(condition)), default=0)


def _parts(condition: Condition) -> Iterator[Condition]:
    yield condition
    for part in _inner(condition):
        yield from _parts(part)
