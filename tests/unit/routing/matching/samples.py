"""Callers, agents and conditions in few words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.contracts.queues import AtLeast, Distribution
from kernel.primitives.ids import CallId, QueueId, UserId
from load_tests.peers.matching import Owner
from routing.matching.available import Idle
from routing.matching.people import Member
from routing.matching.rules import Caller

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE, TWO, THREE = (QueueId(UUID(int=number)) for number in (1, 2, 3))
GERMAN, FRENCH, BILLING = AtLeast("german"), AtLeast("french"), AtLeast("billing")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def user(number: int) -> UserId:
    return UserId(UUID(int=0xA000 + number))


def call(number: int) -> CallId:
    return CallId(UUID(int=0xC000 + number))


def member(number: int, queues: Sequence[QueueId] = (ONE,), **skills: int) -> Member:
    return Member(user(number), tuple(queues), skills)


def caller(number: int, since: float = 0.0, queue: QueueId = ONE, **more: Any) -> Caller:
    return Caller(call(number), queue, at(since), **more)


def idle(number: int, since: float = 0.0, **more: Any) -> Idle:
    return Idle(user(number), at(since), **more)


def owner(members: Sequence[Member], **rules: Any) -> Owner:
    """Queue ONE has the rules given, the others the default."""
    return Owner({ONE: Distribution(**rules), TWO: Distribution(), THREE: Distribution()}, members)


def offers(owner: Owner, seconds: float) -> list[tuple[CallId, UserId]]:
    return [(found.call, found.agent) for found in owner.decide(at(seconds))]
